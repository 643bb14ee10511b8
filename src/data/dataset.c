/* dataset.c -- datasets opened from IDX files and from arrays, and what they tell of themselves. Images stay bytes, as
 * they come, until a batch of them is needed. */
#include "data/dataset.h"
#include "base/shape.h"
#include "data/idx.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_FOLDER "/usr/share/datasets/fashion-mnist"

/* ---- columns ---- */

size_t weft_column_bytes(const weft_column *column) {
  return (size_t)column->elements * weft_dtype_size(column->dtype);
}

static void copy_row(const weft_column *column, int64_t row, void *out) {
  if (!column->from_bytes) {
    memcpy(out, column->data + (size_t)row * weft_column_bytes(column), weft_column_bytes(column));
    return;
  }
  const unsigned char *bytes = column->data + row * column->elements;
  if (column->dtype == WEFT_F32)
    for (int64_t i = 0; i < column->elements; i++) ((float *)out)[i] = (float)bytes[i] / 255.0f;
  else
    for (int64_t i = 0; i < column->elements; i++) ((int32_t *)out)[i] = bytes[i];
}

void weft_column_copy(const weft_column *column, const uint32_t *order, int64_t first, int64_t count, void *out) {
  for (int64_t i = 0; i < count; i++)
    copy_row(column, order ? order[i] : first + i, (char *)out + (size_t)i * weft_column_bytes(column));
}

/* ---- opening ---- */

static weft_dataset *new_dataset(void) {
  weft_dataset *dataset = calloc(1, sizeof *dataset);
  if (dataset) weft_batches_init(&dataset->batches);
  return dataset;
}

/* Negative classes are legal (weft_cross_entropy() ignores them) and do not count. */
static int count_classes(const weft_dataset *dataset) {
  const weft_column *targets = &dataset->targets;
  if (targets->dtype != WEFT_I32 || targets->elements != 1) return 0;
  int32_t largest = -1;
  for (int64_t i = 0; i < dataset->count; i++) {
    int32_t class;
    copy_row(targets, i, &class);
    if (class > largest) largest = class;
  }
  return largest == INT32_MAX ? INT32_MAX : largest + 1;
}

/* (count, height, width) has one channel. */
static weft_shape image_shape(weft_shape file) {
  return file.rank == 3 ? weft_shape_of(1, file.dims[1], file.dims[2])
                        : weft_shape_of(file.dims[1], file.dims[2], file.dims[3]);
}

static void read_files(weft_dataset *dataset, const char *images_path, const char *classes_path) {
  weft_idx images = {0}, classes = {0};
  char text[96];
  weft_error *error = &dataset->error;
  if (weft_idx_read(images_path, &images, error) == WEFT_OK && images.shape.rank != 3 && images.shape.rank != 4)
    weft_fail(error, WEFT_BAD_FORMAT, "%s: not images: its shape is %s", images_path,
              weft_shape_text(images.shape, text, sizeof text));
  if (error->status == WEFT_OK && weft_idx_read(classes_path, &classes, error) == WEFT_OK && classes.shape.rank != 1)
    weft_fail(error, WEFT_BAD_FORMAT, "%s: not classes: its shape is %s", classes_path,
              weft_shape_text(classes.shape, text, sizeof text));
  if (error->status == WEFT_OK && images.shape.dims[0] != classes.shape.dims[0])
    weft_fail(error, WEFT_BAD_FORMAT, "%s holds %lld images, %s %lld classes", images_path,
              (long long)images.shape.dims[0], classes_path, (long long)classes.shape.dims[0]);
  if (error->status != WEFT_OK) {
    free(images.bytes);
    free(classes.bytes);
    return;
  }
  dataset->count = images.shape.dims[0];
  weft_shape shape = image_shape(images.shape);
  dataset->samples = (weft_column){WEFT_F32, shape, weft_shape_size(shape), 1, images.bytes};
  dataset->targets = (weft_column){WEFT_I32, WEFT_SCALAR_SHAPE, 1, 1, classes.bytes};
  dataset->classes = count_classes(dataset);
}

weft_dataset *weft_dataset_open_idx(const char *images_path, const char *classes_path) {
  weft_dataset *dataset = new_dataset();
  if (!dataset) return NULL;
  if (images_path && classes_path)
    read_files(dataset, images_path, classes_path);
  else
    weft_fail(&dataset->error, WEFT_BAD_ARGUMENT, "dataset: a path is NULL");
  return dataset;
}

/* dir/name, or dir/name.gz where only that exists. malloc'ed. */
static char *find_file(const char *dir, const char *name) {
  size_t room = strlen(dir) + strlen(name) + 5;
  char *path = malloc(room);
  if (!path) return NULL;
  snprintf(path, room, "%s/%s.gz", dir, name);
  if (access(path, F_OK) < 0) snprintf(path, room, "%s/%s", dir, name);
  return path;
}

