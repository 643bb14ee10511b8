/* render.c -- kernel IR as text. What both dialects share: which values live, which are printed within their user,
 * names, statements. What differs stands in two tables of words (render_opencl.c, render_glsl.c).
 *
 * A value used once, by its own block, and made of index arithmetic is printed inside its user; everything else becomes
 * a variable, so that the words of the prelude may be macros that name an operand several times. */
#include "lower/render.h"
#include "base/embed.h"
#include "lower/render_dialect.h"
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- what lives ---- */

static int is_effect(const weft_ir_value *v) {
  return v->op == WEFT_IR_STORE || v->op == WEFT_IR_PREFETCH || v->op == WEFT_IR_ARRAY_STORE ||
         v->op == WEFT_IR_BARRIER || v->op == WEFT_IR_RETURN;
}

static int has_effects(const weft_ir_block *block) {
  for (const weft_ir_value *v = block->first; v; v = v->next)
    if (is_effect(v) || (v->body && has_effects(v->body))) return 1;
  return 0;
}

static void mark(weft_ir_value *v, weft_ir_block *user);

static void mark_effects(weft_ir_block *block) {
  for (weft_ir_value *v = block->first; v; v = v->next)
    if (is_effect(v) || (v->body && has_effects(v->body))) mark(v, block);
}

static void mark(weft_ir_value *v, weft_ir_block *user) {
  v->user = user;
  if (v->uses++) return;
  int is_member = v->turned && v->turned != v; /* the first one reads for all of them */
  if (is_member) mark(v->turned, v->block);
  for (int i = 0; i < v->n_in && !is_member; i++) mark(v->in[i], v->block);
  if (!v->body) return;
  for (int i = 0; i < v->body->n_carry; i++) { /* twice: what is carried is a variable of its own */
    mark(v->body->carry_next[i], v->body);
    mark(v->body->carry_next[i], v->body);
  }
  mark_effects(v->body);
}

static void clear(weft_ir_block *block) {
  for (weft_ir_value *v = block->first; v; v = v->next) {
    v->uses = 0;
    v->printed = -1;
    if (v->body) clear(v->body);
  }
}

static int is_inline(const weft_ir_value *v) {
  switch (v->op) {
  case WEFT_IR_INT:
  case WEFT_IR_FLOAT:
  case WEFT_IR_PARAM:
  case WEFT_IR_ASSUME:
  case WEFT_IR_LANE:
  case WEFT_IR_CARRY:
  case WEFT_IR_RESULT:
  case WEFT_IR_LOOP_INDEX: return 1;
  case WEFT_IR_SUM:
  case WEFT_IR_DIV:
  case WEFT_IR_MOD:
  case WEFT_IR_MIN:
  case WEFT_IR_MAX:
  case WEFT_IR_LESS:
  case WEFT_IR_EQUAL:
  case WEFT_IR_AND:
  case WEFT_IR_OR:
  case WEFT_IR_NOT: return v->uses == 1 && v->user == v->block && v->lanes == 1;
  default: return 0;
  }
}

/* ---- operands ---- */

void weft_render_float(double value, weft_text *out) {
  if (isnan(value))
    weft_text_add(out, "w_nan");
  else if (isinf(value))
    weft_text_add(out, value < 0 ? "(-w_inf)" : "w_inf");
  else {
    char digits[40];
    for (int precision = 1; precision <= 9; precision++) { /* the shortest that reads back as the same f32 */
      snprintf(digits, sizeof digits, "%.*g", precision, (double)(float)value);
      float back = 0;
      if (sscanf(digits, "%f", &back) == 1 && back == (float)value) break;
    }
    int plain = !strpbrk(digits, ".e");
    weft_text_printf(out, signbit(value) ? "(%s%sf)" : "%s%sf", digits, plain ? ".0" : "");
  }
}

static void render_int(int64_t value, weft_text *out) {
  if (value == INT32_MIN)
    weft_text_add(out, "(-2147483647 - 1)");
  else
    weft_text_printf(out, value < 0 ? "(%lld)" : "%lld", (long long)value);
}

