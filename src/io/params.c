/* params.c -- a graph's params and states to a safetensors file and back. A load checks everything before it writes
 * anything, so that a file of another model leaves the graph as it was. */
#include "base/file.h"
#include "base/shape.h"
#include "io/safetensors.h"
#include <stdlib.h>
#include <string.h>
#include <weft/io.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors files are little-endian; this code copies them as they are"
#endif

#define LENGTH_BYTES 8
#define DATA_ALIGNMENT 8
#define DESCRIPTION 128

static size_t bytes_of(const weft_tensor *tensor) {
  return (size_t)weft_shape_size(weft_tensor_shape(tensor)) * weft_dtype_size(weft_tensor_dtype(tensor));
}

/* Keeps a failure in the graph, as every builder does. */
static weft_status report(weft_graph *graph, const weft_error *error) {
  return error->status == WEFT_OK ? WEFT_OK : weft_graph_report(graph, error->status, error->message);
}

/* ---- saving ---- */

static void write_entry(weft_json_writer *w, const weft_tensor *tensor, uint64_t begin) {
  weft_shape shape = weft_tensor_shape(tensor);
  weft_json_begin_object(w, weft_tensor_name(tensor));
  weft_json_string(w, "dtype", weft_stored_dtype(weft_tensor_dtype(tensor)));
  weft_json_begin_array(w, "shape");
  for (int d = 0; d < shape.rank; d++) weft_json_integer(w, NULL, shape.dims[d]);
  weft_json_end_array(w);
  weft_json_begin_array(w, "data_offsets");
  weft_json_integer(w, NULL, (int64_t)begin);
  weft_json_integer(w, NULL, (int64_t)(begin + bytes_of(tensor)));
  weft_json_end_array(w);
  weft_json_end_object(w);
}

/* The header's length and the header, padded with blanks so that the data is aligned. */
static void write_header(weft_text *out, weft_graph *graph, const weft_metadata *metadata, size_t count) {
  weft_json_writer w = {0};
  char length[LENGTH_BYTES] = {0};
  uint64_t begin = 0;
  weft_text_add_bytes(&w.text, length, sizeof length); /* known at the end */
  weft_json_begin_object(&w, NULL);
  if (count) weft_json_begin_object(&w, "__metadata__");
  for (size_t i = 0; i < count; i++) weft_json_string(&w, metadata[i].key, metadata[i].value);
  if (count) weft_json_end_object(&w);
  const weft_tensor *tensor;
  for (size_t i = 0; (tensor = weft_graph_saved(graph, i)); i++) {
    write_entry(&w, tensor, begin);
    begin += bytes_of(tensor);
  }
  weft_json_end_object(&w);
  while (w.text.size % DATA_ALIGNMENT) weft_text_add(&w.text, " ");
  *out = w.text;
  if (out->failed) return;
  for (int i = 0; i < LENGTH_BYTES; i++) out->data[i] = (char)((uint64_t)(out->size - LENGTH_BYTES) >> 8 * i);
}

static weft_status write_values(weft_text *out, weft_graph *graph, const char *path, weft_error *error) {
  weft_tensor *tensor;
  for (size_t i = 0; (tensor = weft_graph_saved(graph, i)); i++) {
    size_t size = bytes_of(tensor);
    void *values = malloc(size);
    if (!values) return weft_fail(error, WEFT_NO_MEMORY, "%s: no memory for %s", path, weft_tensor_name(tensor));
    weft_status status = weft_read(tensor, values, size);
    if (status == WEFT_OK) weft_text_add_bytes(out, values, size);
    free(values);
    if (status != WEFT_OK) return weft_fail(error, status, "%s", weft_graph_message(graph));
  }
  return out->failed ? weft_fail(error, WEFT_NO_MEMORY, "%s: no memory for its content", path) : WEFT_OK;
}

static weft_status save(weft_graph *graph, const char *path, const weft_metadata *metadata, size_t count,
                        weft_error *error) {
  weft_text content = {0};
  weft_arena arena = {0};
  weft_stored_file file;
  if (!path) return weft_fail(error, WEFT_BAD_ARGUMENT, "save: the path is NULL");
  for (size_t i = 0; i < count; i++)
    if (!metadata || !metadata[i].key || !metadata[i].value)
      return weft_fail(error, WEFT_BAD_ARGUMENT, "%s: a metadata text is NULL", path);
  write_header(&content, graph, metadata, count);
  weft_status status = write_values(&content, graph, path, error);
  /* What a reader would refuse (names that are not UTF-8, or that stand twice) must not reach the disk. */
  if (status == WEFT_OK) status = weft_stored_parse(path, content.data, content.size, &arena, &file, error);
  if (status == WEFT_OK) status = weft_file_write(path, content.data, content.size, error);
  weft_arena_free(&arena);
  weft_text_release(&content);
  return status;
}

