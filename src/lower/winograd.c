/* winograd.c -- a group around one convolution, or gradient by its weights, in Winograd's form becomes a template
 * (kernels/winograd_cpu.cl, winograd_dw_cpu.cl) with its sizes, its addresses and its epilogue written in front of it.
 *
 * The epilogue is the contraction's: results are rows of pixels by columns of channels, a gradient by weights rows of
 * channels of the results by columns (c, r, s). */
#include "base/winograd.h"
#include "base/hash.h"
#include "lower/dot_template.h"
#include "lower/winograd.h"
#include <stdlib.h>

/* A work-group keeps what lies between pixels and results in private memory, on a thread's stack, of which systems give
 * 8 MiB. */
enum { MOST_PRIVATE = 4 << 20 };
/* Work-groups for each compute unit, at least. */
enum { GROUPS_A_UNIT = 2 };
/* Parts of the panels transform the same pixels: not worth it for fewer columns each. */
enum { LEAST_COLUMNS = 64 };
/* Tiles between two additions to the gradient's sums: the same for all candidates of the tuner, so that bits are. */
enum { STEP = 16 };
/* Channels of weights that a work-group transforms; transformed weights of more bytes had better not go through the
 * caches. */
enum { CHANNELS_OF_WEIGHTS = 32, MOST_CACHED = 16 << 20 };

typedef struct winograd {
  weft_dot d;
  int64_t h, w, c, oh, ow, oc, parts, pad[2];
  weft_winograd_grid grid;
  int64_t tiles, private_bytes;
  int64_t x_offset, x[4], other_offset, other[WEFT_MAX_RANK]; /* strides of the operands */
} winograd;

static int is_convolution(const winograd *p) { return p->d.core->op == WEFT_OP_WINOGRAD; }

static int refuse(winograd *p, const char *why) { return weft_dot_refuse(&p->d, "winograd", why); }

/* Sizes and strides; 0 where the kernels cannot serve the group. */
static int begin(winograd *p, const weft_group *group, const weft_target *target) {
  weft_tensor *core = p->d.core = group->cores[0];
  const int64_t *x = core->in[0]->shape.dims, *other = core->in[core->n_in - 1]->shape.dims, *y = core->shape.dims;
  int64_t strides[WEFT_MAX_RANK];
  p->d.lanes = weft_lanes_of(target->vector_width);
  int is_here = core->op == WEFT_OP_WINOGRAD || core->op == WEFT_OP_WINOGRAD_DW || core->op == WEFT_OP_WINOGRAD_WEIGHTS;
  if (!is_here || target->dialect != WEFT_OPENCL_C) return refuse(p, "no such kernel");
  if (!weft_dot_operand(&p->d, 0, &p->x_offset, strides, &p->d.a)) return 0;
  for (int d = 0; d < 4; d++) p->x[d] = strides[d];
  p->grid.taps = (int)x[0];
  if (core->op == WEFT_OP_WINOGRAD_WEIGHTS) return 1;
  if (!weft_dot_operand(&p->d, 1, &p->other_offset, p->other, &p->d.b)) return 0;
  p->h = x[1];
  p->w = x[2];
  p->c = x[3];
  p->oh = is_convolution(p) ? y[1] : other[1];
  p->ow = is_convolution(p) ? y[2] : other[2];
  p->oc = is_convolution(p) ? y[3] : other[3];
  p->parts = is_convolution(p) ? 1 : y[0];
  p->d.panel = is_convolution(p) ? other[3] : 0;
  for (int d = 0; d < 2; d++) p->pad[d] = core->attr[WEFT_WINOGRAD_PAD + d];
  p->grid = weft_winograd_grid_of(is_convolution(p) ? y : other, core->attr);
  p->tiles = weft_winograd_tiles(&p->grid);
  p->d.batch.total = p->parts;
  p->d.m.total = is_convolution(p) ? y[0] * p->oh * p->ow : p->oc;
  p->d.n.total = is_convolution(p) ? p->oc : p->c * y[3] * y[4];
  if (p->c < p->d.lanes || p->x[3] != 1) return refuse(p, "channels are no vectors");
  return 1;
}

/* ---- text ---- */

static void define(winograd *p, const char *name, int64_t value) { weft_dot_define(&p->d, name, value); }