static void operand(weft_renderer *r, const weft_ir_value *v);
static void expression(weft_renderer *r, const weft_ir_value *v);

static const char *type_prefix(weft_ir_type type) {
  return type == WEFT_IR_F32 ? "f" : type == WEFT_IR_I32 ? "i" : "c";
}

static const weft_ir_value *variable_of(const weft_ir_value *v) {
  return v->op == WEFT_IR_RESULT ? v->in[0]->body->carry[v->imm] : v;
}

static void operand(weft_renderer *r, const weft_ir_value *v) {
  v = variable_of(v);
  if (v->printed >= 0) {
    weft_text_printf(r->out, "%s%d", type_prefix(v->type), v->printed);
    if (v->lanes > 1 && r->lane >= 0) weft_text_printf(r->out, r->words->lane_of, (unsigned)r->lane);
    return;
  }
  switch (v->op) {
  case WEFT_IR_INT:
    if (v->type == WEFT_IR_BOOL)
      weft_text_add(r->out, v->imm ? r->words->true_word : r->words->false_word);
    else
      render_int(v->imm, r->out);
    break;
  case WEFT_IR_FLOAT: weft_render_float(v->number, r->out); break;
  case WEFT_IR_PARAM:
    weft_text_add(r->out, v->name);
    if (v->lanes > 1 && r->lane >= 0) weft_text_printf(r->out, r->words->lane_of, (unsigned)r->lane);
    break;
  case WEFT_IR_ASSUME: operand(r, v->in[0]); break;
  case WEFT_IR_LANE:
    if (r->lane >= 0)
      weft_text_printf(r->out, "%d", r->lane);
    else
      r->words->lane(r, v->lanes);
    break;
  case WEFT_IR_DIV:
  case WEFT_IR_MOD: expression(r, v); break;
  default:
    weft_text_add(r->out, "(");
    expression(r, v);
    weft_text_add(r->out, ")");
  }
}

void weft_render_operand(weft_renderer *r, const weft_ir_value *v, int lanes) {
  if (lanes > 1 && v->lanes == 1 && r->lane < 0) {
    weft_text_printf(r->out, r->words->widen, r->words->type(v->type, lanes));
    operand(r, v);
    weft_text_add(r->out, ")");
  } else {
    operand(r, v);
  }
}

void weft_render_lane_of(weft_renderer *r, const weft_ir_value *v, int lane) {
  int before = r->lane;
  r->lane = lane;
  operand(r, v);
  r->lane = before;
}

/* ---- expressions ---- */

static void render_sum(weft_renderer *r, const weft_ir_value *v) {
  int any = 0;
  for (int pass = 0; pass < 2; pass++) /* what is added first, then what is subtracted */
    for (int i = 0; i < v->n_in; i++) {
      int64_t c = v->coef[i];
      if ((c < 0) != pass) continue;
      weft_text_add(r->out, c < 0 ? (any ? " - " : "-") : any ? " + " : "");
      operand(r, v->in[i]);
      if (c != 1 && c != -1) weft_text_printf(r->out, " * %lld", (long long)(c < 0 ? -c : c));
      any = 1;
    }
  if (v->imm) weft_text_printf(r->out, " %c %lld", v->imm < 0 ? '-' : '+', (long long)(v->imm < 0 ? -v->imm : v->imm));
}

static void binary(weft_renderer *r, const weft_ir_value *v, const char *sign) {
  operand(r, v->in[0]);
  weft_text_printf(r->out, " %s ", sign);
  operand(r, v->in[1]);
}

static void call2(weft_renderer *r, const weft_ir_value *v, const char *name) {
  weft_text_printf(r->out, "%s(", name);
  weft_render_operand(r, v->in[0], v->lanes);
  weft_text_add(r->out, ", ");
  weft_render_operand(r, v->in[1], v->lanes);
  weft_text_add(r->out, ")");
}

