/* report.c -- the metrics of a training run as JSON; doc/metrics-schema.json says what stands in it.
 *
 * The whole file is written again after each epoch, to a neighbour that is renamed over it, so that a reader never sees
 * half a report and a run that is cut off leaves the epochs it finished. */
#include "cli.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void json_text(FILE *out, const char *text) {
  fputc('"', out);
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '"' || *c == '\\')
      fprintf(out, "\\%c", *c);
    else if (*c < 0x20)
      fprintf(out, "\\u%04x", *c);
    else
      fputc(*c, out);
  }
  fputc('"', out);
}

static void text_member(FILE *out, const char *indent, const char *key, const char *value, const char *end) {
  fprintf(out, "%s\"%s\": ", indent, key);
  json_text(out, value);
  fprintf(out, "%s\n", end);
}

/* JSON has no NaN: a loss that diverged is null. */
static void number_member(FILE *out, const char *indent, const char *key, double value, const char *end) {
  if (isfinite(value))
    fprintf(out, "%s\"%s\": %.9g%s\n", indent, key, value, end);
  else
    fprintf(out, "%s\"%s\": null%s\n", indent, key, end);
}

static void integer_member(FILE *out, const char *indent, const char *key, int64_t value, const char *end) {
  fprintf(out, "%s\"%s\": %lld%s\n", indent, key, (long long)value, end);
}

static void write_run(FILE *out, const run_metrics *run) {
  weft_device_info device;
  weft_device_describe(run->net->device, &device);
  fprintf(out, "{\n");
  text_member(out, "  ", "schema", "weft-metrics", ",");
  integer_member(out, "  ", "version", 1, ",");
  text_member(out, "  ", "weft", weft_version(), ",");
  text_member(out, "  ", "model", run->net->model->name, ",");
  integer_member(out, "  ", "parameters", run->parameters, ",");
  fprintf(out, "  \"device\": {\n");
  text_member(out, "    ", "id", device.id, ",");
  text_member(out, "    ", "name", device.name, ",");
  text_member(out, "    ", "driver", device.driver, ",");
  text_member(out, "    ", "class", device.device_class == WEFT_CLASS_GPU ? "GPU" : "CPU", "");
  fprintf(out, "  },\n");
  integer_member(out, "  ", "seed", run->settings->seed, ",");
  text_member(out, "  ", "optimizer", run->optimizer, ",");
  number_member(out, "  ", "learning_rate", run->lr, ",");
  integer_member(out, "  ", "batch", run->batch, ",");
  integer_member(out, "  ", "train_images", run->train_images, ",");
  integer_member(out, "  ", "test_images", run->test_images, ",");
  number_member(out, "  ", "compile_seconds", run->compile_seconds, ",");
  integer_member(out, "  ", "peak_bytes", (int64_t)run->peak_bytes, ",");
  integer_member(out, "  ", "leaf_bytes", (int64_t)run->leaf_bytes, ",");
  fprintf(out, "  \"epochs\": [");
  for (int64_t i = 0; i < run->n_epochs; i++) {
    const epoch_metrics *e = &run->epochs[i];
    fprintf(out, "%s\n    {\n", i ? "," : "");
    integer_member(out, "      ", "epoch", e->epoch, ",");
    integer_member(out, "      ", "steps", e->steps, ",");
    integer_member(out, "      ", "images", e->images, ",");
    number_member(out, "      ", "seconds", e->seconds, ",");
    number_member(out, "      ", "images_per_second", e->seconds > 0 ? (double)e->images / e->seconds : 0, ",");
    number_member(out, "      ", "learning_rate", e->lr, ",");
    number_member(out, "      ", "train_loss", e->train_loss, ",");
    number_member(out, "      ", "test_loss", e->test_loss, ",");
    number_member(out, "      ", "test_accuracy", e->test_accuracy, "");
    fprintf(out, "    }");
  }
  fprintf(out, "%s]\n}\n", run->n_epochs ? "\n  " : "");
}

int report_write(const char *path, const run_metrics *run) {
  size_t size = strlen(path) + 5;
  char *neighbour = malloc(size);
  if (!neighbour) return fail("out of memory");
  snprintf(neighbour, size, "%s.tmp", path);
  FILE *out = fopen(neighbour, "w");
  int bad = !out;
  if (out) {
    write_run(out, run);
    bad = ferror(out) != 0;
    bad |= fclose(out) != 0;
    if (!bad) bad = rename(neighbour, path) != 0;
    if (bad) unlink(neighbour);
  }
  if (bad) fail("cannot write %s: %s", path, strerror(errno));
  free(neighbour);
  return bad ? EXIT_FAILED : 0;
}
