/* parts.c -- into how many parts the sum of a product is cut, as a batch of products whose results are added.
 *
 * A product of few results has too few tiles for all compute units, or has each of them read all of an operand. Its sum
 * over K can be cut instead, for the price of writing and adding up the parts. How many parts are the fastest depends
 * on caches, launches and what kernels make of short sums: an estimate says so where nobody has measured it. */
#include "base/tiles.h"
#include "passes/contract.h"
#include "passes/rules.h"
#include <string.h>

/* A contraction is cut along K only into parts of this length or more. */
enum { LEAST_PART = 256 };
/* A sum over a whole batch of images: where all results fit beside a core's work, cutting K instead of the results has
 * each operand read from memory once. Parts for each compute unit, so that all end at about the same time. */
enum { LONG_SUM = 4096, FEW_RESULTS = 1 << 18, PARTS_A_UNIT = 4, FEW_PARTS = 4 };
/* On a GPU: the tile that a work-group does about as well as a larger one, and how many steps of one are worth the
 * launch that adds the parts, or take as long as it. In clocks of a compute unit, from dot_gpu.c's estimate: a step of
 * such a tile, and a number of a part that is added up; other parts must promise to be by a twentieth faster. */
enum { GPU_TILE = 64, WORTH_A_LAUNCH = 512, LAUNCH_STEPS = 128, GPU_MOST_PARTS = 32 };
static const double gpu_step = 52, gpu_added = 0.6, gpu_gain = 0.95;
/* What may be measured: sums near the ones that the estimate cuts, with so many tiles for each work-group that a device
 * has room for, or half as long; into parts that have no more results in all. */
enum { TILES_A_GROUP = 2, MOST_RESULTS = 1 << 24 };

int weft_is_weights(weft_tensor *view) {
  const weft_tensor *base = weft_view_base(view);
  return base->op == WEFT_OP_PARAM || base->op == WEFT_OP_STATE || base->op == WEFT_OP_DATA;
}

/* ---- how many ---- */

typedef struct sum {
  const weft_product *p;
  const weft_pass_target *target;
  int64_t batch, m, n, k, tiles;
  int is_gpu, is_cpu; /* without shaders, and a product alone */
} sum;

/* At most so many parts that divide one of the k dims, the first that has most of them. */
static int64_t parts_of_dim(const weft_product *p, int64_t most, int *out_dim) {
  int64_t best = 1;
  for (int d = 0; d < p->nk; d++) {
    int64_t parts = weft_equal_parts(p->a->shape.dims[p->nb + p->nm + d], most);
    if (parts <= best) continue;
    best = parts;
    *out_dim = d;
  }
  return best;
}

static sum sum_of(const weft_product *p, const weft_pass_target *target) {
  const weft_tile *tile = weft_tile_for(target->device_class, target->vector_width ? (int)target->vector_width : 1);
  sum s = {.p = p,
           .target = target,
           .batch = weft_size_of(p->a, 0, p->nb),
           .m = weft_size_of(p->a, p->nb, p->nm),
           .n = weft_size_of(p->b, p->nb + p->nk, p->nn),
           .k = weft_size_of(p->a, p->nb + p->nm, p->nk),
           .is_gpu = target->device_class == WEFT_CLASS_GPU};
  int64_t rows = s.is_gpu ? GPU_TILE : tile->mr, columns = s.is_gpu ? GPU_TILE : target->glsl ? tile->tn : tile->nr;
  s.is_cpu = target->device_class == WEFT_CLASS_CPU && !target->glsl && s.batch == 1;
  if (rows > 0 && columns > 0) s.tiles = s.batch * ((s.m + rows - 1) / rows) * ((s.n + columns - 1) / columns);
  return s;
}

/* Whether weights of few columns that a program changes would go from the cores that change their rows to all others in
 * every run. */
static int changes_hands(const sum *s) {
  return !s->target->is_steady && weft_is_weights(s->p->b) && s->n < (int64_t)s->target->vector_width;
}

/* Work-groups that a device has room for. */
static int64_t groups_of(const sum *s) { return (int64_t)s->target->compute_units * (s->is_gpu ? 2 : 1); }

static int64_t at_most(const sum *s, int64_t parts, int *out_dim) {
  return parts_of_dim(s->p, parts < s->k / LEAST_PART ? parts : s->k / LEAST_PART, out_dim);
}

/* Of a unit that has its share of the tiles, whole rounds of them. */
static double gpu_clocks(const sum *s, int64_t parts) {
  int64_t units = s->target->compute_units, rounds = (s->tiles * parts + units - 1) / units;
  double added = parts > 1 ? gpu_added * (double)(s->batch * s->m * s->n * (parts + 1)) / (double)units : 0;
  return gpu_step * (double)(rounds * (s->k / parts) + (parts > 1 ? LAUNCH_STEPS : 0)) + added;
}

