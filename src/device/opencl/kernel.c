/* kernel.c -- OpenCL programs. On a GPU every distinct text is a program of its own, and several are built at once; its
 * binary is found in the cache whatever program of weft it belongs to. On a CPU the texts of one call are merged into
 * one program (merge.c); where that does not build, each is built alone, which also tells whose fault it is; and what
 * will be joined with others in one launch (join.c) is built when it is first launched alone, if ever. A text that a
 * live kernel holds is used again without a build. */
#include "base/debug.h"
#include "base/hash.h"
#include "device/opencl/opencl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No relaxed arithmetic: reductions start from infinities, and the oracle's tolerance is tight. */
static const char options[] = "-cl-std=CL1.2";
static const char cache_kind[] = "clbin";
enum { MAX_MERGED = 64 }; /* texts of one program: compilers have passes that are not linear in its size */

/* What is known of one call while it builds. */
typedef struct build_item {
  const weft_kernel_source *source;
  weft_cl_text *text;
} build_item;

/* One program to build, of items[0 .. count-1]. */
typedef struct build_job {
  const build_item *items;
  size_t count;
  char *(*merge)(const weft_kernel_source *const *sources, size_t count); /* NULL: of one item, as it stands */
  cl_program program;
  cl_int code;
  const char *call; /* that failed */
  char *log;        /* malloc'ed, or NULL */
} build_job;

typedef struct build_work {
  weft_cl_state *state;
  uint64_t seed; /* of cache keys */
  build_job *jobs;
} build_work;

static char *build_log(const weft_cl_state *state, cl_program program) {
  size_t size = 0;
  if (state->cl->clGetProgramBuildInfo(program, state->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) != CL_SUCCESS)
    return NULL;
  char *log = calloc(size + 1, 1);
  if (log) state->cl->clGetProgramBuildInfo(program, state->id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
  return log;
}

/* NULL: no usable entry; the source is built instead, whatever the reason. */
static cl_program from_cache(const weft_cl_state *state, uint64_t key) {
  size_t size;
  unsigned char *binary = weft_cache_load(cache_kind, key, &size);
  if (!binary) return NULL;
  cl_int code, status = CL_SUCCESS;
  cl_program program = state->cl->clCreateProgramWithBinary(state->context, 1, &state->id, &size,
                                                            (const unsigned char **)&binary, &status, &code);
  free(binary);
  if (!program) return NULL;
  if (status == CL_SUCCESS && state->cl->clBuildProgram(program, 1, &state->id, options, NULL, NULL) == CL_SUCCESS)
    return program;
  state->cl->clReleaseProgram(program);
  return NULL;
}

static void to_cache(const weft_cl_state *state, uint64_t key, cl_program program) {
  size_t size = 0;
  if (state->cl->clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS || !size)
    return;
  unsigned char *binary = malloc(size);
  if (binary && state->cl->clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) == CL_SUCCESS)
    weft_cache_store(cache_kind, key, binary, size);
  free(binary);
}

static void build_text(const build_work *work, build_job *job, const char *text) {
  const weft_cl_state *state = work->state;
  uint64_t key = weft_hash_text(work->seed, text);
  if (state->keeps_binaries && (job->program = from_cache(state, key))) return;
  job->call = "clCreateProgramWithSource";
  cl_program program = state->cl->clCreateProgramWithSource(state->context, 1, &text, NULL, &job->code);
  if (!program) return;
  job->call = "clBuildProgram";
  job->code = state->cl->clBuildProgram(program, 1, &state->id, options, NULL, NULL);
  if (job->code == CL_SUCCESS) {
    if (state->keeps_binaries) to_cache(state, key, program);
    job->program = program;
  } else {
    job->log = build_log(state, program);
    state->cl->clReleaseProgram(program);
  }
}

cl_program weft_cl_program(weft_device *device, const char *text) {
  build_work work = {weft_cl(device), weft_hash_text(device->fingerprint, options), NULL};
  build_job job = {0};
  build_text(&work, &job, text);
  if (job.log && weft_debug(WEFT_DEBUG_KERNEL)) fprintf(stderr, "weft: %s\n", job.log);
  free(job.log);
  return job.program;
}

