/* io.h -- files: parameters as safetensors, images. */
#ifndef WEFT_IO_H
#define WEFT_IO_H

#include <weft/weft.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- parameters ---- */

/* A text kept with the parameters: {"model", "lenet"}. UTF-8. */
typedef struct weft_metadata {
  const char *key, *value;
} weft_metadata;

/* Writes the params and states of the graph under their names in the safetensors format
 * (https://huggingface.co/docs/safetensors): path holds the old content or the new, never a part. metadata may be NULL.
 * Fails: the file cannot be written whole, or the graph has failed; the failure is kept in the graph. */
WEFT_API weft_status weft_save(weft_graph *graph, const char *path);
WEFT_API weft_status weft_save_with(weft_graph *graph, const char *path, const weft_metadata *metadata, size_t count);

/* Reads a safetensors file into the params and states of the graph. Each param must be in the file with its dtype and
 * shape; a state that is not in the file keeps its value; further tensors of the file are left alone. Nothing is
 * written unless everything fits. The failure is kept in the graph: it names the file, the tensor and both shapes. */
WEFT_API weft_status weft_load(weft_graph *graph, const char *path);

/* The metadata value of a key of a safetensors file; NULL when the file has no such key. After a failure *out_value is
 * what is wrong. The caller frees it with weft_text_free(). */
WEFT_API weft_status weft_safetensors_metadata(const char *path, const char *key, char **out_value);

/* ---- images ---- */

/* Reads a PNG, JPEG, BMP, GIF (first picture), TGA or PNM file as rows of bytes, top first, `channels` to a pixel: 1
 * grey, 2 grey and alpha, 3 RGB, 4 RGBA; converted when the file has others. *out_pixels, width * height * channels
 * bytes, is freed with weft_image_free(). After a failure it is NULL, and message, when not NULL, holds up to
 * message_size bytes of what is wrong. */
WEFT_API weft_status weft_image_read(const char *path, int channels, uint8_t **out_pixels, int *out_width,
                                     int *out_height, char *message, size_t message_size);
/* Writes a PNG file of the same layout: path holds the old content or the new, never a part. */
WEFT_API weft_status weft_image_write_png(const char *path, int channels, const uint8_t *pixels, int width, int height,
                                          char *message, size_t message_size);
WEFT_API void weft_image_free(uint8_t *pixels);

#ifdef __cplusplus
}
#endif
#endif
