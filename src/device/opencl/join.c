/* join.c -- runs of kernels as one launch (kernels/join_cpu.cl), for CPUs, where a launch costs what a small kernel
 * takes: the texts become functions of one program, a table says which of them runs on which buffers, and work-groups
 * draw the groups of all of them, a few at a time. The order that a queue would keep is kept by the dispatches'
 * barriers. */
#include "base/embed.h"
#include "device/opencl/opencl.h"
#include <stdlib.h>
#include <string.h>

/* Different kernels of one launch: compilers have passes that are not linear in a kernel's size. */
enum { MOST_KERNELS = 32, MOST_BUFFERS = WEFT_CL_MOST_BUFFERS };
/* Counters of a cache line; of a share those before what is taken of each stage; and those that are not of a share. */
enum { LINE = 16, TAKEN = LINE, FIRST_SHARE = 2 * LINE };
/* Private memory of the kernels of one launch adds up, on a thread's stack, of which systems give 8 MiB. */
enum { MOST_PRIVATE = 5 << 20 };
/* Of each stage, for each compute unit: so many that all end at about the same time. */
enum { PIECES_A_UNIT = 32 };

typedef struct run {
  int64_t units, private_bytes;
  const weft_cl_text *texts[MOST_KERNELS];
  const char *entries[MOST_KERNELS];
  int n_texts;
  weft_buffer *buffers[MOST_BUFFERS];
  int n_buffers;
  int most_bindings;
  int64_t pieces;
} run;

/* Counters of a share. */
static size_t pitch_of(size_t stages) { return TAKEN + (stages + LINE - 1) / LINE * LINE; }

/* Groups of a piece, and pieces of a dispatch. */
static int64_t groups_of_piece(const run *r, const weft_dispatch *d) {
  int64_t most = r->units * PIECES_A_UNIT;
  return (d->groups[0] + most - 1) / most;
}
static int64_t pieces_of(const run *r, const weft_dispatch *d) {
  int64_t each = groups_of_piece(r, d);
  return (d->groups[0] + each - 1) / each;
}

static const weft_cl_text *text_of(const weft_dispatch *d) { return ((const weft_cl_kernel *)d->kernel)->text; }

/* Its number in the list, which grows where it is new; -1: the list is full, or private memory. */
static int number_of_text(run *r, const weft_dispatch *d) {
  int i = 0;
  while (i < r->n_texts && r->texts[i] != text_of(d)) i++;
  if (i == MOST_KERNELS) return -1;
  if (i == r->n_texts) {
    if (r->private_bytes + d->kernel->private_bytes > MOST_PRIVATE) return -1;
    r->private_bytes += d->kernel->private_bytes;
    r->texts[i] = text_of(d);
    r->entries[i] = d->kernel->entry;
    r->n_texts++;
  }
  return i;
}

static int number_of_buffer(run *r, weft_buffer *buffer) {
  int i = 0;
  while (i < r->n_buffers && r->buffers[i] != buffer) i++;
  if (i == MOST_BUFFERS) return -1;
  if (i == r->n_buffers) r->buffers[r->n_buffers++] = buffer;
  return i;
}

static int add(run *r, const weft_dispatch *d) {
  if (!d->kernel->joins || !text_of(d)->source || d->groups[1] != 1 || d->groups[2] != 1) return 0;
  if (d->groups[0] > INT32_MAX / 2 || number_of_text(r, d) < 0) return 0;
  for (int i = 0; i < d->kernel->n_bindings; i++)
    if (d->bindings[i].offset % 16 || number_of_buffer(r, d->bindings[i].buffer) < 0) return 0;
  if (r->pieces + pieces_of(r, d) > INT32_MAX / 2 / WEFT_CL_MOST_ROUNDS) return 0;
  if (d->kernel->n_bindings > r->most_bindings) r->most_bindings = d->kernel->n_bindings;
  r->pieces += pieces_of(r, d);
  return 1;
}