static void define_pixel(winograd *p, const char *name, int64_t offset, const int64_t *strides) {
  weft_text_printf(&p->d.text, "#define %s(n, h, w) (%lld + (n) * %lld + (h) * %lld + (w) * %lld)\n", name,
                   (long long)offset, (long long)strides[0], (long long)strides[1], (long long)strides[2]);
}

/* What both templates want to know. */
static int write_common(winograd *p, int64_t mr, int64_t nr, int64_t blocks) {
  weft_dot *d = &p->d;
  d->groups = weft_limited_groups(d, blocks);
  d->threads = 1;
  define(p, "MR", mr);
  define(p, "NV", nr / d->lanes);
  define(p, "LANES", d->lanes);
  define(p, "H", p->h);
  define(p, "W", p->w);
  define(p, "C", p->c);
  define(p, "TAPS", p->grid.taps);
  define(p, "DILATION_H", p->grid.dilation[0]);
  define(p, "DILATION_W", p->grid.dilation[1]);
  define(p, "PAD_H", p->pad[0]);
  define(p, "PAD_W", p->pad[1]);
  define(p, "OH", p->oh);
  define(p, "OW", p->ow);
  define(p, "OC", p->oc);
  define(p, "TH", p->grid.th);
  define(p, "TW", p->grid.tw);
  define(p, "TILES_IN_ALL", p->tiles);
  define(p, "BLOCKS", blocks);
  define(p, "GROUPS", d->groups);
  define_pixel(p, "X_AT", p->x_offset, p->x);
  weft_text_printf(&d->text, "#define X b%d\n#define %s b%d\n", d->a, is_convolution(p) ? "U" : "DY", d->b);
  if (!weft_dot_write_epilogue(d, "store_one", "STORE_C", 1, NULL)) return 0;
  if (!is_convolution(p) || p->oc >= d->lanes)
    return weft_dot_write_epilogue(d, "store_vector", "STORE_CV", d->lanes, NULL) &&
           weft_dot_write_fetch(d, d->lanes, 1);
  weft_text_add(&d->text, "#define STORE_CV(batch, m, n, value) (void)0\n"); /* all is edge */
  return 1;
}

/* ---- the convolution ---- */

static int64_t bytes_of_block(const winograd *p, const weft_winograd_block *b) {
  int64_t rows = p->c + 16 + b->panels * p->d.panel + 16;
  return (int64_t)sizeof(float) * WEFT_WINOGRAD_PLACES * weft_least(b->tiles, p->tiles) * rows;
}

static weft_winograd_block choose_block(const winograd *p) {
  size_t count;
  const weft_winograd_block *rows = weft_winograd_blocks(&count);
  int64_t weights = (int64_t)sizeof(float) * WEFT_WINOGRAD_PLACES * p->c * p->oc / 1024;
  size_t chosen = 0, wanted = (size_t)p->d.variant.tile;
  while (chosen + 1 < count && weights > rows[chosen].most_weights) chosen++;
  if (wanted > 0 && wanted <= count) chosen = wanted - 1;
  weft_winograd_block b = rows[chosen];
  while (b.tiles > 1 && bytes_of_block(p, &b) > MOST_PRIVATE) b.tiles /= 2;
  return b;
}

static int write_convolution(winograd *p) {
  weft_dot *d = &p->d;
  if (d->panel % d->lanes != 0 || p->other[3] != 1) return refuse(p, "panels of weights are no vectors");
  weft_winograd_block block = choose_block(p);
  int64_t blocks = weft_ceil_div(p->tiles, block.tiles),
          tiles = weft_ceil_div(p->tiles, blocks); /* of about equal size */
  int64_t most = weft_tile_for(WEFT_CLASS_CPU, d->lanes)->mr, mr = weft_ceil_div(tiles, weft_ceil_div(tiles, most));
  int64_t panels = weft_ceil_div(p->oc, d->panel), parts = 1;
  int64_t wanted = (int64_t)d->target->compute_units * (d->variant.groups > 0 ? d->variant.groups : GROUPS_A_UNIT);
  while (blocks * parts < wanted && p->oc / (2 * parts) >= LEAST_COLUMNS) parts *= 2;
  int64_t of_part = weft_ceil_div(panels, parts);
  parts = weft_ceil_div(panels, of_part);
  p->private_bytes = bytes_of_block(p, &block);
  d->file = "kernels/winograd_cpu.cl";
  define(p, "TILES", tiles);
  define(p, "PANELS", panels);
  define(p, "PANELS_OF_PART", of_part);
  define(p, "PANELS_AT_ONCE", weft_least(block.panels, of_part));
  define(p, "PARTS", parts);
  define(p, "U_AT", p->other_offset);
  define(p, "FETCH_U",
         weft_fetched((double)weft_shape_size(d->core->in[1]->shape), d->panel, weft_ceil_div(tiles, mr)));
  return write_common(p, mr, d->panel, blocks * parts);
}

