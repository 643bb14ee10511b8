/* softmax.c -- softmax regression on Fashion-MNIST: a matrix, a bias, and the loss written out by hand.
 *
 *   cc softmax.c $(pkg-config --cflags --libs weft) -o softmax && ./softmax [epochs]
 *
 * WEFT_DEVICE picks the device, WEFT_DATA the folder with the images. */
#include <stdio.h>
#include <stdlib.h>
#include <weft/data.h>
#include <weft/nn.h>
#include <weft/optim.h>
#include <weft/weft.h>

enum { BATCH = 100, TEST = 10000 };

int main(int argc, char **argv) {
  int epochs = argc > 1 ? atoi(argv[1]) : 5;
  weft_device *device = weft_device_open(NULL);
  weft_graph *g = weft_graph_new(device);
  weft_tensor *w = weft_param(g, "w", WEFT_F32, 784, 10);
  weft_tensor *b = weft_param(g, "b", WEFT_F32, 10);

  weft_tensor *x = weft_input(g, "x", WEFT_F32, BATCH, 784);    /* pixels, 0..1 */
  weft_tensor *t = weft_input(g, "t", WEFT_I32, BATCH);         /* class, 0..9 */
  weft_tensor *logits = weft_add(weft_matmul(x, w), b);         /* (BATCH, 10) */
  weft_tensor *loss = weft_mean(weft_cross_entropy(logits, t)); /* scalar, nats */
  weft_program *train = weft_compile(weft_minimize(loss, weft_sgd(0.1)));

  weft_tensor *test_x = weft_input(g, "test_x", WEFT_F32, TEST, 784);
  weft_tensor *test_t = weft_input(g, "test_t", WEFT_I32, TEST);
  weft_tensor *accuracy = weft_accuracy(weft_add(weft_matmul(test_x, w), b), test_t);
  weft_program *test = weft_compile(accuracy);

  weft_dataset *train_data = weft_dataset_open_fashion_mnist(NULL, 1);
  weft_dataset *test_data = weft_dataset_open_fashion_mnist(NULL, 0);
  weft_dataset_shuffle(train_data, 1);
  for (int epoch = 1; epoch <= epochs && weft_graph_status(g) == WEFT_OK; epoch++) {
    while (weft_dataset_next(train_data, x, t)) weft_run(train);
    while (weft_dataset_next(test_data, test_x, test_t)) weft_run(test);
    float right;
    if (weft_read(accuracy, &right, sizeof right) == WEFT_OK) printf("epoch %d: accuracy %.4f\n", epoch, (double)right);
  }

  int failed = weft_graph_status(g) != WEFT_OK;
  if (failed) fprintf(stderr, "softmax: %s\n", weft_graph_message(g));
  weft_dataset_free(test_data);
  weft_dataset_free(train_data);
  weft_graph_free(g);
  weft_device_close(device);
  return failed;
}
