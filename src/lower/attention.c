/* attention.c -- groups of attention become a template of kernels/ or shaders/ (attention_cpu.cl, attention_gpu.cl,
 * attention.comp and those of the gradients) with sizes and addresses written in front of it. q, k, v and the others
 * are read through strides where they lie, so that heads cut out of one product are never copied. */
#include "lower/attention.h"
#include "base/attention.h"
#include "base/embed.h"
#include "base/hash.h"
#include "base/tiles.h"
#include "lower/dot.h"
#include "lower/render.h"
#include <string.h>

/* On CPUs: queries of a chunk and keys of a block, whose rows and scores stay in the second cache; half of them where
 * heads are wide. Fewer queries where there would be too few chunks for all units. */
enum { WIDE = 128, CHUNKS_A_UNIT = 4 };
/* The first by default; the tuner tries the others. */
static const struct cpu_block {
  int chunk, keys;
} cpu_blocks[] = {{128, 64}, {64, 64}, {128, 32}, {64, 32}, {128, 128}};
enum { CPU_BLOCKS = sizeof cpu_blocks / sizeof *cpu_blocks };

typedef struct attention {
  const weft_group *group;
  const weft_variant *variant;
  weft_error *error;
  weft_text text;
  weft_dialect dialect;
  int is_gpu;
  uint32_t fours;          /* GPUs: bindings that are read or written in fours, as bits */
  int64_t private_numbers; /* that a work-item keeps */
} attention;

static void define(attention *a, const char *name, int64_t value) {
  weft_text_printf(&a->text, "#define %s %lld\n", name, (long long)value);
}

/* Whether rows of a matrix are fours: vectors in memory, wherever they begin. */
static int is_in_fours(weft_shape shape, int64_t offset, const int64_t *strides) {
  int rank = shape.rank;
  if (offset % 4 || strides[rank - 1] != 1 || shape.dims[rank - 1] % 4) return 0;
  for (int d = 0; d < rank - 1; d++)
    if (strides[d] % 4) return 0;
  return 1;
}

/* GPUs: #define X_AT(row, column), and X_FOUR(row, further, part), row and further rows, or X_GIVE(row, part, value).
 */
static void define_access(attention *a, const char *name, int binding, weft_shape shape, int64_t offset,
                          const int64_t *strides) {
  int gives = binding >= a->group->n_inputs, in_fours = is_in_fours(shape, offset, strides);
  const char *array = a->dialect == WEFT_GLSL ? "fours" : "b";
  weft_text_printf(&a->text,
                   "#define %s_AT(row, column) ELEMENT(b%d, %s_BATCH(batch) + (row) * %s_ROW + (column) * %s_COLUMN)\n",
                   name, binding, name, name, name);
  weft_text_printf(&a->text, gives ? "#define %s_GIVE(row, part, value) " : "#define %s_FOUR(row, further, part) ",
                   name);
  if (in_fours) {
    a->fours |= 1u << binding;
    weft_text_printf(&a->text, "%s(%s%d, %s_BATCH(batch) + (row) * %s_ROW + 4 * (part), ",
                     gives ? "GIVE_FOUR" : "FOUR_AT", array, binding, name, name);
    weft_text_printf(&a->text, gives ? "value)\n" : "(further) * %s_ROW)\n", name);
  } else
    weft_text_printf(&a->text,
                     gives ? "GIVE_ONES(%s_AT, %lld, row, part, value)\n"
                           : "FOUR_OF_ONES(%s_AT, %lld, (row) + (further), part)\n",
                     name, (long long)shape.dims[shape.rank - 1]);
}

/* #define X b<binding>, X_BATCH, X_ROW and X_COLUMN. */
static void define_matrix(attention *a, const char *name, int binding, weft_shape shape, int64_t offset,
                          int64_t *strides) {
  int rank = shape.rank;
  for (int d = 0; d < rank; d++)
    if (shape.dims[d] == 1 && d < rank - 1) strides[d] = 0;
  if (shape.dims[rank - 1] == 1) strides[rank - 1] = 1;
  weft_text_printf(&a->text, "#define %s b%d\n#define %s_BATCH(batch) (%lld + ", name, binding, name,
                   (long long)offset);
  weft_add_address(&a->text, "batch", rank - 2, shape.dims, strides);
  weft_text_printf(&a->text, ")\n#define %s_ROW %lld\n#define %s_COLUMN %lld\n", name, (long long)strides[rank - 2],
                   name, (long long)strides[rank - 1]);
  if (a->is_gpu) define_access(a, name, binding, shape, offset, strides);
}

