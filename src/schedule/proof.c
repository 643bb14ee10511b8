/* proof.c -- whether a kernel computes what its group says.
 *
 * Inputs are hashed numbers, those of one tensor unlike those of another, +-(1/2 .. 1) times a power of two that makes
 * the core's results about 1: no term of a sum is small beside the others, an epilogue of tanh or exp is where it
 * bends, and no row or tile can stand for another. Inputs that no core reads are of that size too, above 0 where the
 * group takes roots or logarithms. Whole numbers are valid indices of what they choose from.
 *
 * A result is held against the oracle at some places: the first, the last, near both and in the middle of each
 * direction, so that tiles of every kind are looked at. Then, whole, against the first kernel that passed. Where the
 * two differ the oracle is asked about that very element: whichever is wrong is left out, the first one too, as a look
 * at that place from then on.
 *
 * How far a right result may be away from the oracle's follows from the sum's number of terms k: rounding errors of k
 * additions in any order grow as their root (Higham, Mary, "A new approach to probabilistic rounding error analysis",
 * SIAM J. Sci. Comput. 2019), as does the sum itself where terms have either sign, so a term more or less stands out by
 * a factor that falls with 1 / k: 60 for 4608 of them. That allowance is put through the epilogue: the oracle computes
 * it with the core's value moved up and down, which tells how much may be left of it in the result. */
#include "schedule/proof.h"
#include "base/hash.h"
#include "reference/reference.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Places of a result; in each direction they are of five kinds, so that all pairs of these occur even where terms are
 * many and places few. */
enum { KINDS = 5, MOST_LOOKS = 75, LEAST_LOOKS = KINDS * KINDS, FOUND_LOOKS = 8, NEAR = 16 };
static const double terms_of_looks = 4e6;
/* Elements of one result for which two kernels may disagree before the rest is let go. */
enum { MOST_JUDGED = 32 };
/* Neighbours of a core that make an element of a result. */
enum { MOST_GATES = 4 };
enum { PLACES_OF_MEAN = 16, CHUNK = 1 << 15, WHOLE = 4 };
static const double unit = 0x1p-24; /* of rounding to f32 */

/* How the numbers of an input are made. */
typedef struct data {
  uint32_t seed, kept, exponent; /* f32: the bits taken from a hash, and those of the binary exponent */
  uint32_t span;                 /* i32: 0 .. span - 1 */
  int is_operand;                /* a core reads it */
  int is_under_root;             /* a root or logarithm is taken of it */
} data;

typedef struct core {
  double mean;            /* of its absolute values */
  double slack;           /* of a value, relative to it and to the mean */
  int64_t at[MOST_GATES]; /* the last elements that were asked for, by their remainder: -1 for none */
  double value[MOST_GATES];
} core;

/* What the oracle says of an element. */
typedef struct look {
  int64_t at;
  double wanted, spread; /* what the core's slack makes of it */
} look;

typedef struct result {
  look looks[MOST_LOOKS + FOUND_LOOKS];
  int n_looks;
  double typical, widest; /* mean of what is wanted; the widest spread */
  double rounding;        /* between the cores and the result, relative */
  float *first;           /* of the first kernel that passed */
} result;

struct weft_proof {
  weft_device *device;
  const weft_group *group;
  weft_arena arena;
  weft_binding *bindings;
  data *data;
  core *cores;
  result *results;
  double shift; /* slacks by which cores' values are moved, */
  int gate;     /* of gates this one's */
  int is_lost, has_first, is_misled;
};

static int64_t size_of(const weft_tensor *node) { return weft_shape_size(node->shape); }

/* The number of a node among the group's inputs; -1: it is none of them. */
static int input_of(const weft_group *g, const weft_tensor *node) {
  for (int i = 0; i < g->n_inputs; i++)
    if (g->inputs[i] == node) return i;
  return -1;
}

static const weft_tensor *bound(const weft_group *g, int i) {
  return i < g->n_inputs ? g->inputs[i] : g->outputs[i - g->n_inputs];
}

