/* split.c -- cuts a long reduction to few elements into two stages.
 *
 * A reduction kernel has one worker an element kept. Where few elements are kept and each is a sum over many (a loss,
 * the gradient of a bias), most of the device would idle; and combining partial sums inside a kernel needs barriers or
 * atomics, of which the latter make results differ from run to run. So the reduced dims are cut into P parts:
 *
 *   reduce x (.., D, ..)  =  reduce over P of  reduce over D/P of  x (.., P, D/P, ..)
 *
 * Both stages are plain reductions in a fixed order. Neighbouring reduced dims are merged first, so that P finds
 * a divisor; the outermost run is cut, so that each part reads memory of its own. Left alone are positions (argmax),
 * rows that will be one kernel with what surrounds them, and lengths that nothing divides. */
#include "passes/pass.h"
#include "passes/rules.h"
#include <string.h>

/* Elements reduced to one from which a second stage pays, on GPUs, where a launch costs as much as a work-group needs
 * for so many columns of a cache line's piece, and elsewhere; elements that a part has at least. */
enum { GPU_LEAST_REDUCED = 4097, LEAST_REDUCED = 4096, LEAST_PART = 256 };
/* Work-items that keep a device busy: a CPU takes so many a compute unit, a GPU the whole. An item has one element
 * kept; on CPUs through OpenCL, where those are neighbours, some vectors of them. */
enum { CPU_ITEMS_A_UNIT = 16, CPU_BLOCKS_A_UNIT = 4, VECTORS_OF_BLOCK = 4, GPU_KEPT = 2048 };
/* Rows of up to this length are one kernel, however few (as grouping sees it). */
enum { SHORT_ROW = 16384, ENOUGH_ROWS = 16 };

typedef struct split_of {
  const weft_pass_target *target;
  const uint32_t *rows;
  size_t count;
} split_of;

/* Elements kept from which a reduction is left in one piece. */
static int64_t enough_kept(const weft_pass_target *target, const weft_tensor *node) {
  int64_t units = target->compute_units ? (int64_t)target->compute_units : 1;
  int is_of_rows = (uint32_t)node->attr[0] >> (node->shape.rank - 1) & 1;
  if (target->device_class == WEFT_CLASS_GPU) return GPU_KEPT;
  if (is_of_rows || target->glsl) return CPU_ITEMS_A_UNIT * units;
  return CPU_BLOCKS_A_UNIT * VECTORS_OF_BLOCK * units * (target->vector_width ? (int64_t)target->vector_width : 1);
}

/* The largest divisor of n that is at most `most`. */
static int64_t divisor(int64_t n, int64_t most) {
  int64_t best = 1;
  for (int64_t d = 1; d * d <= n && d <= most; d++) {
    if (n % d != 0) continue;
    if (d > best) best = d;
    if (n / d <= most && n / d > best) best = n / d;
  }
  return best;
}

/* Merges each run of neighbouring reduced dims into one. */
static void merge_runs(weft_shape shape, uint32_t mask, weft_shape *out_shape, uint32_t *out_mask) {
  out_shape->rank = 0;
  *out_mask = 0;
  for (int d = 0; d < shape.rank; d++) {
    int reduced = mask >> d & 1, last = out_shape->rank - 1;
    if (reduced && last >= 0 && *out_mask >> last & 1) {
      out_shape->dims[last] *= shape.dims[d];
    } else {
      if (reduced) *out_mask |= 1u << out_shape->rank;
      out_shape->dims[out_shape->rank++] = shape.dims[d];
    }
  }
}

/* Cuts the reduced dim that offers the most parts, of equals the outermost. */
static weft_tensor *two_stages(weft_tensor *node, int64_t parts) {
  weft_tensor *x = node->in[0];
  weft_shape shape;
  uint32_t mask;
  int at = -1;
  int64_t best = 1;
  merge_runs(x->shape, (uint32_t)node->attr[0], &shape, &mask);
  for (int d = 0; d < shape.rank; d++) {
    int64_t n = mask >> d & 1 ? divisor(shape.dims[d], parts) : 1;
    if (n <= best) continue;
    best = n;
    at = d;
  }
  if (at < 0 || shape.rank == WEFT_MAX_RANK) return node;
  memmove(&shape.dims[at + 1], &shape.dims[at], sizeof shape.dims[0] * (size_t)(shape.rank - at));
  shape.rank++;
  shape.dims[at] = best;
  shape.dims[at + 1] /= best;
  uint32_t before = mask & ((1u << at) - 1), from = mask >> at << (at + 1); /* the masks of what stays and what moved */
  weft_tensor *y = weft_make_reduce(node->op, weft_view_reshape(x, shape), before | from);
  y = weft_make_reduce(node->op, y, 1u << at);
  return weft_view_reshape(y, node->shape);
}

static int makes_row(const split_of *s, const weft_tensor *was, int64_t kept, int64_t length) {
  return was->id < s->count && s->rows[was->id] && (kept >= ENOUGH_ROWS || length <= SHORT_ROW);
}

/* A kernel binds so many buffers at most: longer lists are put together in parts. */
enum { MOST_PARTS = 12 };

static weft_tensor *concat_of_concats(weft_tensor *node) {
  weft_tensor *parts[MOST_PARTS];
  int n = 0, each = (node->n_in + MOST_PARTS - 1) / MOST_PARTS;
  for (int first = 0; first < node->n_in; first += each, n++) {
    int count = node->n_in - first < each ? node->n_in - first : each;
    weft_tensor *part = weft_concat(&node->in[first], (size_t)count, (int)node->attr[0]);
    if (part && count > MOST_PARTS) part = concat_of_concats(part);
    parts[n] = part && count > 1 ? weft_make_copy(part) : part;
  }
  return weft_concat(parts, (size_t)n, (int)node->attr[0]);
}

static weft_tensor *split(void *user, weft_tensor *node, weft_tensor *const *in) {
  const split_of *s = user;
  weft_tensor *was = node;
  node = weft_node_with_inputs(node, in);
  if (node && node->op == WEFT_OP_CONCAT && node->n_in > MOST_PARTS) return concat_of_concats(node);
  if (!node || weft_ops[node->op].kind != W_REDUCE) return node;
  if (node->op == WEFT_OP_FOLD || node->op == WEFT_OP_ARGMAX || node->op == WEFT_OP_ARGMIN) return node;
  int64_t kept = weft_shape_size(node->shape), length = weft_shape_size(node->in[0]->shape) / kept;
  int64_t want = enough_kept(s->target, node), parts = (want + kept - 1) / kept;
  int64_t least = s->target->device_class == WEFT_CLASS_GPU ? GPU_LEAST_REDUCED : LEAST_REDUCED;
  if (kept >= want || length < least || makes_row(s, was, kept, length)) return node;
  return two_stages(node, parts < length / LEAST_PART ? parts : length / LEAST_PART);
}

weft_status weft_pass_split(weft_tensor **roots, size_t n_roots, const weft_pass_target *target, weft_error *error) {
  weft_arena arena = {0};
  split_of s = {.target = target};
  s.rows = weft_find_rows(&arena, roots, n_roots, &s.count);
  weft_status status = s.rows ? weft_rewrite(roots, n_roots, split, &s, error)
                              : weft_fail(error, WEFT_NO_MEMORY, "split: out of memory");
  weft_arena_free(&arena);
  return status;
}
