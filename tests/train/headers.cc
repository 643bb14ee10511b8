// headers.cc -- the training headers from C++: they compile, tables of layers hold what they say, shapes come out.
#include <cstdio>
#include <weft/data.h>
#include <weft/io.h>
#include <weft/kernel.h>
#include <weft/nn.h>
#include <weft/optim.h>

static const weft_layer net[] = {weft_layer_conv2d(4, 3, .pad = 1, .act = WEFT_RELU), weft_layer_max_pool2d(2),
                                 weft_layer_flatten(), weft_layer_dropout(0.5), weft_layer_dense(10)};

int main() {
  weft_device *device = weft_device_open("reference");
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, 2, 1, 8, 8);
  weft_shape shape = weft_tensor_shape(weft_layers(x, net, sizeof net / sizeof *net, 1));
  bool good = net[0].pad == 1 && net[0].act == WEFT_RELU && net[0].kernel == 3 && net[4].units == 10 &&
              weft_adamw(0.5).weight_decay == 0.01 && shape.rank == 2 && shape.dims[0] == 2 && shape.dims[1] == 10;
  if (!good) std::fprintf(stderr, "headers.cc: %s\n", weft_graph_message(g));
  weft_graph_free(g);
  weft_device_close(device);
  return good ? 0 : 1;
}