/* ---- data ---- */

/* The bits of element i. */
static inline uint32_t bits_at(const data *d, uint32_t i) {
  uint32_t x = i * 2654435761u + d->seed;
  x ^= x >> 15;
  x *= 2246822519u;
  x ^= x >> 13;
  x *= 3266489917u;
  x ^= x >> 16;
  return d->span ? x % d->span : (x & d->kept) | d->exponent;
}

static double number_at(const data *d, int64_t i) {
  uint32_t bits = bits_at(d, (uint32_t)i);
  float value;
  memcpy(&value, &bits, sizeof value);
  return d->span ? (double)(int32_t)bits : (double)value;
}

static int fill(const weft_proof *p, int i, uint32_t *chunk) {
  const data d = p->data[i];
  for (int64_t at = 0, size = size_of(p->group->inputs[i]); at < size; at += CHUNK) {
    int64_t count = size - at < CHUNK ? size - at : CHUNK;
    for (int64_t k = 0; k < count; k++) chunk[k] = bits_at(&d, (uint32_t)(at + k));
    if (p->device->backend->write(p->device, p->bindings[i].buffer, (uint64_t)at * 4, chunk, (uint64_t)count * 4) !=
        WEFT_OK)
      return 0;
  }
  return 1;
}

static void mark_operands(weft_proof *p, const weft_tensor *node) {
  int input = input_of(p->group, node);
  if (input >= 0) p->data[input].is_operand = 1;
  for (int i = 0; i < node->n_in && input < 0; i++) mark_operands(p, node->in[i]);
}

/* What a group asks of its inputs, but for the spans of indices. */
typedef struct needs {
  int64_t counted; /* the least that an iota counts through, which labels are compared with */
  int takes_roots; /* or logarithms */
} needs;

/* Whole numbers under an index that chooses from `count` places. */
static void limit(weft_proof *p, const weft_tensor *index, int64_t count) {
  int input = input_of(p->group, index);
  if (input >= 0 && index->dtype == WEFT_I32 && count < p->data[input].span) p->data[input].span = (uint32_t)count;
  for (int i = 0; i < index->n_in && input < 0; i++) limit(p, index->in[i], count);
}

static int core_of(const weft_group *g, const weft_tensor *node) {
  for (int c = 0; c < g->n_cores; c++)
    if (g->cores[c] == node) return c;
  return -1;
}

/* Inputs of which a root is taken, without a core between. */
static void mark_under_root(weft_proof *p, const weft_tensor *node) {
  int input = input_of(p->group, node);
  if (input >= 0) p->data[input].is_under_root = 1;
  for (int i = 0; i < node->n_in && input < 0 && core_of(p->group, node) < 0; i++) mark_under_root(p, node->in[i]);
}

static void find_needs(weft_proof *p, const weft_tensor *node, needs *out) {
  if (input_of(p->group, node) >= 0) return;
  for (int i = 0; i < node->n_in; i++) find_needs(p, node->in[i], out);
  switch (node->op) {
  case WEFT_OP_GATHER: limit(p, node->in[1], node->in[0]->shape.dims[node->attr[0]]); return;
  case WEFT_OP_IOTA:
    if (node->shape.dims[node->attr[0]] < out->counted) out->counted = node->shape.dims[node->attr[0]];
    return;
  case WEFT_OP_SQRT:
  case WEFT_OP_RSQRT:
  case WEFT_OP_LOG:
  case WEFT_OP_LOG1P:
  case WEFT_OP_POW:
    out->takes_roots = 1;
    mark_under_root(p, node);
    return;
  default: return;
  }
}

