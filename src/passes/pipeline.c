/* pipeline.c -- runs the passes, and takes effects out before: an assign is a place where a value goes, not a value, so
 * the passes see values only. */
#include "passes/pipeline.h"
#include "base/debug.h"
#include <stdio.h>
#include <string.h>

static weft_tensor *strip(void *user, weft_tensor *node, weft_tensor *const *in) {
  (void)user;
  switch (node->op) {
  case WEFT_OP_ASSIGN: return in[1];
  case WEFT_OP_AFTER:
  case WEFT_OP_DETACH: return in[0];
  default: return weft_node_with_inputs(node, in);
  }
}

static weft_status add_assignment(weft_module *m, weft_tensor *target, weft_tensor *value, weft_error *error) {
  for (size_t i = 0; i < m->n_assignments; i++)
    if (m->assignments[i].target == target) {
      if (m->assignments[i].value == value) return WEFT_OK;
      return weft_fail(error, WEFT_BAD_ARGUMENT, "compile: two different values are assigned to %s in one program",
                       target->name);
    }
  m->assignments[m->n_assignments++] = (weft_assignment){target, value};
  return WEFT_OK;
}

/* The random ops' counter moves on by one a run. */
static weft_status advance_counter(weft_module *m, weft_tensor *counter, weft_error *error) {
  if (weft_ops[counter->op].kind != W_LEAF || counter->op == WEFT_OP_DATA) return WEFT_OK;
  for (size_t i = 0; i < m->n_assignments; i++)
    if (m->assignments[i].target == counter) return WEFT_OK; /* the program sets it itself */
  weft_tensor *one = weft_make_const(counter->graph, counter->dtype, counter->shape, 1);
  weft_tensor *next = weft_make_scalar(WEFT_OP_ADD, counter, one, NULL);
  return next ? add_assignment(m, counter, next, error) : weft_error_copy(error, &counter->graph->error);
}

/* Results first, then the assigned values: what passes rewrite together. */
static weft_tensor **roots_of(weft_arena *arena, const weft_module *m) {
  weft_tensor **roots = WEFT_NEW(arena, weft_tensor *, m->n_results + m->n_assignments + 1);
  if (!roots) return NULL;
  if (m->n_results) memcpy(roots, m->results, sizeof *roots * m->n_results);
  for (size_t i = 0; i < m->n_assignments; i++) roots[m->n_results + i] = m->assignments[i].value;
  return roots;
}

static void put_roots(weft_module *m, weft_tensor **roots) {
  if (m->n_results) memcpy(m->results, roots, sizeof *roots * m->n_results);
  for (size_t i = 0; i < m->n_assignments; i++) m->assignments[i].value = roots[m->n_results + i];
}

static int is_assigned(const weft_module *m, const weft_tensor *leaf) {
  for (size_t i = 0; i < m->n_assignments; i++)
    if (m->assignments[i].target == leaf) return 1;
  return 0;
}

weft_status weft_take_effects(weft_arena *arena, weft_tensor *const *tensors, size_t count, weft_module *out,
                              weft_error *error) {
  size_t n = 0;
  weft_tensor **order = weft_graph_order(arena, tensors, count, &n);
  *out = (weft_module){.n_results = count};
  out->results = WEFT_NEW(arena, weft_tensor *, count + 1);
  out->assignments = WEFT_NEW(arena, weft_assignment, n + 1);
  if (!order || !out->results || !out->assignments) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory");
  if (count) memcpy(out->results, tensors, sizeof *tensors * count);
  weft_status status = WEFT_OK;
  for (size_t i = 0; i < n && status == WEFT_OK; i++)
    if (order[i]->op == WEFT_OP_ASSIGN) status = add_assignment(out, order[i]->in[0], order[i]->in[1], error);
  for (size_t i = 0; i < n && status == WEFT_OK; i++)
    if (order[i]->op == WEFT_OP_UNIFORM || order[i]->op == WEFT_OP_NORMAL)
      status = advance_counter(out, order[i]->in[0], error);
  weft_tensor **roots = roots_of(arena, out);
  if (status == WEFT_OK && !roots) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory");
  if (status == WEFT_OK) status = weft_rewrite(roots, out->n_results + out->n_assignments, strip, NULL, error);
  if (status == WEFT_OK) put_roots(out, roots);
  return status;
}

/* A leaf that is a result while the run changes it, or that is assigned elsewhere, is read before it changes. */
static weft_status copy_leaves(weft_module *m, weft_error *error) {
  weft_tensor *failed = NULL;
  for (size_t i = 0; i < m->n_results; i++) {
    weft_tensor *stored = weft_stored_node(m->results[i]);
    if (is_assigned(m, stored) && !(m->results[i] = weft_make_copy(m->results[i]))) failed = stored;
  }
  for (size_t i = 0; i < m->n_assignments; i++) {
    weft_tensor *stored = weft_stored_node(m->assignments[i].value);
    if (weft_ops[stored->op].kind == W_LEAF && !(m->assignments[i].value = weft_make_copy(m->assignments[i].value)))
      failed = stored;
  }
  return failed ? weft_error_copy(error, &failed->graph->error) : WEFT_OK;
}

static void show(const weft_pass *pass, weft_tensor *const *before, weft_tensor *const *after, size_t n) {
  if (!memcmp(before, after, sizeof *before * n)) {
    fprintf(stderr, "weft: pass %s: unchanged\n", pass->name);
    return;
  }
  char *text = weft_graph_print(after, n);
  fprintf(stderr, "weft: pass %s:\n%s", pass->name, text ? text : "(no memory to print)\n");
  weft_text_free(text);
}

weft_status weft_run_passes(weft_arena *arena, weft_module *module, const weft_pass_target *target, weft_error *error) {
  size_t n = module->n_results + module->n_assignments;
  weft_tensor **roots = roots_of(arena, module), **before = WEFT_NEW(arena, weft_tensor *, n + 1);
  if (!roots || !before) return weft_fail(error, WEFT_NO_MEMORY, "compile: no memory");
  int limit = weft_debug_pass_limit();
  for (int p = 0; p < WEFT_PASS_COUNT; p++) {
    /* no choice: kernels know no matmul, and few know attention */
    int needed = weft_passes[p].run == weft_pass_contract || weft_passes[p].run == weft_pass_attention;
    if (!needed && (p >= limit || weft_debug_skips(weft_passes[p].name))) continue;
    if (n) memcpy(before, roots, sizeof *roots * n);
    weft_status status = n ? weft_passes[p].run(roots, n, target, error) : WEFT_OK;
    if (status != WEFT_OK) return status;
    if (n && weft_debug(WEFT_DEBUG_PASS)) show(&weft_passes[p], before, roots, n);
  }
  put_roots(module, roots);
  return copy_leaves(module, error);
}
