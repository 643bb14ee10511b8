/* test_plan.c -- the plan of a training step: the checker accepts it, and finds every fault put into it. */
#include "autodiff/autodiff.h"
#include "planned.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <weft/nn.h>
#include <weft/optim.h>

static void plan_lenet_in(planned *p, int waves) {
  static const weft_layer net[] = {weft_layer_conv2d(8, 3, .pad = 1, .act = WEFT_RELU), weft_layer_max_pool2d(2),
                                   weft_layer_flatten(), weft_layer_dense(10)};
  begin(p);
  p->waves = waves;
  weft_tensor *x = weft_input(p->graph, "x", WEFT_F32, 4, 1, 8, 8), *t = weft_input(p->graph, "t", WEFT_I32, 4);
  weft_tensor *logits = weft_layers(x, net, sizeof net / sizeof *net, 1);
  weft_tensor *step = weft_minimize(weft_mean(weft_cross_entropy(logits, t)), weft_adam(1e-3));
  plan(p, &step, 1);
}

static void plan_lenet(planned *p) { plan_lenet_in(p, 0); }

Test(plan, steps_run_side_by_side_between_fewer_barriers) {
  planned alone, waves;
  plan_lenet(&alone);
  plan_lenet_in(&waves, 1);
  cr_assert_eq(weft_plan_check(&waves.plan, &waves.error), WEFT_OK, "%s", waves.error.message);
  cr_assert_eq(waves.plan.n_steps, alone.plan.n_steps);
  cr_expect_lt(barriers_of(&waves.plan), barriers_of(&alone.plan));
  for (int s = 1; s < waves.plan.n_steps; s++) {
    int wave = waves.plan.steps[s].wave, before = waves.plan.steps[s - 1].wave;
    cr_expect(wave == before || wave == before + 1, "step %d is of wave %d, after %d", s, wave, before);
    cr_expect(!waves.plan.steps[s].barrier || wave > before, "step %d: a barrier within wave %d", s, wave);
  }
  end(&alone);
  end(&waves);
}

Test(plan, training_step_is_sound) {
  planned p;
  plan_lenet(&p);
  cr_assert_eq(weft_plan_check(&p.plan, &p.error), WEFT_OK, "%s", p.error.message);
  cr_assert_gt(p.plan.n_steps, 5);
  end(&p);
}

Test(plan, a_missing_barrier_is_found) {
  planned p;
  int barriers = 0;
  plan_lenet(&p);
  for (int s = 0; s < p.plan.n_steps; s++) {
    if (!p.plan.steps[s].barrier) continue;
    p.plan.steps[s].barrier = 0;
    cr_assert(!is_sound(&p), "the barrier before step %d is not missed", s);
    p.plan.steps[s].barrier = 1;
    barriers++;
  }
  cr_assert_gt(barriers, 3);
  cr_assert(is_sound(&p));
  end(&p);
}

Test(plan, a_wrong_place_is_found) {
  planned p;
  int found = 0;
  plan_lenet(&p);
  for (int v = 0; v < p.plan.n_values; v++) {
    weft_value *moved = p.plan.values[v];
    if (moved->leaf) continue;
    uint64_t offset = moved->offset;
    moved->offset = p.plan.slabs[moved->slab] + 256;
    cr_assert(!is_sound(&p), "a value outside its slab is not found");
    moved->offset = offset;
    for (int other = 0; other < p.plan.n_values; other++) {
      const weft_value *o = p.plan.values[other];
      if (o == moved || o->leaf || o->first > moved->first || o->last <= moved->first || o->over == moved ||
          moved->over)
        continue;
      moved->offset = o->offset; /* on top of one that is still needed */
      moved->slab = o->slab;
      found += !is_sound(&p);
      break;
    }
    moved->offset = offset;
  }
  cr_assert_gt(found, 0);
  end(&p);
}

Test(plan, order_follows_reads) {
  planned p;
  plan_lenet(&p);
  for (int s = 0; s < p.plan.n_steps; s++)
    for (int i = 0; i < p.plan.steps[s].group->n_inputs; i++)
      cr_assert(p.plan.steps[s].in[i]->leaf == p.plan.steps[s].in[i]->node || p.plan.steps[s].in[i]->first < s);
  end(&p);
}

/* The product of something that has to be stored. */
static weft_tensor *use(planned *p, weft_tensor *y) {
  return weft_matmul(y, weft_param(p->graph, "use", WEFT_F32, y->shape.dims[1], 8));
}