static void choose_data(weft_proof *p) {
  const weft_group *g = p->group;
  needs all = {.counted = INT32_MAX};
  for (int c = 0; c < g->n_cores; c++)
    for (int i = 0; i < g->cores[c]->n_in; i++) mark_operands(p, g->cores[c]->in[i]);
  for (int i = 0; i < g->n_inputs; i++) p->data[i].span = g->inputs[i]->dtype == WEFT_I32 ? INT32_MAX : 0;
  for (int o = 0; o < g->n_outputs; o++) find_needs(p, g->outputs[o], &all);
  for (int i = 0; i < g->n_inputs; i++) {
    data *d = &p->data[i];
    d->seed = (uint32_t)(i + 1) * 2654435769u;
    d->kept = d->is_under_root || (all.takes_roots && !d->is_operand) ? 0x007fffff : 0x807fffff;
    d->exponent = 126u << 23;
    if (d->span == INT32_MAX) d->span = all.counted < INT32_MAX ? (uint32_t)all.counted : WHOLE;
  }
}

/* ---- the oracle ---- */

static int know_inputs(void *user, const weft_tensor *node, int64_t linear, double *out_value) {
  const weft_proof *p = user;
  int input = input_of(p->group, node);
  if (input >= 0) *out_value = number_at(&p->data[input], linear);
  return input >= 0;
}

static void forget(core *k) {
  for (int i = 0; i < MOST_GATES; i++) k->at[i] = -1;
}

static double core_at(weft_proof *p, int c, int64_t linear) {
  core *k = &p->cores[c];
  int i = (int)(linear % MOST_GATES);
  if (k->at[i] == linear) return k->value[i];
  k->at[i] = linear;
  if (!weft_ref_element(p->group->cores[c], linear, know_inputs, p, &k->value[i])) p->is_lost = 1;
  return k->value[i];
}

static int know_cores(void *user, const weft_tensor *node, int64_t linear, double *out_value) {
  weft_proof *p = user;
  for (int c = 0; c < p->group->n_cores; c++)
    if (p->group->cores[c] == node) {
      double value = core_at(p, c, linear);
      int moves = !p->group->gates || linear % p->group->gates == p->gate;
      *out_value = value + (moves ? p->shift : 0) * p->cores[c].slack * (p->cores[c].mean + fabs(value));
      return 1;
    }
  return know_inputs(user, node, linear, out_value);
}

static double ask_shifted(weft_proof *p, const weft_tensor *node, int64_t at, double shift) {
  double value = 0;
  p->shift = shift;
  if (!weft_ref_element(node, at, know_cores, p, &value)) p->is_lost = 1;
  return value;
}

/* Gates are moved one by one, since errors of one that make up for another's are no rule. */
static look ask(weft_proof *p, const weft_tensor *node, int64_t at) {
  look l = {.at = at, .wanted = ask_shifted(p, node, at, 0)};
  for (p->gate = 0; p->gate == 0 || p->gate < p->group->gates; p->gate++)
    l.spread += fmax(fabs(ask_shifted(p, node, at, 1) - l.wanted), fabs(ask_shifted(p, node, at, -1) - l.wanted));
  if (!isfinite(l.wanted) || !isfinite(l.spread)) l.spread = HUGE_VAL;
  return l;
}

/* Place s of a direction of a result, of one of the kinds. */
static int64_t place(int kind, uint32_t s, int64_t length) {
  static const data places = {.seed = 1, .span = INT32_MAX};
  int64_t near = length < NEAR ? length : NEAR, at = bits_at(&places, s);
  switch (kind % KINDS) {
  case 0: return 0;
  case 1: return length - 1;
  case 2: return at % near;
  case 3: return length - 1 - at % near;
  default: return at % length;
  }
}

/* Look s of n. Every other one takes all dimensions but the last as one, as products and their tiles do; the others,
 * among which are borders of images, each for itself. */
static int64_t place_of(weft_shape shape, uint32_t s, int n) {
  int64_t size = weft_shape_size(shape), linear = 0;
  int last = shape.rank - 1, column = (int)s % KINDS, row = (int)s / KINDS % KINDS;
  if (size <= n || shape.rank < 1) return s % size;
  if (s % 2) {
    int64_t width = shape.dims[last];
    return place(row, 2 * s, size / width) * width + place(column, 2 * s + 1, width);
  }
  for (int d = 0; d <= last; d++) {
    uint32_t salt = s * WEFT_MAX_RANK + (uint32_t)d;
    int kind = d == last ? column : d == last - 1 ? row : (int)(s / 2 + (uint32_t)d);
    linear = linear * shape.dims[d] + place(kind, salt, shape.dims[d]);
  }
  return linear;
}