/* Words that have another meaning for integers, words with a form for each number of lanes, and, of these, those that
 * W_MATH of the prelude makes. */
static const char *const integer_words[] = {"w_div", "w_mod", "w_max", "w_min", "w_abs", "w_sign", NULL};
static const char *const lane_words[] = {"w_f32", "w_i32", NULL};
static const char *const math_words[] = {"w_exp", "w_log", "w_log1p", "w_expm1", "w_tanh", "w_erf", NULL};

static int is_among(const char *const *words, const char *word, size_t size) {
  for (; *words; words++)
    if (strlen(*words) == size && !strncmp(*words, word, size)) return 1;
  return 0;
}

static size_t word_size(const char *text) {
  size_t size = 0;
  while (isalnum((unsigned char)text[size]) || text[size] == '_') size++;
  return size;
}

/* The row's formula with the operands in place of a, b and c. */
static void render_formula(weft_renderer *r, const weft_ir_value *v) {
  const weft_ir_value *first = v->in[0];
  int lanes = r->lane >= 0 ? 1 : v->lanes;
  for (const char *p = weft_ops[v->row].expression; *p;) {
    if (!isalpha((unsigned char)*p) && *p != '_') {
      size_t size = 1;
      if (isdigit((unsigned char)*p)) size = strspn(p, "0123456789.e");
      weft_text_add_bytes(r->out, p, size);
      p += size;
      continue;
    }
    size_t size = word_size(p);
    if (size == 1 && *p >= 'a' && *p <= 'c') {
      weft_render_operand(r, v->in[*p - 'a'], lanes);
    } else if (size == 5 && !strncmp(p, "w_lit", size) && lanes > 1) {
      size_t end = strcspn(p, ")");
      weft_text_printf(r->out, r->words->widen, r->words->type(WEFT_IR_F32, lanes));
      weft_text_printf(r->out, "%.*s)", (int)(end + 1), p);
      size = end + 1;
    } else {
      weft_text_add_bytes(r->out, p, size);
      if (first->type == WEFT_IR_I32 && is_among(integer_words, p, size)) weft_text_add(r->out, "_i");
      if (lanes > 1 && (is_among(lane_words, p, size) || is_among(math_words, p, size)))
        weft_text_printf(r->out, "_%d", lanes);
    }
    p += size;
  }
}

static void render_random(weft_renderer *r, const weft_ir_value *v) {
  uint64_t key = (uint64_t)v->imm;
  weft_text_add(r->out, v->op == WEFT_IR_UNIFORM ? "w_uniform" : "w_normal");
  if (v->lanes > 1 && r->lane < 0) weft_text_printf(r->out, v->stride ? "_run%d" : "%d", v->lanes);
  weft_text_printf(r->out, "(0x%08xu, 0x%08xu, ", (unsigned)(key & 0xffffffffu), (unsigned)(key >> 32));
  operand(r, v->in[0]);
  weft_text_add(r->out, ", ");
  weft_render_operand(r, v->in[1], v->stride ? 1 : v->lanes);
  weft_text_add(r->out, ")");
}

/* Sums and products of numbers, which every dialect has for vectors. */
static int is_plain(const weft_ir_value *v) {
  const char *formula = v->op == WEFT_IR_SCALAR_OP ? weft_ops[v->row].expression : NULL;
  return v->op == WEFT_IR_SUM || (formula && strspn(formula, "abc +-*") == strlen(formula));
}

/* Whether an expression is printed for all its lanes at once. */
static int is_whole(const weft_renderer *r, const weft_ir_value *v) {
  if (v->lanes == 1 || r->lane >= 0 || !r->words->lane_by_lane || is_plain(v)) return 1;
  if (v->op == WEFT_IR_UNIFORM || v->op == WEFT_IR_NORMAL) return v->stride != 0;
  return v->op == WEFT_IR_LOAD || v->op == WEFT_IR_ARRAY_LOAD || v->op == WEFT_IR_SPLAT;
}

