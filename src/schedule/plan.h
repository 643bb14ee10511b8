/* plan.h -- a program's plan: steps in order, where each value lies, and where barriers stand. Pure arithmetic over
 * groups; the device is touched by program.c alone. */
#ifndef WEFT_SCHEDULE_PLAN_H
#define WEFT_SCHEDULE_PLAN_H
#include "passes/pipeline.h"

/* A stored value: in a leaf's own memory, or at an offset of a slab. */
typedef struct weft_value {
  weft_tensor *node;
  weft_tensor *leaf; /* the leaf in whose memory it lies; NULL: in a slab */
  int slab;
  uint64_t offset, size;    /* bytes; the slab's size is rounded up to the alignment */
  int first, last;          /* steps that write and last read it; last = n_steps for results */
  struct weft_value *over;  /* takes the place of this dying value, or NULL */
  struct weft_value *whole; /* lives inside of this value, which it is a part of, or NULL */
  uint64_t shift;           /* bytes from the whole's begin */
  struct weft_value *again; /* the same computed again, for later steps, or NULL */
} weft_value;

typedef struct weft_plan_step {
  weft_group *group;
  weft_value **in, **out; /* the group's inputs and outputs, of whose nodes they are values */
  int wave;               /* steps of one wave run side by side */
  int barrier;            /* 1: must see everything written before */
} weft_plan_step;

typedef struct weft_plan {
  weft_plan_step *steps;
  int n_steps;
  int n_once; /* the first steps: they read nothing but what no run of the program changes, and need not be run again
                 before a param or state is written from outside */
  weft_value **values;
  int n_values;
  weft_value **results; /* one a result of the module */
  uint64_t *slabs;      /* bytes of each */
  int n_slabs;
} weft_plan;

typedef struct weft_plan_limits {
  uint64_t align;    /* bytes: offsets of values */
  uint64_t max_slab; /* bytes */
  uint64_t apart;    /* bytes that are left behind large values (weft_device_limits) */
} weft_plan_limits;

/* Orders the groups, those that need not run every time first, decides which assigned values are written in place and
 * which are written as parts of a larger one, and fills steps and values (no offsets). */
weft_status weft_plan_order(weft_arena *arena, const weft_module *module, weft_group **groups, size_t n_groups,
                            const weft_plan_limits *limits, weft_plan *out, weft_error *error);
/* Finds first and last of every value. */
void weft_plan_lives(const weft_module *module, weft_plan *plan);
/* Lowers the peak of what lives at a time: values are computed after it, or a second time after it. */
weft_status weft_plan_shorten(weft_arena *arena, const weft_module *module, weft_plan *plan, weft_error *error);
/* Makes one step of small maps that do not wait for each other, of at most so many bindings, where no more lives at the
 * peak for it. Lives are exact again afterwards. */
weft_status weft_plan_bundle(weft_arena *arena, const weft_module *module, weft_plan *plan, int max_bindings,
                             weft_error *error);
/* Puts steps in waves; side_by_side 0: each is one. Lives are exact again afterwards. */
weft_status weft_plan_waves(weft_arena *arena, const weft_module *module, weft_plan *plan, int side_by_side,
                            weft_error *error);
/* Gives every value its place in a slab, where it meets no value that is needed in a wave of its life. */
weft_status weft_plan_memory(weft_arena *arena, weft_plan *plan, const weft_plan_limits *limits, weft_error *error);
/* Sets the barriers: before a step that touches bytes which a step since the last barrier wrote, or writes what it
 * read. */
void weft_plan_hazards(weft_plan *plan);
/* Proves a finished plan by replaying it over byte ranges: every input holds the value expected when it is read, no two
 * unordered steps conflict, results survive. Fails naming step and value. */
weft_status weft_plan_check(const weft_plan *plan, weft_error *error);
/* The plan as text, for WEFT_DEBUG=plan. */
void weft_plan_print(const weft_plan *plan);

/* Whether the group reads the node only at the index at which it writes its outputs (so that this output may take its
 * place). Of a bundle it must be the part that writes the output, and no other may read the node. */
int weft_group_reads_in_place(const weft_group *group, const weft_tensor *node, const weft_tensor *output);
/* The outermost value that a value lives in (itself, where it is no part), and at which byte (out_at, NULL: not
 * asked). */
const weft_value *weft_value_outermost(const weft_value *v, uint64_t *out_at);
/* Whether the step reads the value. */
int weft_step_reads(const weft_plan_step *step, const weft_value *v);
/* Whether two values touch a common byte of memory. */
int weft_values_overlap(const weft_value *a, const weft_value *b);
/* Whether they do whatever places they will get. */
int weft_values_are_one(const weft_value *a, const weft_value *b);
/* Whether the later step reads or writes what the other writes, or writes what it reads. */
int weft_steps_conflict(const weft_plan_step *early, const weft_plan_step *late,
                        int (*overlap)(const weft_value *a, const weft_value *b));
#endif