/* Products of unequal sizes, put end to end along an axis. */
static weft_tensor *joined(planned *p, int n, int64_t rows, int axis) {
  weft_tensor *parts[16];
  for (int i = 0; i < n; i++) {
    char x_name[8], w_name[8];
    snprintf(x_name, sizeof x_name, "x%d", i);
    snprintf(w_name, sizeof w_name, "w%d", i);
    int64_t size = rows * (1 + i % 2);
    weft_tensor *x = weft_input(p->graph, x_name, WEFT_F32, axis ? rows : size, 64);
    parts[i] = weft_matmul(x, weft_param(p->graph, w_name, WEFT_F32, 64, axis ? size : 64));
  }
  return weft_make_copy(weft_concat(parts, (size_t)n, axis));
}

static int count_inside(const planned *p) {
  int n = 0;
  for (int i = 0; i < p->plan.n_values; i++) n += p->plan.values[i]->whole != NULL;
  return n;
}

Test(plan, parts_live_inside_of_the_whole) {
  planned p;
  begin(&p);
  weft_tensor *y = joined(&p, 14, 8, 0), *z = use(&p, y);
  plan(&p, &z, 1);
  cr_assert_eq(p.plan.n_steps, 15, "14 products and one, %d steps", p.plan.n_steps);
  cr_assert_eq(count_inside(&p), 14 + 7, "14 parts in seven lists, which are in one");
  cr_assert_eq(weft_plan_check(&p.plan, &p.error), WEFT_OK, "%s", p.error.message);
  for (int i = 0; i < p.plan.n_values; i++) {
    weft_value *part = p.plan.values[i];
    if (!part->whole) continue;
    cr_assert_eq(part->offset, part->whole->offset + part->shift);
    part->first = 14; /* written after the whole is read */
    cr_assert(!is_sound(&p));
    break;
  }
  end(&p);
}

/* Beside other rows, in bytes that buffers cannot begin at, twice, or of what lies in a param: copied. */
Test(plan, parts_that_cannot_live_inside) {
  planned p;
  begin(&p);
  weft_tensor *y = joined(&p, 3, 8, 1), *z = use(&p, y);
  plan(&p, &z, 1);
  cr_assert_eq(count_inside(&p), 0);
  cr_assert(is_sound(&p));
  end(&p);
  begin(&p);
  y = joined(&p, 3, 5, 0); /* 1280 bytes each, of which 256 is a divisor */
  z = use(&p, y);
  plan(&p, &z, 1);
  cr_assert_eq(count_inside(&p), 3);
  end(&p);
  begin(&p);
  weft_tensor *x = weft_input(p.graph, "x", WEFT_F32, 3, 7), *w = weft_param(p.graph, "w", WEFT_F32, 7, 7);
  weft_tensor *parts[2] = {weft_matmul(x, w), weft_matmul(weft_neg(x), w)}; /* 84 bytes */
  y = use(&p, weft_make_copy(weft_concat(parts, 2, 0)));
  plan(&p, &y, 1);
  cr_assert_eq(count_inside(&p), 0);
  cr_assert(is_sound(&p));
  end(&p);
  begin(&p);
  x = weft_input(p.graph, "x", WEFT_F32, 8, 64);
  parts[0] = parts[1] = weft_matmul(x, weft_param(p.graph, "w", WEFT_F32, 64, 64));
  y = use(&p, weft_make_copy(weft_concat(parts, 2, 0)));
  plan(&p, &y, 1);
  cr_assert_eq(count_inside(&p), 0);
  cr_assert(is_sound(&p));
  end(&p);
}

Test(plan, an_update_is_written_straight_into_its_param) {
  planned p;
  begin(&p);
  weft_tensor *w = weft_param(p.graph, "w", WEFT_F32, 64);
  weft_tensor *g = weft_input(p.graph, "g", WEFT_F32, 64);
  weft_tensor *next = weft_assign(w, weft_sub(w, weft_mul(g, weft_number(p.graph, 0.1))));
  weft_tensor *root = weft_after(weft_sum(g), &next, 1);
  plan(&p, &root, 1);
  cr_assert_eq(p.plan.n_steps, 2);
  cr_assert(is_sound(&p));
  end(&p);
}

