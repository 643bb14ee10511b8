/* print.c -- a graph as text that weft_graph_parse() reads back, and as a drawing for Graphviz.
 *
 *   weft graph 1
 *   %0 = input f32 (100,784) "x"
 *   %1 = const f32 (100,784) value=0.5
 *   %2 = add f32 (100,784) %0 %1
 *   %3 = reduce_sum f32 (100,1) %2 mask=2
 *   %4 = data i32 (3) data={1,2,3}
 *   result %3 %4
 *
 * A line is a node: its number, op, dtype, shape, inputs, attributes as ops.def names them. Numbers ascend. */
#include "base/text.h"
#include "graph/infer.h"
#include <stdlib.h>
#include <string.h>

void weft_text_free(char *text) { free(text); }

/* "..." with \" \\ escaped. Names hold no control characters. */
static void quote(weft_text *text, const char *string) {
  weft_text_add(text, "\"");
  for (const char *c = string; *c; c++) {
    if (*c == '"' || *c == '\\') weft_text_add(text, "\\");
    weft_text_add_bytes(text, c, 1);
  }
  weft_text_add(text, "\"");
}

static void print_data(weft_text *text, const weft_tensor *node) {
  int64_t count = weft_shape_size(node->shape);
  weft_text_add(text, "{");
  for (int64_t i = 0; i < count; i++) {
    if (i) weft_text_add(text, ",");
    if (node->dtype == WEFT_F32)
      weft_text_double(text, (double)((const float *)node->data)[i]);
    else
      weft_text_printf(text, "%ld", (long)((const int32_t *)node->data)[i]);
  }
  weft_text_add(text, "}");
}

/* The attributes, by the words of the op's row: "name[]" an equal share of attr[], "name" one, "=word" a field. */
static void print_attributes(weft_text *text, const weft_tensor *node, const char *between) {
  const char *word = weft_ops[node->op].attributes;
  int lists = 0, at = 0;
  for (const char *c = word; *c; c++) lists += *c == '[';
  while (*word) {
    size_t length = strcspn(word, " ");
    weft_text_add(text, between);
    if (strncmp(word, "=name", length) == 0)
      quote(text, node->name);
    else {
      size_t skip = word[0] == '=', plain = length - skip;
      if (word[length - 1] == ']') plain -= 2;
      weft_text_add_bytes(text, word + skip, plain);
      weft_text_add(text, "=");
      if (strncmp(word, "=value", length) == 0)
        weft_text_double(text, node->value);
      else if (strncmp(word, "=data", length) == 0)
        print_data(text, node);
      else if (word[length - 1] == ']') {
        for (int i = 0; i < node->n_attr / lists; i++)
          weft_text_printf(text, "%s%lld", i ? "," : "[", (long long)node->attr[at++]);
        weft_text_add(text, node->n_attr ? "]" : "[]");
      } else
        weft_text_printf(text, "%lld", (long long)node->attr[at++]);
    }
    word += length;
    word += strspn(word, " ");
  }
}

/* The nodes in order and, by id, their numbers in the text. NULL after a failure. */
typedef struct printing {
  weft_arena arena;
  weft_tensor **order;
  size_t count;
  size_t *number;
  weft_text text;
} printing;

static int begin(printing *p, weft_tensor *const *results, size_t count) {
  uint32_t last = 0;
  if (!results || count == 0 || !weft_common_graph("print", results, count)) return 0;
  if (!(p->order = weft_graph_order(&p->arena, results, count, &p->count))) return 0;
  if (p->count) last = p->order[p->count - 1]->id;
  if (!(p->number = WEFT_NEW(&p->arena, size_t, (size_t)last + 1))) return 0;
  for (size_t i = 0; i < p->count; i++) p->number[p->order[i]->id] = i;
  return 1;
}

static char *end(printing *p) {
  char *text = p->text.data;
  weft_arena_free(&p->arena);
  if (!p->text.failed) return text;
  weft_text_release(&p->text);
  return NULL;
}

char *weft_graph_print(weft_tensor *const *results, size_t count) {
  printing p = {0};
  char shape[WEFT_DESCRIPTION];
  if (!begin(&p, results, count)) return end(&p);
  weft_text_add(&p.text, "weft graph 1\n");
  for (size_t i = 0; i < p.count; i++) {
    const weft_tensor *node = p.order[i];
    weft_text_printf(&p.text, "%%%zu = %s %s %s", i, weft_ops[node->op].name, weft_dtype_name(node->dtype),
                     weft_shape_text(node->shape, shape, sizeof shape));
    for (int k = 0; k < node->n_in; k++) weft_text_printf(&p.text, " %%%zu", p.number[node->in[k]->id]);
    print_attributes(&p.text, node, " ");
    weft_text_add(&p.text, "\n");
  }
  weft_text_add(&p.text, "result");
  for (size_t i = 0; i < count; i++) weft_text_printf(&p.text, " %%%zu", p.number[results[i]->id]);
  weft_text_add(&p.text, "\n");
  return end(&p);
}

/* ---- DOT ---- */

static const char *const colours[] = {
    [W_SCALAR] = "lightyellow", [W_LEAF] = "lightblue", [W_MAKE] = "white",      [W_VIEW] = "lightgrey",
    [W_REDUCE] = "lightsalmon", [W_HEAVY] = "gold",     [W_INDEX] = "plum", [W_EFFECT] = "palegreen"};

/* Text inside a quoted label: the label's own quotes and backslashes are escaped once more. */
static void add_label(weft_text *label, const weft_text *part) {
  for (size_t i = 0; i < part->size; i++) {
    if (part->data[i] == '"' || part->data[i] == '\\') weft_text_add(label, "\\");
    weft_text_add_bytes(label, part->data + i, 1);
  }
}

char *weft_graph_dot(weft_tensor *const *results, size_t count) {
  printing p = {0};
  weft_text part = {0};
  char shape[WEFT_DESCRIPTION];
  if (!begin(&p, results, count)) return end(&p);
  weft_text_add(&p.text, "digraph weft {\n  node [shape=box, style=filled, fontname=\"sans-serif\"];\n");
  for (size_t i = 0; i < p.count; i++) {
    const weft_tensor *node = p.order[i];
    const weft_op_info *op = &weft_ops[node->op];
    weft_text_clear(&part);
    if (node->op != WEFT_OP_DATA) print_attributes(&part, node, " "); /* an array would fill the page */
    weft_text_printf(&p.text, "  n%zu [fillcolor=%s, label=\"%%%zu %s", i, colours[op->kind], i, op->name);
    if (part.failed)
      p.text.failed = 1;
    else
      add_label(&p.text, &part);
    weft_text_printf(&p.text, "\\n%s %s\"];\n", weft_dtype_name(node->dtype),
                     weft_shape_text(node->shape, shape, sizeof shape));
    for (int k = 0; k < node->n_in; k++) weft_text_printf(&p.text, "  n%zu -> n%zu;\n", p.number[node->in[k]->id], i);
  }
  for (size_t i = 0; i < count; i++)
    weft_text_printf(&p.text, "  r%zu [shape=plaintext, style=\"\", label=\"result %zu\"];\n  n%zu -> r%zu;\n", i, i,
                     p.number[results[i]->id], i);
  weft_text_add(&p.text, "}\n");
  weft_text_release(&part);
  return end(&p);
}
