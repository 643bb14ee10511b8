/* test_bundle.c -- small maps that do not wait for each other are one step: how many are left, what stays alone, and
 * that a run leaves the same bits. */
#include "models.h"
#include "planned.h"
#include "schedule/program.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BINDINGS = 32, SMALL = 1 << 17 }; /* of a kernel; elements of a map that is put off */

static void begin_gpu(planned *p, int bundles, int waves) {
  begin(p);
  p->device_class = WEFT_CLASS_GPU;
  p->bundles = bundles;
  p->waves = waves;
}

static int is_small(const weft_group *group) {
  return group->kind == WEFT_GROUP_MAP && weft_shape_size(group->space) <= SMALL;
}

/* Launches of small maps that write into leaves: updates that are no kernel's epilogue. */
static int launches_of_updates(const planned *p) {
  int n = 0;
  for (int s = 0; s < p->plan.n_steps; s++) {
    const weft_plan_step *step = &p->plan.steps[s];
    int updates = 0;
    for (int o = 0; o < step->group->n_outputs; o++) updates |= step->out[o]->leaf != NULL;
    n += updates && (is_small(step->group) || step->group->kind == WEFT_GROUP_BUNDLE);
  }
  return n;
}

/* Steps that bundles have made one of. */
static int steps_saved(const planned *p) {
  int n = 0;
  for (int s = 0; s < p->plan.n_steps; s++) {
    const weft_group *group = p->plan.steps[s].group;
    if (group->kind == WEFT_GROUP_BUNDLE) n += group->n_parts - 1;
  }
  return n;
}

/* The plan is accepted, and its waves are counted one by one. */
static void plan_soundly(planned *p, weft_tensor *const *roots, size_t n) {
  plan(p, roots, n);
  cr_assert_eq(weft_plan_check(&p->plan, &p->error), WEFT_OK, "%s", p->error.message);
  for (int s = 0; s < p->plan.n_steps; s++) {
    int wave = p->plan.steps[s].wave, before = s ? p->plan.steps[s - 1].wave : 0;
    cr_assert(wave == before || (s > 0 && wave == before + 1), "step %d is of wave %d, after %d", s, wave, before);
  }
}

/* ---- how many ---- */

/* Params of different sizes whose gradients are inputs: one update each, with which nothing else could be fused. */
static void plan_updates(planned *p, int n, const char *optimizer, int bundles) {
  weft_optimizer opt;
  weft_tensor *loss = NULL;
  begin_gpu(p, bundles, 0);
  for (int i = 0; i < n; i++) {
    char w[8], c[8];
    snprintf(w, sizeof w, "w%d", i);
    snprintf(c, sizeof c, "c%d", i);
    weft_tensor *x = weft_param(p->graph, w, WEFT_F32, 10 + i);
    x = weft_sum(weft_mul(x, weft_input(p->graph, c, WEFT_F32, 10 + i)));
    loss = loss ? weft_add(loss, x) : x;
  }
  cr_assert(optimizer_find(optimizer, 0.1, &opt));
  loss = weft_minimize(loss, opt);
  plan_soundly(p, &loss, 1);
}

/* Each update binds its gradient and, since what it writes lies where it read, once each its param and states; all
 * share the learning rate, Adam's another correction. Of 32 bindings that makes (32 - shared) / own updates a launch.
 */
Test(bundle, as_many_updates_as_there_are_bindings_are_one_launch) {
  static const struct {
    const char *optimizer;
    int own, shared, first; /* first: maps in front of all, which make the corrections */
  } cases[] = {{"sgd", 2, 1, 0}, {"momentum", 3, 1, 0}, {"adam", 4, 2, 1}};
  enum { N = 23 };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
    for (int bindings = 12; bindings <= BINDINGS; bindings += 20) {
      planned alone, p;
      int most = (bindings - cases[c].shared) / cases[c].own, first = cases[c].first;
      plan_updates(&alone, N, cases[c].optimizer, 0);
      plan_updates(&p, N, cases[c].optimizer, bindings);
      cr_expect_eq(launches_of_updates(&alone), first + N, "%s: %d", cases[c].optimizer, launches_of_updates(&alone));
      cr_expect_eq(launches_of_updates(&p), first + (N + most - 1) / most, "%s, %d bindings: %d launches",
                   cases[c].optimizer, bindings, launches_of_updates(&p));
      cr_expect_eq(p.plan.n_steps, alone.plan.n_steps - steps_saved(&p));
      for (int s = 0; s < p.plan.n_steps; s++) {
        const weft_group *group = p.plan.steps[s].group;
        cr_expect(group->kind != WEFT_GROUP_BUNDLE || weft_group_bindings(group) <= bindings);
      }
      end(&alone);
      end(&p);
    }
}