Test(plan, swapped_params_need_one_copy) {
  planned p;
  begin(&p);
  weft_tensor *a = weft_param(p.graph, "a", WEFT_F32, 64), *b = weft_param(p.graph, "b", WEFT_F32, 64);
  weft_tensor *effects[] = {weft_assign(a, b), weft_assign(b, a)};
  weft_tensor *root = weft_after(weft_sum(a), effects, 2);
  plan(&p, &root, 1);
  cr_assert(is_sound(&p));
  end(&p);
}

Test(plan, two_values_for_one_target_are_refused) {
  planned p;
  begin(&p);
  weft_tensor *a = weft_param(p.graph, "a", WEFT_F32, 4);
  weft_tensor *effects[] = {weft_assign(a, weft_neg(a)), weft_assign(a, weft_exp(a))};
  weft_tensor *root = weft_after(weft_sum(a), effects, 2);
  cr_assert_eq(weft_take_effects(&p.arena, &root, 1, &p.module, &p.error), WEFT_BAD_ARGUMENT);
  cr_assert(strstr(p.error.message, "a in one program"), "%s", p.error.message);
  end(&p);
}

Test(plan, a_value_larger_than_a_buffer_is_refused) {
  planned p;
  begin(&p);
  weft_tensor *x = weft_input(p.graph, "x", WEFT_F32, 1024);
  weft_tensor *y = weft_exp(x);
  plan(&p, &y, 1);
  const weft_plan_limits small = {256, 1024};
  cr_assert_eq(weft_plan_memory(&p.arena, &p.plan, &small, &p.error), WEFT_NO_DEVICE_MEMORY);
  cr_assert(strstr(p.error.message, "4096 bytes"), "%s", p.error.message);
  end(&p);
}

Test(plan, large_values_begin_at_different_places_of_their_pages) {
  planned p;
  begin(&p);
  weft_tensor *x = weft_input(p.graph, "x", WEFT_F32, 64, 64), *w[4], *y[2];
  for (int i = 0; i < 4; i++) {
    char name[] = {'w', (char)('0' + i), 0};
    w[i] = weft_param(p.graph, name, WEFT_F32, 64, 64);
  }
  for (int i = 0; i < 2; i++) y[i] = weft_matmul(weft_exp(weft_matmul(x, w[i])), w[2 + i]);
  weft_tensor *root = weft_matmul(y[0], y[1]);
  plan(&p, &root, 1);
  const weft_plan_limits apart = {256, UINT64_C(1) << 32, 768};
  cr_assert_eq(weft_plan_memory(&p.arena, &p.plan, &apart, &p.error), WEFT_OK);
  cr_assert(is_sound(&p));
  int pairs = 0;
  for (int i = 0; i < p.plan.n_values; i++)
    for (int k = 0; k < i; k++) {
      const weft_value *a = p.plan.values[i], *b = p.plan.values[k];
      if (a->leaf || b->leaf || a->size < 16384 || b->size < 16384 || a->slab != b->slab || a->offset == b->offset)
        continue;
      cr_expect_neq(a->offset % 4096, b->offset % 4096);
      pairs++;
    }
  cr_expect(pairs > 0, "no two values to look at");
  end(&p);
}

Test(plan, what_is_computed_once_outlives_the_run) {
  static const weft_layer net[] = {weft_layer_conv2d(8, 3, .pad = 1, .act = WEFT_RELU), weft_layer_flatten(),
                                   weft_layer_dense(10)};
  planned p;
  begin(&p);
  weft_tensor *x = weft_input(p.graph, "x", WEFT_F32, 4, 1, 8, 8);
  weft_tensor *logits = weft_layers(x, net, sizeof net / sizeof *net, 0);
  plan(&p, &logits, 1);
  cr_assert(p.plan.n_once > 0 && p.plan.n_once < p.plan.n_steps, "weights are packed once");
  cr_assert(is_sound(&p));
  for (int s = 0; s < p.plan.n_once; s++)
    for (int i = 0; i < p.plan.steps[s].group->n_inputs; i++)
      cr_assert_neq(p.plan.steps[s].in[i]->node->op, WEFT_OP_INPUT, "step %d reads what is fed", s);
  weft_value *kept = p.plan.steps[0].out[0], *later = p.plan.steps[p.plan.n_once].out[0];
  cr_assert_eq(kept->last, p.plan.n_steps);
  later->slab = kept->slab;
  later->offset = kept->offset;
  cr_assert(!is_sound(&p), "a step of every run that overwrites it is found");
  end(&p);
}