/* Half of a vector, lane by lane. */
static void render_half(weft_renderer *r, const weft_ir_value *v) {
  int lane = r->lane < 0 ? 0 : r->lane;
  weft_render_lane_of(r, v->in[0], v->op == WEFT_IR_HIGH ? v->lanes + lane : lane);
}

static void expression(weft_renderer *r, const weft_ir_value *v) {
  if (!is_whole(r, v)) {
    weft_text_printf(r->out, "%s(", r->words->type(v->type, v->lanes));
    for (r->lane = 0; r->lane < v->lanes; r->lane++) {
      if (r->lane) weft_text_add(r->out, ", ");
      expression(r, v);
    }
    r->lane = -1;
    weft_text_add(r->out, ")");
    return;
  }
  switch (v->op) {
  case WEFT_IR_GROUP_ID: weft_text_printf(r->out, r->words->group_id, r->words->dimension[v->imm]); break;
  case WEFT_IR_LOCAL_ID: weft_text_printf(r->out, r->words->local_id, r->words->dimension[v->imm]); break;
  case WEFT_IR_SUM: render_sum(r, v); break;
  case WEFT_IR_DIV:
  case WEFT_IR_MOD:
    weft_text_add(r->out, v->op == WEFT_IR_DIV ? "w_quot" : "w_rem");
    if (v->lanes > 1 && r->lane < 0) weft_text_printf(r->out, "_%d", v->lanes);
    weft_text_add(r->out, "(");
    operand(r, v->in[0]);
    weft_text_printf(r->out, ", %lld)", (long long)v->imm);
    break;
  case WEFT_IR_MIN: call2(r, v, "min"); break;
  case WEFT_IR_MAX: call2(r, v, "max"); break;
  case WEFT_IR_LESS: binary(r, v, "<"); break;
  case WEFT_IR_EQUAL: binary(r, v, "=="); break;
  case WEFT_IR_AND: binary(r, v, "&&"); break;
  case WEFT_IR_OR: binary(r, v, "||"); break;
  case WEFT_IR_NOT:
    weft_text_add(r->out, "!");
    operand(r, v->in[0]);
    break;
  case WEFT_IR_SELECT:
    weft_text_add(r->out, "w_select(");
    operand(r, v->in[0]);
    weft_text_add(r->out, ", ");
    weft_render_operand(r, v->in[1], v->lanes);
    weft_text_add(r->out, ", ");
    weft_render_operand(r, v->in[2], v->lanes);
    weft_text_add(r->out, ")");
    break;
  case WEFT_IR_SCALAR_OP: render_formula(r, v); break;
  case WEFT_IR_UNIFORM:
  case WEFT_IR_NORMAL: render_random(r, v); break;
  case WEFT_IR_LOW:
  case WEFT_IR_HIGH:
    if (r->words->lane_by_lane) {
      render_half(r, v);
      break;
    }
    operand(r, v->in[0]);
    weft_text_add(r->out, v->op == WEFT_IR_LOW ? ".lo" : ".hi");
    break;
  case WEFT_IR_SPLAT: weft_render_operand(r, v->in[0], v->lanes); break;
  case WEFT_IR_LOAD:
  case WEFT_IR_ARRAY_LOAD: r->words->load(r, v); break;
  default: operand(r, v);
  }
}

/* ---- statements ---- */

static void indent(weft_renderer *r) {
  for (int i = 0; i < r->indent; i++) weft_text_add(r->out, "  ");
}

static void render_block(weft_renderer *r, weft_ir_block *block);

static void declare(weft_renderer *r, weft_ir_value *v) {
  v->printed = r->n_variables[v->type]++;
  indent(r);
  weft_text_printf(r->out, "%s %s%d = ", r->words->type(v->type, v->lanes), type_prefix(v->type), v->printed);
}

static void end_line(weft_renderer *r) { weft_text_add(r->out, ";\n"); }

