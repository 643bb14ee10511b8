/* winograd.c -- convolutions of stride 1 with small square windows, and their gradients by the weights, with fewer
 * multiplications: a quarter for 3 x 3, a little over a third for 5 x 5 (base/winograd.h tells the algorithm). They
 * become winograd and winograd_dw, which have kernels of their own, on CPUs, and a dot between two transforms on GPUs.
 *
 * The convolution's weights are transformed before, to 36 numbers; on CPUs in panels of as many columns as a register
 * tile has. A border of zeros is left to the kernel, so that the image stands in memory once and as it is; so is a
 * dilation, whose phases would be images of their own only in a copy. The gradient by the weights is summed in parts
 * where its blocks of channels are too few for the compute units, and comes as users keep weights.
 *
 * A CPU's kernel takes a block of tiles from pixels to results within its cache. A GPU's cache is shared by all, and a
 * work-group's registers hold too little of 36 products: there the transforms go through memory, which the larger of
 * the images must be worth. The gradient by the weights is the adjoint of the convolution: the product, over all tiles,
 * of the same transformed pixels with what the transform of results makes of dy.
 *
 * Errors grow by some 5 to 10 times over the direct sum, which stays at 1e-5 of the largest value in f32. */
#include "base/winograd.h"
#include "base/debug.h"
#include "base/tiles.h"
#include "passes/contract.h"
#include "passes/rules.h"

enum { PLACES = WEFT_WINOGRAD_PLACES, PAD = WEFT_WINOGRAD_PAD };
/* Groups that are convolved one by one, of so many channels at least, which fill panels of weights. */
enum { MOST_GROUPS = 16, LEAST_OF_GROUP = 32 };
/* Parts of a gradient have so many tiles at least. */
enum { LEAST_OF_PART = 64 };

/* What a GPU costs, in multiplications with an addition: a number that is moved, which is some 25 of them on large GPUs
 * (they move a byte for 12 operations); a launch, on each compute unit. The product of few steps is less fast than
 * the long one. What would have more places (256 MiB of them) stays direct. */
enum { MOVED = 25, LAUNCH = 350000, LAUNCHES = 3, MOST_PLACES = 1 << 26 };
static const double product_slows = 1.2;
/* Weights as users keep them, (OC, C, taps, taps), to (taps, taps, C, OC). */
static const int64_t kept_to_last[4] = {2, 3, 1, 0};
/* The gradient's parts have so many tiles at least; there should be so many work-groups of a tile for each unit. */
enum { GPU_LEAST_OF_PART = 128, GPU_TILE = 64, GPU_GROUPS_A_UNIT = 4 };

/* A convolution: y (N, OH, OW, OC), its result or the gradient by it, in tiles. */
typedef struct convolution {
  int64_t options[WEFT_WINOGRAD_OPTIONS], c, oc, tiles;
  weft_winograd_grid grid;
  weft_shape y;
} convolution;

static convolution convolution_of(const weft_winograd_window *window, int64_t c, weft_shape y) {
  convolution k = {
      .options = {window->dilation[0], window->dilation[1], window->taps}, .c = c, .oc = y.dims[3], .y = y};
  k.grid = weft_winograd_grid_of(y.dims, k.options);
  k.tiles = weft_winograd_tiles(&k.grid);
  return k;
}

/* Multiplications of the direct sum, and of the products of all places. */
static double direct_cost(const convolution *k) {
  return (double)(k->options[WEFT_WINOGRAD_TAPS] * k->options[WEFT_WINOGRAD_TAPS]) * (double)weft_shape_size(k->y) *
         (double)k->c;
}
static double product_cost(const convolution *k) { return PLACES * (double)k->tiles * (double)k->c * (double)k->oc; }

static int pays_on_cpu(const convolution *k) {
  double c = (double)k->c, oc = (double)k->oc;
  double transforms = WEFT_WINOGRAD_OF_TILE * (double)k->tiles * (c + oc) + WEFT_WINOGRAD_OF_WEIGHTS * c * oc;
  return k->c >= WEFT_WINOGRAD_LEAST_CHANNELS && k->oc >= WEFT_WINOGRAD_LEAST_CHANNELS &&
         product_cost(k) + transforms < direct_cost(k);
}

