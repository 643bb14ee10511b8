/* support.h -- what the device tests share. */
#ifndef TESTS_DEVICE_SUPPORT_H
#define TESTS_DEVICE_SUPPORT_H
#include "device/backend.h"
#include <criterion/criterion.h>

/* Opens every usable device that runs kernels, one after the other, and hands it to the check. Skips the test where
 * there is none. */
void each_device(void (*check)(weft_device *device));
/* The same for one backend. */
void each_device_of(const char *backend, void (*check)(weft_device *device));

/* Fails the test with the device's message unless the status is WEFT_OK. */
void must(weft_device *device, weft_status status);
/* Fails the test unless the call failed with this status and a text that holds the words. */
void must_fail(weft_device *device, weft_status got, weft_status expected, const char *words);

/* The text of a test kernel in the device's dialect, NAME.cl or NAME.comp. malloc'ed. */
char *kernel_text(const weft_device *device, const char *name);
/* Builds one of them: entry NAME, bindings, local size. */
weft_kernel *build_kernel(weft_device *device, const char *name, int n_bindings, uint32_t x, uint32_t y, uint32_t z);

weft_buffer *new_buffer(weft_device *device, uint64_t size);
/* A recording of one dispatch over whole buffers. */
weft_recording *record_one(weft_device *device, weft_kernel *kernel, weft_buffer *const *buffers, uint32_t groups);

/* An empty folder that $WEFT_CACHE names; remove_cache deletes it. */
void fresh_cache(char *out_path, size_t size);
void remove_cache(const char *path);
/* Regular files below the folder; calls visit on each unless it is NULL. */
size_t each_file(const char *folder, void (*visit)(const char *path));
#endif