/* Three large values, made one after the other, each read by an update alone: memory for one of them is enough. */
Test(plan, an_update_follows_what_it_reads) {
  enum { N = 3, EDGE = 64 };
  planned p;
  begin(&p);
  weft_tensor *large[N], *updates[N];
  char name[8];
  for (int i = 0; i < N; i++) { /* inputs of their own: otherwise one kernel makes all three */
    snprintf(name, sizeof name, "x%d", i);
    large[i] = weft_make_copy(weft_exp(weft_input(p.graph, name, WEFT_F32, EDGE, EDGE)));
  }
  for (int i = 0; i < N; i++) {
    snprintf(name, sizeof name, "s%d", i);
    updates[i] = weft_assign(weft_state(p.graph, name, WEFT_F32, EDGE), weft_sum_axes(large[i], WEFT_AXIS(0)));
  }
  plan(&p, updates, N);
  cr_assert_eq(weft_plan_check(&p.plan, &p.error), WEFT_OK, "%s", p.error.message);
  uint64_t bytes = 0;
  for (int s = 0; s < p.plan.n_slabs; s++) bytes += p.plan.slabs[s];
  cr_assert(bytes >= EDGE * EDGE * 4 && bytes < 2 * EDGE * EDGE * 4, "%llu bytes", (unsigned long long)bytes);
  end(&p);
}

/* ---- shorter lives ---- */

enum { MIB = 1 << 20 };

static int count_again(const planned *p) {
  int n = 0;
  for (int i = 0; i < p->plan.n_values; i++) n += p->plan.values[i]->again != NULL;
  return n;
}

/* A training step of convolutions with batch norm, whose values have `edge` * `edge` KiB. */
static void plan_norms(planned *p, int64_t edge, int keeps) {
  begin(p);
  p->keeps = keeps;
  weft_tensor *x = weft_input(p->graph, "x", WEFT_F32, 8, 3, edge, edge), *t = weft_input(p->graph, "t", WEFT_I32, 8);
  for (int i = 0; i < 3; i++) {
    char name[8], norm[8];
    snprintf(name, sizeof name, "c%d", i);
    snprintf(norm, sizeof norm, "n%d", i);
    weft_layer conv = weft_layer_conv2d(32, 3, .pad = 1, .no_bias = 1);
    x = weft_relu(weft_batch_norm(weft_layer_apply(x, &conv, name, 1), norm, 1));
  }
  weft_tensor *logits = weft_dense(weft_global_avg_pool(x), 10, "out", WEFT_LINEAR);
  weft_tensor *step = weft_minimize(weft_mean(weft_cross_entropy(logits, t)), weft_sgd(0.1));
  plan(p, &step, 1);
}

Test(plan, cheap_functions_of_kept_values_are_computed_again) {
  planned kept, p;
  plan_norms(&kept, 32, 1);
  plan_norms(&p, 32, 0);
  cr_assert_eq(weft_plan_check(&p.plan, &p.error), WEFT_OK, "%s", p.error.message);
  cr_assert_eq(p.plan.n_steps, kept.plan.n_steps + count_again(&p));
  cr_assert_gt(count_again(&p), 0);
  cr_assert(slab_bytes(&p) + MIB <= slab_bytes(&kept), "%llu bytes, not less than %llu",
            (unsigned long long)slab_bytes(&p), (unsigned long long)slab_bytes(&kept));
  for (int i = 0; i < p.plan.n_values; i++) {
    const weft_value *v = p.plan.values[i], *again = v->again;
    if (!again) continue;
    const weft_group *first = p.plan.steps[v->first].group, *second = p.plan.steps[again->first].group;
    cr_assert(again->node == v->node && v->last < again->first && again->first < again->last);
    cr_assert(first->kind == WEFT_GROUP_MAP && second->kind == WEFT_GROUP_MAP && second->n_outputs == 1);
    for (int s = again->first; s < p.plan.n_steps; s++)
      for (int k = 0; k < p.plan.steps[s].group->n_inputs; k++) cr_assert_neq(p.plan.steps[s].in[k], v);
  }
  end(&p);
  end(&kept);
}

Test(plan, small_values_are_kept) {
  planned kept, p;
  plan_norms(&kept, 16, 1);
  plan_norms(&p, 16, 0);
  cr_assert_eq(p.plan.n_steps, kept.plan.n_steps);
  cr_assert_eq(slab_bytes(&p), slab_bytes(&kept));
  end(&p);
  end(&kept);
}

