/* data.h -- datasets: samples and their classes, shuffled, in batches that are prepared ahead on a thread.
 *
 *   weft_dataset *train = weft_dataset_open_fashion_mnist(NULL, 1);
 *   weft_dataset_shuffle(train, 42);
 *   for (int epoch = 0; epoch < 5; epoch++)
 *     while (weft_dataset_next(train, x, t)) weft_run(step);
 *
 * Errors. A constructor returns a dataset that holds the first failure (NULL only when out of memory); later calls on
 * it do nothing, weft_dataset_next() returns 0. A failure of weft_dataset_next() is kept in the tensors' graph as well.
 * Every function accepts NULL where a failed call returned it.
 *
 * Threads. A dataset is used by one thread at a time; its own thread touches neither graphs nor devices.
 */
#ifndef WEFT_DATA_H
#define WEFT_DATA_H

#include <weft/weft.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weft_dataset weft_dataset;

/* ---- opening ---- */

/* Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017), or any data in the same four files of MNIST's names: 60000 images to
 * train with (train 1) or 10000 to test with (train 0), of shape (1, 28, 28), and classes 0 to 9. dir holds
 * train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, gzipped with a
 * further .gz or not; NULL takes $WEFT_DATA, or else /usr/share/datasets/fashion-mnist (Debian's package
 * dataset-fashion-mnist). */
WEFT_API weft_dataset *weft_dataset_open_fashion_mnist(const char *dir, int train);
/* An IDX file of unsigned bytes (count, height, width) or (count, channels, height, width) and one of (count) classes,
 * gzipped or not. Samples are f32 of shape (channels, height, width): byte / 255. Fails, naming the file: it is
 * missing, damaged, shorter or longer than its header says, or the counts differ. */
WEFT_API weft_dataset *weft_dataset_open_idx(const char *images_path, const char *classes_path);
/* count samples and as many targets, of any shapes and dtypes, one behind the other, row-major. Both are copied.
 * WEFT_SCALAR_SHAPE is one number a sample. */
WEFT_API weft_dataset *weft_dataset_from_arrays(int64_t count, weft_dtype dtype, weft_shape shape, const void *samples,
                                                weft_dtype target_dtype, weft_shape target_shape, const void *targets);
/* Ends the thread and frees everything. NULL is allowed. */
WEFT_API void weft_dataset_free(weft_dataset *dataset);

/* ---- looking ---- */

/* The first failure, or WEFT_OK. */
WEFT_API weft_status weft_dataset_status(const weft_dataset *dataset);
/* Its text, with the file's name; "" when all is well. Lives as long as the dataset. */
WEFT_API const char *weft_dataset_message(const weft_dataset *dataset);
/* Number of samples; 0 after a failure. */
WEFT_API int64_t weft_dataset_count(const weft_dataset *dataset);
/* Shape of one sample, without the batch: (1, 28, 28). */
WEFT_API weft_shape weft_dataset_shape(const weft_dataset *dataset);
/* Largest class + 1; 0 where targets are not one i32 a sample. */
WEFT_API int weft_dataset_classes(const weft_dataset *dataset);
/* Copies one sample (row-major, f32 in 0..1 for images) and its target, in the order of the files. Either may be NULL.
 * Fails: no such index. */
WEFT_API weft_status weft_dataset_sample(weft_dataset *dataset, int64_t index, void *out_sample, void *out_target);

/* ---- batches ---- */

/* From the next batch on, each epoch has an order of its own: Fisher and Yates' shuffle with random numbers of the seed
 * and of the epoch's number. Same seed: same orders, on every machine. Begins epoch 0. */
WEFT_API void weft_dataset_shuffle(weft_dataset *dataset, uint64_t seed);
/* What becomes of the samples that do not fill a last batch. 0, as at first: they are left out, for training. 1: they
 * come as a last batch filled up with zeros and, for i32 targets, with -1 (a class that weft_cross_entropy() ignores),
 * for evaluation. Begins epoch 0. */
WEFT_API void weft_dataset_pad(weft_dataset *dataset, int pad);
/* Back to the beginning of epoch 0. */
WEFT_API void weft_dataset_rewind(weft_dataset *dataset);
/* Writes the next batch into two inputs; the first dimension of both is the batch size, the others hold one sample, in
 * any shape with the same count: (N, 784) will do for (1, 28, 28). Returns 1, or 0 at the end of an epoch (the next
 * call begins a new one) and after a failure. Fails: shapes or dtypes do not fit, the tensors cannot be written, or
 * there is not one whole batch in the dataset. */
WEFT_API int weft_dataset_next(weft_dataset *dataset, weft_tensor *x, weft_tensor *t);
/* How many samples of the last batch are of the dataset, not filled up: the batch size, save in a padded last batch. */
WEFT_API int64_t weft_dataset_valid(const weft_dataset *dataset);

#ifdef __cplusplus
}
#endif
#endif
