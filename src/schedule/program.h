/* program.h -- compiled programs and the memory of leaves: the only part that touches graph and device together. */
#ifndef WEFT_SCHEDULE_PROGRAM_H
#define WEFT_SCHEDULE_PROGRAM_H
#include "device/device.h"
#include "lower/lower.h"
#include "reference/reference.h"
#include "schedule/plan.h"

/* The memory of an input, param, state or constant array; made when first used. */
typedef struct weft_storage {
  weft_buffer *buffer;
} weft_storage;

/* The leaf's memory, made (zero, or the constant's data) when there is none yet. NULL: failed, kept in the graph. */
weft_storage *weft_leaf_storage(weft_tensor *leaf);
/* Frees the memory of every leaf of the graph. */
void weft_graph_release_storage(weft_graph *graph);

struct weft_program {
  weft_graph *graph;
  weft_program *next;
  weft_arena arena;
  weft_tensor **results; /* as compiled by the user */
  weft_module module;
  weft_plan plan;
  weft_buffer **slabs;
  weft_lowered *lowered; /* one a step */
  weft_kernel **kernels;
  weft_dispatch *dispatches;
  weft_recording *once, *recording; /* the steps that need not run every time; the others. NULL: there are none */
  uint64_t changes;                 /* the graph's count when `once` ran last, plus 1; 0: it has not */
  double *seconds;                  /* of the last timed run, one a step */
  weft_ref_array *values;           /* reference device: results of the last run, after them the assigned values */
  uint64_t runs;                    /* the graph's run count at the last run; 0: never ran */
  double compile_seconds;
};

/* Compiles without touching what other programs hold. Fails with the graph's error set. */
weft_program *weft_program_new(weft_graph *graph, weft_tensor *const *tensors, size_t count);
void weft_program_free(weft_program *program);
weft_status weft_program_run(weft_program *program);
/* Runs once with timestamps and waits. */
weft_status weft_program_run_timed(weft_program *program);
/* Copies a result of the last run. */
weft_status weft_program_read(weft_program *program, size_t result, void *out, size_t bytes);

/* interpret.c: the reference device, which evaluates the graph as the user built it. */
weft_status weft_interpret_run(weft_program *program);
/* compare.c: WEFT_DEBUG=compare, step by step against the reference. */
weft_status weft_compare_run(weft_program *program);

/* tune.c: what WEFT_TUNE asks for; nothing: the database is read. */
typedef enum weft_tune_mode { WEFT_TUNE_OFF, WEFT_TUNE_READ, WEFT_TUNE_ONCE, WEFT_TUNE_FULL } weft_tune_mode;
weft_tune_mode weft_tune_asked(void);
/* forms.c: weft_pass_target.measured for programs of a graph, which `user` is. With WEFT_TUNE=full it measures. */
int weft_form_measured(void *user, const weft_form *form);
/* tune.c: the fastest kernel of a group by measurement. lowered is the estimate's kernel at first; it is replaced by
 * what the database on disk or, where WEFT_TUNE asks for it, the stop-watch says. Never fails: what cannot be measured
 * stays. */
void weft_tune(weft_device *device, const weft_group *group, const weft_target *target, weft_arena *arena,
               weft_lowered *lowered);

/* A device's error becomes the graph's. */
weft_status weft_device_failed(weft_graph *graph, const char *what);
#endif