static void plan_mlp(planned *p, int norms, const char *optimizer, int bundles, int waves) {
  weft_optimizer opt;
  begin_gpu(p, bundles, waves);
  weft_tensor *x = weft_input(p->graph, "x", WEFT_F32, 64, 100), *t = weft_input(p->graph, "t", WEFT_I32, 64);
  for (int i = 0; i < 3; i++) {
    char name[8], norm[8];
    snprintf(name, sizeof name, "d%d", i);
    snprintf(norm, sizeof norm, "n%d", i);
    x = weft_dense(x, 120 - 20 * i, name, WEFT_LINEAR);
    if (norms) x = weft_layer_norm(x, norm);
    x = weft_relu(x);
  }
  cr_assert(optimizer_find(optimizer, 0.1, &opt));
  weft_tensor *loss = weft_mean(weft_cross_entropy(weft_dense(x, 10, "out", WEFT_LINEAR), t));
  weft_tensor *step = weft_minimize(loss, opt);
  plan_soundly(p, &step, 1);
}

/* Weights are updated by the products, biases by the sums that make their gradients: nothing is left. A norm's gain and
 * shift have sums of one kernel, whose epilogue updates both with momentum. Adam's updates of both would bind too many
 * buffers: one takes a map of its own, of three norms three, which become one. (In front it has a map for its
 * corrections, which everything waits for.) */
Test(bundle, an_mlp_has_one_launch_for_all_norms) {
  static const char *const optimizers[] = {"momentum", "adam"};
  enum { CRUMBS = 1024 }; /* what lives longer may be placed a little worse */
  for (int norms = 0; norms < 2; norms++)
    for (int first = 0; first < 2; first++)
      for (int waves = 0; waves < 2; waves++) {
        planned alone, p;
        plan_mlp(&alone, norms, optimizers[first], 0, waves);
        plan_mlp(&p, norms, optimizers[first], BINDINGS, waves);
        cr_expect_eq(launches_of_updates(&alone), first ? 1 + 3 * norms : 0);
        cr_expect_eq(launches_of_updates(&p), first ? 1 + norms : 0);
        cr_expect_eq(p.plan.n_steps, alone.plan.n_steps - (first ? 2 * norms : 0));
        cr_expect_leq(barriers_of(&p.plan), barriers_of(&alone.plan));
        cr_expect_leq(slab_bytes(&p), slab_bytes(&alone) + CRUMBS);
        end(&alone);
        end(&p);
      }
}

static void plan_resnet(planned *p, const char *optimizer, int bundles, int waves) {
  workload_run run;
  begin_gpu(p, bundles, waves);
  cr_assert_eq(workload_make(workload_find("resnet18"), p->graph, 32, 1, optimizer, &run), 0, "%s",
               weft_graph_message(p->graph));
  plan_soundly(p, &run.result, 1);
}

/* Gains and shifts of 20 batch norms, and weights whose gradients come in another order or in parts: momentum leaves 14
 * small updates that are no epilogue, Adam, whose updates read more, 32 and its corrections. A launch of them ends
 * where a map is read that it has taken along (a norm's factors), where 32 bindings are full (of Adam's mostly), or
 * where what the next steps take leaves no room for the gradients. */
