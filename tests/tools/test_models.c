/* test_models.c -- the networks of tools/models: their parameters are as many as those of the papers' (torchvision's,
 * for the three on ImageNet), and training and inference share them. */
#include "models.h"
#include <criterion/criterion.h>

static int64_t count_params(const weft_graph *graph) {
  int64_t count = 0;
  weft_tensor *param;
  for (size_t i = 0; (param = weft_graph_param(graph, i)); i++) count += weft_shape_size(weft_tensor_shape(param));
  return count;
}

static weft_tensor *build(weft_graph *graph, const workload *w, const char *input, int training) {
  weft_shape shape = {.rank = w->sample.rank + 1, .dims = {2}};
  for (int d = 0; d < w->sample.rank; d++) shape.dims[d + 1] = w->sample.dims[d];
  return w->build(weft_input_shaped(graph, input, w->data == WORKLOAD_TEXT ? WEFT_I32 : WEFT_F32, shape), training);
}

Test(models, have_as_many_parameters_as_elsewhere) {
  static const struct {
    const char *name;
    int64_t params;
  } cases[] = {
      {"softmax", 784 * 10 + 10},
      {"mlp", 785 * 512 + 513 * 512 + 513 * 10},
      {"lenet", 320 + 18496 + (3136 * 128 + 128) + 1290},
      {"resnet18", 11173962}, /* the usual 11,689,512 less what a window of 7 x 7 and 1000 classes take more */
      {"lstm", (8 + 128 + 1) * 512 + 129},
      {"mobilenetv2", 3504872},
      {"resnet50", 25557032},
      {"vgg16", 138357544},
  };
  weft_device *device = weft_device_open("reference");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    weft_graph *graph = weft_graph_new(device);
    const workload *w = workload_find(cases[i].name);
    cr_assert_not_null(w, "%s", cases[i].name);
    for (int training = 0; training < 2; training++) {
      weft_tensor *y = build(graph, w, training ? "train.x" : "x", training);
      cr_assert_not_null(y, "%s: %s", w->name, weft_graph_message(graph));
      weft_shape shape = weft_tensor_shape(y);
      cr_expect(shape.rank == 2 && shape.dims[0] == 2 && shape.dims[1] == w->classes, "%s", w->name);
      cr_expect_eq(count_params(graph), cases[i].params, "%s has %lld parameters", w->name,
                   (long long)count_params(graph));
    }
    weft_graph_free(graph);
  }
  weft_device_close(device);
}

Test(models, unknown_names_are_none) {
  weft_optimizer optimizer;
  cr_expect_null(workload_find("resnet51"));
  cr_expect_not(optimizer_find("sgdd", 0.1, &optimizer));
}