/* The last round of tiles keeps all units waiting for few. In parts it is shorter. */
static int64_t even_out(const sum *s, int64_t parts) {
  int dim = 0;
  double best = gpu_gain * gpu_clocks(s, parts);
  for (int64_t most = 2; most <= GPU_MOST_PARTS; most++) {
    int64_t other = at_most(s, most, &dim);
    double clocks = gpu_clocks(s, other);
    if (clocks >= best) continue;
    best = clocks;
    parts = other;
  }
  return parts;
}

/* So that every compute unit has a tile to work on, or so that none reads what the others read too: weights that change
 * hands, where they are more than what the cores would pass on when each adds up its rows of them alone. */
static int64_t estimate(const sum *s) {
  int64_t units = s->target->compute_units, parts = groups_of(s) / s->tiles;
  int dim = 0;
  if (s->is_cpu && s->k >= 2 * s->m * units && changes_hands(s)) parts = units;
  if (s->is_cpu && s->k >= LONG_SUM && s->m * s->n <= FEW_RESULTS) parts = units * PARTS_A_UNIT;
  parts = at_most(s, parts, &dim);
  if (s->is_gpu) parts = even_out(s, parts);
  return s->is_gpu && parts > 1 && s->k - s->k / parts < WORTH_A_LAUNCH ? 1 : parts;
}

static int is_open(const sum *s, int64_t parts) {
  return parts > 1 || s->tiles < TILES_A_GROUP * groups_of(s) ||
         (s->is_cpu && s->k >= LONG_SUM / 2 && s->m * s->n <= FEW_RESULTS);
}

/* The estimate, whole, about half of it, and twice or four times as many. */
static weft_form candidates_of(const sum *s, int64_t parts) {
  weft_form form = {.kind = WEFT_FORM_PRODUCT, .n = 1, .candidates = {(int)parts}};
  const int64_t others[] = {1, parts / 2, 2 * parts, 4 * parts};
  int dim = 0;
  for (size_t i = 0; i < sizeof others / sizeof *others && form.n < WEFT_MOST_FORMS; i++) {
    int64_t other = at_most(s, others[i], &dim);
    int is_new = s->batch * s->m * s->n <= MOST_RESULTS / other;
    for (int k = 0; k < form.n; k++) is_new &= form.candidates[k] != other;
    if (is_new) form.candidates[form.n++] = (int)other;
  }
  int is_steady = s->target->is_steady;
  form.product = (weft_form_product){.product = *s->p,
                                     .a_stays = is_steady && weft_is_weights(s->p->a),
                                     .b_stays = is_steady && weft_is_weights(s->p->b),
                                     .b_changes = s->is_cpu && changes_hands(s)};
  return form;
}

int64_t weft_parts_of_k(const weft_product *p, const weft_pass_target *target, int *out_dim) {
  sum s = sum_of(p, target);
  if (s.tiles == 0 || target->compute_units == 0 || p->nk == 0 || p->nb + p->nm + p->nk >= WEFT_MAX_RANK) return 1;
  int64_t parts = estimate(&s);
  if (is_open(&s, parts)) {
    weft_form form = candidates_of(&s, parts);
    if (form.n > 1) parts = weft_form_of(target, &form);
  }
  return at_most(&s, parts, out_dim);
}

/* ---- cutting and adding up ---- */

weft_tensor *weft_parts_in_front(weft_tensor *x, int at, int64_t parts) {
  int64_t axes[WEFT_MAX_RANK];
  weft_shape shape = x->shape;
  memmove(&shape.dims[at + 1], &shape.dims[at], sizeof shape.dims[0] * (size_t)(shape.rank - at));
  shape.rank++;
  shape.dims[at] = parts;
  shape.dims[at + 1] /= parts;
  axes[0] = at;
  for (int d = 1; d < shape.rank; d++) axes[d] = d <= at ? d - 1 : d;
  return weft_view_permute(weft_view_reshape(x, shape), axes);
}

weft_tensor *weft_sum_of_parts(weft_tensor *parts, const weft_pass_target *target) {
  int64_t count = parts->shape.dims[0], start[WEFT_MAX_RANK] = {0}, steps[WEFT_MAX_RANK];
  weft_shape one = parts->shape, rest = one;
  weft_tensor *all = NULL;
  if (count > FEW_PARTS || target->device_class == WEFT_CLASS_GPU || target->glsl)
    return weft_make_reduce(WEFT_OP_REDUCE_SUM, parts, 1);
  one.dims[0] = 1;
  rest.rank--;
  memmove(rest.dims, rest.dims + 1, sizeof rest.dims[0] * (size_t)rest.rank);
  for (int d = 0; d < one.rank; d++) steps[d] = 1;
  for (; start[0] < count; start[0]++) {
    weft_tensor *part = weft_view_reshape(weft_make_slice(parts, start, steps, one.dims), rest);
    all = all ? weft_make_scalar(WEFT_OP_ADD, all, part, NULL) : part;
  }
  return all;
}