static int define_input(attention *a, const char *name, weft_tensor *view) {
  weft_tensor *base;
  int64_t offset, strides[WEFT_MAX_RANK];
  char text[160];
  weft_view_affine(view, &base, &offset, strides);
  base = weft_stored_node(base);
  for (int i = 0; i < a->group->n_inputs; i++)
    if (a->group->inputs[i] == base) {
      define_matrix(a, name, i, view->shape, offset, strides);
      return 1;
    }
  weft_fail(a->error, WEFT_INTERNAL, "attention: %s cannot be read through strides from an input of its group",
            weft_describe_tensor(view, text, sizeof text));
  return 0;
}

static const weft_tensor *find(const weft_group *group, weft_op op) {
  for (int i = 0; i < group->n_cores; i++)
    if (group->cores[i]->op == op) return group->cores[i];
  return NULL;
}

/* In the output that the core is, or that it is put into. */
static void define_output(attention *a, const char *name, const char *has, weft_op op) {
  const weft_tensor *core = find(a->group, op);
  int64_t offset, strides[WEFT_MAX_RANK];
  int found = 0;
  for (int i = 0; core && !found && i < a->group->n_outputs; i++) {
    if (!weft_place_in(a->group->outputs[i], core, &offset, strides)) continue;
    define_matrix(a, name, a->group->n_inputs + i, core->shape, offset, strides);
    found = 1;
  }
  define(a, has, found);
}

/* A shader sees a buffer that is read or written in fours as an array of vectors too. */
static void declare(attention *a, int binding, int in_fours) {
  const char *access = binding < a->group->n_inputs ? "readonly " : "";
  weft_text_printf(&a->text, "layout(set = 0, binding = %d) %sbuffer B%d { float d[]; } b%d;\n", binding, access,
                   binding, binding);
  if (in_fours)
    weft_text_printf(&a->text, "layout(set = 0, binding = %d) %sbuffer Fours%d { vec4 d[]; } fours%d;\n", binding,
                     access, binding, binding);
}

static void define_bindings(attention *a) {
  int n = a->group->n_inputs + a->group->n_outputs;
  if (a->dialect == WEFT_GLSL) {
    weft_text_add(&a->text, "#define HAS_BINDINGS 1\n");
    for (int i = 0; i < n; i++) declare(a, i, a->fours >> i & 1);
    return;
  }
  weft_text_add(&a->text, "#define ENTRY attention\n#define BINDINGS ");
  for (int i = 0; i < n; i++)
    weft_text_printf(&a->text, "%s__global %sfloat *b%d", i ? ", " : "", i < a->group->n_inputs ? "const " : "", i);
  weft_text_add(&a->text, "\n");
}

/* Vectors in a row of a register tile, for rows of so many numbers. */
static int vectors_of(int64_t width, int lanes) { return weft_ceil_div(width, lanes) % 2 ? 1 : 2; }

/* Of the wanted cores the one with the most inputs: it names them all. */
static const weft_tensor *main_core(const weft_group *group) {
  const weft_tensor *y = find(group, WEFT_OP_ATTENTION);
  return y ? y : group->cores[0];
}

static weft_attention_sizes sizes_of(const weft_group *group) {
  weft_attention_sizes z = weft_attention_sizes_of(main_core(group));
  z.by_queries = find(group, WEFT_OP_ATTENTION_DQ) != NULL;
  z.by_keys = find(group, WEFT_OP_ATTENTION_DK) || find(group, WEFT_OP_ATTENTION_DV);
  return z;
}

/* Queries of a chunk, in whole register tiles. */
static int64_t chunk_of(const weft_target *target, const weft_attention_sizes *z, int64_t most, int64_t tile) {
  int64_t chunk = weft_ceil_div(z->t < most ? z->t : most, tile) * tile;
  int64_t wanted = z->is_gradient ? 0 : CHUNKS_A_UNIT * (int64_t)target->compute_units;
  while (chunk > tile && z->heads * weft_ceil_div(z->t, chunk) < wanted) chunk = weft_ceil_div(chunk / 2, tile) * tile;
  return chunk;
}