/* So many numbers in each place. */
static int fits(double numbers, const weft_pass_target *target) {
  double places = PLACES * numbers;
  return places <= MOST_PLACES && weft_can_bind(target, places);
}

/* Places of pixels, of results and of weights are written and read. */
static int pays_on_gpu(const convolution *k, const weft_pass_target *target) {
  double c = (double)k->c, oc = (double)k->oc, tiles = (double)k->tiles;
  double moved = 2 * PLACES * (tiles * (c + oc) + c * oc);
  double units = target->compute_units ? target->compute_units : 1;
  return product_cost(k) * product_slows + moved * MOVED + units * LAUNCHES * LAUNCH < direct_cost(k);
}

/* Whether the convolution of image x, without its border, or the gradient by its weights, is the faster for it. */
static int pays(const convolution *k, const weft_tensor *x, int is_gradient, const weft_pass_target *target) {
  const int64_t *options = k->options;
  int is_gpu = target->device_class == WEFT_CLASS_GPU;
  double tiles = (double)k->tiles, c = (double)k->c, oc = (double)k->oc;
  if (weft_debug_skips("winograd") || (target->glsl && !is_gpu)) return 0;
  if (is_gpu && (!fits(tiles * c, target) || !fits(tiles * oc, target) || !fits(c * oc, target))) return 0;
  int estimate = is_gpu ? pays_on_gpu(k, target) : pays_on_cpu(k);
  return weft_form_of(target, &(weft_form){.kind = WEFT_FORM_CONVOLUTION,
                                           .n = 2,
                                           .candidates = {estimate, !estimate},
                                           .convolution = {.is_gradient = is_gradient,
                                                           .is_steady = target->is_steady,
                                                           .taps = options[WEFT_WINOGRAD_TAPS],
                                                           .dilation = {options[0], options[1]},
                                                           .pad = {options[PAD], options[PAD + 1]},
                                                           .image = x->shape,
                                                           .y = k->y}});
}

static int is_border(const weft_tensor *x) {
  if (x->op != WEFT_OP_PAD || x->value != 0) return 0;
  for (int d = 0; d < 4; d++)
    if (x->attr[4 + d] || ((d == 0 || d == 3) && x->shape.dims[d] != x->in[0]->shape.dims[d])) return 0;
  return 1;
}

weft_tensor *weft_without_border(weft_tensor *x, int64_t *out_pad) {
  out_pad[0] = out_pad[1] = 0;
  for (; is_border(x); x = x->in[0]) {
    out_pad[0] += x->attr[1];
    out_pad[1] += x->attr[2];
  }
  return x;
}

/* ---- on GPUs ---- */

/* (36, phases, TH, TW, channels) for the tiles of y. */
static weft_shape places_shape(const convolution *k, int64_t channels) {
  return weft_shape_of(PLACES, k->grid.images, k->grid.th, k->grid.tw, channels);
}

static weft_tensor *places_of_pixels(weft_tensor *x, const convolution *k) {
  return weft_make_winograd_transform(WEFT_OP_WINOGRAD_PIXELS, x, k->options, places_shape(k, k->c));
}

static weft_tensor *convolve_on_gpu(weft_tensor *x, weft_tensor *w, const convolution *k,
                                    const weft_pass_target *target) {
  weft_tensor *v = places_of_pixels(x, k), *u = weft_make_winograd_weights(w, weft_shape_of(1, PLACES, k->c, k->oc));
  v = weft_view_reshape(v, weft_shape_of(PLACES, k->tiles, k->c));
  u = weft_view_reshape(u, weft_shape_of(PLACES, k->c, k->oc));
  weft_tensor *m = weft_contract(&(weft_product){v, u, 1, 1, 1, 1}, target);
  m = weft_view_reshape(m, places_shape(k, k->oc));
  return m ? weft_make_winograd_transform(WEFT_OP_WINOGRAD_RESULTS, weft_in_memory(m), k->options, k->y) : NULL;
}

