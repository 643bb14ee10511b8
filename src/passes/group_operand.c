/* group_operand.c -- operands of products: stored, or computed where the products read them.
 *
 * A product reads an operand through strides from what lies in memory, its base: the result of an elementwise op, or a
 * copy that the contract pass made of what strides cannot follow (a border, tensors end to end). Where the device's
 * template can compute an element that it loads, the base need not be there. That spares a launch, writing and reading;
 * it costs the work of computing an element for every tile of the product that reads it, between multiplications. So
 * what is weighed is how often each is read:
 *
 *   a (M, K) by each column of tiles, b (K, N) by each row of them; times as often as the view itself repeats it, as
 *   overlapping windows do.
 *
 * A rule that looks at ops alone (a border is cheap, an exponential is not) fails both ways: sixteen columns of tiles
 * with nine taps each compute a border 144 times, and one column computes an exponential as often as a map would. */
#include "passes/contract.h"
#include "passes/grouping.h"

/* Rows and columns of a typical tile. */
enum { TILE = 64 };
/* What a device does in the time of moving a byte: a compute unit comes to 88 multiplications or 12 bytes a clock
 * (dot_gpu.c), so an op is worth 0.14 bytes; some more, since loads are what a work-item has least time for. */
static const double op_bytes = 0.2;
/* Ops of an index: a dim of a border that is looked at, a gap, a part of a list, a remainder; what else there is to a
 * further load. */
enum { OF_BORDER = 3, OF_GAP = 6, OF_PART = 3, OF_SPLIT = 4, OF_CHOICE = 10, OF_LOAD = 2 };

/* ---- who reads what ---- */

/* How often the product's tiles read an element of what operand i is a view of. */
static double loads_of(const weft_tensor *dot, int i, const weft_tensor *base) {
  int batch = (int)dot->attr[0], rows = (int)dot->attr[1], columns = dot->shape.rank - batch - rows;
  int64_t across = i == 0 ? weft_size_of(dot, batch + rows, columns) : weft_size_of(dot, batch, rows);
  return (double)((across + TILE - 1) / TILE) * weft_elements(dot->in[i]) / weft_elements(base);
}

static int computes(const weft_grouping *w, const weft_tensor *node, int i) {
  return w->limits->computes_operands && node->op == WEFT_OP_DOT && !(i == 1 && node->attr[4]);
}

/* Whether it is one of those that may be computed in front of a product. Lists along the outermost dimension cost no
 * memory of their own: their parts lie inside. */
static int is_candidate(const weft_tensor *base) {
  if (base->op == WEFT_OP_COPY) return !weft_joins_outermost(base->in[0]);
  return weft_ops[base->op].kind == W_SCALAR;
}

static void note_readers(weft_grouping *w, weft_tensor *node) {
  int is_view = weft_ops[node->op].kind == W_VIEW && node->n_in == 1 && node->op != WEFT_OP_PAD;
  int is_direct = (weft_is_template(node) && weft_reads_of_element(node) == 0) || weft_is_attention(node->op);
  for (int i = 0; i < node->n_in && !is_view; i++) {
    weft_tensor *base = weft_view_base(node->in[i]);
    weft_group_cell *c = weft_cell_of(w, base);
    if (computes(w, node, i) && is_candidate(base))
      c->loads += loads_of(node, i, base);
    else if (is_direct)
      weft_grouping_store(w, base);
    else if (w->limits->computes_operands && weft_reads_of_element(node) > 0 && base->op == WEFT_OP_COPY &&
             is_candidate(base))
      c->loads += weft_reads_of_element(node);
    else
      c->others++;
  }
}

/* Whether what the node depends on stays as it is from run to run, so that it is computed once; whether a reduction is
 * among it, with nothing but elementwise ops since. */
static void note_nature(weft_grouping *w, weft_group_cell *c) {
  const weft_tensor *node = c->node;
  weft_op_kind kind = weft_ops[node->op].kind;
  c->steady = !weft_is_leaf(node) || node->op == WEFT_OP_DATA || (w->limits->is_steady && node->op != WEFT_OP_INPUT);
  c->reduced = kind == W_REDUCE;
  for (int i = 0; i < node->n_in; i++) {
    const weft_group_cell *in = weft_cell_of(w, node->in[i]);
    c->steady &= in->steady;
    c->reduced |= in->reduced && (kind == W_VIEW || kind == W_SCALAR);
  }
}

void weft_grouping_find_operands(weft_grouping *w) {
  for (int p = 0; p < w->n; p++) {
    note_readers(w, w->cells[p].node);
    note_nature(w, &w->cells[p]);
  }
  for (int p = 0; p < w->n; p++) {
    weft_group_cell *c = &w->cells[p];
    int is_stored = c->loads > 0 ? c->steady : c->node->op == WEFT_OP_COPY;
    if (is_stored) c->stored = c->forced = 1;
    if (weft_is_anchor(c)) c->loads = 0;
  }
}

