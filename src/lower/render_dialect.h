/* render_dialect.h -- what the two dialects say differently, between render.c and its tables. */
#ifndef WEFT_LOWER_RENDER_DIALECT_H
#define WEFT_LOWER_RENDER_DIALECT_H
#include "lower/ir.h"

typedef struct weft_renderer weft_renderer;

typedef struct weft_dialect_words {
  const char *prelude;             /* file name */
  const char *group_id, *local_id; /* formats that take a dimension */
  const char *dimension[3];
  const char *true_word, *false_word;
  const char *widen;    /* format that takes a type: the beginning of a vector with one value in all lanes */
  const char *lane_of;  /* format that takes a number: one lane of a variable */
  int lane_by_lane;     /* formulas are for single numbers: a vector is made from one for each lane */
  const char *shared;   /* storage class of a work-group's array */
  const char *of_lines; /* attribute of an array that begins with a cache line; NULL: there is none */
  int shared_outside;   /* such arrays stand outside of the entry point */
  const char *(*type)(weft_ir_type type, int lanes);
  void (*lane)(weft_renderer *r, int lanes);                  /* 0, 1, .. lanes-1 */
  void (*load)(weft_renderer *r, const weft_ir_value *v);     /* an expression */
  void (*turn)(weft_renderer *r, const weft_ir_value *first); /* statements: the loads of a set
                                                                   (weft_ir_turn()); NULL: there are none */
  void (*store)(weft_renderer *r, const weft_ir_value *v);    /* statements, indented */
  void (*prefetch)(weft_renderer *r, const weft_ir_value *v); /* likewise; NULL: there is no such hint */
  void (*bindings)(const weft_ir *ir, weft_text *out);
  void (*head)(const weft_ir *ir, const char *entry, weft_text *out); /* up to the entry point's brace */
} weft_dialect_words;

extern const weft_dialect_words weft_words_opencl, weft_words_glsl;

struct weft_renderer {
  weft_ir *ir;
  const weft_dialect_words *words;
  weft_text *out;
  int indent;
  int lane;           /* that expressions are for; -1: all of them */
  int n_variables[3]; /* by type */
};

/* An operand as it stands in an expression of so many lanes. */
void weft_render_operand(weft_renderer *r, const weft_ir_value *v, int lanes);
/* One lane of an operand. */
void weft_render_lane_of(weft_renderer *r, const weft_ir_value *v, int lane);
void weft_render_indent(weft_renderer *r);
#endif
