/* image.c -- pictures, read and written by stb (https://github.com/nothings/stb). Files go through base/file.h, so that
 * a written picture is whole or not there. */
#include "base/file.h"
#include "base/text.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/io.h>

#define MAX_PIXELS (INT64_C(1) << 28)

static weft_status hand_out(const weft_error *error, char *message, size_t message_size) {
  if (message && message_size) snprintf(message, message_size, "%s", error->message);
  return error->status;
}

#ifdef WEFT_HAVE_STB
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

static weft_status decode(const char *path, int channels, const void *data, size_t size, uint8_t **out_pixels,
                          int *out_width, int *out_height, weft_error *error) {
  int found;
  if (size > INT_MAX) return weft_fail(error, WEFT_BAD_FORMAT, "%s: larger than 2 GiB", path);
  if (!stbi_info_from_memory(data, (int)size, out_width, out_height, &found))
    return weft_fail(error, WEFT_BAD_FORMAT, "%s: no picture that weft can read (%s)", path, stbi_failure_reason());
  if ((int64_t)*out_width * *out_height > MAX_PIXELS)
    return weft_fail(error, WEFT_BAD_FORMAT, "%s: %d x %d pixels are more than %lld", path, *out_width, *out_height,
                     (long long)MAX_PIXELS);
  *out_pixels = stbi_load_from_memory(data, (int)size, out_width, out_height, &found, channels);
  return *out_pixels ? WEFT_OK
                     : weft_fail(error, WEFT_BAD_FORMAT, "%s: damaged picture (%s)", path, stbi_failure_reason());
}

static void collect(void *text, void *data, int size) { weft_text_add_bytes(text, data, (size_t)size); }

static weft_status encode(const char *path, int channels, const uint8_t *pixels, int width, int height,
                          weft_error *error) {
  weft_text file = {0};
  int good = stbi_write_png_to_func(collect, &file, width, height, channels, pixels, width * channels);
  weft_status status = good && !file.failed ? weft_file_write(path, file.data, file.size, error)
                                            : weft_fail(error, WEFT_NO_MEMORY, "%s: no memory for its content", path);
  weft_text_release(&file);
  return status;
}

#else

static weft_status decode(const char *path, int channels, const void *data, size_t size, uint8_t **out_pixels,
                          int *out_width, int *out_height, weft_error *error) {
  (void)channels, (void)data, (void)size, (void)out_pixels, (void)out_width, (void)out_height;
  return weft_fail(error, WEFT_NO_FEATURE, "%s: this weft was built without images", path);
}

static weft_status encode(const char *path, int channels, const uint8_t *pixels, int width, int height,
                          weft_error *error) {
  (void)channels, (void)pixels, (void)width, (void)height;
  return weft_fail(error, WEFT_NO_FEATURE, "%s: this weft was built without images", path);
}
#endif

weft_status weft_image_read(const char *path, int channels, uint8_t **out_pixels, int *out_width, int *out_height,
                            char *message, size_t message_size) {
  weft_error error = {0};
  void *data = NULL;
  size_t size;
  *out_pixels = NULL;
  *out_width = *out_height = 0;
  if (!path || channels < 1 || channels > 4)
    weft_fail(&error, WEFT_BAD_ARGUMENT, "image: %s",
              path ? "the number of channels is not 1 to 4" : "the path is NULL");
  else if (weft_file_read(path, &data, &size, &error) == WEFT_OK)
    decode(path, channels, data, size, out_pixels, out_width, out_height, &error);
  free(data);
  if (error.status != WEFT_OK) *out_width = *out_height = 0;
  return hand_out(&error, message, message_size);
}

weft_status weft_image_write_png(const char *path, int channels, const uint8_t *pixels, int width, int height,
                                 char *message, size_t message_size) {
  weft_error error = {0};
  if (!path || !pixels || channels < 1 || channels > 4)
    weft_fail(&error, WEFT_BAD_ARGUMENT, "image: %s",
              path && pixels ? "the number of channels is not 1 to 4" : "path or pixels are NULL");
  else if (width < 1 || height < 1 || (int64_t)width * height > MAX_PIXELS)
    weft_fail(&error, WEFT_BAD_ARGUMENT, "%s: a picture of %d x %d pixels", path, width, height);
  else
    encode(path, channels, pixels, width, height, &error);
  return hand_out(&error, message, message_size);
}

void weft_image_free(uint8_t *pixels) { free(pixels); }