/* ---- the cost ---- */

/* What is computed of one operand. */
typedef struct cone {
  double size, bytes; /* elements of the operand; bytes read for all of them */
  double work, index; /* ops of an element; of its indices, which neighbours share */
  int reads,
      width; /* width: neighbours are neighbours in what is read, in fours: 4; 1: not in fours; 0: they are not */
  int rides, reduced; /* a kernel makes what is read at the same index; reductions decide it */
} cone;

static int is_border(const weft_tensor *pad, int d) { return pad->shape.dims[d] != pad->in[0]->shape.dims[d]; }

static int width_of(const weft_tensor *node) {
  int rank = node->shape.rank, last = rank - 1, four = 1;
  if (rank == 0 || node->n_in == 0) return 4;
  const int64_t *attr = node->attr, *below = node->in[0]->shape.dims;
  switch (node->op) {
  case WEFT_OP_PERMUTE: return attr[last] == last ? 4 : 0;
  case WEFT_OP_FLIP: return attr[last] ? 0 : 4;
  case WEFT_OP_SLICE: return attr[rank + last] != 1 ? 0 : attr[last] % 4 ? 1 : 4;
  case WEFT_OP_WINDOW: return 0;
  case WEFT_OP_PAD: return attr[rank + last] ? 0 : attr[last] % 4 || below[last] % 4 ? 1 : 4;
  case WEFT_OP_GATHER: return attr[0] == last ? 0 : 4;
  case WEFT_OP_RESHAPE:
    four =
        node->in[0]->shape.rank > 0 && below[node->in[0]->shape.rank - 1] % 4 == 0 && node->shape.dims[last] % 4 == 0;
    return four ? 4 : 1;
  case WEFT_OP_CONCAT:
    for (int i = 0; i < node->n_in && attr[0] == last; i++) four &= node->in[i]->shape.dims[last] % 4 == 0;
    return four ? 4 : 1;
  default: return 4;
  }
}

static double index_work(const weft_tensor *node) {
  double work = 0;
  int rank = node->shape.rank;
  switch (node->op) {
  case WEFT_OP_PAD:
    for (int d = 0; d < rank; d++) work += (is_border(node, d) ? OF_BORDER : 0) + (node->attr[rank + d] ? OF_GAP : 0);
    return work;
  case WEFT_OP_CONCAT: return OF_PART * node->n_in;
  case WEFT_OP_RESHAPE: return OF_SPLIT;
  case WEFT_OP_GATHER: return OF_CHOICE;
  default: return 0;
  }
}

static void look_at(weft_grouping *w, weft_tensor *node, int is_top, int same, cone *out) {
  weft_group_cell *c = weft_cell_of(w, node);
  if (c->stamp == w->stamp) return;
  c->stamp = w->stamp;
  int is_stored = !is_top && weft_is_anchor(c);
  if (is_stored || weft_is_leaf(node)) {
    double size = weft_elements(node);
    out->bytes += 4 * size;
    out->reads++;
    out->rides |= is_stored && same && size == out->size;
    out->reduced |= is_stored && c->reduced && size < out->size;
    if (weft_is_attention(node->op)) out->width = 0; /* which writes its results where their readers want them */
    return;
  }
  int width = width_of(node);
  if (width < out->width) out->width = width;
  out->work += weft_grouping_work(node->op);
  out->index += index_work(node);
  same &= weft_ops[node->op].kind == W_SCALAR || node->op == WEFT_OP_RESHAPE || node->op == WEFT_OP_COPY;
  for (int i = 0; i < node->n_in; i++) look_at(w, node->in[i], 0, same, out);
}

/* What normalises by reductions of its rows is written by the kernel of these, which has the rows at hand; what follows
 * a stored value at the same index by that value's kernel: neither costs a launch, nor reads anything again. */
void weft_grouping_weigh_operand(weft_grouping *w, int at) {
  weft_group_cell *c = &w->cells[at];
  const weft_tensor *base = c->node;
  int rank = base->shape.rank, fours = rank > 0 && base->shape.dims[rank - 1] % 4 == 0;
  double size = weft_elements(base), times = c->loads + c->others;
  cone k = {.size = size, .width = fours ? 4 : 1};
  if (weft_is_anchor(c)) return;
  w->stamp++;
  look_at(w, c->node, 1, 1, &k);
  int is_dear = k.width == 0 || k.reduced;
  if (!is_dear) {
    double shared = k.index + OF_LOAD * (k.reads - 1) + (fours && k.width == 1 ? 3 * OF_LOAD : 0);
    double ops = size * (k.work + shared / k.width) * op_bytes;
    double computed = times * ((k.bytes > 4 * size ? k.bytes : 4 * size) + ops); /* a border's load is one too */
    double stored = (k.rides ? 0 : k.bytes + ops + weft_launch_bytes) + 4 * size * (1 + times);
    is_dear = computed > stored;
  }
  if (is_dear) c->stored = c->forced = 1;
}