static void build(void *context, size_t index) {
  const build_work *work = context;
  build_job *job = &work->jobs[index];
  if (!job->merge) {
    build_text(work, job, job->items->source->text);
    return;
  }
  const weft_kernel_source *sources[MAX_MERGED];
  for (size_t i = 0; i < job->count; i++) sources[i] = job->items[i].source;
  char *merged = job->merge(sources, job->count);
  if (merged) build_text(work, job, merged);
  if (merged && job->log && weft_debug(WEFT_DEBUG_KERNEL))
    fprintf(stderr, "weft: %zu kernels do not build as one program, each is built alone:\n%s\n", job->count, job->log);
  free(merged);
}

/* A text without users is freed. */
static void release(weft_cl_state *state, weft_cl_text *text) {
  if (text->users) return;
  for (weft_cl_text **link = &state->texts; *link; link = &(*link)->next) {
    if (*link != text) continue;
    *link = text->next;
    break;
  }
  if (text->program) state->cl->clReleaseProgram(text->program);
  free(text->source);
  free(text);
}

static weft_cl_text *find(weft_cl_state *state, uint64_t key) {
  for (weft_cl_text *t = state->texts; t; t = t->next)
    if (t->key == key) return t;
  return NULL;
}

/* Runs the jobs and hands their programs to the texts. */
static void run_jobs(build_work *work, size_t count) {
  const weft_cl_api *cl = work->state->cl;
  weft_parallel(count, build, work);
  for (size_t j = 0; j < count; j++) {
    build_job *job = &work->jobs[j];
    if (!job->program) continue;
    for (size_t i = 0; i < job->count; i++) {
      cl->clRetainProgram(job->program);
      job->items[i].text->program = job->program;
      job->items[i].text->part = job->merge ? (int)i : -1;
    }
    cl->clReleaseProgram(job->program);
  }
}

static weft_status job_failure(weft_device *device, const build_job *job) {
  const char *entry = job->items->source->entry;
  if (job->code == CL_BUILD_PROGRAM_FAILURE || job->log)
    return weft_build_fail(device, entry, job->log ? job->log : "");
  return weft_cl_check(device, job->call, job->code ? job->code : CL_OUT_OF_HOST_MEMORY);
}

/* Those first that can be merged, and join or do not. Returns their number. */
static size_t sort_mergeable(build_item *items, size_t count, int joins) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    if (items[i].source->joins != joins || !weft_cl_mergeable(items[i].source)) continue;
    build_item swap = items[n];
    items[n++] = items[i];
    items[i] = swap;
  }
  return n;
}

/* Jobs for items of equal kind. Returns how many. */
static size_t add_jobs(build_job *jobs, const build_job *like, size_t count) {
  size_t n = 0;
  for (size_t i = 0; i < count; i += MAX_MERGED) {
    jobs[n] = *like;
    jobs[n].items = like->items + i;
    jobs[n++].count = count - i < MAX_MERGED ? count - i : MAX_MERGED;
  }
  return n;
}

/* Jobs for the items that can be merged. */
static size_t plan_merges(build_item *items, size_t count, build_job *jobs) {
  size_t calls = sort_mergeable(items, count, 1), n;
  n = add_jobs(jobs, &(build_job){.items = items, .merge = weft_cl_merge_calls}, calls);
  size_t others = sort_mergeable(items + calls, count - calls, 0);
  if (others > 1) n += add_jobs(jobs + n, &(build_job){.items = items + calls, .merge = weft_cl_merge}, others);
  return n;
}

