/* ir.h -- the kernel IR: what a lowering builds and a renderer prints as OpenCL C or GLSL.
 *
 * Values are SSA, typed (i32, f32, bool) and have 1 or W lanes; an operand of 1 lane beside one of W is broadcast. They
 * are hash-consed while they are built, and simplified: a builder call often returns an older or a simpler value.
 *
 * Integers are kept so that index arithmetic folds: a value knows its range [lo, hi] and a divisor `multiple`;
 * additions and products by constants are one SUM node (constant + coefficients times operands), so that (x/c)*c + x%c
 * is x, (x*c + y)/c is x where y is in 0..c-1, and the stride of an address along the lanes is a coefficient. Division
 * and remainder round towards minus infinity. All index arithmetic must fit into 32 bits: a SUM whose range does not is
 * an error kept in the IR.
 *
 * A kernel is a tree of blocks (body of the kernel, of loops, of ifs). A pure value is placed in the outermost open
 * block that has all its operands, before the loop being built: what does not change in a loop leaves it by itself. A
 * load moves out of an if or of a loop that may not run at all only when its index is known to be in range.
 */
#ifndef WEFT_LOWER_IR_H
#define WEFT_LOWER_IR_H
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "graph/graph.h"

typedef enum weft_ir_type { WEFT_IR_I32, WEFT_IR_F32, WEFT_IR_BOOL } weft_ir_type;

/* NAME, what `imm` and the operands are. Pure values first, then what stays where it was built. */
typedef enum weft_ir_op {
  WEFT_IR_INT,      /* imm */
  WEFT_IR_FLOAT,    /* number */
  WEFT_IR_GROUP_ID, /* imm: dimension */
  WEFT_IR_LOCAL_ID, /* imm: dimension */
  WEFT_IR_LANE,     /* 0, 1, .. lanes-1 */
  WEFT_IR_PARAM,    /* name: a variable of the surrounding text (templates) */
  WEFT_IR_SUM,      /* imm + sum of coef[i] * in[i] */
  WEFT_IR_DIV,      /* in[0] / imm, in[0] >= 0 */
  WEFT_IR_MOD,      /* in[0] % imm, in[0] >= 0 */
  WEFT_IR_MIN,      /* of two integers */
  WEFT_IR_MAX,
  WEFT_IR_ASSUME, /* in[0], known to be in lo..hi wherever the value matters; imm: 1 where it is to be kept whole */
  WEFT_IR_LESS,   /* in[0] < in[1], i32 or f32 -> bool */
  WEFT_IR_EQUAL,  /* in[0] == in[1] -> bool */
  WEFT_IR_AND,    /* of bools */
  WEFT_IR_OR,
  WEFT_IR_NOT,
  WEFT_IR_SELECT,    /* in[0] ? in[1] : in[2], operands of one type */
  WEFT_IR_SCALAR_OP, /* a row of the op table: row; in[] its operands */
  WEFT_IR_UNIFORM,   /* Philox: in[0] the counter, in[1] the linear index; imm the key; stride 1: lane l is at in[1] + l
                      */
  WEFT_IR_NORMAL,
  WEFT_IR_LOW,         /* the first half of the lanes */
  WEFT_IR_HIGH,        /* the second half */
  WEFT_IR_SPLAT,       /* in[0] in every lane */
  WEFT_IR_LOAD,        /* imm: binding; in[0] index; where guarded in[1] guard, in[2] the value where it is false */
  WEFT_IR_LOOP_INDEX,  /* of the loop whose body it is in */
  WEFT_IR_CARRY,       /* imm: slot; what the loop carries, inside of it */
  WEFT_IR_RESULT,      /* imm: slot; in[0] the loop: what it carries, after it */
  WEFT_IR_ARRAY_LOAD,  /* imm: array; in[0] index */
  WEFT_IR_ARRAY_STORE, /* imm: array; in[0] index, in[1] value */
  WEFT_IR_STORE,       /* imm: binding; in[0] index, in[1] value */
  WEFT_IR_PREFETCH,    /* imm: binding; in[0] index */
  WEFT_IR_LOOP,        /* in[0] first, in[1] end (exclusive); imm step; body; in[2 + slot] initial values */
  WEFT_IR_IF,          /* in[0] condition; body */
  WEFT_IR_BARRIER,     /* of the work-group, for shared arrays */
  WEFT_IR_RETURN,      /* in[0], the value of the function whose body this is (templates) */
  WEFT_IR_OP_COUNT
} weft_ir_op;

