/* ir.c -- building the kernel IR: interning, blocks, memory and loops. Index arithmetic is in simplify.c.
 *
 * Where a value goes: a pure value is appended to the deepest block among its operands' blocks; that block is open, and
 * the loop or if being built inside of it is appended to it only when it ends, so the value stands before it. */
#include "lower/ir.h"
#include "base/hash.h"
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

enum { BUCKETS = 1024 };

/* ---- blocks and values ---- */

static weft_ir_block *new_block(weft_ir *ir, weft_ir_block *parent) {
  weft_ir_block *block = WEFT_NEW(ir->arena, weft_ir_block, 1);
  if (!block) {
    weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
    return &ir->spare;
  }
  block->parent = parent;
  block->depth = parent ? parent->depth + 1 : 0;
  block->open = 1;
  return block;
}

void weft_ir_begin(weft_ir *ir, weft_arena *arena) {
  memset(ir, 0, sizeof *ir);
  ir->arena = arena;
  ir->local[0] = ir->local[1] = ir->local[2] = 1;
  ir->buckets = WEFT_NEW(arena, weft_ir_value *, BUCKETS);
  ir->body = ir->current = new_block(ir, NULL);
  ir->dummy = (weft_ir_value){.op = WEFT_IR_INT, .lanes = 1, .block = ir->body};
  if (!ir->buckets) weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
}

int weft_ir_add_binding(weft_ir *ir, weft_dtype dtype, int64_t size, int written) {
  if (ir->n_bindings == WEFT_IR_MAX_BINDINGS) {
    weft_fail(&ir->error, WEFT_NO_FEATURE, "lower: a kernel of more than %d buffers", WEFT_IR_MAX_BINDINGS);
    return 0;
  }
  ir->bindings[ir->n_bindings] = (weft_ir_binding){dtype == WEFT_F32 ? WEFT_IR_F32 : WEFT_IR_I32, size, written};
  return ir->n_bindings++;
}

void weft_ir_read_texels(weft_ir *ir, uint32_t bindings) {
  for (int i = 0; i < ir->n_bindings && i < 32; i++) ir->bindings[i].texels = bindings >> i & 1;
}

int weft_ir_add_array(weft_ir *ir, weft_ir_type type, int64_t size, int shared) {
  if (ir->n_arrays == WEFT_IR_MAX_ARRAYS) {
    weft_fail(&ir->error, WEFT_INTERNAL, "lower: a kernel of more than %d arrays", WEFT_IR_MAX_ARRAYS);
    return 0;
  }
  ir->arrays[ir->n_arrays] = (weft_ir_array){type, size, shared};
  return ir->n_arrays++;
}

static uint64_t hash_value(const weft_ir_value *v) {
  struct {
    int64_t imm, stride;
    double number;
    int op, type, lanes, row;
  } head;
  memset(&head, 0, sizeof head);
  head.imm = v->imm;
  head.stride = v->stride;
  head.number = v->number;
  head.op = (int)v->op;
  head.type = (int)v->type;
  head.lanes = v->lanes;
  head.row = (int)v->row;
  uint64_t hash = weft_hash(WEFT_HASH_SEED, &head, sizeof head);
  for (int i = 0; i < v->n_in; i++) hash = weft_hash(hash, &v->in[i]->id, sizeof v->in[i]->id);
  if (v->coef) hash = weft_hash(hash, v->coef, sizeof(int64_t) * (size_t)v->n_in);
  if (v->name) hash = weft_hash_text(hash, v->name);
  return hash;
}

static int equal_values(const weft_ir_value *a, const weft_ir_value *b) {
  if (a->hash != b->hash || a->op != b->op || a->type != b->type || a->lanes != b->lanes || a->imm != b->imm ||
      a->stride != b->stride || a->n_in != b->n_in || a->row != b->row ||
      memcmp(&a->number, &b->number, sizeof a->number))
    return 0;
  for (int i = 0; i < a->n_in; i++)
    if (a->in[i] != b->in[i] || (a->coef && a->coef[i] != b->coef[i])) return 0;
  if (a->op == WEFT_IR_ASSUME) return a->lo == b->lo && a->hi == b->hi;
  return !a->name || !strcmp(a->name, b->name);
}