static weft_status build_items(weft_device *device, uint64_t seed, build_item *items, size_t count) {
  weft_cl_state *state = weft_cl(device);
  build_work work = {state, seed, calloc(count, sizeof(build_job))};
  if (!work.jobs) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for %zu kernels", count);
  size_t n = state->merges ? plan_merges(items, count, work.jobs) : 0;
  run_jobs(&work, n);
  for (size_t j = 0; j < n; j++) free(work.jobs[j].log);
  n = 0;
  for (size_t i = 0; i < count; i++)
    if (!items[i].text->program) work.jobs[n++] = (build_job){.items = &items[i], .count = 1};
  run_jobs(&work, n);
  weft_status status = WEFT_OK;
  for (size_t j = 0; j < n; j++) {
    if (status == WEFT_OK && !work.jobs[j].items->text->program) status = job_failure(device, &work.jobs[j]);
    free(work.jobs[j].log);
  }
  free(work.jobs);
  return status;
}

cl_kernel weft_cl_kernel_instance(const weft_cl_state *state, const weft_cl_text *text, const char *entry,
                                  cl_int *out_code) {
  char name[256];
  if (text->part < 0) return state->cl->clCreateKernel(text->program, entry, out_code);
  snprintf(name, sizeof name, "%s_w%d", entry, text->part);
  return state->cl->clCreateKernel(text->program, name, out_code);
}

/* Whether the entry takes the buffers and the work-group size that the source tells: a mistake here would otherwise
 * show as a crash in the driver. The largest work-group is the driver's word even where the text states its own size:
 * NVIDIA's compiler gives a kernel of 512 work-items more registers than they share, and says 256. */
static weft_status check_kernel(weft_device *device, const weft_kernel_source *source, cl_kernel kernel) {
  weft_cl_state *state = weft_cl(device);
  cl_uint arguments = 0;
  size_t largest = 0, wanted = (size_t)source->local[0] * source->local[1] * source->local[2];
  state->cl->clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof arguments, &arguments, NULL);
  if (arguments != (cl_uint)source->n_bindings)
    return weft_fail(&device->error, WEFT_BUILD_FAILED, "kernel %s takes %u arguments, not the %d buffers told",
                     source->entry, (unsigned)arguments, source->n_bindings);
  state->cl->clGetKernelWorkGroupInfo(kernel, state->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof largest, &largest, NULL);
  if (largest && wanted > largest)
    return weft_fail(&device->error, WEFT_BUILD_FAILED,
                     "kernel %s has work-groups of %zu; %s runs at most %zu of this kernel (registers or local memory)",
                     source->entry, wanted, device->info.name, largest);
  return WEFT_OK;
}

/* What a built text must hold. */
static weft_status check_text(weft_device *device, const weft_kernel_source *source, const weft_cl_text *text) {
  weft_cl_state *state = weft_cl(device);
  cl_int code;
  cl_kernel probe = weft_cl_kernel_instance(state, text, source->entry, &code);
  if (!probe) {
    if (code != CL_INVALID_KERNEL_NAME) return weft_cl_check(device, "clCreateKernel", code);
    return weft_fail(&device->error, WEFT_BUILD_FAILED, "kernel %s is not in the text given for it", source->entry);
  }
  weft_status status = check_kernel(device, source, probe);
  state->cl->clReleaseKernel(probe);
  return status;
}

static weft_status make_kernel(weft_device *device, const weft_kernel_source *source, weft_cl_text *text,
                               weft_kernel **out) {
  weft_status status = WEFT_OK;
  if (!text)
    status = weft_cl_product_prepare(device, &source->product);
  else if (text->program)
    status = check_text(device, source, text);
  if (status != WEFT_OK) return status;
  weft_cl_kernel *kernel = calloc(1, sizeof *kernel);
  if (!kernel || !weft_kernel_fill(&kernel->head, source)) {
    free(kernel);
    return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for kernel %s", source->entry);
  }
  kernel->text = text;
  kernel->product = source->product;
  if (text) text->users++;
  *out = &kernel->head;
  return WEFT_OK;
}

void weft_cl_kernel_free(weft_device *device, weft_kernel *kernel) {
  if (!kernel) return;
  weft_cl_text *text = ((weft_cl_kernel *)kernel)->text;
  if (text) {
    text->users--;
    release(weft_cl(device), text);
  }
  weft_kernel_release(kernel);
  free(kernel);
}

