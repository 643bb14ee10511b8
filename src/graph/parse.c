/* parse.c -- reads back what weft_graph_print() wrote (the form stands in print.c), and what a person made of it: blank
 * lines, # comments and gaps in the numbers are fine. Every error begins with the line. */
#include "graph/infer.h"
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

typedef struct numbered {
  uint64_t number;
  weft_tensor *tensor;
} numbered;

typedef struct parser {
  weft_graph *graph;
  const char *at;
  int line;
  locale_t c_locale; /* numbers have a point, whatever the user's locale says */
  numbered *nodes;   /* ascending numbers */
  size_t n_nodes, cap_nodes;
  weft_tensor **inputs; /* of the node at hand */
  size_t n_inputs, cap_inputs;
  void *data; /* of the node at hand */
} parser;

/* ---- small steps: each returns 1, or 0 with the error kept ---- */

/* What stands at the cursor, for an error text: up to the end of the word. */
static int fail_expected(parser *p, const char *what) {
  int length = (int)strcspn(p->at, " \t\r\n");
  if (length > 40) length = 40;
  weft_graph_fail(p->graph, WEFT_BAD_FORMAT, "line %d: expected %s, found %s%.*s%s", p->line, what, length ? "\"" : "",
                  length ? length : 15, length ? p->at : "the end of line", length ? "\"" : "");
  return 0;
}

static int out_of_memory(parser *p) {
  weft_graph_fail(p->graph, WEFT_NO_MEMORY, "line %d: out of memory", p->line);
  return 0;
}

static void skip_blanks(parser *p) {
  p->at += strspn(p->at, " \t\r");
  if (*p->at == '#') p->at += strcspn(p->at, "\n");
}

/* To the next line that holds something, or to the end of the text. */
static void skip_lines(parser *p) {
  for (skip_blanks(p); *p->at == '\n'; skip_blanks(p)) {
    p->at++;
    p->line++;
  }
}

static int take(parser *p, const char *token) {
  skip_blanks(p);
  size_t n = strlen(token);
  if (strncmp(p->at, token, n) != 0) return 0;
  p->at += n;
  return 1;
}

static int expect(parser *p, const char *token, const char *what) { return take(p, token) || fail_expected(p, what); }

static int end_of_line(parser *p) {
  skip_blanks(p);
  return *p->at == '\n' || *p->at == '\0' || fail_expected(p, "the end of the line");
}

static int integer(parser *p, int64_t *out) {
  char *end;
  skip_blanks(p);
  errno = 0;
  if (*p->at != '-' && !(*p->at >= '0' && *p->at <= '9')) return fail_expected(p, "a whole number");
  long long value = strtoll(p->at, &end, 10);
  if (end == p->at || errno == ERANGE) return fail_expected(p, "a whole number of 64 bits");
  p->at = end;
  *out = value;
  return 1;
}

static int number(parser *p, double *out) {
  char *end;
  skip_blanks(p);
  if (*p->at == '\n') return fail_expected(p, "a number");
  *out = strtod_l(p->at, &end, p->c_locale);
  if (end == p->at) return fail_expected(p, "a number");
  p->at = end;
  return 1;
}

/* A word of the given table; its index. */
static int name(parser *p, const char *what, const char *(*name_of)(int), int count, int *out) {
  skip_blanks(p);
  size_t length = strspn(p->at, "abcdefghijklmnopqrstuvwxyz_0123456789");
  for (int i = 0; i < count; i++)
    if (strlen(name_of(i)) == length && strncmp(name_of(i), p->at, length) == 0) {
      p->at += length;
      *out = i;
      return 1;
    }
  return fail_expected(p, what);
}

static const char *op_name(int i) { return weft_ops[i].name; }
static const char *dtype_name(int i) { return weft_dtype_name((weft_dtype)i); }

/* Values between two brackets, at most `room` of them. */
static int list(parser *p, const char *open, const char *close, int64_t *values, int room, int *out_count) {
  *out_count = 0;
  if (!expect(p, open, open)) return 0;
  if (take(p, close)) return 1;
  do {
    if (*out_count == room) return fail_expected(p, close);
    if (!integer(p, &values[(*out_count)++])) return 0;
  } while (take(p, ","));
  return expect(p, close, close);
}

static int quoted(parser *p, char **out_name) {
  size_t n = 0;
  if (!expect(p, "\"", "a name in quotes")) return 0;
  char *text = malloc(strcspn(p->at, "\n") + 1);
  if (!text) return out_of_memory(p);
  while (*p->at && *p->at != '"' && *p->at != '\n') {
    if (*p->at == '\\' && (p->at[1] == '"' || p->at[1] == '\\')) p->at++;
    text[n++] = *p->at++;
  }
  text[n] = '\0';
  *out_name = text;
  return expect(p, "\"", "a quote after the name");
}

