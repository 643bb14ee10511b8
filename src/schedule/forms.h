/* forms.h -- what is known of each kind of choice that is made before there are kernels. */
#ifndef WEFT_SCHEDULE_FORMS_H
#define WEFT_SCHEDULE_FORMS_H
#include "passes/pass.h"
#include <stddef.h>

enum { WEFT_FORM_RESULTS = 4, WEFT_FORM_TEXT = 160 };

typedef struct weft_form_row {
  /* Continues a hash over all that decides how long the candidates take. */
  uint64_t (*hash)(const weft_form *form, uint64_t hash);
  /* What is measured, in an empty graph; returns the number of results, 0 after a failure kept in the graph. */
  int (*build)(weft_graph *graph, const weft_form *form, weft_tensor *out[WEFT_FORM_RESULTS]);
  void (*describe)(const weft_form *form, char text[WEFT_FORM_TEXT]);
  /* Of a candidate, printed with it; or names of the candidates, in order. */
  const char *number;
  const char *const *names;
} weft_form_row;

/* form_kinds.c: by weft_form_kind. */
extern const weft_form_row weft_form_rows[WEFT_FORM_KINDS];
#endif
