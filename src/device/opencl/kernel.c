/* kernel.c -- OpenCL programs. Every distinct text is a program of its own, so that a change of one kernel builds only
 * that one, its binary is found in the cache whatever program of weft it belongs to, and several are built at once. A
 * program that a live kernel holds is used again without a build. */
#include "base/hash.h"
#include "device/opencl/opencl.h"
#include <stdlib.h>
#include <string.h>

/* No relaxed arithmetic: reductions start from infinities, and the oracle's tolerance is tight. */
static const char options[] = "-cl-std=CL1.2";
static const char cache_kind[] = "clbin";

typedef struct build_job {
  const char *text;
  weft_cl_program *program;
  cl_int code;
  const char *call; /* that failed */
  char *log;        /* malloc'ed, or NULL */
} build_job;

typedef struct build_work {
  weft_cl_state *state;
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

static void build(void *context, size_t index) {
  const build_work *work = context;
  const weft_cl_state *state = work->state;
  build_job *job = &work->jobs[index];
  weft_cl_program *p = job->program;
  if ((p->program = from_cache(state, p->key))) return;
  job->call = "clCreateProgramWithSource";
  p->program = state->cl->clCreateProgramWithSource(state->context, 1, &job->text, NULL, &job->code);
  if (!p->program) return;
  job->call = "clBuildProgram";
  job->code = state->cl->clBuildProgram(p->program, 1, &state->id, options, NULL, NULL);
  if (job->code == CL_SUCCESS)
    to_cache(state, p->key, p->program);
  else
    job->log = build_log(state, p->program);
}

/* The program, once unlinked from the device; without users it is freed. */
static void release(weft_cl_state *state, weft_cl_program *program) {
  if (program->users) return;
  for (weft_cl_program **link = &state->programs; *link; link = &(*link)->next) {
    if (*link != program) continue;
    *link = program->next;
    break;
  }
  if (program->program) state->cl->clReleaseProgram(program->program);
  free(program);
}

static weft_cl_program *find(weft_cl_state *state, uint64_t key) {
  for (weft_cl_program *p = state->programs; p; p = p->next)
    if (p->key == key) return p;
  return NULL;
}

/* Whether the entry takes the buffers and the work-group size that the source tells: a mistake here would otherwise show
 * as a crash in the driver. */
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

static weft_status make_kernel(weft_device *device, const weft_kernel_source *source, weft_cl_program *program,
                               weft_kernel **out) {
  weft_cl_state *state = weft_cl(device);
  cl_int code;
  cl_kernel probe = state->cl->clCreateKernel(program->program, source->entry, &code);
  if (!probe) {
    if (code != CL_INVALID_KERNEL_NAME) return weft_cl_check(device, "clCreateKernel", code);
    return weft_fail(&device->error, WEFT_BUILD_FAILED, "kernel %s is not in the text given for it", source->entry);
  }
  weft_status status = check_kernel(device, source, probe);
  state->cl->clReleaseKernel(probe);
  if (status != WEFT_OK) return status;
  weft_cl_kernel *kernel = calloc(1, sizeof *kernel);
  if (!kernel || !weft_kernel_fill(&kernel->head, source)) {
    free(kernel);
    return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for kernel %s", source->entry);
  }
  kernel->program = program;
  program->users++;
  *out = &kernel->head;
  return WEFT_OK;
}

void weft_cl_kernel_free(weft_device *device, weft_kernel *kernel) {
  if (!kernel) return;
  weft_cl_program *program = ((weft_cl_kernel *)kernel)->program;
  program->users--;
  release(weft_cl(device), program);
  weft_kernel_release(kernel);
  free(kernel);
}

/* Links a program for every text that has none yet; jobs tells those to build. */
static weft_status plan(weft_device *device, const weft_kernel_source *sources, size_t count, weft_cl_program **programs,
                        build_job *jobs, size_t *out_jobs) {
  weft_cl_state *state = weft_cl(device);
  uint64_t seed = weft_hash_text(device->fingerprint, options);
  for (size_t i = 0; i < count; i++) {
    uint64_t key = weft_hash_text(seed, sources[i].text);
    if ((programs[i] = find(state, key))) continue;
    weft_cl_program *p = calloc(1, sizeof *p);
    if (!p) return weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for kernel %s", sources[i].entry);
    p->key = key;
    p->next = state->programs;
    programs[i] = state->programs = p;
    jobs[(*out_jobs)++] = (build_job){.text = sources[i].text, .program = p};
  }
  return WEFT_OK;
}

static weft_status check_builds(weft_device *device, const weft_kernel_source *sources, weft_cl_program *const *programs,
                                const build_job *jobs, size_t n_jobs) {
  for (size_t j = 0; j < n_jobs; j++) {
    if (jobs[j].program->program && jobs[j].code == CL_SUCCESS) continue;
    size_t i = 0;
    while (programs[i] != jobs[j].program) i++;
    if (jobs[j].code == CL_BUILD_PROGRAM_FAILURE || jobs[j].log)
      return weft_build_fail(device, sources[i].entry, jobs[j].log ? jobs[j].log : "");
    return weft_cl_check(device, jobs[j].call, jobs[j].code ? jobs[j].code : CL_OUT_OF_HOST_MEMORY);
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
  weft_cl_program **programs = calloc(count, sizeof *programs);
  build_job *jobs = calloc(count, sizeof *jobs);
  size_t n_jobs = 0;
  if (!programs || !jobs)
    status = weft_fail(&device->error, WEFT_NO_MEMORY, "no memory for %zu kernels", count);
  else
    status = plan(device, sources, count, programs, jobs, &n_jobs);
  if (status == WEFT_OK) {
    weft_parallel(n_jobs, build, &(build_work){state, jobs});
    status = check_builds(device, sources, programs, jobs, n_jobs);
  }
  for (size_t i = 0; i < count && status == WEFT_OK; i++)
    status = make_kernel(device, &sources[i], programs[i], &out[i]);
  for (size_t i = 0; i < count && status != WEFT_OK; i++) {
    weft_cl_kernel_free(device, out[i]);
    out[i] = NULL;
  }
  /* Programs that were built but that no kernel came to hold. */
  for (weft_cl_program *p = state->programs, *next; p; p = next) {
    next = p->next;
    release(state, p);
  }
  for (size_t j = 0; j < n_jobs; j++) free(jobs[j].log);
  free(jobs);
  free(programs);
  return status;
}