/* Into how many parts the sum over tiles is cut, so that there are work-groups enough. */
static int64_t parts_on_gpu(const convolution *k, const weft_pass_target *target) {
  int64_t blocks = PLACES * ((k->c + GPU_TILE - 1) / GPU_TILE) * ((k->oc + GPU_TILE - 1) / GPU_TILE);
  int64_t parts = (int64_t)target->compute_units * GPU_GROUPS_A_UNIT / blocks;
  if (parts > k->tiles / GPU_LEAST_OF_PART) parts = k->tiles / GPU_LEAST_OF_PART;
  return weft_equal_parts(k->tiles, parts);
}

static weft_tensor *dw_on_gpu(weft_tensor *x, weft_tensor *dy, const convolution *k, const weft_pass_target *target) {
  static const int64_t channels_first[4] = {0, 1, 3, 2};
  int64_t c = k->c, oc = k->oc, taps = k->grid.taps, parts = parts_on_gpu(k, target);
  weft_tensor *v = places_of_pixels(x, k);
  weft_tensor *z = weft_make_winograd_transform(WEFT_OP_WINOGRAD_RESULTS_DX, dy, k->options, places_shape(k, oc));
  v = weft_view_permute(weft_view_reshape(v, weft_shape_of(PLACES, parts, k->tiles / parts, c)), channels_first);
  z = weft_view_reshape(z, weft_shape_of(PLACES, parts, k->tiles / parts, oc));
  weft_tensor *du = weft_in_memory(weft_contract(&(weft_product){v, z, 2, 1, 1, 1}, target));
  if (!du) return NULL;
  weft_tensor *dw =
      weft_make_winograd_transform(WEFT_OP_WINOGRAD_WEIGHTS_DX, du, NULL, weft_shape_of(oc, c, taps, taps));
  return weft_view_permute(dw, kept_to_last);
}

/* ---- both ---- */

static weft_tensor *transformed(weft_tensor *w, const weft_pass_target *target) {
  int64_t columns = weft_tile_for(WEFT_CLASS_CPU, (int)target->vector_width)->panel;
  w = weft_in_memory(w);
  if (!w) return NULL;
  int64_t c = w->shape.dims[2], panels = (w->shape.dims[3] + columns - 1) / columns;
  return weft_make_winograd_weights(w, weft_shape_of(panels, PLACES, c, columns));
}

static weft_tensor *convolve(weft_tensor *x, weft_tensor *w, const weft_winograd_window *window, weft_shape y,
                             const weft_pass_target *target) {
  convolution k = convolution_of(window, w->shape.dims[2], y);
  x = weft_without_border(x, &k.options[PAD]);
  if (!pays(&k, x, 0, target)) return NULL;
  x = weft_dense_image(x);
  if (target->device_class == WEFT_CLASS_GPU) {
    w = weft_in_memory(w);
    return x && w ? convolve_on_gpu(x, w, &k, target) : NULL;
  }
  weft_tensor *u = transformed(w, target);
  return x && u ? weft_make_winograd(WEFT_OP_WINOGRAD, x, u, k.options, y) : NULL;
}

/* Whether `groups` of equal work leave the units idle for an eighth of the time at most. */
static int is_even(int64_t groups, int64_t units) {
  int64_t rounds = (groups + units - 1) / units;
  return (rounds * units - groups) * 8 <= rounds * units;
}

/* As few parts as give all units about the same to do: each has sums of its own, which are transformed and added up. */
static int64_t parts_on_cpu(int64_t blocks, int64_t tiles, const weft_pass_target *target) {
  int64_t units = target->compute_units ? target->compute_units : 1, most = tiles / LEAST_OF_PART, parts = 1;
  while (parts < most && !is_even(blocks * parts, units)) parts++;
  return parts;
}