/* ---- nodes ---- */

/* The elements of a constant array. Memory grows with the text, never by what the shape claims. */
static int array(parser *p, weft_node_spec *spec) {
  int64_t count = 0, room = 0;
  if (!expect(p, "{", "{")) return 0;
  do {
    if (count == room) {
      room = room ? room * 2 : 64;
      void *data = realloc(p->data, (size_t)room * 4);
      if (!data) return out_of_memory(p);
      p->data = data;
    }
    if (spec->dtype == WEFT_F32) {
      double value;
      if (!number(p, &value)) return 0;
      weft_round_value(WEFT_F32, &value);
      ((float *)p->data)[count++] = (float)value;
    } else {
      int64_t value;
      if (!integer(p, &value)) return 0;
      if (value < INT32_MIN || value > INT32_MAX) return fail_expected(p, "numbers of 32 bits");
      ((int32_t *)p->data)[count++] = (int32_t)value;
    }
  } while (take(p, ","));
  if (!expect(p, "}", "} or ,")) return 0;
  if (count != weft_shape_size(spec->shape)) {
    weft_graph_fail(p->graph, WEFT_BAD_FORMAT, "line %d: %lld elements where %lld belong", p->line, (long long)count,
                    (long long)weft_shape_size(spec->shape));
    return 0;
  }
  spec->data = p->data;
  return 1;
}

static int attributes(parser *p, weft_node_spec *spec, char **out_name) {
  const char *word = weft_ops[spec->op].attributes;
  int first = -1;
  while (*word) {
    size_t length = strcspn(word, " "), skip = word[0] == '=';
    int is_list = word[length - 1] == ']';
    char key[32] = "";
    if (strncmp(word, "=name", length) == 0) {
      if (!quoted(p, out_name)) return 0;
      spec->name = *out_name;
    } else {
      memcpy(key, word + skip, length - skip - (is_list ? 2 : 0));
      strcat(key, "=");
      if (!expect(p, key, key)) return 0;
      if (strncmp(word, "=value", length) == 0) {
        if (!number(p, &spec->value)) return 0;
      } else if (strncmp(word, "=data", length) == 0) {
        if (!array(p, spec)) return 0;
      } else if (is_list) {
        int count;
        if (!list(p, "[", "]", &spec->attr[spec->n_attr], WEFT_MAX_RANK, &count)) return 0;
        if (first >= 0 && count != first) return fail_expected(p, "lists of equal length");
        first = count;
        spec->n_attr += count;
      } else if (!integer(p, &spec->attr[spec->n_attr++]))
        return 0;
    }
    word += length;
    word += strspn(word, " ");
  }
  return 1;
}

/* "%12" as the node of that number. */
static int reference(parser *p, weft_tensor **out) {
  int64_t wanted;
  if (!expect(p, "%", "%") || !integer(p, &wanted)) return 0;
  size_t low = 0, high = p->n_nodes;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (p->nodes[middle].number < (uint64_t)wanted)
      low = middle + 1;
    else
      high = middle;
  }
  if (wanted >= 0 && low < p->n_nodes && p->nodes[low].number == (uint64_t)wanted) {
    *out = p->nodes[low].tensor;
    return 1;
  }
  weft_graph_fail(p->graph, WEFT_BAD_FORMAT, "line %d: no node %%%lld before this line", p->line, (long long)wanted);
  return 0;
}

static int references(parser *p) {
  p->n_inputs = 0;
  for (skip_blanks(p); *p->at == '%'; skip_blanks(p)) {
    if (p->n_inputs == p->cap_inputs) {
      size_t capacity = p->cap_inputs ? p->cap_inputs * 2 : 16;
      weft_tensor **inputs = realloc(p->inputs, capacity * sizeof *inputs);
      if (!inputs) return out_of_memory(p);
      p->inputs = inputs;
      p->cap_inputs = capacity;
    }
    if (!reference(p, &p->inputs[p->n_inputs])) return 0;
    p->n_inputs++;
  }
  return 1;
}

