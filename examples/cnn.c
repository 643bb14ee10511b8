/* cnn.c -- a small convolutional network on Fashion-MNIST, described as a table of layers, trained with Adam, saved.
 *
 *   cc cnn.c $(pkg-config --cflags --libs weft) -o cnn && ./cnn [steps]
 *
 * WEFT_DEVICE picks the device, WEFT_DATA the folder with the images. */
#include <stdio.h>
#include <stdlib.h>
#include <weft/data.h>
#include <weft/io.h>
#include <weft/nn.h>
#include <weft/optim.h>

enum { BATCH = 128 };

static const weft_layer net[] = {
    weft_layer_conv2d(32, 3, .pad = 1, .act = WEFT_RELU),
    weft_layer_max_pool2d(2), /* (N,32,14,14) */
    weft_layer_conv2d(64, 3, .pad = 1, .act = WEFT_RELU),
    weft_layer_max_pool2d(2), /* (N,64,7,7) */
    weft_layer_flatten(),
    weft_layer_dense(128, .act = WEFT_RELU),
    weft_layer_dense(10),
};

int main(int argc, char **argv) {
  long steps = argc > 1 ? atol(argv[1]) : 468, done = 0;
  weft_device *device = weft_device_open(NULL);
  weft_graph *g = weft_graph_new(device);
  weft_graph_seed(g, 1);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, BATCH, 1, 28, 28);        /* pixels, 0..1 */
  weft_tensor *t = weft_input(g, "t", WEFT_I32, BATCH);                   /* class, 0..9 */
  weft_tensor *logits = weft_layers(x, net, sizeof net / sizeof *net, 1); /* (BATCH, 10) */
  weft_tensor *loss = weft_mean(weft_cross_entropy(logits, t));           /* scalar, nats */
  weft_program *train = weft_compile(weft_minimize(loss, weft_adam(1e-3)));

  weft_dataset *data = weft_dataset_open_fashion_mnist(NULL, 1);
  weft_dataset_shuffle(data, 1);
  while (done < steps && weft_dataset_next(data, x, t) && weft_run(train) == WEFT_OK) {
    float value;
    done++;
    if ((done % 50 == 0 || done == steps) && weft_read(loss, &value, sizeof value) == WEFT_OK)
      printf("step %ld: loss %.4f\n", done, (double)value); /* reading waits for the device, so now and then only */
  }
  weft_save(g, "cnn.safetensors");

  int failed = weft_graph_status(g) != WEFT_OK;
  if (failed) fprintf(stderr, "cnn: %s\n", weft_graph_message(g));
  weft_dataset_free(data);
  weft_graph_free(g);
  weft_device_close(device);
  return failed;
}
