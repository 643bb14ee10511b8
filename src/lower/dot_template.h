/* dot_template.h -- what the templates of products share: the group taken apart into roles, the text being written.
 * Each template of the contraction is a row of functions here; dot.c chooses it. */
#ifndef WEFT_LOWER_DOT_TEMPLATE_H
#define WEFT_LOWER_DOT_TEMPLATE_H
#include "base/text.h"
#include "base/tiles.h"
#include "lower/dot.h"
#include "lower/ir.h"

/* A work-group should be worth so many operations: some 5 microseconds, hundreds of times what starting it costs. */
static const double weft_least_work = 4e5;
/* Work-groups for each compute unit, so that all end at about the same time. */
enum { WEFT_GROUPS_A_UNIT = 4 };

/* Numbers that stay in near caches from one kernel, or run, to the next. */
enum { WEFT_MOST_NEAR = 1 << 19 };

/* Where panels of so many columns and so many numbers in all come from memory, the first of the tiles that read one
 * would wait for it: how many columns of the next panel each of these tiles asks for meanwhile; else 0. */
static inline int64_t weft_fetched(double numbers, int64_t panel, int64_t tiles) {
  return numbers > WEFT_MOST_NEAR ? weft_ceil_div(panel, tiles) : 0;
}

/* Rows of results that one epilogue takes. */
enum { WEFT_MOST_ROWS = 25 };

/* The dims of one role, merged: sizes, strides in elements. */
typedef struct weft_role {
  int n;
  int64_t size[WEFT_MAX_RANK], a[WEFT_MAX_RANK], b[WEFT_MAX_RANK];
  int64_t total;
} weft_role;

typedef struct weft_dot {
  const weft_group *group;
  const weft_target *target;
  weft_variant variant;
  weft_arena *arena;
  weft_error *error;
  weft_tensor *core;
  weft_role batch, m, k, n;
  int a, b; /* bindings; -1: computed where it is read, strides and offset being those in what is computed */
  int64_t a_offset, b_offset;
  weft_origins *origins;       /* NULL: all at 0 */
  int64_t panel, panel_stride; /* columns of a panel of b, from one panel to the next; 0: not packed */
  uint32_t texels;             /* bindings that are read as texels */
  /* by the template */
  const char *file;
  weft_tile tile;
  int lanes; /* of a vector of columns */
  uint32_t groups, threads;
  int by_place; /* the epilogue is told places of c, not batch, m and n */
  int n_rows; /* of n rows at once, row i at m + row_at[i] or place<i>, so that all are read before any is stored; 0: of
                 one */
  int64_t row_at[WEFT_MOST_ROWS];
  int has_entry; /* the entry's name and arguments are written; GLSL: the bindings */
  /* In this order: helpers first, so that kernels merged into one program share them. */
  weft_text helpers, functions, text;
} weft_dot;

typedef struct weft_dot_template {
  const weft_tile *(*rows)(const weft_dot *d, size_t *out_count); /* the rows of tiles.def it can choose from */
  double (*cost)(const weft_dot *d, const weft_tile *row);        /* estimated time; HUGE_VAL: the row does not fit */
  int (*write)(weft_dot *d); /* file, groups, threads, functions, text; 0 on failure */
  /* Writes variants of `best` for a round of weft_dot_variants() behind the first, returns how many; NULL: rounds is 1.
   */
  int (*refine)(const weft_dot *d, const weft_variant *best, int round, weft_variant *out);
  int rounds; /* of weft_dot_variants() */
} weft_dot_template;
extern const weft_dot_template weft_dot_cpu, weft_dot_narrow, weft_dot_gpu, weft_dot_direct;

/* Stride of the innermost dim of a role, 0 when it is one element. */
static inline int64_t weft_inner_a(const weft_role *r) { return r->n ? r->a[r->n - 1] : 0; }
static inline int64_t weft_inner_b(const weft_role *r) { return r->n ? r->b[r->n - 1] : 0; }
static inline int64_t weft_inner_size(const weft_role *r) { return r->n ? r->size[r->n - 1] : 1; }

static inline int64_t weft_least(int64_t a, int64_t b) { return a < b ? a : b; }
/* At most `most` rows, so that the tiles are about equally high. */
static inline int weft_rows_of_tile(const weft_dot *d, int most) {
  return (int)weft_ceil_div(d->m.total, weft_ceil_div(d->m.total, most));
}
/* Whether the rows of every tile of mr rows lie equally far apart. */
static inline int weft_dot_is_flat(const weft_dot *d, int mr) {
  return d->m.n <= 1 || weft_inner_size(&d->m) % mr == 0;
}
/* Whether row i is out of question since the variant names another. */
static inline int weft_is_barred(const weft_dot *d, size_t i) {
  return d->variant.tile > 0 && i + 1 != (size_t)d->variant.tile;
}
/* Work-groups: count, or what the device takes along the first dimension. */
static inline uint32_t weft_limited_groups(const weft_dot *d, int64_t count) {
  uint32_t limit = d->target->max_groups[0] ? d->target->max_groups[0] : 65535;
  return (uint32_t)weft_least(count, limit);
}