static weft_tensor *dw_on_cpu(weft_tensor *x, weft_tensor *dy, const convolution *k, const weft_pass_target *target) {
  size_t count;
  const weft_winograd_sums *sums = weft_winograd_sums_for((int)target->vector_width, &count);
  int64_t c = k->c, oc = k->oc, taps = k->grid.taps;
  int64_t blocks = ((c + sums->rows - 1) / sums->rows) * ((oc + sums->columns - 1) / sums->columns);
  int64_t parts = parts_on_cpu(blocks, k->tiles, target);
  weft_tensor *dw = weft_make_winograd(WEFT_OP_WINOGRAD_DW, x, dy, k->options, weft_shape_of(parts, oc, c, taps, taps));
  if (dw && parts > 1) dw = weft_make_reduce(WEFT_OP_REDUCE_SUM, dw, 1);
  return weft_view_permute(weft_view_reshape(dw, weft_shape_of(oc, c, taps, taps)), kept_to_last);
}

/* On a CPU, channels that fill a register tile. */
static int fills_tile(const convolution *k, const weft_pass_target *target) {
  size_t count;
  const weft_winograd_sums *sums = weft_winograd_sums_for((int)target->vector_width, &count);
  return target->device_class == WEFT_CLASS_GPU || (k->c >= sums->mr && k->oc >= sums->nr);
}

static weft_tensor *gradient(weft_tensor *x, weft_tensor *dy, const weft_winograd_window *window,
                             const weft_pass_target *target) {
  convolution k = convolution_of(window, x->shape.dims[3], dy->shape);
  x = weft_without_border(x, &k.options[PAD]);
  if (!fills_tile(&k, target) || !pays(&k, x, 1, target)) return NULL;
  x = weft_dense_image(x);
  dy = weft_dense_image(dy);
  if (!x || !dy) return NULL;
  return target->device_class == WEFT_CLASS_GPU ? dw_on_gpu(x, dy, &k, target) : dw_on_cpu(x, dy, &k, target);
}

/* ---- groups ---- */

/* The channels of a group, beneath borders too. */
static weft_tensor *channels_of(weft_tensor *x, int64_t group, int64_t groups) {
  static const int64_t step[4] = {1, 1, 1, 1};
  weft_shape part = x->shape;
  if (groups == 1) return x;
  part.dims[3] /= groups;
  const int64_t start[4] = {0, 0, 0, group * part.dims[3]};
  if (is_border(x)) return weft_make_pad(channels_of(x->in[0], group, groups), x->attr, x->attr + 4, part, 0);
  return weft_make_slice(x, start, step, part.dims);
}

/* The convolution of x and w with results y, or the gradient by weights w of x and dy: group by group, side by side. */
static weft_tensor *each_group(weft_tensor *x, weft_tensor *other, const weft_winograd_window *window,
                               const weft_shape *y, const weft_pass_target *target) {
  weft_tensor *parts[MOST_GROUPS];
  int64_t groups = window->groups, of_group = other->shape.dims[3] / groups;
  if (groups > 1 && (groups > MOST_GROUPS || of_group < LEAST_OF_GROUP || target->device_class != WEFT_CLASS_CPU))
    return NULL;
  for (int64_t g = 0; g < groups; g++) {
    weft_tensor *own = channels_of(x, g, groups), *its = channels_of(other, g, groups);
    weft_shape shape = y ? *y : WEFT_SCALAR_SHAPE;
    shape.dims[3] /= groups;
    parts[g] = !own || !its ? NULL : y ? convolve(own, its, window, shape, target) : gradient(own, its, window, target);
    if (!parts[g]) return NULL;
  }
  return groups > 1 ? weft_concat(parts, (size_t)groups, 3) : parts[0];
}

weft_tensor *weft_winograd(weft_tensor *x, weft_tensor *w, const weft_winograd_window *window, weft_shape y,
                           const weft_pass_target *target) {
  return each_group(x, w, window, &y, target);
}

weft_tensor *weft_winograd_dw(weft_tensor *x, weft_tensor *dy, const weft_winograd_window *window,
                              const weft_pass_target *target) {
  return each_group(x, dy, window, NULL, target);
}