typedef struct weft_ir_value weft_ir_value;
typedef struct weft_ir_block weft_ir_block;

struct weft_ir_value {
  weft_ir_op op;
  weft_ir_type type;
  int lanes;
  int id;               /* in order of creation */
  weft_ir_block *block; /* where it is computed */
  int n_in;
  weft_ir_value **in;
  int64_t lo, hi;   /* i32 and bool: range */
  int64_t multiple; /* i32: divides the value; 0 for the constant 0 */
  int64_t imm;
  int64_t stride;        /* memory accesses of W lanes under an index of one lane: lane l is at index + l * stride */
  int64_t least, most;   /* memory accesses: range of the index, all lanes */
  const int64_t *coef;   /* SUM */
  double number;         /* FLOAT */
  weft_op row;           /* SCALAR_OP */
  const char *name;      /* PARAM */
  weft_ir_value *turned; /* LOAD: the first of a set (weft_ir_turn()); NULL */
  int turn;              /* its number in the set */
  weft_ir_block *body;   /* LOOP, IF */
  uint64_t hash;
  weft_ir_value *chain; /* next in the hash bucket */
  weft_ir_value *next;  /* next in the block */
  int uses, printed;    /* the renderer's: how often it is used, its number in the text */
  weft_ir_block *user;  /* the renderer's: the block of the only user */
};

struct weft_ir_block {
  weft_ir_block *parent;
  weft_ir_value *owner; /* the LOOP or IF; NULL for the kernel's body */
  weft_ir_value *first, *last;
  int depth, open;
  int n_carry; /* LOOP: carried variables, what each becomes at the end of the body */
  weft_ir_value **carry, **carry_next;
};

/* A memory access: in[0] is the index of one lane with a stride, or one index a lane. */

typedef struct weft_ir_binding {
  weft_ir_type type;
  int64_t size;
  int written;
  int texels; /* read as texels of four numbers (GLSL) */
  int past;   /* vectors of so many lanes are written past the caches (OpenCL); 0: none */
} weft_ir_binding;
/* An array of the work-group (shared) or of the work-item. */
typedef struct weft_ir_array {
  weft_ir_type type;
  int64_t size;
  int shared;
} weft_ir_array;

#define WEFT_IR_MAX_BINDINGS 64
#define WEFT_IR_MAX_ARRAYS 32

typedef struct weft_ir {
  weft_arena *arena;
  weft_error error; /* the first failure; building goes on with a dummy value */
  weft_ir_block *body, *current;
  weft_ir_binding bindings[WEFT_IR_MAX_BINDINGS];
  int n_bindings;
  weft_ir_array arrays[WEFT_IR_MAX_ARRAYS];
  int n_arrays;
  uint32_t local[3]; /* work-group size, (1,1,1) at first */
  int nan_apart;     /* reductions to an extreme carry whether a NaN was among the numbers apart (combine.c) */
  const weft_tensor **nan_shown; /* those of them that may leave it out, since all that is made of them is NaN anyway */
  int n_nan_shown;
  int n_values;
  int n_loops;
  unsigned char single[64]; /* of the loops being built: runs once, so it is no loop */
  weft_ir_value **buckets;
  weft_ir_value dummy;
  weft_ir_block spare; /* where memory ran out */
} weft_ir;

/* ---- building (ir.c) ---- */

/* An empty kernel. The arena owns everything. Check ir->error.status at the end. */
void weft_ir_begin(weft_ir *ir, weft_arena *arena);
/* A further buffer of `size` elements; returns its number. */
int weft_ir_add_binding(weft_ir *ir, weft_dtype dtype, int64_t size, int written);
/* The bindings that are read as texels, as bits. */
void weft_ir_read_texels(weft_ir *ir, uint32_t bindings);
/* A further array; returns its number. */
int weft_ir_add_array(weft_ir *ir, weft_ir_type type, int64_t size, int shared);