/* ---- the gradient by the weights ---- */

static int64_t rows_of(const winograd *p, const weft_winograd_sums *s) {
  return weft_least(s->rows, p->c / s->mr * s->mr);
}
static int64_t columns_of(const winograd *p, const weft_winograd_sums *s) {
  return weft_least(s->columns, p->oc / s->nr * s->nr);
}
static int64_t blocks_of(const winograd *p, const weft_winograd_sums *s) {
  return p->parts * weft_ceil_div(p->c, rows_of(p, s)) * weft_ceil_div(p->oc, columns_of(p, s));
}

/* The first row, or one with more blocks while there are too few for the compute units. */
static const weft_winograd_sums *choose_sums(const winograd *p, const weft_winograd_sums *rows, size_t count) {
  size_t chosen = 0, wanted = (size_t)p->d.variant.tile;
  if (wanted > 0 && wanted <= count) return &rows[wanted - 1];
  for (size_t i = 1; i < count && blocks_of(p, &rows[chosen]) < p->d.target->compute_units; i++)
    if (blocks_of(p, &rows[i]) > blocks_of(p, &rows[chosen])) chosen = i;
  return &rows[chosen];
}

static int write_gradient(winograd *p) {
  weft_dot *d = &p->d;
  size_t count;
  const weft_winograd_sums *s = weft_winograd_sums_for(d->lanes, &count);
  if (p->c < s->mr || p->oc < s->nr || p->other[3] != 1) return refuse(p, "channels are no register tile");
  s = choose_sums(p, s, count);
  int64_t rows = rows_of(p, s), columns = columns_of(p, s), window = (int64_t)p->grid.taps * p->grid.taps;
  p->private_bytes = (int64_t)sizeof(float) *
                     (WEFT_WINOGRAD_PLACES * (STEP * (rows + columns) + rows * columns) + window * d->lanes * d->lanes);
  d->file = "kernels/winograd_dw_cpu.cl";
  define(p, "STEP", STEP);
  define(p, "PARTS", p->parts);
  define(p, "CB", rows);
  define(p, "OB", columns);
  define(p, "C_BLOCKS", weft_ceil_div(p->c, rows));
  define(p, "OC_BLOCKS", weft_ceil_div(p->oc, columns));
  define_pixel(p, "DY_AT", p->other_offset, p->other);
  return write_common(p, s->mr, s->nr, blocks_of(p, s));
}

/* ---- the transform of weights ---- */

/* Whether the taps of a window lie side by side, in some order, and columns follow each other upwards. */
static void define_run_of_taps(winograd *p) {
  int64_t row = p->x[0], column = p->x[1], rows = llabs(row), columns = llabs(column), taps = p->grid.taps;
  int64_t back = ((row < 0 ? row : 0) + (column < 0 ? column : 0)) * (taps - 1);
  int is_run = (rows == taps && columns == 1) || (rows == 1 && columns == taps);
  define(p, "TAPS_TOGETHER", is_run && p->d.lanes >= 4 && p->x[3] > 0);
  define(p, "TAPS_AT", p->x_offset + back);
}