/* Whether the text is to be built when it is first launched alone. */
static int is_deferred(const weft_cl_state *state, const weft_kernel_source *source) {
  return source->joins && state->merges && !weft_debug_skips("join") && !weft_debug(WEFT_DEBUG_COMPARE);
}

/* Links every text that has none yet to the device; items tells those to build. */
static weft_status plan(weft_device *device, uint64_t seed, const weft_kernel_source *sources, size_t count,
                        weft_cl_text **texts, build_item *items, size_t *out_items) {
  weft_cl_state *state = weft_cl(device);
  for (size_t i = 0; i < count; i++) {
    if (sources[i].product.batch) continue;
    int joins = sources[i].joins && state->merges;
    /* In a merged program an entry is found only under the name that it was merged with. */
    uint64_t key = weft_hash_text(weft_hash_text(seed, sources[i].text), sources[i].entry);
    if ((texts[i] = find(state, key)) && (texts[i]->program || is_deferred(state, &sources[i]))) continue;
    weft_cl_text *t = texts[i];
    if (!t) {
      t = calloc(1, sizeof *t);
      if (!t || (joins && !(t->source = strdup(sources[i].text)))) {
        free(t);
        return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for kernel %s", sources[i].entry);
      }
      t->key = key;
      t->part = -1;
      t->next = state->texts;
      texts[i] = state->texts = t;
    }
    if (!is_deferred(state, &sources[i])) items[(*out_items)++] = (build_item){&sources[i], t};
  }
  return WEFT_OK;
}

weft_status weft_cl_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                weft_kernel **out) {
  for (size_t i = 0; i < count; i++) out[i] = NULL;
  weft_status status = weft_call_begin(device);
  if (status == WEFT_OK) status = weft_check_sources(device, sources, count);
  if (status != WEFT_OK || !count) return status;
  weft_cl_state *state = weft_cl(device);
  uint64_t seed = weft_hash_text(device->fingerprint, options);
  weft_cl_text **texts = calloc(count, sizeof *texts);
  build_item *items = calloc(count, sizeof *items);
  size_t n_items = 0;
  if (!texts || !items)
    status = weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for %zu kernels", count);
  else
    status = plan(device, seed, sources, count, texts, items, &n_items);
  if (status == WEFT_OK && n_items) status = build_items(device, seed, items, n_items);
  for (size_t i = 0; i < count && status == WEFT_OK; i++) status = make_kernel(device, &sources[i], texts[i], &out[i]);
  for (size_t i = 0; i < count && status != WEFT_OK; i++) {
    weft_cl_kernel_free(device, out[i]);
    out[i] = NULL;
  }
  /* Texts that were built but that no kernel came to hold. */
  for (weft_cl_text *t = state->texts, *next; t; t = next) {
    next = t->next;
    release(state, t);
  }
  free(items);
  free(texts);
  return status;
}

weft_status weft_cl_build_deferred(weft_device *device, weft_kernel *const *kernels, size_t count) {
  build_item *items = calloc(count, sizeof *items);
  weft_kernel_source *sources = calloc(count, sizeof *sources);
  weft_status status = WEFT_OK;
  size_t n = 0;
  if (!items || !sources) status = weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for %zu kernels", count);
  for (size_t i = 0; i < count && status == WEFT_OK; i++) {
    const weft_kernel *k = kernels[i];
    weft_cl_text *text = ((const weft_cl_kernel *)k)->text;
    size_t same = 0;
    while (same < n && items[same].text != text) same++;
    if (!text || text->program || same < n) continue;
    sources[n] = (weft_kernel_source){.entry = k->entry,
                                      .text = text->source,
                                      .n_bindings = k->n_bindings,
                                      .joins = k->joins,
                                      .local = {k->local[0], k->local[1], k->local[2]}};
    items[n] = (build_item){&sources[n], text};
    n++;
  }
  if (status == WEFT_OK && n) status = build_items(device, weft_hash_text(device->fingerprint, options), items, n);
  for (size_t i = 0; i < n && status == WEFT_OK; i++) status = check_text(device, items[i].source, items[i].text);
  free(items);
  free(sources);
  return status;
}
