/* lower.h -- a group becomes the source text of one kernel. */
#ifndef WEFT_LOWER_LOWER_H
#define WEFT_LOWER_LOWER_H
#include "base/arena.h"
#include "device/device.h"
#include "passes/group.h"

/* What the lowering needs to know of a device. Filled from weft_device_info by weft_target_of(). */
typedef struct weft_target {
  weft_dialect dialect;
  weft_device_class device_class; /* CPU: one work-item a group with wide vectors; GPU: coalesced work-items */
  uint32_t vector_width;          /* CPU: f32 lanes, 4, 8 or 16 */
  uint32_t compute_units;
  uint32_t max_group;
  uint32_t local_memory;
  uint32_t max_groups[3];
  uint32_t binding_align; /* bytes: where a binding may begin; 0: only where its tensor does */
  int libraries;          /* 1: a library may compute products of matrices */
  int tries_all;          /* 1: candidates that the estimate thinks hopeless are candidates too */
  uint32_t max_texels;    /* of a buffer that is read as texels; 0: it has none */
  uint64_t cache;         /* CPU: bytes of the last cache; 0: unknown */
} weft_target;

weft_target weft_target_of(const weft_device *device);
/* The bindings of a group that a device of this kind reads as texels, as bits. */
uint32_t weft_texels_of(const weft_group *group, const weft_target *target);

/* A kernel ready to build. Everything lives in the arena given. */
typedef struct weft_lowered {
  weft_kernel_source source; /* bindings: as weft_group_place() has them */
  uint32_t groups[3];
  uint64_t shift[32]; /* bytes from the begin of each binding's tensor to that of the binding */
  const char *what;   /* "matmul+add+relu" */
  double bytes, flops;
  uint64_t
      alike; /* heavy ops: equal for kernels that differ only in where their buffers are read, as steps of a sequence */
  const char *tuned; /* what the tuner chose; NULL: the estimate serves */
  double gain;       /* time of the estimate's kernel over the chosen one's, when it was tuned; 0: not tuned, or the
                        estimate's computes wrongly */
} weft_lowered;

/* The kernel's binding i, given the memory of its tensor. */
static inline weft_binding weft_lowered_binding(const weft_lowered *lowered, int i, weft_binding tensor) {
  uint64_t shift = lowered->shift[i];
  return (weft_binding){tensor.buffer, tensor.offset + shift, tensor.size - shift};
}

/* What the lowering of a heavy op chooses freely, without changing the result; 0 leaves it to an estimate. */
typedef struct weft_variant {
  int32_t tile;    /* row of tiles.def among those of the device, or of attention's tiles, from 1 */
  int32_t pack;    /* CPU: 1 copies b's piece of a block, -1 does not */
  int32_t depth;   /* CPU: steps of k whose sums stay in registers */
  int32_t groups;  /* CPU: work-groups for each compute unit, at least */
  int32_t slices;  /* GPU: work-items that share out the steps of an output */
  int32_t stages;  /* GPU: tiles in shared memory at a time, 1 or 2 */
  int32_t library; /* 1: a library's product, which only the tuner finds */
  int32_t fours;   /* GPU: -1 reads and writes one by one what could be done four at a time */
  int32_t early;   /* GPU: 1 keeps loads where a step begins, -1 leaves them to the compiler */
} weft_variant;

/* variant may be NULL: all by estimate. */
weft_status weft_lower_group(const weft_group *group, const weft_target *target, const weft_variant *variant,
                             weft_arena *arena, weft_lowered *out, weft_error *error);

enum { WEFT_MOST_VARIANTS = 20 };
/* What may be faster than `best`, one aspect a round: writes up to WEFT_MOST_VARIANTS, returns how many; -1: there is
 * no such round. Some may lower to the same text as best does. */
int weft_lower_variants(const weft_group *group, const weft_target *target, const weft_variant *best, int round,
                        weft_variant *out);
#endif
