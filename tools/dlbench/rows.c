/* rows.c -- figures in memory: rows of a document, and what a row makes of the times that were measured. */
#include "dlbench.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

row *document_row(document *d, const char *section, const char *name, const char *unit) {
  if (d->n_rows == d->capacity) {
    size_t capacity = d->capacity ? d->capacity * 2 : 128;
    row *rows = realloc(d->rows, capacity * sizeof *rows);
    if (!rows) return NULL;
    d->rows = rows;
    d->capacity = capacity;
  }
  row *r = &d->rows[d->n_rows++];
  memset(r, 0, sizeof *r);
  snprintf(r->section, sizeof r->section, "%s", section);
  snprintf(r->name, sizeof r->name, "%s", name);
  snprintf(r->unit, sizeof r->unit, "%s", unit);
  return r;
}

void document_free(document *d) {
  free(d->rows);
  free(d->devices);
  *d = (document){0};
}

const row *document_find(const document *d, const char *section, const char *name) {
  for (size_t i = 0; i < d->n_rows; i++)
    if (!strcmp(d->rows[i].section, section) && !strcmp(d->rows[i].name, name)) return &d->rows[i];
  return NULL;
}

int higher_is_better(const row *r) {
  return strcmp(r->unit, "us") != 0 && strcmp(r->unit, "ms") != 0 && strcmp(r->unit, "s") != 0;
}
double row_spread(const row *r) { return r->value > 0 ? (r->high - r->low) / r->value : 0; }
int row_is_noisy(const row *r) { return row_spread(r) > 0.1; }

static int ascending(const void *a, const void *b) {
  return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static double quantile(const double *sorted, int count, double q) {
  double at = q * (count - 1);
  int i = (int)at;
  return i + 1 < count ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[count - 1];
}

/* Prefixes of the units of work a second. */
static double unit_of(const char *unit) { return unit[0] == 'G' ? 1e9 : 1; }

void row_fill(row *r, const double *seconds, int count, double work, double scale) {
  double sorted[MAX_SAMPLES];
  if (count < 1) return;
  if (count > MAX_SAMPLES) count = MAX_SAMPLES;
  memcpy(sorted, seconds, sizeof *sorted * (size_t)count);
  qsort(sorted, (size_t)count, sizeof *sorted, ascending);
  double first = quantile(sorted, count, 0.25), third = quantile(sorted, count, 0.75);
  r->seconds = quantile(sorted, count, 0.5);
  r->repeats = count;
  if (work > 0) {
    work /= unit_of(r->unit);
    r->value = work / r->seconds;
    r->low = work / third;
    r->high = work / first;
    r->best = work / sorted[0];
  } else {
    r->value = r->seconds * scale;
    r->low = first * scale;
    r->high = third * scale;
    r->best = sorted[0] * scale;
  }
}

const char *bytes_text(double bytes, char *out, size_t size) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  int u = 0;
  while (bytes >= 1024 && u < 4) bytes /= 1024, u++;
  snprintf(out, size, bytes >= 100 || bytes == floor(bytes) ? "%.0f %s" : "%.1f %s", bytes, units[u]);
  return out;
}