/* dot_narrow.c: whether b has fewer columns than a vector has lanes, and its rows lie side by side. */
int weft_dot_is_narrow(const weft_dot *d);

/* ---- what the templates for work-items share (dot_items.c) ---- */

/* How an operand can be read four numbers at a time, which begin at multiples of four: four steps of k; four rows of a
 * or columns of b; or not. */
typedef enum weft_read_form { WEFT_ONE, WEFT_ALONG_K, WEFT_ALONG_SELF } weft_read_form;
weft_read_form weft_dot_form(const weft_dot *d, int of_b);
/* Sets the tile to the row that is estimated to be fastest, or that the variant names; 0: none fits. */
int weft_dot_choose_row(weft_dot *d, const weft_dot_template *template);
/* Sizes: tiles, and the work-groups that do them. work: operations of a tile where a work-group may take several, so
 * that it is worth starting; else 0. */
void weft_dot_define_tiles(weft_dot *d, int threads, double work);
/* The address of b's column n, in panels or not. */
void weft_dot_define_columns(weft_dot *d, const char *head);

/* ---- products by a library (dot_library.c) ---- */

/* Whether the contraction is nothing but a product of matrices that lie as a library takes them. */
int weft_dot_is_product(const weft_dot *d, weft_library_product *out);
/* The source of that product; 0 on failure. */
int weft_dot_write_product(weft_dot *d, weft_lowered *out);

/* ---- dot.c ---- */

/* Strides of operand i of the core, and the binding that it lies in; 0 and an error where there are none. */
int weft_dot_operand(weft_dot *d, int i, int64_t *out_offset, int64_t *out_strides, int *out_binding);
/* Fails with "WHAT: the core: WHY", since the passes see to all of it; 0. */
int weft_dot_refuse(weft_dot *d, const char *what, const char *why);
/* The kernel of what has been written. alike: a hash of the sizes and strides. */
void weft_dot_finish(weft_dot *d, double flops, uint64_t alike, weft_lowered *out);
/* Frees the texts; what became of all. */
weft_status weft_dot_end(weft_dot *d, weft_error *error);

/* #define NAME VALUE */
void weft_dot_define(weft_dot *d, const char *name, int64_t value);
/* #define HEAD(INDEX) offset and the address of the first n dims of a role, INDEX counting through them. */
void weft_dot_define_address(weft_dot *d, const char *head, const char *index, int n, const weft_role *r, int of_b,
                             int64_t offset);
/* Writes void NAME(.., int batch, int m, int n, float<lanes> value), or of (.., int place, ..), which stores the
 * group's outputs, and #define HOOK that calls it; with n_rows, of (batch, m, n, values) or
 * (places, values), each a list. out_size, if not NULL,
 * takes how many values it computes. */
int weft_dot_write_epilogue(weft_dot *d, const char *name, const char *hook, int lanes, int *out_size);
/* #define FETCH_CV(batch, m, n), which asks for the lines that the epilogue will read there beside the sums, and with
 * results for those that it will write; nothing where there are none. To be written behind an epilogue. */
int weft_dot_write_fetch(weft_dot *d, int lanes, int with_results);

/* Writes a function around an IR, of `parameters` behind its bindings, and #define HOOK(ARGUMENTS) that calls it; 0 on
 * failure. GLSL has bindings outside of functions: those that no function before has declared are. */
int weft_dot_write_function(weft_dot *d, weft_ir *ir, const char *type, const char *name, const char *parameters,
                            const char *hook, const char *arguments);

/* ---- operands that are computed where they are read (dot_prologue.c); both to be written behind an epilogue ---- */

/* Writes float NAME(.., int i0, int i1, ..), the element of operand 0 at that index, and #define HOOK(i0, i1, ..) that
 * calls it: for templates whose operand need not be in memory. */
int weft_dot_write_prologue(weft_dot *d, const char *name, const char *hook);
/* Operand i of the contraction: #define LOAD_A(batch, m, k) or LOAD_B(batch, k, n), and the function that it calls for
 * `width` neighbours, 1 or 4, in the direction of the form. */
int weft_dot_write_operand(weft_dot *d, int i, weft_read_form form, int width);
/* Of what is computed: ops and shapes, not where inputs are read. */
uint64_t weft_dot_hash_operand(const weft_dot *d, const weft_tensor *node, uint64_t hash);
#endif