static int is_pinned(const weft_ir *ir, const weft_ir_value *v) {
  if (v->op == WEFT_IR_LOAD) return ir->bindings[v->imm].written;
  return v->op >= WEFT_IR_LOOP_INDEX;
}

/* An index is in range whenever its loop runs; a block that may not run at all guards what is inside of it. */
static int may_not_run(const weft_ir_block *block) {
  const weft_ir_value *owner = block->owner;
  if (!owner) return 0;
  return owner->op == WEFT_IR_IF ? !weft_ir_is_true(owner->in[0]) : owner->in[0]->hi >= owner->in[1]->lo;
}

/* The outermost open block that has all operands, within v->block where that is set. */
static weft_ir_block *place(weft_ir *ir, const weft_ir_value *v) {
  if (is_pinned(ir, v)) return ir->current;
  weft_ir_block *block = v->block ? v->block : ir->body;
  for (int i = 0; i < v->n_in; i++) {
    if (!v->in[i]->block->open) {
      weft_fail(&ir->error, WEFT_INTERNAL, "lower: a value is used outside of its block");
      return ir->current;
    }
    if (v->in[i]->block->depth > block->depth) block = v->in[i]->block;
  }
  int bounded = v->op == WEFT_IR_ASSUME;
  if (v->op == WEFT_IR_LOAD) bounded = v->n_in == 1 && (v->least < 0 || v->most >= ir->bindings[v->imm].size);
  if (bounded) {
    weft_ir_block *inner = ir->current;
    while (inner->depth > block->depth && !may_not_run(inner)) inner = inner->parent;
    block = inner;
  }
  return block;
}

static void append(weft_ir_block *block, weft_ir_value *v) {
  v->block = block;
  v->next = NULL;
  if (block->last)
    block->last->next = v;
  else
    block->first = v;
  block->last = v;
}

static weft_ir_value *new_value(weft_ir *ir, const weft_ir_value *like) {
  weft_ir_value *v = weft_arena_copy(ir->arena, like, sizeof *like);
  weft_ir_value **in = weft_arena_copy(ir->arena, like->in, sizeof(weft_ir_value *) * (size_t)like->n_in);
  const int64_t *coef =
      like->coef ? weft_arena_copy(ir->arena, like->coef, sizeof(int64_t) * (size_t)like->n_in) : NULL;
  if (!v || !in || (like->coef && !coef)) {
    weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
    return &ir->dummy;
  }
  v->in = in;
  v->coef = coef;
  v->id = ++ir->n_values;
  v->chain = v->next = NULL;
  return v;
}

weft_ir_value *weft_ir_intern(weft_ir *ir, const weft_ir_value *like) {
  if (ir->error.status != WEFT_OK) return &ir->dummy;
  weft_ir_value *none[1] = {NULL};
  weft_ir_value probe = *like;
  if (!probe.in) probe.in = none;
  if (is_pinned(ir, &probe)) {
    weft_ir_value *v = new_value(ir, &probe);
    if (v != &ir->dummy) append(ir->current, v);
    return v;
  }
  probe.hash = hash_value(&probe);
  weft_ir_value **bucket = &ir->buckets[probe.hash % BUCKETS];
  for (weft_ir_value *v = *bucket; v; v = v->chain)
    if (v->block->open && equal_values(v, &probe)) return v;
  weft_ir_block *block = place(ir, &probe);
  weft_ir_value *v = new_value(ir, &probe);
  if (v == &ir->dummy) return v;
  append(block, v);
  v->chain = *bucket;
  *bucket = v;
  return v;
}

/* ---- constants and what the kernel is given ---- */