static void render_loop(weft_renderer *r, weft_ir_value *loop) {
  weft_ir_block *body = loop->body;
  for (int i = 0; i < body->n_carry; i++) {
    declare(r, body->carry[i]);
    weft_render_operand(r, loop->in[2 + i], body->carry[i]->lanes);
    end_line(r);
  }
  weft_ir_value *index = body->first; /* a loop's first value is its index */
  assert(index && index->op == WEFT_IR_LOOP_INDEX);
  index->printed = r->n_variables[WEFT_IR_I32]++;
  indent(r);
  weft_text_printf(r->out, "for (int i%d = ", index->printed);
  operand(r, loop->in[0]);
  weft_text_printf(r->out, "; i%d < ", index->printed);
  operand(r, loop->in[1]);
  weft_text_printf(r->out, "; i%d += %lld) {\n", index->printed, (long long)loop->imm);
  r->indent++;
  render_block(r, body);
  for (int i = 0; i < body->n_carry; i++) {
    if (body->carry_next[i] == body->carry[i]) continue;
    indent(r);
    operand(r, body->carry[i]);
    weft_text_add(r->out, " = ");
    weft_render_operand(r, body->carry_next[i], body->carry[i]->lanes);
    end_line(r);
  }
  r->indent--;
  indent(r);
  weft_text_add(r->out, "}\n");
}

static void render_if(weft_renderer *r, weft_ir_value *v) {
  if (weft_ir_is_true(v->in[0])) {
    render_block(r, v->body);
    return;
  }
  indent(r);
  weft_text_add(r->out, "if (");
  operand(r, v->in[0]);
  weft_text_add(r->out, ") {\n");
  r->indent++;
  render_block(r, v->body);
  r->indent--;
  indent(r);
  weft_text_add(r->out, "}\n");
}

static void render_block(weft_renderer *r, weft_ir_block *block) {
  for (weft_ir_value *v = block->first; v; v = v->next) {
    if (v->uses == 0 || is_inline(v)) continue;
    switch (v->op) {
    case WEFT_IR_LOOP: render_loop(r, v); break;
    case WEFT_IR_IF: render_if(r, v); break;
    case WEFT_IR_BARRIER:
      indent(r);
      weft_text_add(r->out, "w_barrier();\n");
      break;
    case WEFT_IR_RETURN:
      indent(r);
      weft_text_add(r->out, "return ");
      operand(r, v->in[0]);
      end_line(r);
      break;
    case WEFT_IR_STORE:
    case WEFT_IR_ARRAY_STORE: r->words->store(r, v); break;
    case WEFT_IR_PREFETCH:
      if (r->words->prefetch) r->words->prefetch(r, v);
      break;
    default:
      if (v->turned == v) r->words->turn(r, v);
      declare(r, v);
      expression(r, v);
      end_line(r);
    }
  }
}

void weft_render_indent(weft_renderer *r) { indent(r); }

/* ---- whole texts ---- */

static const weft_dialect_words *words_of(weft_dialect dialect) {
  return dialect == WEFT_GLSL ? &weft_words_glsl : &weft_words_opencl;
}

const char *weft_render_type(weft_dialect dialect, weft_ir_type type, int lanes) {
  return words_of(dialect)->type(type, lanes);
}

const char *weft_render_prelude(weft_dialect dialect) { return weft_embedded(words_of(dialect)->prelude); }

void weft_render_bindings(const weft_ir *ir, weft_dialect dialect, weft_text *out) {
  words_of(dialect)->bindings(ir, out);
}

void weft_render_binding_names(const weft_ir *ir, weft_text *out) {
  for (int i = 0; i < ir->n_bindings; i++) weft_text_printf(out, "%sb%d", i ? ", " : "", i);
}

static int is_random(const weft_ir_value *v) { return v->op == WEFT_IR_UNIFORM || v->op == WEFT_IR_NORMAL; }
static int needs_random(const weft_ir_value *v) { return is_random(v) && !v->stride; }
static int needs_random_run(const weft_ir_value *v) { return is_random(v) && v->stride; }