static run begin(const weft_device *device) {
  return (run){.units = device->info.compute_units ? device->info.compute_units : 1};
}

size_t weft_cl_joinable(const weft_device *device, const weft_dispatch *dispatches, size_t count) {
  run r = begin(device);
  size_t n = 0;
  while (n < count && add(&r, &dispatches[n])) n++;
  return n;
}

int weft_cl_join_buffers(const weft_device *device, const weft_dispatch *dispatches, size_t count, weft_buffer **out) {
  run r = begin(device);
  for (size_t i = 0; i < count; i++) add(&r, &dispatches[i]);
  memcpy(out, r.buffers, sizeof *out * (size_t)r.n_buffers);
  return r.n_buffers;
}

/* ---- the text ---- */

static void write_table(run *r, const weft_dispatch *dispatches, size_t count, weft_text *out) {
  int64_t before = 0, needed = 0;
  weft_text_add(out, "#define TABLE");
  for (size_t s = 0; s < count; s++) {
    const weft_dispatch *d = &dispatches[s];
    if (d->barrier) needed = before;
    weft_text_printf(out, " \\\n  %lld, %lld, %d, %u, %lld,", (long long)before, (long long)needed,
                     number_of_text(r, d), d->groups[0], (long long)groups_of_piece(r, d));
    for (int i = 0; i < r->most_bindings; i++) {
      const weft_binding *b = i < d->kernel->n_bindings ? &d->bindings[i] : NULL;
      weft_text_printf(out, " %d, %d,", b ? number_of_buffer(r, b->buffer) : 0,
                       b ? (int)(int32_t)(uint32_t)(b->offset / 16) : 0);
    }
    before += pieces_of(r, d);
  }
  weft_text_printf(out, " \\\n  %lld\n", (long long)before);
}

static void write_buffers(int count, weft_text *out) {
  weft_text_add(out, "#define PARAMETERS");
  for (int i = 0; i < count; i++) weft_text_printf(out, "%s __global void *w_b%d", i ? "," : "", i);
  weft_text_add(out, "\n#define BUFFERS");
  for (int i = 0; i < count; i++) weft_text_printf(out, "%s w_b%d", i ? "," : "", i);
  weft_text_add(out, "\n");
}

static void write_cases(const run *r, const int *n_bindings, weft_text *out) {
  weft_text_add(out, "#define CASES");
  for (int k = 0; k < r->n_texts; k++) {
    weft_text_printf(out, " \\\n  case %d: %s_f%d(group", k, r->entries[k], k);
    for (int i = 0; i < n_bindings[k]; i++) weft_text_printf(out, ", AT(%d)", i);
    weft_text_add(out, "); break;");
  }
  weft_text_add(out, "\n");
}

static void write_defines(run *r, const weft_dispatch *dispatches, size_t count, weft_text *out) {
  int n_bindings[MOST_KERNELS] = {0};
  for (size_t s = 0; s < count; s++) n_bindings[number_of_text(r, &dispatches[s])] = dispatches[s].kernel->n_bindings;
  weft_text_printf(out, "#define STAGES %zu\n#define ROW %d\n", count, 5 + 2 * r->most_bindings);
  weft_text_printf(out, "#define SHARES %lld\n#define FIRST_SHARE %d\n#define TAKEN %d\n#define PITCH %zu\n",
                   (long long)r->units, FIRST_SHARE, TAKEN, pitch_of(count));
  write_buffers(r->n_buffers, out);
#define ROUNDS(name, value) weft_text_printf(out, "#define %s %d\n", #name, value);
#include "device/opencl/rounds.def"
#undef ROUNDS
  write_table(r, dispatches, count, out);
  write_cases(r, n_bindings, out);
}

/* The sources as functions. */
static int write_functions(const weft_kernel_source *const *sources, size_t count, weft_text *out) {
  weft_error error = {0};
  char *functions = weft_cl_merge_functions(sources, count);
  int good = functions && weft_embedded_expand(out, "kernels/common/join_functions.inc", &error) == WEFT_OK;
  if (good) weft_text_add(out, functions);
  free(functions);
  return good;
}

