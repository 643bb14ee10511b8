/* predict.c -- `weft eval` and `weft predict`: a saved model on the test images, and on one image file. */
#include "cli.h"
#include <math.h>
#include <stdlib.h>

int command_eval(const settings *s) {
  network net;
  score result = {0};
  if (!s->load) return usage("--load FILE is missing");
  int code = network_load(&net, s);
  scorer *sc = code ? NULL : scorer_new(&net, s, s->batch > 0 ? s->batch : 1000);
  if (code == 0) code = sc ? scorer_run(sc, &result) : EXIT_FAILED;
  if (code == 0 && s->json)
    printf("{\"model\": \"%s\", \"images\": %lld, \"loss\": %.9g, \"accuracy\": %.9g, \"seconds\": %.6f}\n",
           net.model->name, (long long)result.images, result.loss, result.accuracy, result.seconds);
  else if (code == 0)
    printf("%s: loss %.4f  accuracy %.4f  (%lld images, %.1f s)\n", net.model->name, result.loss, result.accuracy,
           (long long)result.images, result.seconds);
  scorer_free(sc);
  network_close(&net);
  return code;
}

/* ---- an image file as the networks know them: 28x28, grey, bright on dark ---- */

typedef struct grey {
  int width, height;
  float *pixels; /* 0 black .. 1 white */
} grey;

static float border_mean(const grey *g) {
  double sum = 0;
  int n = 0;
  for (int y = 0; y < g->height; y++)
    for (int x = 0; x < g->width; x++)
      if (x == 0 || y == 0 || x == g->width - 1 || y == g->height - 1) {
        sum += (double)g->pixels[(size_t)y * (size_t)g->width + (size_t)x];
        n++;
      }
  return (float)(sum / n);
}

/* Mean of the image over the rectangle, pixels cut by its edge counted in part; outside is 0. */
static float area_mean(const grey *g, double x0, double y0, double side) {
  double sum = 0;
  int top = (int)floor(y0), left = (int)floor(x0), bottom = (int)ceil(y0 + side), right = (int)ceil(x0 + side);
  for (int y = top < 0 ? 0 : top; y < bottom && y < g->height; y++) {
    double high = fmin(y + 1, y0 + side) - fmax(y, y0);
    for (int x = left < 0 ? 0 : left; x < right && x < g->width; x++)
      sum +=
          high * (fmin(x + 1, x0 + side) - fmax(x, x0)) * (double)g->pixels[(size_t)y * (size_t)g->width + (size_t)x];
  }
  return (float)(sum / (side * side));
}

/* The largest side fills the square; the rest is background. */
static void shrink(const grey *g, float out[PIXELS]) {
  double side = (double)(g->width > g->height ? g->width : g->height), cell = side / EDGE;
  double x0 = (g->width - side) / 2, y0 = (g->height - side) / 2;
  for (int y = 0; y < EDGE; y++)
    for (int x = 0; x < EDGE; x++) out[y * EDGE + x] = area_mean(g, x0 + x * cell, y0 + y * cell, cell);
}

static int load_pixels(const char *path, float out[PIXELS]) {
  uint8_t *bytes = NULL;
  grey g;
  char message[512] = "";
  if (weft_image_read(path, 2, &bytes, &g.width, &g.height, message, sizeof message) != WEFT_OK)
    return fail("%s", message);
  size_t n = (size_t)g.width * (size_t)g.height;
  g.pixels = malloc(n * sizeof *g.pixels);
  if (!g.pixels) {
    weft_image_free(bytes);
    return fail("out of memory");
  }
  for (size_t i = 0; i < n; i++)
    g.pixels[i] = (float)bytes[2 * i] * (float)bytes[2 * i + 1] / (255 * 255); /* over black */
  weft_image_free(bytes);
  if (border_mean(&g) > 0.5f)
    for (size_t i = 0; i < n; i++) g.pixels[i] = 1 - g.pixels[i];
  shrink(&g, out);
  free(g.pixels);
  return 0;
}

/* ---- the answer ---- */

static void print_answer(const network *net, const float p[CLASSES], int as_json) {
  int order[CLASSES];
  for (int i = 0; i < CLASSES; i++) { /* insertion sort, most likely first */
    int at = i;
    for (; at > 0 && p[order[at - 1]] < p[i]; at--) order[at] = order[at - 1];
    order[at] = i;
  }
  if (as_json) {
    printf("[");
    for (int i = 0; i < CLASSES; i++) {
      printf("%s{\"class\": ", i ? ", " : "");
      json_text(stdout, net->class_names[order[i]]);
      printf(", \"probability\": %.6f}", (double)p[order[i]]);
    }
    printf("]\n");
    return;
  }
  for (int i = 0; i < 5; i++) {
    int filled = (int)lrintf(p[order[i]] * 40);
    printf("%-12s %6.2f %%  %.*s\n", net->class_names[order[i]], (double)p[order[i]] * 100, filled,
           "########################################");
  }
}

int command_predict(const settings *s) {
  network net;
  float pixels[PIXELS], p[CLASSES];
  if (!s->load) return usage("--load FILE is missing");
  int code = load_pixels(s->argument, pixels);
  if (code) return code;
  code = network_load(&net, s);
  if (code == 0) {
    view v = network_view(&net, "one", 1, 0);
    weft_tensor *probability = weft_softmax(v.logits, -1);
    weft_program *program = weft_compile(probability);
    weft_write(v.x, pixels, sizeof pixels);
    weft_run(program);
    if (weft_read(probability, p, sizeof p) != WEFT_OK)
      code = network_fail(&net, "predicting");
    else
      print_answer(&net, p, s->json);
  }
  network_close(&net);
  return code;
}
