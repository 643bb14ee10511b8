/* attention.h -- blocks of scores of attention's kernels for GPUs (kernels/common/attention_gpu.inc and its
 * gradients'), and which of them a device has room for. */
#ifndef WEFT_BASE_ATTENTION_H
#define WEFT_BASE_ATTENTION_H
#include <stdint.h>

typedef struct weft_attention_tile {
  int tr, tc; /* scores of a work-group at a time, by rows and columns */
  int rr, rc; /* of a work-item */
} weft_attention_tile;

/* The largest that suits a device of so many bytes of shared memory and work-items a work-group; d is the width of
 * queries and keys, e that of values. NULL: there is none. */
const weft_attention_tile *weft_attention_tile_for(int is_gradient, int64_t d, int64_t e, uint32_t local_memory,
                                                   uint32_t max_group);
#endif
