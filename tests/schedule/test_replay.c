/* test_replay.c -- what a step costs besides its kernels: a program is recorded once, so a replay with new feeds
 * allocates nothing, waits for nothing, compiles nothing and sets no argument that is set. */
#include "spies.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/nn.h>
#include <weft/optim.h>

/* More steps at once than any queue here holds would have to wait for the first of them. */
enum { BATCH = 16, WIDTH = 24, CLASSES = 4, STEPS = 12, WARM_STEPS = 40 };

typedef struct network {
  weft_device *device;
  weft_graph *graph;
  weft_tensor *x, *t, *loss;
  weft_program *program;
} network;

/* A perceptron of so many hidden layers, each a little wider than the one before, so that no two have kernels in
 * common. */
static network open_network(const char *id, int layers) {
  network n = {.device = weft_device_open(id)};
  spies_watch(n.device);
  n.graph = weft_graph_new(n.device);
  n.x = weft_input(n.graph, "x", WEFT_F32, BATCH, WIDTH);
  n.t = weft_input(n.graph, "t", WEFT_I32, BATCH);
  weft_tensor *y = n.x;
  for (int i = 0; i < layers; i++) {
    char name[16];
    snprintf(name, sizeof name, "hidden%d", i);
    y = weft_dense(y, WIDTH + i, name, WEFT_RELU);
  }
  n.loss = weft_minimize(weft_mean(weft_cross_entropy(weft_dense(y, CLASSES, "out", WEFT_LINEAR), n.t)), weft_sgd(0.1));
  n.program = weft_compile(n.loss);
  cr_assert_not_null(n.program, "%s: %s", id, weft_graph_message(n.graph));
  return n;
}

static void close_network(network *n) {
  weft_graph_free(n->graph);
  weft_device_close(n->device);
}

static void step(const network *n, int number) {
  float x[BATCH * WIDTH];
  int32_t t[BATCH];
  for (int i = 0; i < BATCH * WIDTH; i++) x[i] = (float)((i * 7 + number) % 13) / 13 - 0.5f;
  for (int i = 0; i < BATCH; i++) t[i] = (i + number) % CLASSES;
  weft_write(n->x, x, sizeof x);
  weft_write(n->t, t, sizeof t);
  cr_assert_eq(weft_run(n->program), WEFT_OK, "%s", weft_graph_message(n->graph));
}

static float read_loss(const network *n) {
  float loss;
  cr_assert_eq(weft_read(n->loss, &loss, sizeof loss), WEFT_OK, "%s", weft_graph_message(n->graph));
  return loss;
}

/* Steps after others that have made what is kept for all later ones. With those piling up, every write has memory of
 * its own, which is as much as any order of events could ask for. */
static spied replay(const network *n) {
  spies_pile_up(1);
  for (int i = 0; i < WARM_STEPS; i++) step(n, i);
  spies_pile_up(0);
  read_loss(n);
  spies_reset();
  for (int i = 0; i < STEPS; i++) step(n, i);
  return spies_count();
}

static void check(const char *id, int layers) {
  network n = open_network(id, layers);
  spied first = spies_count(); /* what is not counted at all is never found to be too much */
  cr_assert(first.allocations > 0 && first.objects > 0 && first.programs > 0 && first.arguments > 0,
            "%s: %ld allocations, %ld objects, %ld programs, %ld arguments of a compilation", id, first.allocations,
            first.objects, first.programs, first.arguments);
  spied s = replay(&n);
  cr_expect(s.allocations == 0, "%s: %ld allocations in %d steps", id, s.allocations, STEPS);
  cr_expect(s.objects == 0, "%s: %ld objects made in %d steps", id, s.objects, STEPS);
  cr_expect(s.waits == 0, "%s: %ld waits in %d steps", id, s.waits, STEPS);
  cr_expect(s.texts + s.programs == 0, "%s: %ld texts and %ld programs in %d steps", id, s.texts, s.programs, STEPS);
  /* A launch that others can be added to has a word of its own, which it is told where that is another than before. */
  cr_expect(s.repeated == 0, "%s: %ld arguments set to what they are", id, s.repeated);
  cr_expect(s.arguments == 0 || s.arguments <= s.launches, "%s: %ld arguments for %ld launches", id, s.arguments,
            s.launches);
  if (s.launches > STEPS)
    cr_expect(s.arguments == 0, "%s: %ld arguments for %ld launches", id, s.arguments, s.launches);
  cr_expect(s.launches > 0, "%s: no launch is seen", id);
  read_loss(&n);
  cr_expect(spies_count().waits > 0, "%s: a read is no wait", id);
  close_network(&n);
}

static void each_device(int layers) {
  weft_device_info all[16];
  size_t n = weft_devices(all, 16), checked = 0;
  for (size_t i = 0; i < n && i < 16; i++) {
    if (!all[i].usable || !strcmp(all[i].backend, "reference") || !strcmp(all[i].backend, "null")) continue;
    check(all[i].id, layers);
    checked++;
  }
  if (!checked) cr_skip_test("no OpenCL or Vulkan device");
}

Test(replay, costs_nothing_but_launches) { each_device(1); }

/* More kernels than one launch holds. */
Test(replay, of_several_launches) { each_device(14); }

/* Every kernel is a launch, and writes are commands. */
Test(replay, launched_one_by_one) {
  setenv("WEFT_SKIP", "join", 1);
  each_device(1);
}

/* The host does not reach Vulkan's memory. */
Test(replay, of_memory_that_lies_apart) {
  setenv("WEFT_SKIP", "share", 1);
  each_device(1);
}