static int needs_math(const weft_ir_value *v) {
  if (v->op != WEFT_IR_SCALAR_OP || v->lanes == 1) return 0;
  for (const char *p = weft_ops[v->row].expression; *p; p += word_size(p) ? word_size(p) : 1)
    if (is_among(math_words, p, word_size(p))) return 1;
  return 0;
}

/* Bit log2(lanes) is set where a value of so many lanes needs what is asked for. */
static unsigned lanes_that(const weft_ir_block *block, int (*needs)(const weft_ir_value *)) {
  unsigned found = 0;
  for (const weft_ir_value *v = block->first; v; v = v->next) {
    if (needs(v))
      for (unsigned bit = 0; bit < 5; bit++)
        if (v->lanes == 1 << bit) found |= 1u << bit;
    if (v->body) found |= lanes_that(v->body, needs);
  }
  return found;
}

void weft_render_helpers(const weft_ir *ir, weft_dialect dialect, weft_text *out) {
  if (dialect != WEFT_OPENCL_C) return;
  unsigned math = lanes_that(ir->body, needs_math), random = lanes_that(ir->body, needs_random);
  unsigned runs = lanes_that(ir->body, needs_random_run);
  for (int bit = 1; bit < 5; bit++)
    if (math >> bit & 1) weft_text_printf(out, "W_MATH(%d, int%d, float%d)\n", 1 << bit, 1 << bit, 1 << bit);
  if (random & 1) weft_text_add(out, "W_RANDOM(, uint, int, float)\n");
  for (int bit = 1; bit < 5; bit++)
    if (random >> bit & 1)
      weft_text_printf(out, "W_RANDOM(%d, uint%d, int%d, float%d)\n", 1 << bit, 1 << bit, 1 << bit, 1 << bit);
  if (runs >> 2 & 1) weft_text_add(out, "W_RANDOM_RUN(4, 2, 0)\n");
  if (runs >> 3 & 1) weft_text_add(out, "W_RANDOM_RUN(8, 4, (ulong2)(0, 1))\n");
  if (runs >> 4 & 1) weft_text_add(out, "W_RANDOM_RUN(16, 8, (ulong4)(0, 1, 2, 3))\n");
}

static void render_arrays(const weft_ir *ir, const weft_dialect_words *words, int shared, int depth, weft_text *out) {
  for (int i = 0; i < ir->n_arrays; i++) {
    const weft_ir_array *a = &ir->arrays[i];
    if (a->shared != shared) continue;
    weft_text_printf(out, "%*s%s%s a%d[%lld]%s;\n", 2 * depth, "", shared ? words->shared : "", words->type(a->type, 1),
                     i, (long long)a->size, words->of_lines ? words->of_lines : "");
  }
}

void weft_render_body(weft_ir *ir, weft_dialect dialect, int depth, weft_text *out) {
  weft_renderer r = {.ir = ir, .words = words_of(dialect), .out = out, .indent = depth, .lane = -1};
  clear(ir->body);
  mark_effects(ir->body);
  render_arrays(ir, r.words, 0, depth, out);
  if (!r.words->shared_outside) render_arrays(ir, r.words, 1, depth, out);
  render_block(&r, ir->body);
}

weft_status weft_render_kernel(weft_ir *ir, weft_dialect dialect, const char *entry, weft_text *out) {
  const weft_dialect_words *words = words_of(dialect);
  const char *prelude = weft_render_prelude(dialect);
  if (ir->error.status != WEFT_OK) return ir->error.status;
  if (!prelude) return weft_fail(&ir->error, WEFT_INTERNAL, "lower: %s is missing from the library", words->prelude);
  weft_text_add(out, prelude);
  weft_text_add(out, "\n");
  weft_render_helpers(ir, dialect, out);
  if (words->shared_outside) render_arrays(ir, words, 1, 0, out);
  words->head(ir, entry, out);
  weft_render_body(ir, dialect, 1, out);
  weft_text_add(out, "}\n");
  if (out->failed) return weft_fail(&ir->error, WEFT_NO_MEMORY, "lower: no memory for a kernel's text");
  return WEFT_OK;
}