weft_ir_value *weft_ir_int(weft_ir *ir, int64_t value) {
  if (value < INT32_MIN || value > INT32_MAX) {
    weft_fail(&ir->error, WEFT_NO_FEATURE, "lower: the index %lld does not fit into 32 bits", (long long)value);
    return &ir->dummy;
  }
  weft_ir_value v = {.op = WEFT_IR_INT,
                     .type = WEFT_IR_I32,
                     .lanes = 1,
                     .imm = value,
                     .lo = value,
                     .hi = value,
                     .multiple = value < 0 ? -value : value};
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_bool(weft_ir *ir, int value) {
  weft_ir_value v = {.op = WEFT_IR_INT,
                     .type = WEFT_IR_BOOL,
                     .lanes = 1,
                     .imm = value != 0,
                     .lo = value != 0,
                     .hi = value != 0,
                     .multiple = 1};
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_float(weft_ir *ir, double value) {
  weft_ir_value v = {.op = WEFT_IR_FLOAT, .type = WEFT_IR_F32, .lanes = 1, .number = value};
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_number(weft_ir *ir, weft_dtype dtype, double value) {
  return dtype == WEFT_F32 ? weft_ir_float(ir, value) : weft_ir_int(ir, (int64_t)value);
}

weft_ir_value *weft_ir_group_id(weft_ir *ir, int dimension, int64_t count) {
  if (count == 1) return weft_ir_int(ir, 0);
  weft_ir_value v = {
      .op = WEFT_IR_GROUP_ID, .type = WEFT_IR_I32, .lanes = 1, .imm = dimension, .hi = count - 1, .multiple = 1};
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_local_id(weft_ir *ir, int dimension) {
  if (ir->local[dimension] == 1) return weft_ir_int(ir, 0);
  weft_ir_value v = {.op = WEFT_IR_LOCAL_ID,
                     .type = WEFT_IR_I32,
                     .lanes = 1,
                     .imm = dimension,
                     .hi = (int64_t)ir->local[dimension] - 1,
                     .multiple = 1};
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_lane(weft_ir *ir, int lanes) {
  if (lanes == 1) return weft_ir_int(ir, 0);
  weft_ir_value v = {.op = WEFT_IR_LANE, .type = WEFT_IR_I32, .lanes = lanes, .hi = lanes - 1, .multiple = 1};
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_param(weft_ir *ir, const char *name, weft_ir_type type, int lanes, int64_t lo, int64_t hi,
                             int64_t multiple) {
  weft_ir_value v = {.op = WEFT_IR_PARAM, .type = type, .lanes = lanes, .lo = lo, .hi = hi, .multiple = multiple};
  v.name = weft_arena_text(ir->arena, name);
  if (!v.name) weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
  return weft_ir_intern(ir, &v);
}

/* ---- values of tensors ---- */

static int lanes_of(const weft_ir_value *a, const weft_ir_value *b) {
  int lanes = a ? a->lanes : 1;
  return b && b->lanes > lanes ? b->lanes : lanes;
}

weft_ir_value *weft_ir_scalar_op(weft_ir *ir, weft_op row, weft_ir_value *a, weft_ir_value *b, weft_ir_value *c) {
  weft_ir_value *in[3] = {a, b, c};
  weft_ir_value v = {.op = WEFT_IR_SCALAR_OP,
                     .type = WEFT_IR_F32,
                     .row = row,
                     .in = in,
                     .n_in = weft_ops[row].arity,
                     .lanes = lanes_of(a, weft_ops[row].arity > 1 ? b : NULL),
                     .lo = INT32_MIN,
                     .hi = INT32_MAX,
                     .multiple = 1};
  if (v.n_in > 2) v.lanes = v.lanes > c->lanes ? v.lanes : c->lanes;
  switch (weft_ops[row].types) {
  case W_F:
  case W_TOF: break;
  case W_N: v.type = a->type; break;
  case W_SEL: v.type = b->type; break;
  case W_CMP:
    v.lo = 0;
    v.hi = 1;
    v.type = WEFT_IR_I32;
    break;
  case W_I:
  case W_TOI: v.type = WEFT_IR_I32; break;
  }
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_random(weft_ir *ir, weft_op op, uint64_t key, weft_ir_value *counter, weft_ir_value *index) {
  weft_ir_value *in[2] = {counter, weft_ir_strip(ir, index)}, *base;
  weft_ir_value v = {.op = op == WEFT_OP_UNIFORM ? WEFT_IR_UNIFORM : WEFT_IR_NORMAL,
                     .type = WEFT_IR_F32,
                     .lanes = lanes_of(counter, index),
                     .imm = (int64_t)key,
                     .in = in,
                     .n_in = 2};
  int64_t stride;
  if (v.lanes >= 4 && in[1]->lanes > 1 && weft_ir_lane_form(ir, in[1], &base, &stride) && stride == 1 &&
      base->multiple % 4 == 0) {
    in[1] = base; /* whole blocks of the generator, side by side */
    v.stride = 1;
  }
  return weft_ir_intern(ir, &v);
}

static weft_ir_value *reshape_lanes(weft_ir *ir, weft_ir_op op, weft_ir_value *a, int lanes) {
  weft_ir_value v = {.op = op,
                     .type = a->type,
                     .lanes = lanes,
                     .in = &a,
                     .n_in = 1,
                     .lo = a->lo,
                     .hi = a->hi,
                     .multiple = a->multiple};
  return weft_ir_intern(ir, &v);
}

weft_ir_value *weft_ir_low(weft_ir *ir, weft_ir_value *a) {
  return a->lanes == 1                             ? a
         : a->op == WEFT_IR_SPLAT && a->lanes == 2 ? a->in[0]
                                                   : reshape_lanes(ir, WEFT_IR_LOW, a, a->lanes / 2);
}

weft_ir_value *weft_ir_high(weft_ir *ir, weft_ir_value *a) {
  return a->lanes == 1                             ? a
         : a->op == WEFT_IR_SPLAT && a->lanes == 2 ? a->in[0]
                                                   : reshape_lanes(ir, WEFT_IR_HIGH, a, a->lanes / 2);
}

weft_ir_value *weft_ir_splat(weft_ir *ir, weft_ir_value *a, int lanes) {
  return a->lanes == lanes ? a : reshape_lanes(ir, WEFT_IR_SPLAT, a, lanes);
}

/* ---- memory ---- */

/* The index as one lane and a stride where it has that form; notes its range in v. */
static weft_ir_value *access_index(weft_ir *ir, weft_ir_value *index, weft_ir_value *v) {
  weft_ir_value *base = NULL, *plain = weft_ir_strip(ir, index);
  v->least = index->lo;
  v->most = index->hi;
  v->stride = 0;
  return plain->lanes == 1 || !weft_ir_lane_form(ir, plain, &base, &v->stride) ? plain : base;
}

weft_ir_value *weft_ir_load(weft_ir *ir, int binding, weft_ir_value *index, weft_ir_value *guard, weft_ir_value *fill) {
  if (weft_ir_is_false(guard)) return fill;
  if (weft_ir_is_true(guard)) guard = NULL;
  weft_ir_value v = {.op = WEFT_IR_LOAD,
                     .type = ir->bindings[binding].type,
                     .imm = binding,
                     .lo = INT32_MIN,
                     .hi = INT32_MAX,
                     .multiple = 1};
  v.lanes = lanes_of(index, guard);
  weft_ir_value *at = access_index(ir, index, &v);
  v.block = index->block; /* what was promised of the index holds only there */
  if (at->lanes == 1 && v.stride == 0 && !guard) v.lanes = 1;
  weft_ir_value *in[3] = {at, guard, fill};
  v.in = in;
  v.n_in = guard ? 3 : 1;
  return weft_ir_intern(ir, &v);
}

void weft_ir_store(weft_ir *ir, int binding, weft_ir_value *index, weft_ir_value *value) {
  weft_ir_value v = {
      .op = WEFT_IR_STORE, .type = ir->bindings[binding].type, .imm = binding, .lanes = lanes_of(index, value)};
  weft_ir_value *in[2] = {access_index(ir, index, &v), value};
  v.in = in;
  v.n_in = 2;
  weft_ir_intern(ir, &v);
}

void weft_ir_prefetch(weft_ir *ir, int binding, weft_ir_value *index) {
  weft_ir_value v = {.op = WEFT_IR_PREFETCH, .type = ir->bindings[binding].type, .imm = binding, .lanes = 1};
  weft_ir_value *in[1] = {access_index(ir, index, &v)};
  v.in = in;
  v.n_in = 1;
  weft_ir_intern(ir, &v);
}

int weft_ir_fetch(weft_ir *ir, const weft_ir_value *last, const weft_ir_value *by, weft_ir_value *ahead,
                  uint64_t bindings) {
  _Static_assert(WEFT_IR_MAX_BINDINGS <= 64, "a bit for each");
  const weft_ir_value *end = ir->current->last;
  int n = 0;
  for (const weft_ir_value *v = last ? last->next : ir->current->first; v; v = v == end ? NULL : v->next) {
    if (v->op != WEFT_IR_LOAD || v->stride != 1 || v->n_in != 1 || !(bindings >> v->imm & 1)) continue;
    int elsewhere = 0;
    int64_t step = weft_ir_coefficient(v->in[0], by, &elsewhere);
    if (step == 0 || elsewhere) continue;
    weft_ir_prefetch(ir, (int)v->imm, ahead ? weft_ir_add(ir, v->in[0], weft_ir_mul(ir, ahead, step)) : v->in[0]);
    n++;
  }
  return n;
}

/* The load of such a place among those after v. */
static weft_ir_value *like_load(weft_ir_value *v, const weft_ir_value *index) {
  for (weft_ir_value *w = v; w; w = w->next)
    if (w->op == v->op && w->imm == v->imm && w->lanes == v->lanes && w->stride == v->stride && w->n_in == 1 &&
        w->in[0] == index && !w->turned)
      return w;
  return NULL;
}

void weft_ir_turn(weft_ir *ir, const weft_ir_value *last) {
  enum { LEAST = 4, MOST = 16 };
  for (weft_ir_value *v = last ? last->next : ir->current->first; v; v = v->next) {
    weft_ir_value *set[MOST] = {v};
    int n = 1;
    if (v->op != WEFT_IR_LOAD || v->type != WEFT_IR_F32 || v->lanes < LEAST || v->lanes > MOST || v->n_in != 1 ||
        v->in[0]->lanes != 1 || v->turned || v->stride == 0 || v->stride == 1)
      continue;
    while (n < v->lanes && (set[n] = like_load(v, weft_ir_add_int(ir, v->in[0], n)))) n++;
    for (int i = 0; i < n && n == v->lanes; i++) {
      set[i]->turned = v;
      set[i]->turn = i;
    }
  }
}

weft_ir_value *weft_ir_array_load(weft_ir *ir, int array, weft_ir_value *index) {
  weft_ir_value v = {.op = WEFT_IR_ARRAY_LOAD,
                     .type = ir->arrays[array].type,
                     .imm = array,
                     .lanes = index->lanes,
                     .lo = INT32_MIN,
                     .hi = INT32_MAX,
                     .multiple = 1};
  weft_ir_value *in[1] = {access_index(ir, index, &v)};
  v.in = in;
  v.n_in = 1;
  return weft_ir_intern(ir, &v);
}

void weft_ir_array_store(weft_ir *ir, int array, weft_ir_value *index, weft_ir_value *value) {
  weft_ir_value v = {
      .op = WEFT_IR_ARRAY_STORE, .type = ir->arrays[array].type, .imm = array, .lanes = lanes_of(index, value)};
  weft_ir_value *in[2] = {access_index(ir, index, &v), value};
  v.in = in;
  v.n_in = 2;
  weft_ir_intern(ir, &v);
}

void weft_ir_barrier(weft_ir *ir) {
  weft_ir_value v = {.op = WEFT_IR_BARRIER, .lanes = 1};
  weft_ir_intern(ir, &v);
}

void weft_ir_return(weft_ir *ir, weft_ir_value *value) {
  weft_ir_value v = {.op = WEFT_IR_RETURN, .type = value->type, .lanes = value->lanes, .in = &value, .n_in = 1};
  weft_ir_intern(ir, &v);
}

/* ---- loops and ifs ---- */

static int64_t gcd(int64_t a, int64_t b) {
  while (b) {
    int64_t t = a % b;
    a = b;
    b = t;
  }
  return a < 0 ? -a : a;
}

/* The statement itself: not in a block before it ends. */
static weft_ir_value *open_statement(weft_ir *ir, weft_ir_value *like) {
  weft_ir_value *statement = new_value(ir, like);
  if (statement == &ir->dummy) return statement;
  statement->block = ir->current;
  statement->body = new_block(ir, ir->current);
  statement->body->owner = statement;
  ir->current = statement->body;
  return statement;
}

static weft_ir_value *close_statement(weft_ir *ir) {
  weft_ir_block *body = ir->current;
  assert(body->parent);
  body->open = 0;
  ir->current = body->parent;
  append(ir->current, body->owner);
  return body->owner;
}

void weft_ir_loop_begin(weft_ir *ir, weft_ir_value *first, weft_ir_value *end, int64_t step, int n,
                        weft_ir_value *const *initial, weft_ir_value **out_index, weft_ir_value **out_carry) {
  int single =
      first->op == WEFT_IR_INT && end->op == WEFT_IR_INT && end->imm > first->imm && end->imm - first->imm <= step;
  assert(ir->n_loops < (int)sizeof ir->single);
  ir->single[ir->n_loops++] = (unsigned char)single;
  if (single) {
    *out_index = first;
    for (int i = 0; i < n; i++) out_carry[i] = initial[i];
    return;
  }
  *out_index = &ir->dummy;
  weft_ir_value **in = WEFT_NEW(ir->arena, weft_ir_value *, n + 2);
  if (!in) weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
  if (in) {
    in[0] = first;
    in[1] = end;
    for (int i = 0; i < n; i++) in[2 + i] = initial[i];
  }
  for (int i = 0; i < n; i++) out_carry[i] = &ir->dummy;
  if (ir->error.status != WEFT_OK) return;
  weft_ir_value like = {.op = WEFT_IR_LOOP, .lanes = 1, .imm = step, .in = in, .n_in = n + 2};
  weft_ir_value *loop = open_statement(ir, &like);
  if (loop == &ir->dummy) return;
  initial = in + 2; /* out_carry may be the same array */
  weft_ir_value index = {.op = WEFT_IR_LOOP_INDEX, .type = WEFT_IR_I32, .lanes = 1, .lo = first->lo, .hi = end->hi - 1};
  index.multiple = gcd(first->multiple, step);
  if (index.multiple > 1 && index.hi > 0) index.hi -= index.hi % index.multiple;
  if (index.hi < index.lo) index.hi = index.lo;
  *out_index = weft_ir_intern(ir, &index);
  weft_ir_block *body = loop->body;
  body->n_carry = n;
  body->carry = WEFT_NEW(ir->arena, weft_ir_value *, n);
  body->carry_next = WEFT_NEW(ir->arena, weft_ir_value *, n);
  if (!body->carry || !body->carry_next) weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel");
  for (int i = 0; i < n && ir->error.status == WEFT_OK; i++) {
    weft_ir_value carry = {.op = WEFT_IR_CARRY,
                           .type = initial[i]->type,
                           .lanes = initial[i]->lanes,
                           .imm = i,
                           .lo = INT32_MIN,
                           .hi = INT32_MAX,
                           .multiple = 1};
    out_carry[i] = body->carry[i] = weft_ir_intern(ir, &carry);
  }
}

void weft_ir_loop_end(weft_ir *ir, int n, weft_ir_value *const *next, weft_ir_value **out_results) {
  if (ir->single[--ir->n_loops]) {
    for (int i = 0; i < n; i++) out_results[i] = next[i];
    return;
  }
  for (int i = 0; i < n; i++) out_results[i] = &ir->dummy;
  if (ir->error.status != WEFT_OK || !ir->current->owner) return;
  weft_ir_block *body = ir->current;
  assert(n == body->n_carry);
  for (int i = 0; i < n; i++) body->carry_next[i] = next[i];
  weft_ir_value *loop = close_statement(ir);
  for (int i = 0; i < n; i++) {
    weft_ir_value result = {.op = WEFT_IR_RESULT,
                            .type = body->carry[i]->type,
                            .lanes = body->carry[i]->lanes,
                            .imm = i,
                            .in = &loop,
                            .n_in = 1,
                            .lo = INT32_MIN,
                            .hi = INT32_MAX,
                            .multiple = 1};
    out_results[i] = weft_ir_intern(ir, &result);
  }
}

void weft_ir_if_begin(weft_ir *ir, weft_ir_value *condition) {
  if (!condition) condition = weft_ir_bool(ir, 1);
  if (ir->error.status != WEFT_OK) return;
  weft_ir_value like = {.op = WEFT_IR_IF, .lanes = 1, .in = &condition, .n_in = 1};
  open_statement(ir, &like);
}

void weft_ir_if_end(weft_ir *ir) {
  if (ir->error.status != WEFT_OK || !ir->current->owner) return;
  close_statement(ir);
}