weft_ir_value *weft_ir_int(weft_ir *ir, int64_t value);
weft_ir_value *weft_ir_float(weft_ir *ir, double value);
weft_ir_value *weft_ir_bool(weft_ir *ir, int value); /* an INT of type bool */
/* A constant of a tensor's dtype. */
weft_ir_value *weft_ir_number(weft_ir *ir, weft_dtype dtype, double value);
/* The work-group's (work-item's) number along a dimension, 0 .. count-1. */
weft_ir_value *weft_ir_group_id(weft_ir *ir, int dimension, int64_t count);
weft_ir_value *weft_ir_local_id(weft_ir *ir, int dimension);
/* 0 .. lanes-1, one a lane; the constant 0 for one lane. */
weft_ir_value *weft_ir_lane(weft_ir *ir, int lanes);
/* A variable or expression of the text around the kernel IR, printed as it stands (templates). lo, hi, multiple: what
 * is known of an i32 (INT32_MIN, INT32_MAX, 1 when nothing is). */
weft_ir_value *weft_ir_param(weft_ir *ir, const char *name, weft_ir_type type, int lanes, int64_t lo, int64_t hi,
                             int64_t multiple);

/* Index arithmetic (simplify.c). Division and remainder by a positive constant, rounding down. */
weft_ir_value *weft_ir_add(weft_ir *ir, weft_ir_value *a, weft_ir_value *b);
weft_ir_value *weft_ir_sub(weft_ir *ir, weft_ir_value *a, weft_ir_value *b);
weft_ir_value *weft_ir_add_int(weft_ir *ir, weft_ir_value *a, int64_t b);
weft_ir_value *weft_ir_mul(weft_ir *ir, weft_ir_value *a, int64_t b);
weft_ir_value *weft_ir_div(weft_ir *ir, weft_ir_value *a, int64_t b);
weft_ir_value *weft_ir_mod(weft_ir *ir, weft_ir_value *a, int64_t b);
weft_ir_value *weft_ir_min(weft_ir *ir, weft_ir_value *a, weft_ir_value *b);
weft_ir_value *weft_ir_max(weft_ir *ir, weft_ir_value *a, weft_ir_value *b);
/* a, promised to be in lo..hi wherever the result matters (under a guard). a itself when that is known. */
weft_ir_value *weft_ir_assume(weft_ir *ir, weft_ir_value *a, int64_t lo, int64_t hi);
/* a as a value of its own, into which index arithmetic does not look; it and what depends on it stay in this branch. */
weft_ir_value *weft_ir_keep(weft_ir *ir, weft_ir_value *a);
/* a without the promises, as one SUM: what an address is printed from. */
weft_ir_value *weft_ir_strip(weft_ir *ir, weft_ir_value *a);

weft_ir_value *weft_ir_less(weft_ir *ir, weft_ir_value *a, weft_ir_value *b);
weft_ir_value *weft_ir_equal(weft_ir *ir, weft_ir_value *a, weft_ir_value *b);
/* NULL stands for true in both operands and in the result. */
weft_ir_value *weft_ir_and(weft_ir *ir, weft_ir_value *a, weft_ir_value *b);
weft_ir_value *weft_ir_or(weft_ir *ir, weft_ir_value *a, weft_ir_value *b);
weft_ir_value *weft_ir_not(weft_ir *ir, weft_ir_value *a);
/* Whether a is in 0..size-1, as a guard: NULL where it always is. */
weft_ir_value *weft_ir_in_range(weft_ir *ir, weft_ir_value *a, int64_t size);
/* Whether a bool is the constant false / true (NULL is true). */
int weft_ir_is_false(const weft_ir_value *guard);
int weft_ir_is_true(const weft_ir_value *guard);
weft_ir_value *weft_ir_select(weft_ir *ir, weft_ir_value *condition, weft_ir_value *a, weft_ir_value *b);

/* A row of the op table over its operands (b, c NULL by arity). Rows over constants are not folded here: the graph's
 * own passes do that. */
weft_ir_value *weft_ir_scalar_op(weft_ir *ir, weft_op row, weft_ir_value *a, weft_ir_value *b, weft_ir_value *c);
/* Element `index` of the random stream (key, counter): WEFT_OP_UNIFORM or WEFT_OP_NORMAL. */
weft_ir_value *weft_ir_random(weft_ir *ir, weft_op op, uint64_t key, weft_ir_value *counter, weft_ir_value *index);
weft_ir_value *weft_ir_low(weft_ir *ir, weft_ir_value *a);
weft_ir_value *weft_ir_high(weft_ir *ir, weft_ir_value *a);
weft_ir_value *weft_ir_splat(weft_ir *ir, weft_ir_value *a, int lanes);

