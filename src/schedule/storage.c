/* storage.c -- the memory of inputs, params, states and constant arrays: one buffer each, shared by every program. */
#include "schedule/program.h"
#include <stdlib.h>

weft_status weft_device_failed(weft_graph *graph, const char *what) {
  const weft_error *e = &graph->device->error;
  return weft_fail(&graph->error, e->status, "%s: %s", what, e->message);
}

weft_storage *weft_leaf_storage(weft_tensor *leaf) {
  if (leaf->storage) return leaf->storage;
  weft_graph *graph = leaf->graph;
  weft_device *device = graph->device;
  uint64_t size = (uint64_t)weft_shape_size(leaf->shape) * weft_dtype_size(leaf->dtype);
  weft_storage *storage = WEFT_NEW(&graph->arena, weft_storage, 1);
  if (!storage) {
    weft_fail(&graph->error, WEFT_NO_MEMORY, "no memory");
    return NULL;
  }
  weft_status status = device->backend->buffer_new(device, size, &storage->buffer);
  if (status == WEFT_OK && leaf->op == WEFT_OP_DATA)
    status = device->backend->write(device, storage->buffer, 0, leaf->data, size);
  else if (status == WEFT_OK)
    status = device->backend->clear(device, storage->buffer, 0, size);
  if (status != WEFT_OK) {
    char text[200];
    weft_device_failed(graph, weft_describe_tensor(leaf, text, sizeof text));
    if (storage->buffer) device->backend->buffer_free(device, storage->buffer);
    return NULL;
  }
  return leaf->storage = storage;
}

void weft_graph_release_storage(weft_graph *graph) {
  for (size_t i = 0; i < graph->n_buckets; i++)
    for (weft_tensor *t = graph->buckets[i]; t; t = t->chain)
      if (t->storage && t->storage->buffer) {
        graph->device->backend->buffer_free(graph->device, t->storage->buffer);
        t->storage = NULL;
      }
}