Test(bundle, resnet_has_few_launches_of_updates) {
  static const struct {
    const char *optimizer;
    int waves, alone, bundled;
  } cases[] = {{"momentum", 0, 14, 5}, {"momentum", 1, 14, 4}, {"adam", 0, 33, 8}, {"adam", 1, 33, 8}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    planned alone, p;
    plan_resnet(&alone, cases[c].optimizer, 0, cases[c].waves);
    plan_resnet(&p, cases[c].optimizer, BINDINGS, cases[c].waves);
    cr_expect_eq(launches_of_updates(&alone), cases[c].alone, "%s: %d", cases[c].optimizer,
                 launches_of_updates(&alone));
    cr_expect_eq(launches_of_updates(&p), cases[c].bundled, "%s: %d", cases[c].optimizer, launches_of_updates(&p));
    cr_expect_eq(p.plan.n_steps, alone.plan.n_steps - steps_saved(&p));
    cr_expect_leq(barriers_of(&p.plan), barriers_of(&alone.plan));
    cr_expect_leq(slab_bytes(&p), slab_bytes(&alone));
    end(&alone);
    end(&p);
  }
}

/* ---- what stays ---- */

/* An update with a gradient of its own. */
static weft_tensor *update(planned *p, const char *name, int64_t size) {
  char gradient[8];
  snprintf(gradient, sizeof gradient, "g%s", name);
  weft_tensor *w = weft_param(p->graph, name, WEFT_F32, size);
  return weft_assign(w, weft_sub(w, weft_input(p->graph, gradient, WEFT_F32, size)));
}

/* Plans a program of the effects and of nothing else that takes a step, but for the result. */
static void plan_effects(planned *p, weft_tensor *result, weft_tensor *const *effects, size_t n) {
  weft_tensor *root = weft_after(result, effects, n);
  plan_soundly(p, &root, 1);
}

static int step_that_writes(const planned *p, const weft_tensor *leaf) {
  for (int s = 0; s < p->plan.n_steps; s++)
    for (int o = 0; o < p->plan.steps[s].group->n_outputs; o++)
      if (p->plan.steps[s].out[o]->leaf == leaf) return s;
  return -1;
}

Test(bundle, a_large_map_stays_alone) {
  for (int large = 0; large < 2; large++) {
    planned p;
    begin_gpu(&p, BINDINGS, 0);
    weft_tensor *effects[] = {update(&p, "a", 10), update(&p, "b", SMALL + large), update(&p, "c", 12)};
    plan_effects(&p, weft_input(p.graph, "x", WEFT_F32, 1), effects, 3);
    cr_expect_eq(p.plan.n_steps, large ? 2 : 1);
    cr_expect_eq(steps_saved(&p), large ? 1 : 2);
    end(&p);
  }
}

/* A map, a product and another map: the first is put off to the last, unless the product reads its result, in a slab or
 * in a param. */
Test(bundle, what_is_read_in_between_is_not_put_off) {
  enum { NOTHING, VALUE, PARAM, CASES };
  for (int reads = 0; reads < CASES; reads++) {
    planned p;
    begin_gpu(&p, BINDINGS, 0);
    weft_tensor *x = weft_input(p.graph, "x", WEFT_F32, 64, 64), *use = weft_param(p.graph, "use", WEFT_F32, 64, 64);
    weft_tensor *w = weft_param(p.graph, "w", WEFT_F32, 64, 64), *e = weft_input(p.graph, "e", WEFT_F32, 64, 64);
    weft_tensor *early = weft_make_copy(weft_exp(e)), *updated = weft_assign(w, weft_sub(w, e));
    weft_tensor *product = weft_matmul(reads == VALUE ? early : reads == PARAM ? updated : x, use);
    weft_tensor *roots[] = {reads == PARAM ? weft_sum(x) : early, weft_make_copy(weft_exp(weft_transpose(product)))};
    roots[1] = weft_after(roots[1], &updated, reads == PARAM);
    plan_soundly(&p, roots, 2);
    cr_expect_eq(steps_saved(&p), reads == NOTHING, "%d: %d", reads, steps_saved(&p));
    cr_expect_eq(p.plan.n_steps, reads == NOTHING ? 2 : reads == VALUE ? 3 : 4);
    end(&p);
  }
}

Test(bundle, an_update_follows_what_reads_the_param) {
  planned p;
  begin_gpu(&p, BINDINGS, 0);
  weft_tensor *a = weft_param(p.graph, "a", WEFT_F32, 64, 64), *x = weft_input(p.graph, "x", WEFT_F32, 64, 64);
  weft_tensor *g = weft_input(p.graph, "g", WEFT_F32, 64, 64);
  weft_tensor *effects[] = {weft_assign(a, weft_sub(a, g)), update(&p, "b", 20)};
  plan_effects(&p, weft_matmul(x, a), effects, 2);
  int at = step_that_writes(&p, a);
  cr_assert_eq(p.plan.n_steps, 2);
  cr_assert_eq(at, 1, "the product reads the param as it was");
  cr_expect_eq(p.plan.steps[at].group->n_parts, 2);
  end(&p);
}