/* Terms of a core's sum. */
static double terms_of(const weft_tensor *node) {
  const weft_tensor *a = node->in[0], *b = node->n_in > 1 ? node->in[1] : a;
  double terms = 1;
  switch (node->op) {
  case WEFT_OP_DOT:
    for (int64_t d = 0; d < node->attr[2]; d++) terms *= (double)a->shape.dims[node->attr[0] + node->attr[1] + d];
    return terms;
  case WEFT_OP_WINOGRAD: return (double)b->shape.dims[2];
  case WEFT_OP_WINOGRAD_DW: return (double)(size_of(b) / b->shape.dims[3] / node->shape.dims[0] + 1);
  case WEFT_OP_WINOGRAD_WEIGHTS_DX: return 36 * (double)a->shape.dims[1];
  default: break;
  }
  if (!weft_is_attention(node->op)) return 36;
  int rank = a->shape.rank;
  return (double)(a->shape.dims[rank - 1] + (a->shape.dims[rank - 2] > b->shape.dims[rank - 2]
                                                 ? a->shape.dims[rank - 2]
                                                 : b->shape.dims[rank - 2]));
}

/* Relative errors that the ops above inputs and cores may make, by the op table. */
static double rounding_of(const weft_proof *p, const weft_tensor *node) {
  static const double of_random = 2e-5;
  double most = 0;
  if (input_of(p->group, node) >= 0 || core_of(p->group, node) >= 0) return 0;
  for (int i = 0; i < node->n_in; i++) most = fmax(most, rounding_of(p, node->in[i]));
  if (weft_ops[node->op].kind == W_SCALAR) most += weft_ops[node->op].tolerance;
  return node->op == WEFT_OP_NORMAL ? of_random : most;
}

/* Of a core's result, relative to itself and the mean, some ten times what kernels were seen to come to, and what is
 * made on the way to its operands. */
static double slack_of(const weft_proof *p, const weft_tensor *node) {
  static const double of_sums = 16, of_winograd = 1024, of_exponentials = 128;
  double slack = of_sums * sqrt(terms_of(node));
  if (weft_is_winograd(node->op)) slack += of_winograd;
  if (weft_is_attention(node->op)) slack += of_exponentials;
  double before = 0;
  for (int i = 0; i < node->n_in; i++) before += rounding_of(p, node->in[i]);
  return unit * slack + before;
}

/* What is scaled by the product of its operands' scales. */
static int is_bilinear(const weft_tensor *node) {
  return node->op == WEFT_OP_DOT || node->op == WEFT_OP_WINOGRAD || node->op == WEFT_OP_WINOGRAD_DW;
}

static double mean_of(weft_proof *p, int c) {
  double sum = 0;
  forget(&p->cores[c]);
  for (uint32_t s = 0; s < PLACES_OF_MEAN; s++)
    sum += fabs(core_at(p, c, place_of(p->group->cores[c]->shape, s, PLACES_OF_MEAN)));
  forget(&p->cores[c]);
  return isfinite(sum) ? sum / PLACES_OF_MEAN : 0;
}

/* Whether an operand is a view of an input; else it is computed in front of the core. */
static int is_view(const weft_proof *p, const weft_tensor *node) {
  while (input_of(p->group, node) < 0 && weft_ops[node->op].kind == W_VIEW && node->op != WEFT_OP_CONCAT)
    node = node->in[0];
  return input_of(p->group, node) >= 0;
}

/* Each core's mean; operands are scaled by powers of two that make it about 1, or nearer to it where more than a
 * product is computed of them. */