static int remember(parser *p, int64_t node_number, weft_tensor *node) {
  if (node_number < 0 || (p->n_nodes && (uint64_t)node_number <= p->nodes[p->n_nodes - 1].number)) {
    weft_graph_fail(p->graph, WEFT_BAD_FORMAT, "line %d: numbers do not ascend: %%%lld", p->line,
                    (long long)node_number);
    return 0;
  }
  if (p->n_nodes == p->cap_nodes) {
    size_t capacity = p->cap_nodes ? p->cap_nodes * 2 : 64;
    numbered *nodes = realloc(p->nodes, capacity * sizeof *nodes);
    if (!nodes) return out_of_memory(p);
    p->nodes = nodes;
    p->cap_nodes = capacity;
  }
  p->nodes[p->n_nodes++] = (numbered){(uint64_t)node_number, node};
  return 1;
}

/* Makes the node; a refusal of its inference gets the line in front. */
static int build(parser *p, const weft_node_spec *spec, weft_tensor **out) {
  char text[WEFT_DESCRIPTION], given[WEFT_DESCRIPTION];
  weft_tensor *node = weft_node(spec);
  if (!node) {
    weft_error inner = p->graph->error;
    weft_graph_clear_error(p->graph);
    weft_graph_fail(p->graph, inner.status, "line %d: %.900s", p->line, inner.message);
    return 0;
  }
  *out = node;
  if (node->dtype == spec->dtype && weft_shape_equal(node->shape, spec->shape)) return 1;
  weft_graph_fail(p->graph, WEFT_BAD_FORMAT, "line %d: %s comes to %s %s, not %s %s", p->line, weft_ops[spec->op].name,
                  weft_dtype_name(node->dtype), weft_shape_text(node->shape, text, sizeof text),
                  weft_dtype_name(spec->dtype), weft_shape_text(spec->shape, given, sizeof given));
  return 0;
}

/* After the "%" of a node's line. */
static int node_line(parser *p) {
  weft_node_spec spec = {.graph = p->graph};
  weft_tensor *node = NULL;
  char *leaf_name = NULL;
  int64_t node_number;
  int op = 0, dtype = 0;
  if (!integer(p, &node_number) || !expect(p, "=", "=") || !name(p, "an op", op_name, WEFT_OP_COUNT, &op) ||
      !name(p, "an element type", dtype_name, WEFT_DTYPE_COUNT, &dtype) ||
      !list(p, "(", ")", spec.shape.dims, WEFT_MAX_RANK, &spec.shape.rank) || !references(p))
    return 0;
  spec.op = (weft_op)op;
  spec.dtype = (weft_dtype)dtype;
  if (p->n_inputs > INT32_MAX) return fail_expected(p, "fewer inputs");
  spec.n_in = (int)p->n_inputs;
  spec.in = p->inputs;
  int done =
      attributes(p, &spec, &leaf_name) && end_of_line(p) && build(p, &spec, &node) && remember(p, node_number, node);
  free(leaf_name);
  return done;
}

static int results_line(parser *p, weft_tensor **out_results, size_t capacity, size_t *out_count) {
  if (!references(p) || !end_of_line(p)) return 0;
  for (size_t i = 0; i < p->n_inputs && i < capacity; i++) out_results[i] = p->inputs[i];
  *out_count = p->n_inputs;
  skip_lines(p);
  return *p->at == '\0' || fail_expected(p, "nothing after the results");
}

static void parse(parser *p, weft_tensor **out_results, size_t capacity, size_t *out_count) {
  skip_lines(p);
  if (!expect(p, "weft graph 1", "\"weft graph 1\"") || !end_of_line(p)) return;
  for (skip_lines(p); take(p, "%"); skip_lines(p))
    if (!node_line(p)) return;
  if (expect(p, "result", "a node (%) or \"result\"")) results_line(p, out_results, capacity, out_count);
}

weft_status weft_graph_parse(weft_graph *graph, const char *text, weft_tensor **out_results, size_t capacity,
                             size_t *out_count) {
  size_t count = 0;
  if (out_count) *out_count = 0;
  if (!graph || graph->error.status != WEFT_OK) return weft_graph_status(graph);
  if (!text || (!out_results && capacity > 0)) {
    weft_graph_fail(graph, WEFT_BAD_ARGUMENT, "parse: %s is NULL", text ? "out_results" : "the text");
    return graph->error.status;
  }
  parser p = {.graph = graph, .at = text, .line = 1, .c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
  if (!p.c_locale)
    out_of_memory(&p);
  else {
    parse(&p, out_results, capacity, &count);
    freelocale(p.c_locale);
  }
  free(p.nodes);
  free(p.inputs);
  free(p.data);
  if (out_count && graph->error.status == WEFT_OK) *out_count = count;
  return graph->error.status;
}