/* A value y (512, 512), two products of x of four times its size, and then y beside a third. */
static weft_tensor *read_late(planned *p, weft_tensor *y, weft_tensor *x) {
  static const int64_t widths[] = {512, 2048, 2048, 512};
  for (int i = 0; i < 3; i++) {
    char name[8];
    snprintf(name, sizeof name, "w%d", i);
    x = weft_matmul(x, weft_param(p->graph, name, WEFT_F32, widths[i], widths[i + 1]));
  }
  return weft_mul(y, x);
}

static int is_read_by(const weft_plan_step *step, const weft_value *v) {
  for (int k = 0; k < step->group->n_inputs; k++)
    if (step->in[k] == v) return 1;
  return 0;
}

/* Of parameters and inputs alone: not before it is needed. */
Test(plan, what_depends_on_leaves_is_computed_where_it_is_read) {
  planned p;
  begin(&p);
  weft_tensor *x = weft_input(p.graph, "x", WEFT_F32, 512, 512);
  weft_tensor *y = weft_make_copy(weft_matmul(x, weft_param(p.graph, "w", WEFT_F32, 512, 512)));
  weft_tensor *late = read_late(&p, y, weft_make_copy(weft_exp(x))), *root = weft_sum_axes(late, WEFT_AXIS(0));
  plan(&p, &root, 1);
  cr_assert_eq(weft_plan_check(&p.plan, &p.error), WEFT_OK, "%s", p.error.message);
  int n_late = 0;
  for (int i = 0; i < p.plan.n_values; i++) {
    const weft_value *v = p.plan.values[i];
    int of_leaves = !v->leaf && v->first >= 0;
    for (int k = 0; of_leaves && k < p.plan.steps[v->first].group->n_inputs; k++)
      of_leaves = p.plan.steps[v->first].in[k]->leaf != NULL;
    if (!of_leaves) continue;
    cr_assert(is_read_by(&p.plan.steps[v->first + 1], v), "step %d", v->first);
    n_late++;
  }
  cr_assert_eq(n_late, 2);
  end(&p);
}

Test(plan, what_nothing_reads_before_the_peak_is_computed_after_it) {
  const uint64_t kept = 512 * 16 * sizeof(float); /* what y is made of */
  uint64_t bytes[2];
  int n_steps[2];
  for (int keeps = 0; keeps < 2; keeps++) {
    planned p;
    begin(&p);
    p.keeps = keeps;
    weft_tensor *x = weft_input(p.graph, "x", WEFT_F32, 512, 512), *z = weft_input(p.graph, "z", WEFT_F32, 512, 16);
    z = weft_make_copy(weft_exp(z));
    weft_tensor *y = weft_make_copy(weft_matmul(z, weft_param(p.graph, "w", WEFT_F32, 16, 512)));
    weft_tensor *root = weft_sum_axes(read_late(&p, y, x), WEFT_AXIS(0));
    plan(&p, &root, 1);
    cr_assert_eq(weft_plan_check(&p.plan, &p.error), WEFT_OK, "%s", p.error.message);
    cr_assert_eq(count_again(&p), 0);
    bytes[keeps] = slab_bytes(&p);
    n_steps[keeps] = p.plan.n_steps;
    end(&p);
  }
  cr_assert_eq(n_steps[0], n_steps[1]);
  cr_assert(bytes[0] + MIB <= bytes[1] + kept, "%llu bytes, %llu as ordered", (unsigned long long)bytes[0],
            (unsigned long long)bytes[1]);
}

/* A function of an input, read before the peak and after it, is computed again unless the input has changed. */
Test(plan, what_has_been_overwritten_is_not_read_again) {
  for (int assigns = 0; assigns < 2; assigns++) {
    planned p;
    begin(&p);
    weft_tensor *in = weft_input(p.graph, "in", WEFT_F32, 512, 512), *y = weft_make_copy(weft_exp(in));
    weft_tensor *x = weft_matmul(y, weft_input(p.graph, "x", WEFT_F32, 512, 512));
    weft_tensor *root = weft_sum_axes(read_late(&p, y, x), WEFT_AXIS(0)), *effect = weft_assign(in, weft_neg(x));
    if (assigns) root = weft_after(root, &effect, 1);
    plan(&p, &root, 1);
    cr_assert_eq(weft_plan_check(&p.plan, &p.error), WEFT_OK, "%s", p.error.message);
    cr_assert_eq(count_again(&p), assigns ? 0 : 1);
    end(&p);
  }
}
