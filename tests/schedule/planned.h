/* planned.h -- graphs and their plans, without a device that would run them. */
#ifndef WEFT_TESTS_SCHEDULE_PLANNED_H
#define WEFT_TESTS_SCHEDULE_PLANNED_H
#include "schedule/plan.h"

typedef struct planned {
  weft_arena arena;
  weft_graph *graph;
  weft_device *device;
  weft_module module;
  weft_group **groups;
  size_t n_groups;
  weft_plan plan;
  weft_error error;
  weft_device_class device_class; /* whose passes run */
  int keeps;                      /* 1: lives are not shortened */
  int waves;                      /* 1: steps that wait for nothing run side by side */
  int bundles;                    /* small maps become one step of at most so many bindings; 0: they do not */
} planned;

/* An empty graph; what is left of the settings may be changed before plan(). */
void begin(planned *p);
void end(planned *p);
/* Plans a program of these results. */
void plan(planned *p, weft_tensor *const *tensors, size_t n);
/* Whether the checker accepts the plan. */
int is_sound(planned *p);

uint64_t slab_bytes(const planned *p);
int barriers_of(const weft_plan *plan);
#endif