/* Eight maps that become one step, all of whose results the program keeps, and then some that take memory. */
Test(bundle, results_live_to_the_end) {
  enum { MAPS = 8, PRODUCTS = 4 };
  for (int waves = 0; waves < 2; waves++) {
    planned p;
    weft_tensor *roots[MAPS + 1];
    begin_gpu(&p, BINDINGS, waves);
    for (int i = 0; i < MAPS; i++) {
      char name[] = {'x', (char)('0' + i), 0};
      roots[i] = weft_make_copy(weft_exp(weft_input(p.graph, name, WEFT_F32, 64 + i)));
    }
    weft_tensor *y = weft_input(p.graph, "y", WEFT_F32, 64, 64);
    for (int i = 0; i < PRODUCTS; i++) y = weft_matmul(weft_make_copy(weft_transpose(y)), y);
    roots[MAPS] = y;
    plan_soundly(&p, roots, MAPS + 1);
    cr_expect_geq(steps_saved(&p), MAPS - 1);
    end(&p);
  }
}

/* Gradients of large values, one after the other, each read in another order by an update: they are put off only where
 * a larger one has set the peak. */
Test(bundle, what_is_put_off_fits_under_the_peak) {
  enum { N = 4, EDGE = 512, COLUMNS = 64 };
  for (int uneven = 0; uneven < 2; uneven++) {
    uint64_t bytes[2];
    for (int bundles = 0; bundles < 2; bundles++) {
      planned p;
      begin_gpu(&p, bundles ? BINDINGS : 0, 0);
      weft_tensor *effects[N], *y = weft_input(p.graph, "y", WEFT_F32, EDGE, COLUMNS);
      for (int i = 0; i < N; i++) {
        char name[] = {'x', (char)('0' + i), 0}, param[] = {'w', (char)('0' + i), 0};
        int64_t rows = EDGE * (i == 0 && uneven ? 2 : 1);
        weft_tensor *large = weft_make_copy(weft_exp(weft_input(p.graph, name, WEFT_F32, rows, EDGE)));
        weft_tensor *g = weft_make_copy(weft_matmul(large, y)),
                    *w = weft_param(p.graph, param, WEFT_F32, COLUMNS, rows);
        effects[i] = weft_assign(w, weft_sub(w, weft_transpose(g)));
      }
      plan_effects(&p, y, effects, N);
      cr_expect_eq(steps_saved(&p), bundles && uneven ? N - 1 : 0, "%d", steps_saved(&p));
      bytes[bundles] = slab_bytes(&p);
      end(&p);
    }
    cr_expect_eq(bytes[0], bytes[1]);
  }
}

/* ---- faults ---- */

/* The maps of a bundle run at once: none may write what another one reads, though it reads it at its own index. */
Test(bundle, the_checker_finds_a_map_that_writes_what_another_reads) {
  planned p;
  begin_gpu(&p, BINDINGS, 0);
  weft_tensor *effects[] = {update(&p, "a", 20), update(&p, "b", 20)};
  weft_tensor *a = weft_graph_find(p.graph, "a"), *b = weft_graph_find(p.graph, "b");
  plan_effects(&p, weft_input(p.graph, "x", WEFT_F32, 1), effects, 2);
  cr_assert_eq(p.plan.n_steps, 1);
  weft_plan_step *step = &p.plan.steps[0];
  for (int o = 0; o < 2; o++) {
    weft_tensor *leaf = step->out[o]->leaf, *other = leaf == a ? b : a;
    cr_expect(weft_group_reads_in_place(step->group, leaf, step->group->outputs[o]));
    cr_expect_not(weft_group_reads_in_place(step->group, other, step->group->outputs[o]));
    weft_value *out = step->out[o], *second = step->out[!o];
    out->leaf = other;
    second->leaf = weft_graph_find(p.graph, "x"); /* so that the two results do not meet */
    cr_expect_not(is_sound(&p));
    second->leaf = other;
    out->leaf = leaf;
    cr_expect(is_sound(&p));
  }
  end(&p);
}