char *weft_cl_merge_calls(const weft_kernel_source *const *sources, size_t count) {
  weft_text text = {0};
  weft_error error = {0};
  int good = write_functions(sources, count, &text);
  for (size_t i = 0; i < count && good; i++) {
    const char *entry = sources[i]->entry;
    weft_text_printf(&text, "#define ALONE %s_w%zu\n#define FUNCTION %s_f%zu\n", entry, i, entry, i);
    write_buffers(sources[i]->n_bindings, &text);
    good = weft_embedded_expand(&text, "kernels/alone_cpu.cl", &error) == WEFT_OK;
  }
  if (!good || text.failed) weft_text_release(&text);
  return text.data;
}

static int write_text(run *r, const weft_dispatch *dispatches, size_t count, weft_text *out) {
  weft_kernel_source sources[MOST_KERNELS];
  const weft_kernel_source *list[MOST_KERNELS];
  weft_error error = {0};
  for (int k = 0; k < r->n_texts; k++) {
    sources[k] = (weft_kernel_source){.entry = r->entries[k], .text = r->texts[k]->source};
    list[k] = &sources[k];
  }
  if (!write_functions(list, (size_t)r->n_texts, out)) return 0;
  write_defines(r, dispatches, count, out);
  return weft_embedded_expand(out, "kernels/join_cpu.cl", &error) == WEFT_OK;
}

/* ---- the kernel ---- */

static cl_kernel make_kernel(weft_device *device, const run *r, const char *text, cl_mem counters) {
  const weft_cl_api *cl = weft_cl(device)->cl;
  cl_program program = weft_cl_program(device, text);
  if (!program) return NULL;
  cl_int code;
  cl_kernel kernel = cl->clCreateKernel(program, "join", &code);
  cl->clReleaseProgram(program); /* the kernel holds it */
  if (!kernel) return NULL;
  const weft_cl_rounds *rounds = &weft_cl(device)->rounds;
  cl_mem memory[3 + MOST_BUFFERS] = {counters, rounds->memory, rounds->arena_memory};
  for (int i = 0; i < r->n_buffers; i++) memory[i + 3] = weft_cl_memory(r->buffers[i]);
  code = CL_SUCCESS;
  for (int i = 0; i < r->n_buffers + 3 && code == CL_SUCCESS; i++) /* between these stands the launch's slot */
    code = cl->clSetKernelArg(kernel, (cl_uint)(i < 3 ? i : i + 1), sizeof memory[i], &memory[i]);
  if (code == CL_SUCCESS) return kernel;
  cl->clReleaseKernel(kernel);
  return NULL;
}

cl_kernel weft_cl_join(weft_device *device, const weft_dispatch *dispatches, size_t count, cl_mem *out_counters,
                       size_t *out_groups) {
  weft_cl_state *state = weft_cl(device);
  if (!weft_cl_rounds_open(state)) return NULL;
  cl_int code;
  run r = begin(device);
  size_t counters = FIRST_SHARE + (size_t)r.units * pitch_of(count);
  int32_t *zeros = calloc(counters, sizeof *zeros);
  if (!zeros) return NULL;
  weft_text text = {0};
  for (size_t i = 0; i < count; i++) add(&r, &dispatches[i]);
  cl_kernel kernel = NULL;
  *out_counters = state->cl->clCreateBuffer(state->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                            counters * sizeof *zeros, zeros, &code);
  free(zeros);
  if (*out_counters && write_text(&r, dispatches, count, &text) && !text.failed)
    kernel = make_kernel(device, &r, text.data, *out_counters);
  weft_text_release(&text);
  if (!kernel && *out_counters) {
    state->cl->clReleaseMemObject(*out_counters);
    *out_counters = NULL;
  }
  *out_groups = (size_t)(r.pieces < r.units ? r.pieces : r.units);
  return kernel;
}
