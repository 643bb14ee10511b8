/* rewrite.c -- the table of passes, and the walk that they share.
 *
 * The walk goes over weft_graph_order(), in which inputs come before users, and keeps the replacement of each node by
 * its id: every node is rewritten once, without recursion, and hash-consing merges what becomes equal. */
#include "passes/pass.h"
#include <stdlib.h>
#include <string.h>

const weft_pass weft_passes[WEFT_PASS_COUNT] = {
#define PASS(pass, function, text) {.name = #pass, .run = function, .doc = text},
#include "passes/passes.def"
#undef PASS
};

static int is_variable(weft_op op) { return op == WEFT_OP_INPUT || op == WEFT_OP_PARAM || op == WEFT_OP_STATE; }

weft_status weft_rewrite(weft_tensor **roots, size_t n_roots, weft_rewrite_fn *fn, void *user, weft_error *error) {
  weft_arena arena = {0};
  size_t count = 0, most_inputs = 1;
  weft_status status = WEFT_OK;
  if (n_roots == 0) return WEFT_OK;
  weft_tensor **order = weft_graph_order(&arena, roots, n_roots, &count);
  for (size_t i = 0; order && i < count; i++)
    if ((size_t)order[i]->n_in > most_inputs) most_inputs = (size_t)order[i]->n_in;
  size_t ids = order && count ? (size_t)order[count - 1]->id + 1 : 1;
  weft_tensor **replacement = WEFT_NEW(&arena, weft_tensor *, ids), **in = WEFT_NEW(&arena, weft_tensor *, most_inputs);
  if (!order || !replacement || !in) {
    weft_arena_free(&arena);
    return weft_fail(error, WEFT_NO_MEMORY, "passes: out of memory");
  }
  for (size_t i = 0; i < count && status == WEFT_OK; i++) {
    weft_tensor *node = order[i];
    for (int k = 0; k < node->n_in; k++) in[k] = replacement[node->in[k]->id];
    weft_tensor *with = is_variable(node->op) ? node : fn(user, node, in);
    if (!with || node->graph->error.status != WEFT_OK) {
      status = weft_error_copy(error, &node->graph->error);
      if (status == WEFT_OK) status = weft_fail(error, WEFT_NO_MEMORY, "passes: out of memory");
    }
    replacement[node->id] = with;
  }
  for (size_t i = 0; i < n_roots && status == WEFT_OK; i++) roots[i] = replacement[roots[i]->id];
  weft_arena_free(&arena);
  return status;
}

weft_status weft_rewrite_until_stable(weft_tensor **roots, size_t n_roots, weft_rewrite_fn *fn, void *user, int most,
                                      weft_error *error) {
  weft_tensor **before = malloc((n_roots ? n_roots : 1) * sizeof(weft_tensor *));
  weft_status status = before ? WEFT_OK : weft_fail(error, WEFT_NO_MEMORY, "passes: out of memory");
  for (int round = 0; round < most && status == WEFT_OK; round++) {
    for (size_t i = 0; i < n_roots; i++) before[i] = roots[i];
    status = weft_rewrite(roots, n_roots, fn, user, error);
    if (status == WEFT_OK && memcmp(before, roots, n_roots * sizeof(weft_tensor *)) == 0) break;
  }
  free(before);
  return status;
}