/* One work-item a group; returns how many groups there is work for. */
static int64_t define_cpu(attention *a, const weft_target *target, const weft_attention_sizes *z) {
  int lanes = weft_lanes_of(target->vector_width), nv = z->t > lanes ? 2 : 1;
  int mr = lanes == 16 ? 8 : 4;
  int row = a->variant && a->variant->tile > 0 && a->variant->tile <= CPU_BLOCKS ? a->variant->tile - 1 : 0;
  int64_t part = z->d > WIDE || z->e > WIDE ? 2 : 1, keys = cpu_blocks[row].keys / part;
  int64_t chunk = chunk_of(target, z, cpu_blocks[row].chunk / part, nv * lanes);
  int64_t blocks = z->heads * weft_ceil_div(z->t, chunk);
  weft_text_printf(&a->text, "W_MATH(%d, int%d, float%d)\n", lanes, lanes, lanes);
  define(a, "LANES", lanes);
  define(a, "NV", nv);
  define(a, "MR", mr);
  define(a, "ND", vectors_of(z->d, lanes));
  define(a, "NE", vectors_of(z->e, lanes));
  a->private_numbers = z->is_gradient ? chunk * (3 * z->d + 2 * z->e) + keys * 2 * (z->d + z->e + chunk)
                                      : chunk * (2 * z->d + z->e) + keys * (z->d + z->e + nv * lanes);
  define(a, "CHUNK", chunk);
  define(a, "BK", z->s < keys ? weft_ceil_div(z->s, mr) * mr : keys);
  define(a, "BLOCKS", blocks);
  define(a, "HEADS", z->heads);
  return z->is_gradient ? z->heads : blocks;
}

/* As the variant says, or by the estimate; NULL: there is no room for it. */
static const weft_attention_tile *choose_tile(const attention *a, const weft_target *target,
                                              const weft_attention_sizes *z) {
  if (!a->variant || a->variant->tile <= 0)
    return weft_attention_tile_for(z, target->local_memory, target->max_group, target->compute_units);
  size_t count, row = (size_t)a->variant->tile - 1;
  const weft_attention_tile *tiles = weft_attention_tiles(z, &count);
  return row < count && weft_attention_fits(z, &tiles[row], target->local_memory, target->max_group) ? &tiles[row]
                                                                                                     : NULL;
}

/* A block of rows of scores a group; 0: there is no room for one. */
static int64_t define_gpu(attention *a, const weft_target *target, const weft_attention_sizes *z,
                          uint32_t *out_threads) {
  const weft_attention_tile *t = choose_tile(a, target, z);
  if (!t) {
    weft_fail(a->error, WEFT_NO_FEATURE,
              "attention: no block of scores fits into work-groups of %u work-items and %u bytes of shared memory",
              target->max_group, target->local_memory);
    return 0;
  }
  int64_t by_keys, blocks = weft_attention_blocks(z, t, &by_keys);
  define(a, "TR", t->tr);
  define(a, "TC", t->tc);
  define(a, "RR", t->rr);
  define(a, "RC", t->rc);
  define(a, "SLICES", t->slices);
  define(a, "HEADS", z->heads);
  define(a, "BLOCKS", blocks);
  define(a, "KEY_BLOCKS", by_keys);
  define(a, "D_COLUMNS", weft_attention_columns(t, z->d));
  define(a, "E_COLUMNS", weft_attention_columns(t, z->e));
  *out_threads = (uint32_t)weft_attention_threads(t);
  return blocks;
}

/* Writes sizes and addresses; returns the work-groups, 0 on failure. */
static uint32_t define_all(attention *a, const weft_target *target, const weft_tensor *core, uint32_t *out_threads) {
  static const char *const names[6] = {"Q", "K", "V", "Y", "L", "G"};
  const weft_attention_sizes z = sizes_of(a->group);
  int64_t units = a->is_gpu ? define_gpu(a, target, &z, out_threads) : define_cpu(a, target, &z);
  int64_t limit = target->max_groups[0] ? target->max_groups[0] : 65535, groups = units < limit ? units : limit;
  define(a, "T", z.t);
  define(a, "S", z.s);
  define(a, "D", z.d);
  define(a, "E", z.e);
  weft_text_add(&a->text, "#define SCALE ");
  weft_render_float(core->value, &a->text);
  weft_text_add(&a->text, "\n");
  define(a, "CAUSAL", core->attr[0]);
  define(a, "GROUPS", groups);
  for (int i = 0; i < core->n_in; i++)
    if (!define_input(a, names[i], core->in[i])) return 0;
  if (z.is_gradient) {
    define_output(a, "DQ", "HAS_DQ", WEFT_OP_ATTENTION_DQ);
    define_output(a, "DK", "HAS_DK", WEFT_OP_ATTENTION_DK);
    define_output(a, "DV", "HAS_DV", WEFT_OP_ATTENTION_DV);
  } else {
    define_output(a, "Y", "HAS_Y", WEFT_OP_ATTENTION);
    define_output(a, "L", "HAS_L", WEFT_OP_ATTENTION_LOG);
  }
  define_bindings(a);
  return (uint32_t)groups;
}