static void scale_cores(weft_proof *p) {
  for (int c = 0; c < p->group->n_cores && !p->is_lost; c++) {
    const weft_tensor *node = p->group->cores[c];
    core *k = &p->cores[c];
    k->slack = slack_of(p, node);
    k->mean = mean_of(p, c);
    if (!is_bilinear(node) || k->mean <= 0) continue;
    int power = (int)lround(-log2(k->mean) / 2);
    k->mean = ldexp(k->mean, 2 * power);
    for (int i = 0; i < p->group->n_inputs; i++)
      if (p->data[i].is_operand && !p->data[i].span) p->data[i].exponent += (uint32_t)power << 23;
    if (!is_view(p, node->in[0]) || !is_view(p, node->in[1])) k->mean = mean_of(p, c);
  }
}

static void ask_about(weft_proof *p, int o) {
  const weft_tensor *node = p->group->outputs[o];
  result *r = &p->results[o];
  weft_shape shape = size_of(node) == size_of(p->group->cores[0]) ? p->group->cores[0]->shape : node->shape;
  double terms = 1, sum = 0;
  int n_finite = 0;
  for (int c = 0; c < p->group->n_cores; c++) terms = fmax(terms, terms_of(p->group->cores[c]));
  r->n_looks = (int)fmin(fmax(terms_of_looks / terms, LEAST_LOOKS), MOST_LOOKS);
  for (int s = 0; s < r->n_looks && !p->is_lost; s++) {
    look *l = &r->looks[s];
    *l = ask(p, node, place_of(shape, (uint32_t)s, r->n_looks));
    if (!isfinite(l->spread)) continue;
    n_finite++;
    sum += fabs(l->wanted);
    r->widest = fmax(r->widest, l->spread);
  }
  r->typical = n_finite ? sum / n_finite : 0;
  r->rounding = rounding_of(p, node);
}

/* ---- right or wrong ---- */

static double value_of(const weft_tensor *node, const float *from, int64_t i) {
  int32_t whole;
  if (node->dtype != WEFT_I32) return (double)from[i];
  memcpy(&whole, &from[i], sizeof whole);
  return whole;
}

static int is_near(double a, double b, double slack) {
  return fabs(a - b) <= slack || a == b || (isnan(a) && isnan(b)) || slack == HUGE_VAL;
}

static int is_as_wanted(const result *r, const look *l, double value) {
  return is_near(value, l->wanted, l->spread + r->rounding * (r->typical + fabs(l->wanted)));
}

/* Kernels of one name on one device are told once: where one is wrong, others tend to be. */
static void tell(const weft_proof *p, const char *what, int o, int64_t i) {
  static uint64_t told[64];
  static int n_told;
  const weft_device *device = p->device;
  uint64_t hash = weft_hash_text(weft_hash_text(device->fingerprint, device->info.id), what);
  for (int k = 0; k < n_told; k++)
    if (told[k] == hash) return;
  if (n_told == (int)(sizeof told / sizeof *told)) return;
  told[n_told++] = hash;
  char text[160];
  fprintf(stderr, "weft: %s (%s): a kernel of %s computes element %lld of %s wrongly; it is left out\n",
          device->info.id, device->info.name, what, (long long)i,
          weft_describe_tensor(p->group->outputs[o], text, sizeof text));
}

/* Whether a result is right where it differs from the first kernel's. */
static int judge(weft_proof *p, int o, const float *got, int64_t i, const char *what) {
  const weft_tensor *node = p->group->outputs[o];
  result *r = &p->results[o];
  look l = ask(p, node, i);
  if (!is_as_wanted(r, &l, value_of(node, got, i))) {
    tell(p, what, o, i);
    return 0;
  }
  if (is_as_wanted(r, &l, value_of(node, r->first, i))) return 1;
  p->is_misled = 1;
  if (r->n_looks < MOST_LOOKS + FOUND_LOOKS) r->looks[r->n_looks++] = l;
  return 0;
}