weft_dataset *weft_dataset_open_fashion_mnist(const char *dir, int train) {
  weft_dataset *dataset = new_dataset();
  if (!dataset) return NULL;
  if (!dir) dir = getenv("WEFT_DATA");
  if (!dir || !*dir) dir = DEFAULT_FOLDER;
  if (access(dir, X_OK) < 0) {
    weft_fail(&dataset->error, WEFT_BAD_FILE,
              "%s: %s; install the package dataset-fashion-mnist, or name a folder with its files (WEFT_DATA)", dir,
              strerror(errno));
    return dataset;
  }
  char *images = find_file(dir, train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte");
  char *classes = find_file(dir, train ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte");
  if (images && classes)
    read_files(dataset, images, classes);
  else
    weft_fail(&dataset->error, WEFT_NO_MEMORY, "dataset: out of memory");
  free(images);
  free(classes);
  return dataset;
}

static int shape_is_good(weft_shape shape) {
  if (shape.rank < 0 || shape.rank > WEFT_MAX_RANK) return 0;
  int64_t size = 1;
  for (int d = 0; d < shape.rank; d++) {
    if (shape.dims[d] < 1 || size > PTRDIFF_MAX / 8 / shape.dims[d]) return 0;
    size *= shape.dims[d];
  }
  return 1;
}

static int copy_array(weft_dataset *dataset, weft_column *column, weft_dtype dtype, weft_shape shape, const void *data,
                      const char *what) {
  char text[96];
  *column = (weft_column){.dtype = dtype, .shape = shape};
  if ((size_t)dtype >= WEFT_DTYPE_COUNT)
    return weft_fail(&dataset->error, WEFT_BAD_DTYPE, "dataset: unknown dtype %d of the %s", (int)dtype, what), 0;
  if (!shape_is_good(shape))
    return weft_fail(&dataset->error, WEFT_BAD_SHAPE, "dataset: %s of shape %s", what,
                     weft_shape_text(shape, text, sizeof text)),
           0;
  column->elements = weft_shape_size(shape);
  if ((uint64_t)dataset->count > PTRDIFF_MAX / weft_column_bytes(column) ||
      !(column->data = malloc((size_t)dataset->count * weft_column_bytes(column))))
    return weft_fail(&dataset->error, WEFT_NO_MEMORY, "dataset: no memory for %lld %s of shape %s",
                     (long long)dataset->count, what, weft_shape_text(shape, text, sizeof text)),
           0;
  memcpy(column->data, data, (size_t)dataset->count * weft_column_bytes(column));
  return 1;
}

weft_dataset *weft_dataset_from_arrays(int64_t count, weft_dtype dtype, weft_shape shape, const void *samples,
                                       weft_dtype target_dtype, weft_shape target_shape, const void *targets) {
  weft_dataset *dataset = new_dataset();
  if (!dataset) return NULL;
  if (count < 1 || count > UINT32_MAX || !samples || !targets) {
    weft_fail(&dataset->error, WEFT_BAD_ARGUMENT, "dataset: %s",
              !samples || !targets ? "an array is NULL" : "the number of samples is not in 1 .. 4294967295");
    return dataset;
  }
  dataset->count = count;
  if (copy_array(dataset, &dataset->samples, dtype, shape, samples, "samples") &&
      copy_array(dataset, &dataset->targets, target_dtype, target_shape, targets, "targets"))
    dataset->classes = count_classes(dataset);
  else
    dataset->count = 0;
  return dataset;
}

void weft_dataset_free(weft_dataset *dataset) {
  if (!dataset) return;
  weft_batches_end(&dataset->batches);
  free(dataset->samples.data);
  free(dataset->targets.data);
  free(dataset);
}

/* ---- looking ---- */

weft_status weft_dataset_status(const weft_dataset *dataset) {
  return dataset ? dataset->error.status : WEFT_NO_MEMORY;
}

const char *weft_dataset_message(const weft_dataset *dataset) {
  return dataset ? dataset->error.message : "dataset: out of memory";
}

int64_t weft_dataset_count(const weft_dataset *dataset) { return dataset ? dataset->count : 0; }

weft_shape weft_dataset_shape(const weft_dataset *dataset) {
  return dataset ? dataset->samples.shape : WEFT_SCALAR_SHAPE;
}

int weft_dataset_classes(const weft_dataset *dataset) { return dataset ? dataset->classes : 0; }

weft_status weft_dataset_sample(weft_dataset *dataset, int64_t index, void *out_sample, void *out_target) {
  if (!dataset || !dataset->count) return dataset ? dataset->error.status : WEFT_NO_MEMORY;
  if (index < 0 || index >= dataset->count)
    return weft_fail(&dataset->error, WEFT_BAD_ARGUMENT, "dataset: there is no sample %lld of %lld", (long long)index,
                     (long long)dataset->count);
  if (out_sample) copy_row(&dataset->samples, index, out_sample);
  if (out_target) copy_row(&dataset->targets, index, out_target);
  return WEFT_OK;
}