weft_status weft_save_with(weft_graph *graph, const char *path, const weft_metadata *metadata, size_t count) {
  if (!graph) return WEFT_BAD_ARGUMENT;
  if (weft_graph_status(graph) != WEFT_OK) return weft_graph_status(graph);
  weft_error error = {0};
  save(graph, path, metadata, count, &error);
  return report(graph, &error);
}

weft_status weft_save(weft_graph *graph, const char *path) { return weft_save_with(graph, path, NULL, 0); }

/* ---- loading ---- */

static int same_shape(weft_shape a, const weft_stored *b) {
  int same = a.rank == b->shape.rank && !b->too_deep;
  for (int d = 0; d < a.rank && same; d++) same = a.dims[d] == b->shape.dims[d];
  return same;
}

/* The stored tensor that a leaf is to have; NULL for a state that is not in the file, and after a failure. */
static const weft_stored *match(const weft_stored_file *file, const char *path, weft_tensor *tensor, int required,
                                weft_error *error) {
  char have[DESCRIPTION], want[DESCRIPTION];
  const char *name = weft_tensor_name(tensor), *dtype = weft_stored_dtype(weft_tensor_dtype(tensor));
  weft_shape shape = weft_tensor_shape(tensor);
  const weft_stored *stored = weft_stored_find(file, name);
  weft_shape_text(shape, want, sizeof want);
  if (!stored) {
    if (required) weft_fail(error, WEFT_BAD_FORMAT, "%s: no tensor %.200s %s %s", path, name, dtype, want);
    return NULL;
  }
  weft_shape_text(stored->shape, have, sizeof have);
  if (strcmp(stored->dtype, dtype)) {
    weft_fail(error, WEFT_BAD_DTYPE, "%s: tensor %.200s is %.20s %s, the graph's is %s %s", path, name, stored->dtype,
              have, dtype, want);
    return NULL;
  }
  if (!same_shape(shape, stored)) {
    weft_fail(error, WEFT_BAD_SHAPE, "%s: tensor %.200s is %s%s, the graph's is %s", path, name, have,
              stored->too_deep ? " and deeper" : "", want);
    return NULL;
  }
  return stored;
}

static weft_status load_tensors(weft_graph *graph, const char *path, const weft_stored_file *file, int write,
                                weft_error *error) {
  size_t params = 0;
  weft_tensor *tensor;
  for (size_t i = 0; (tensor = weft_graph_saved(graph, i)); i++) {
    int is_param = tensor == weft_graph_param(graph, params);
    params += is_param ? 1 : 0;
    const weft_stored *stored = match(file, path, tensor, is_param, error);
    if (error->status != WEFT_OK) return error->status;
    if (!stored || !write) continue;
    weft_status status = weft_write(tensor, file->data + stored->begin, bytes_of(tensor));
    if (status != WEFT_OK) return weft_fail(error, status, "%s", weft_graph_message(graph));
  }
  return WEFT_OK;
}

weft_status weft_load(weft_graph *graph, const char *path) {
  if (!graph) return WEFT_BAD_ARGUMENT;
  if (weft_graph_status(graph) != WEFT_OK) return weft_graph_status(graph);
  weft_error error = {0};
  weft_arena arena = {0};
  weft_stored_file file;
  void *content = NULL;
  size_t size;
  weft_status status = path ? weft_file_read(path, &content, &size, &error)
                            : weft_fail(&error, WEFT_BAD_ARGUMENT, "load: the path is NULL");
  if (status == WEFT_OK) status = weft_stored_parse(path, content, size, &arena, &file, &error);
  if (status == WEFT_OK) status = load_tensors(graph, path, &file, 0, &error);
  if (status == WEFT_OK) load_tensors(graph, path, &file, 1, &error);
  weft_arena_free(&arena);
  free(content);
  return report(graph, &error);
}

weft_status weft_safetensors_metadata(const char *path, const char *key, char **out_value) {
  weft_error error = {0};
  weft_arena arena = {0};
  weft_stored_file file;
  void *content = NULL;
  size_t size;
  *out_value = NULL;
  weft_status status = path && key ? weft_file_read(path, &content, &size, &error)
                                   : weft_fail(&error, WEFT_BAD_ARGUMENT, "metadata: the path or the key is NULL");
  if (status == WEFT_OK) status = weft_stored_parse(path, content, size, &arena, &file, &error);
  const weft_json *value = status == WEFT_OK ? weft_json_get(file.metadata, key) : NULL;
  if (value) *out_value = strdup(value->string);
  if (status != WEFT_OK) *out_value = strdup(error.message);
  weft_arena_free(&arena);
  free(content);
  return value && !*out_value ? WEFT_NO_MEMORY : status;
}