static int holds(weft_proof *p, const char *what, int o, const float *got) {
  const weft_tensor *node = p->group->outputs[o];
  result *r = &p->results[o];
  for (int s = 0; s < r->n_looks; s++)
    if (!is_as_wanted(r, &r->looks[s], value_of(node, got, r->looks[s].at))) {
      tell(p, what, o, r->looks[s].at);
      return 0;
    }
  int n_judged = 0;
  for (int64_t i = 0, size = size_of(node); i < size && p->has_first && n_judged < MOST_JUDGED; i++) {
    double wanted = value_of(node, r->first, i);
    if (is_near(value_of(node, got, i), wanted, 2 * (r->widest + r->rounding * (r->typical + fabs(wanted))))) continue;
    n_judged++;
    if (!judge(p, o, got, i, what)) return 0;
  }
  return 1;
}

static int run_once(const weft_proof *p, weft_recording *recording) {
  const weft_backend *backend = p->device->backend;
  for (int o = 0; o < p->group->n_outputs; o++) {
    const weft_binding *b = &p->bindings[p->group->n_inputs + o];
    if (backend->clear(p->device, b->buffer, 0, b->size) != WEFT_OK) return 0;
  }
  return backend->replay(p->device, recording) == WEFT_OK;
}

int weft_proof_holds(weft_proof *p, weft_recording *recording, const char *what) {
  const weft_group *g = p->group;
  float **got = calloc((size_t)g->n_outputs + 1, sizeof *got);
  int good = got && run_once(p, recording);
  for (int o = 0; o < g->n_outputs && good; o++) {
    const weft_binding *b = &p->bindings[g->n_inputs + o];
    good = (got[o] = malloc(b->size)) &&
           p->device->backend->read(p->device, b->buffer, 0, got[o], b->size) == WEFT_OK && holds(p, what, o, got[o]);
  }
  int keeps = good && !p->has_first;
  for (int o = 0; got && o < g->n_outputs; o++) {
    if (keeps)
      p->results[o].first = got[o];
    else
      free(got[o]);
  }
  free(got);
  p->has_first |= keeps;
  return good;
}

/* ---- the whole ---- */

static int begin(weft_proof *p) {
  const weft_group *g = p->group;
  int n = g->n_inputs + g->n_outputs, good = 1;
  p->bindings = WEFT_NEW(&p->arena, weft_binding, n);
  p->data = WEFT_NEW(&p->arena, data, n);
  p->cores = WEFT_NEW(&p->arena, core, g->n_cores);
  p->results = WEFT_NEW(&p->arena, result, g->n_outputs);
  uint32_t *chunk = malloc(sizeof *chunk * CHUNK);
  good = p->bindings && p->data && p->cores && p->results && chunk;
  if (good) {
    choose_data(p);
    scale_cores(p);
    for (int o = 0; o < g->n_outputs; o++) ask_about(p, o);
    good = !p->is_lost;
  }
  for (int i = 0; i < n && good; i++) {
    uint64_t size = (uint64_t)size_of(bound(g, i)) * 4;
    p->bindings[i].size = size;
    good = p->device->backend->buffer_new(p->device, size, &p->bindings[i].buffer) == WEFT_OK &&
           (i >= g->n_inputs || fill(p, i, chunk));
  }
  free(chunk);
  return good;
}

weft_proof *weft_proof_new(weft_device *device, const weft_group *group) {
  weft_proof *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->device = device;
  p->group = group;
  if (begin(p)) return p;
  weft_proof_free(p);
  return NULL;
}

void weft_proof_restart(weft_proof *p) {
  for (int o = 0; o < p->group->n_outputs; o++) {
    free(p->results[o].first);
    p->results[o].first = NULL;
  }
  p->has_first = p->is_misled = 0;
}

void weft_proof_free(weft_proof *p) {
  if (!p) return;
  if (p->results) weft_proof_restart(p);
  for (int i = 0; p->bindings && i < p->group->n_inputs + p->group->n_outputs; i++)
    if (p->bindings[i].buffer) p->device->backend->buffer_free(p->device, p->bindings[i].buffer);
  weft_arena_free(&p->arena);
  free(p);
}

const weft_binding *weft_proof_bindings(const weft_proof *p) { return p->bindings; }
int weft_proof_is_misled(const weft_proof *p) { return p->is_misled; }