/* buf[index], or fill where guard is false (guard NULL: always true; fill may then be NULL). A binding that the kernel
 * writes is read in order with the stores; others are read once. */
weft_ir_value *weft_ir_load(weft_ir *ir, int binding, weft_ir_value *index, weft_ir_value *guard, weft_ir_value *fill);
/* buf[index] = value; a value of one lane under an index of W is stored W times. */
void weft_ir_store(weft_ir *ir, int binding, weft_ir_value *index, weft_ir_value *value);
/* A hint that the cache line of buf[index] will be read, or written where the binding is. */
void weft_ir_prefetch(weft_ir *ir, int binding, weft_ir_value *index);
/* Prefetches what the loads of whole vectors after `last` (NULL: all of the current block) read when `by`, on which
 * their indices depend, is `ahead` larger (NULL: as it is). bindings: a bit for each of those in question. How many
 * loads. */
int weft_ir_fetch(weft_ir *ir, const weft_ir_value *last, const weft_ir_value *by, weft_ir_value *ahead,
                  uint64_t bindings);
/* Of the loads of the current block after `last` (NULL: all), each as many f32 vectors of one stride as they have lanes
 * that begin at neighbours become a set: together they are a square of memory, read row by row. What the block stores
 * must not be what they read. */
void weft_ir_turn(weft_ir *ir, const weft_ir_value *last);
void weft_ir_return(weft_ir *ir, weft_ir_value *value);
weft_ir_value *weft_ir_array_load(weft_ir *ir, int array, weft_ir_value *index);
void weft_ir_array_store(weft_ir *ir, int array, weft_ir_value *index, weft_ir_value *value);
void weft_ir_barrier(weft_ir *ir);

/* for (index = first; index < end; index += step), carrying n variables that start as initial[]. Inside of it
 * out_carry[] (and *out_index) are the current values. Loops nest. One that is known to run once becomes no loop. */
void weft_ir_loop_begin(weft_ir *ir, weft_ir_value *first, weft_ir_value *end, int64_t step, int n,
                        weft_ir_value *const *initial, weft_ir_value **out_index, weft_ir_value **out_carry);
/* Ends the innermost loop: next[] is what its n variables become; out_results[] what they are after the loop. */
void weft_ir_loop_end(weft_ir *ir, int n, weft_ir_value *const *next, weft_ir_value **out_results);
/* Statements until weft_ir_if_end() happen only where the condition holds (NULL: no if is made, end is still called).
 */
void weft_ir_if_begin(weft_ir *ir, weft_ir_value *condition);
void weft_ir_if_end(weft_ir *ir);

/* ---- asking (simplify.c) ---- */

/* a = base + stride * lane: 1 and the parts (base of one lane), else 0. A value of one lane has stride 0. */
int weft_ir_lane_form(weft_ir *ir, weft_ir_value *a, weft_ir_value **out_base, int64_t *out_stride);
/* The coefficient of `term` in a (seen as a sum); *out_elsewhere is set when a depends on the term in another way. */
int64_t weft_ir_coefficient(weft_ir_value *a, const weft_ir_value *term, int *out_elsewhere);
int weft_ir_depends_on(const weft_ir_value *a, const weft_ir_value *term);

/* ---- checking and printing (validate.c, print_ir.c) ---- */

/* Types, lanes, operands that are computed before and in an open scope, indices of bindings in range where ranges tell.
 */
weft_status weft_ir_validate(const weft_ir *ir, weft_error *error);
/* Whether every access without a guard is known to be inside of its buffer or array. */
weft_status weft_ir_check_bounds(const weft_ir *ir, weft_error *error);
/* One value a line, for tests and for reading. */
void weft_ir_print(const weft_ir *ir, weft_text *out);
const char *weft_ir_op_name(weft_ir_op op);

/* ---- shared between the IR's own files ---- */

/* Finds or makes a value. `like` holds op, type, lanes, operands, imm, coef, number, row, name and range. */
weft_ir_value *weft_ir_intern(weft_ir *ir, const weft_ir_value *like);
#endif
