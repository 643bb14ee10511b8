/* attention.h -- blocks of scores of attention's kernels for GPUs (kernels/common/attention_gpu.inc and its
 * gradients'), and which of them a device has room for. */
#ifndef WEFT_BASE_ATTENTION_H
#define WEFT_BASE_ATTENTION_H
#include <stddef.h>
#include <stdint.h>

/* Queries, keys, widths of queries and values, heads in all; which results a kernel makes. */
typedef struct weft_attention_sizes {
  int64_t t, s, d, e, heads;
  int is_gradient, by_keys, by_queries; /* gradients: by keys and values, by queries */
} weft_attention_sizes;

typedef struct weft_attention_tile {
  int tr, tc; /* scores of a slice of a work-group at a time, by rows and columns */
  int rr, rc; /* of a work-item */
  int slices; /* of a work-group, which share out the columns */
} weft_attention_tile;

/* Work-items of a work-group. */
int weft_attention_threads(const weft_attention_tile *tile);
/* Blocks of rows, those of keys first, in all and by keys. */
int64_t weft_attention_blocks(const weft_attention_sizes *sizes, const weft_attention_tile *tile, int64_t *out_by_keys);
/* Columns of work-items that share out results of so many numbers, a power of two. */
int weft_attention_columns(const weft_attention_tile *tile, int64_t width);

/* The blocks that kernels of these sizes know, of which a device has room for those that fit into so many bytes of
 * shared memory and work-items of a work-group. */
const weft_attention_tile *weft_attention_tiles(const weft_attention_sizes *sizes, size_t *out_count);
int weft_attention_fits(const weft_attention_sizes *sizes, const weft_attention_tile *tile, uint32_t local_memory,
                        uint32_t max_group);
/* The block that suits a device of so many bytes of shared memory, work-items a work-group and compute units. NULL:
 * there is none. */
const weft_attention_tile *weft_attention_tile_for(const weft_attention_sizes *sizes, uint32_t local_memory,
                                                   uint32_t max_group, uint32_t compute_units);
#endif