/* ---- on devices ---- */

enum { PARAMS = 9, LARGEST = 300 };

/* Params of sizes up to LARGEST after three of Adam's steps; *out_bundles: as many launches of their updates. */
static void run_updates(const char *id, float out[PARAMS][LARGEST], int *out_bundles) {
  weft_graph *g = weft_graph_new(weft_device_open(id));
  weft_device *device = weft_graph_device(g);
  weft_tensor *w[PARAMS], *c[PARAMS], *loss = NULL;
  float values[LARGEST];
  for (int i = 0; i < PARAMS; i++) {
    char name[] = {'w', (char)('0' + i), 0}, input[] = {'c', (char)('0' + i), 0};
    int64_t size = i == 0 ? 1 : LARGEST - 31 * (PARAMS - 1 - i);
    w[i] = weft_param(g, name, WEFT_F32, size);
    c[i] = weft_input(g, input, WEFT_F32, size);
    weft_tensor *sum = weft_sum(weft_mul(weft_square(w[i]), c[i]));
    loss = loss ? weft_add(loss, sum) : sum;
  }
  weft_program *p = weft_compile(weft_minimize(loss, weft_adam(0.25)));
  for (int i = 0; i < PARAMS; i++) {
    size_t size = (size_t)weft_shape_size(weft_tensor_shape(w[i])) * sizeof(float);
    for (int k = 0; k < LARGEST; k++) values[k] = (float)((i * 5 + k) % 17) / 4 - 2;
    weft_write(w[i], values, size);
    for (int k = 0; k < LARGEST; k++) values[k] = (float)((i * 7 + k) % 23) / 8 - 1;
    weft_write(c[i], values, size);
  }
  for (int i = 0; i < 3; i++) cr_assert_eq(weft_run(p), WEFT_OK, "%s: %s", id, weft_graph_message(g));
  memset(out, 0, sizeof(float) * PARAMS * LARGEST);
  for (int i = 0; i < PARAMS; i++)
    cr_assert_eq(weft_read(w[i], out[i], (size_t)weft_shape_size(weft_tensor_shape(w[i])) * sizeof(float)), WEFT_OK);
  *out_bundles = 0;
  for (int s = 0; s < p->plan.n_steps; s++) *out_bundles += p->plan.steps[s].group->kind == WEFT_GROUP_BUNDLE;
  weft_graph_free(g);
  weft_device_close(device);
}

Test(bundle, updates_on_devices) {
  static float got[PARAMS][LARGEST], want[PARAMS][LARGEST];
  weft_device_info all[16];
  int bundles;
  setenv("WEFT_CLASS", "gpu", 1);
  size_t n = weft_devices(all, 16);
  run_updates("reference", want, &bundles);
  for (size_t d = 0; d < n && d < 16; d++) {
    if (!all[d].usable) continue;
    run_updates(all[d].id, got, &bundles);
    cr_expect(!strcmp(all[d].id, "reference") || bundles >= 2, "%s: %d bundles", all[d].id, bundles);
    for (int i = 0; i < PARAMS; i++)
      for (int k = 0; k < LARGEST; k++)
        cr_assert_float_eq(got[i][k], want[i][k], 1e-4, "%s: param %d, number %d: %g, not %g", all[d].id, i, k,
                           got[i][k], want[i][k]);
  }
}

enum { IMAGES = 6, EDGE = 8, WIDTH = 12, STEPS = 3, MOST_NUMBERS = 1 << 16 };

/* Trains convolutions with batch norms and a layer norm; every param and state behind each other. How many numbers; 0:
 * failed. */
