/* gallery.c -- `weft gallery`: a contact sheet of test images with what the model takes them for. */
#include "cli.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  COLUMNS = 8,
  ZOOM = 4,      /* picture pixels an image pixel */
  TEXT_ZOOM = 2, /* and a letter's */
  MARGIN = 10,
  LINE = (GLYPH_HEIGHT + 3) * TEXT_ZOOM,
  CELL_WIDTH = EDGE * ZOOM + 2 * MARGIN,
  CELL_HEIGHT = EDGE * ZOOM + 2 * LINE + MARGIN + MARGIN / 2
};

typedef struct colour {
  uint8_t r, g, b;
} colour;

static const colour paper = {250, 250, 248}, right = {20, 130, 60}, wrong = {200, 30, 30}, plain = {110, 110, 110};

typedef struct sheet {
  int width, height;
  uint8_t *pixels; /* RGB */
} sheet;

static void set(sheet *sh, int x, int y, colour c) {
  if (x < 0 || y < 0 || x >= sh->width || y >= sh->height) return;
  uint8_t *p = sh->pixels + 3 * ((size_t)y * (size_t)sh->width + (size_t)x);
  p[0] = c.r;
  p[1] = c.g;
  p[2] = c.b;
}

static void fill(sheet *sh, int x0, int y0, int width, int height, colour c) {
  for (int y = y0; y < y0 + height; y++)
    for (int x = x0; x < x0 + width; x++) set(sh, x, y, c);
}

/* Cut where it would leave the cell. */
static void write_text(sheet *sh, int x, int y, const char *text, colour c) {
  int advance = (GLYPH_WIDTH + 1) * TEXT_ZOOM, room = (CELL_WIDTH - MARGIN) / advance;
  for (int i = 0; text[i] && i < room; i++, x += advance)
    for (int v = 0; v < GLYPH_HEIGHT; v++)
      for (int u = 0; u < GLYPH_WIDTH; u++)
        if (font_pixel(text[i], u, v)) fill(sh, x + u * TEXT_ZOOM, y + v * TEXT_ZOOM, TEXT_ZOOM, TEXT_ZOOM, c);
}

/* One image with a frame in the colour of the verdict, the predicted class below, and the true one when it differs. */
static void draw_cell(sheet *sh, int x0, int y0, const float *image, const char *predicted, const char *truth) {
  int good = predicted == truth;
  colour verdict = good ? right : wrong;
  int x = x0 + MARGIN, y = y0 + MARGIN;
  fill(sh, x - 3, y - 3, EDGE * ZOOM + 6, EDGE * ZOOM + 6, verdict);
  for (int v = 0; v < EDGE; v++)
    for (int u = 0; u < EDGE; u++) {
      float value = fminf(fmaxf(image[v * EDGE + u], 0), 1);
      uint8_t level = (uint8_t)lrintf(value * 255);
      fill(sh, x + u * ZOOM, y + v * ZOOM, ZOOM, ZOOM, (colour){level, level, level});
    }
  y += EDGE * ZOOM + 8;
  write_text(sh, x - 3, y, predicted, verdict);
  if (!good) write_text(sh, x - 3, y + LINE, truth, plain);
}

static int draw(const network *net, int64_t count, const float *images, const int32_t *truth, const int32_t *predicted,
                const char *path) {
  int columns = count < COLUMNS ? (int)count : COLUMNS, rows = (int)((count + columns - 1) / columns), hits = 0;
  sheet sh = {.width = columns * CELL_WIDTH, .height = rows * CELL_HEIGHT};
  sh.pixels = malloc(3 * (size_t)sh.width * (size_t)sh.height);
  if (!sh.pixels) return fail("out of memory");
  fill(&sh, 0, 0, sh.width, sh.height, paper);
  for (int i = 0; i < (int)count; i++) {
    /* classes of a damaged file may be anything */
    if (truth[i] < 0 || truth[i] >= CLASSES || predicted[i] < 0 || predicted[i] >= CLASSES) continue;
    hits += truth[i] == predicted[i];
    draw_cell(&sh, i % columns * CELL_WIDTH, i / columns * CELL_HEIGHT, images + (size_t)i * PIXELS,
              net->class_names[predicted[i]], net->class_names[truth[i]]);
  }
  char message[512] = "";
  int code = 0;
  if (weft_image_write_png(path, 3, sh.pixels, sh.width, sh.height, message, sizeof message) != WEFT_OK)
    code = fail("%s", message);
  else
    printf("%s: %d of %lld right, %dx%d pixels\n", path, hits, (long long)count, sh.width, sh.height);
  free(sh.pixels);
  return code;
}

/* The first images of the test set and what the model says of them. */
static int look(network *net, const settings *s, float *images, int32_t *truth, int32_t *predicted) {
  int64_t n = s->count;
  weft_dataset *data = source_open(s, 0);
  if (!data) return EXIT_FAILED;
  view v = network_view(net, "gallery", n, 0);
  weft_tensor *answer = weft_argmax(v.logits, -1);
  weft_program *program = weft_compile(answer);
  int code = 0;
  if (!program || !weft_dataset_next(data, v.x, v.t) || weft_run(program) != WEFT_OK ||
      weft_read(v.x, images, (size_t)n * PIXELS * sizeof *images) != WEFT_OK ||
      weft_read(v.t, truth, (size_t)n * sizeof *truth) != WEFT_OK ||
      weft_read(answer, predicted, (size_t)n * sizeof *predicted) != WEFT_OK)
    code = network_fail(net, "looking at the test images");
  weft_dataset_free(data);
  return code;
}

int command_gallery(const settings *s) {
  network net;
  if (!s->load) return usage("--load FILE is missing");
  if (!s->output) return usage("--output FILE is missing");
  size_t n = (size_t)s->count;
  float *images = malloc(n * PIXELS * sizeof *images);
  int32_t *truth = malloc(n * sizeof *truth), *predicted = malloc(n * sizeof *predicted);
  int code = network_load(&net, s);
  if (code == 0 && (!images || !truth || !predicted)) code = fail("out of memory");
  if (code == 0) code = look(&net, s, images, truth, predicted);
  if (code == 0) code = draw(&net, s->count, images, truth, predicted, s->output);
  network_close(&net);
  free(images);
  free(truth);
  free(predicted);
  return code;
}