/* Products of queries with keys, half of them where later places are hidden, times widths. */
static double flops_of(const weft_group *group) {
  double flops = 0, pairs;
  for (int i = 0; i < group->n_cores; i++) {
    const weft_tensor *core = group->cores[i];
    weft_shape q = core->in[0]->shape, k = core->in[1]->shape;
    double d = (double)q.dims[q.rank - 1], e = core->n_in > 2 ? (double)core->in[2]->shape.dims[q.rank - 1] : 0;
    pairs = (double)weft_shape_size(q) / d * (double)k.dims[q.rank - 2] * (core->attr[0] ? 0.5 : 1);
    switch (core->op) {
    case WEFT_OP_ATTENTION_DV: flops += 2 * pairs * e; break;
    case WEFT_OP_ATTENTION_LOG: break;
    case WEFT_OP_ATTENTION: flops += 2 * pairs * (d + e); break;
    default: flops += 2 * pairs * d;
    }
    if (i == 0 && core->n_in == 6) flops += 2 * pairs * (d + e);
  }
  return flops;
}

static const char *file_of(const weft_target *target, int is_gradient) {
  if (target->device_class == WEFT_CLASS_GPU) {
    if (target->dialect == WEFT_GLSL) return is_gradient ? "shaders/attention_gradient.comp" : "shaders/attention.comp";
    return is_gradient ? "kernels/attention_gradient_gpu.cl" : "kernels/attention_gpu.cl";
  }
  if (target->dialect == WEFT_GLSL) return NULL;
  return is_gradient ? "kernels/attention_gradient_cpu.cl" : "kernels/attention_cpu.cl";
}

weft_status weft_lower_attention(const weft_group *group, const weft_target *target, const weft_variant *variant,
                                 weft_arena *arena, weft_lowered *out, weft_error *error) {
  weft_error own = {0};
  attention a = {.group = group,
                 .variant = variant,
                 .error = &own,
                 .dialect = target->dialect,
                 .is_gpu = target->device_class == WEFT_CLASS_GPU};
  const weft_tensor *core = main_core(group);
  const char *file = file_of(target, core->n_in == 6), *prelude = weft_render_prelude(target->dialect);
  uint32_t threads = 1;
  if (!file || !prelude) return weft_fail(error, WEFT_INTERNAL, "attention: there is no kernel for this device");
  weft_text_add(&a.text, prelude);
  weft_text_add(&a.text, "\n");
  uint32_t groups = define_all(&a, target, core, &threads);
  if (groups && weft_embedded_expand(&a.text, file, &own) == WEFT_OK) {
    out->source = (weft_kernel_source){.entry = "attention",
                                       .text = a.text.data ? weft_arena_text(arena, a.text.data) : NULL,
                                       .n_bindings = group->n_inputs + group->n_outputs,
                                       .local = {threads, 1, 1},
                                       .private_bytes = (uint32_t)a.private_numbers * (uint32_t)sizeof(float)};
    for (int i = 0; i < group->n_outputs; i++) out->source.written |= 1u << (group->n_inputs + i);
    if (a.text.failed || !out->source.text) weft_fail(&own, WEFT_NO_MEMORY, "attention: no memory for a kernel's text");
    out->groups[0] = groups;
    out->groups[1] = out->groups[2] = 1;
    out->flops = flops_of(group);
    out->alike = weft_hash_text(WEFT_HASH_SEED, a.text.data ? a.text.data : "");
  }
  weft_text_release(&a.text);
  return own.status == WEFT_OK ? WEFT_OK : weft_error_copy(error, &own);
}

/* One round: the blocks of scores that fit, on a CPU those of queries and keys. */
int weft_attention_variants(const weft_group *group, const weft_target *target, int round, weft_variant *out) {
  if (round > 0) return -1;
  int n = 0;
  if (target->device_class != WEFT_CLASS_GPU) {
    for (; n < CPU_BLOCKS; n++) out[n] = (weft_variant){.tile = n + 1};
    return n;
  }
  const weft_attention_sizes z = sizes_of(group);
  size_t count;
  const weft_attention_tile *tiles = weft_attention_tiles(&z, &count);
  for (size_t i = 0; i < count && n < WEFT_MOST_VARIANTS; i++)
    if (weft_attention_fits(&z, &tiles[i], target->local_memory, target->max_group))
      out[n++] = (weft_variant){.tile = (int32_t)i + 1};
  return n;
}