static int write_weights(winograd *p) {
  weft_dot *d = &p->d;
  const weft_tensor *core = d->core;
  const int64_t *u = core->shape.dims;
  p->c = u[2];
  p->oc = core->in[0]->shape.dims[3];
  d->batch.total = u[0];
  d->m.total = u[1];
  d->n.total = u[2] * u[3];
  d->panel = u[3];
  if (d->panel % d->lanes != 0) return refuse(p, "panels of weights are no vectors");
  int64_t c_blocks = weft_ceil_div(p->c, CHANNELS_OF_WEIGHTS), blocks = u[0] * c_blocks;
  int is_alone = d->group->n_outputs == 1 && d->group->outputs[0] == core;
  d->file = "kernels/winograd_weights_cpu.cl";
  d->groups = weft_limited_groups(d, blocks);
  d->threads = 1;
  define(p, "NV", d->panel / d->lanes);
  define(p, "LANES", d->lanes);
  define(p, "TAPS", p->grid.taps);
  define(p, "C", p->c);
  define(p, "OC", p->oc);
  define(p, "CB", CHANNELS_OF_WEIGHTS);
  define(p, "C_BLOCKS", c_blocks);
  define(p, "BLOCKS", blocks);
  define(p, "GROUPS", d->groups);
  define(p, "N_STEP", p->x[3]);
  define(p, "W_SIZE", weft_shape_size(d->group->inputs[d->a]->shape));
  define_run_of_taps(p);
  define(p, "PAST_CACHES", is_alone && weft_shape_size(core->shape) * (int64_t)sizeof(float) > MOST_CACHED);
  define_pixel(p, "W_AT", p->x_offset, p->x);
  weft_text_printf(&d->text, "#define W b%d\n#define U b%d\n", d->a, d->group->n_inputs);
  return weft_dot_write_epilogue(d, "store_one", "STORE_C", 1, NULL) &&
         weft_dot_write_epilogue(d, "store_vector", "STORE_CV", d->lanes, NULL);
}

/* ---- the whole ---- */

static int write(winograd *p) {
  switch (p->d.core->op) {
  case WEFT_OP_WINOGRAD: return write_convolution(p);
  case WEFT_OP_WINOGRAD_DW: return write_gradient(p);
  default: return write_weights(p);
  }
}

/* Products of places; of the weights' transform, a dozen operations for each line of six. */
static double flops_of(const winograd *p) {
  if (p->d.core->op == WEFT_OP_WINOGRAD_WEIGHTS) return 12.0 * (6 + p->grid.taps) * (double)p->c * (double)p->oc;
  return 2.0 * WEFT_WINOGRAD_PLACES * (double)p->tiles * (double)p->c * (double)p->oc;
}

static uint64_t hash_of(const winograd *p) {
  const int64_t sizes[] = {(int64_t)p->d.core->op,
                           p->tiles,
                           p->grid.taps,
                           p->grid.dilation[0],
                           p->grid.dilation[1],
                           p->h,
                           p->w,
                           p->c,
                           p->oh,
                           p->ow,
                           p->oc,
                           p->parts,
                           p->pad[0],
                           p->pad[1],
                           p->d.panel};
  uint64_t hash = weft_hash(WEFT_HASH_SEED, sizes, sizeof sizes);
  return weft_hash(weft_hash(hash, p->x, sizeof p->x), p->other, sizeof *p->other * 4);
}

weft_status weft_lower_winograd(const weft_group *group, const weft_target *target, const weft_variant *variant,
                                weft_arena *arena, weft_lowered *out, weft_error *error) {
  if (target->device_class == WEFT_CLASS_GPU) return weft_lower_winograd_transform(group, target, arena, out, error);
  weft_error own = {0};
  winograd p = {.d = {.group = group, .target = target, .arena = arena, .error = &own}};
  if (variant) p.d.variant = *variant;
  *out = (weft_lowered){.what = "winograd"};
  if (begin(&p, group, target) && write(&p)) weft_dot_finish(&p.d, flops_of(&p), hash_of(&p), out);
  out->source.private_bytes = (uint32_t)p.private_bytes;
  return weft_dot_end(&p.d, error);
}

int weft_winograd_variants(const weft_group *group, const weft_target *target, const weft_variant *best, int round,
                           weft_variant *out) {
  static const int32_t groups[] = {1, 2, 4, 8};
  int is_convolution = group->cores[0]->op == WEFT_OP_WINOGRAD;
  size_t count;
  if (target->device_class == WEFT_CLASS_GPU || group->cores[0]->op == WEFT_OP_WINOGRAD_WEIGHTS) return -1;
  if (round == 0) {
    if (is_convolution)
      weft_winograd_blocks(&count);
    else
      weft_winograd_sums_for(weft_lanes_of(target->vector_width), &count);
    for (size_t i = 0; i < count; i++) out[i] = (weft_variant){.tile = (int32_t)i + 1};
    return (int)count;
  }
  if (round > 1 || !is_convolution) return -1;
  for (int i = 0; i < 4; i++) {
    out[i] = *best;
    out[i].groups = groups[i];
  }
  return 4;
}