static size_t train(const char *id, const char *optimizer, float *out, int *out_bundles) {
  weft_optimizer opt;
  weft_graph *g = weft_graph_new(weft_device_open(id));
  weft_device *device = weft_graph_device(g);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, IMAGES, 2, EDGE, EDGE), *t = weft_input(g, "t", WEFT_I32, IMAGES);
  weft_tensor *y = x, *param;
  for (int i = 0; i < 3; i++) {
    char name[8], norm[8];
    snprintf(name, sizeof name, "c%d", i);
    snprintf(norm, sizeof norm, "n%d", i);
    weft_layer conv = weft_layer_conv2d(WIDTH + i, 3, .pad = 1);
    y = weft_relu(weft_batch_norm(weft_layer_apply(y, &conv, name, 1), norm, 1));
  }
  y = weft_dense(weft_layer_norm(weft_global_avg_pool(y), "last"), 4, "out", WEFT_LINEAR);
  if (!optimizer_find(optimizer, 0.05, &opt)) return 0;
  weft_program *p = weft_compile(weft_minimize(weft_mean(weft_cross_entropy(y, t)), opt));
  float pixels[IMAGES * 2 * EDGE * EDGE];
  int32_t classes[IMAGES];
  size_t n = 0;
  for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++) pixels[i] = (float)(i * 7 % 31) / 31 - (float)(i % 5) / 5;
  for (int i = 0; i < IMAGES; i++) classes[i] = i % 4;
  weft_write(x, pixels, sizeof pixels);
  weft_write(t, classes, sizeof classes);
  for (int i = 0; i < STEPS; i++) weft_run(p);
  for (size_t i = 0; (param = weft_graph_param(g, i)); i++) {
    size_t size = (size_t)weft_shape_size(weft_tensor_shape(param));
    if (n + size > MOST_NUMBERS || weft_read(param, out + n, size * sizeof *out) != WEFT_OK) n = MOST_NUMBERS;
    n += size;
  }
  *out_bundles = 0;
  for (int s = 0; p && s < p->plan.n_steps; s++) *out_bundles += p->plan.steps[s].group->kind == WEFT_GROUP_BUNDLE;
  if (weft_graph_status(g) != WEFT_OK || n > MOST_NUMBERS) n = 0;
  weft_graph_free(g);
  weft_device_close(device);
  return n;
}

static const char *const optimizers[] = {"momentum", "adam", "adamw"};

/* What is trained without bundles, by a process of its own, since the environment is read once. */
static void train_alone(FILE *file) {
  static float numbers[MOST_NUMBERS];
  weft_device_info all[16];
  size_t n_devices = weft_devices(all, 16), failed = 0;
  for (size_t i = 0; i < n_devices && i < 16; i++)
    for (size_t k = 0; k < sizeof optimizers / sizeof *optimizers && all[i].usable; k++) {
      int bundles;
      size_t n = train(all[i].id, optimizers[k], numbers, &bundles);
      failed += n == 0 || bundles > 0 || fwrite(numbers, sizeof *numbers, n, file) != n;
    }
  failed += fflush(file) != 0;
  _exit(failed ? 1 : 0);
}

Test(bundle, leaves_the_same_bits_as_maps_alone) {
  static float got[MOST_NUMBERS], want[MOST_NUMBERS];
  weft_device_info all[16];
  int status = 1;
  FILE *file = tmpfile();
  setenv("WEFT_CLASS", "gpu", 1);
  cr_assert_not_null(file);
  pid_t child = fork();
  if (child == 0) {
    setenv("WEFT_SKIP", "bundle", 1);
    train_alone(file);
  }
  cr_assert(child > 0 && waitpid(child, &status, 0) == child && status == 0, "training without bundles: %d", status);
  rewind(file);
  size_t n_devices = weft_devices(all, 16);
  for (size_t i = 0; i < n_devices && i < 16; i++)
    for (size_t k = 0; k < sizeof optimizers / sizeof *optimizers && all[i].usable; k++) {
      int bundles;
      size_t n = train(all[i].id, optimizers[k], got, &bundles);
      cr_assert(n > 0 && fread(want, sizeof *want, n, file) == n, "%s, %s", all[i].id, optimizers[k]);
      cr_expect(!strcmp(all[i].id, "reference") || bundles > 1, "%s, %s: %d bundles", all[i].id, optimizers[k],
                bundles);
      cr_expect(memcmp(got, want, n * sizeof *got) == 0, "%s, %s: other bits", all[i].id, optimizers[k]);
      for (size_t at = 0; at < n; at++) cr_assert(isfinite(got[at]), "%s: number %zu", all[i].id, at);
    }
  fclose(file);
}
