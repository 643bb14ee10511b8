/* table.c -- figures for people: tables that fit a terminal and are Markdown as they stand. */
#include "dlbench.h"
#include <math.h>
#include <string.h>

/* Three digits that mean something, without an exponent; 1,234,567 with commas. */
const char *number_text(double value, char *out, size_t size) {
  double a = fabs(value);
  char digits[32];
  if (a >= 9999.5 && a < 1e15) {
    int n = snprintf(digits, sizeof digits, "%.0f", value);
    size_t used = 0;
    for (int i = 0; i < n && used + 2 < size; i++) {
      if (i && digits[i - 1] != '-' && (n - i) % 3 == 0) out[used++] = ',';
      out[used++] = digits[i];
    }
    out[used] = 0;
    return out;
  }
  snprintf(out, size, a >= 100 ? "%.0f" : a >= 10 ? "%.1f" : a >= 1 ? "%.2f" : a >= 0.01 ? "%.3f" : "%.5f", value);
  return out;
}

static const struct {
  const char *section, *title;
} sections[] = {{"compute", "Arithmetic peak"},
                {"memory", "Memory bandwidth by working set"},
                {"local", "Work-group memory"},
                {"transfer", "Host and device"},
                {"launch", "Launches"},
                {"atomics", "Atomic additions"},
                {"ops", "Operations"},
                {"models", "Models"},
                {"start", "From nothing to the first result of a training step"},
                {"tune", "Tuning"}};

/* How the rows of a section are shown. */
typedef enum form { PLAIN, OPS, MODELS, TUNED } form;

static form form_of(const char *section) {
  if (!strcmp(section, "ops")) return OPS;
  if (!strcmp(section, "models")) return MODELS;
  return strcmp(section, "tune") ? PLAIN : TUNED;
}

static void print_head(form f, FILE *to) {
  static const char *const heads[] = {
      [PLAIN] = "| what                             |    median | unit      |   spread | runs |\n"
                "|----------------------------------|----------:|-----------|---------:|-----:|\n",
      [OPS] = "| what                             |   GFLOP/s |        ms |      GB/s | roofline |   spread | runs |\n"
              "|----------------------------------|----------:|----------:|----------:|---------:|---------:|-----:|\n",
      [MODELS] =
          "| what                             |    median | unit      |        ms |    memory |   spread | runs |\n"
          "|----------------------------------|----------:|-----------|----------:|----------:|---------:|-----:|\n",
      [TUNED] = "| what                             |   GFLOP/s |   spread | runs | gain                          |\n"
                "|----------------------------------|----------:|---------:|-----:|-------------------------------|\n"};
  fputs(heads[f], to);
}

static void print_row(const row *r, form f, FILE *to) {
  char value[32], spread[32], time[32], other[32], roof[32] = "-";
  if (r->error[0]) {
    fprintf(to, "| %-32s | failed: %s |\n", r->name, r->error);
    return;
  }
  number_text(r->value, value, sizeof value);
  number_text(r->seconds * 1e3, time, sizeof time);
  snprintf(spread, sizeof spread, "%.1f %%%s", 100 * row_spread(r), row_is_noisy(r) ? " !" : "");
  fprintf(to, "| %-32s | %9s | ", r->name, value);
  if (f == PLAIN) {
    fprintf(to, "%-9s | %8s | %4d |\n", r->unit, spread, r->repeats);
  } else if (f == OPS) {
    if (r->roof > 0) snprintf(roof, sizeof roof, "%.0f %%", 100 * r->roof);
    number_text(r->seconds > 0 ? r->bytes / r->seconds * 1e-9 : 0, other, sizeof other);
    fprintf(to, "%9s | %9s | %8s | %8s | %4d |\n", time, other, roof, spread, r->repeats);
  } else if (f == MODELS) {
    bytes_text(r->memory, other, sizeof other);
    fprintf(to, "%-9s | %9s | %9s | %8s | %4d |\n", r->unit, time, other, spread, r->repeats);
  } else {
    fprintf(to, "%8s | %4d | %-29s |\n", spread, r->repeats, r->detail);
  }
}

/* What a line of the table has no room for: candidates of the tuner that won, the kernels that take the time. */
static void print_details(const document *d, const char *section, form f, FILE *to) {
  int tuned = 0;
  if (f != OPS && f != MODELS) return;
  if (f == MODELS) fputs("\nShare of time of the kernels, and how many of them there are:\n\n", to);
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    if (strcmp(r->section, section) || r->error[0] || !r->detail[0]) continue;
    if (f == OPS && !strstr(r->detail, " times untuned")) continue;
    if (f == OPS && !tuned++) fputs("\nKernels, the candidates that won and how many times as fast they are:\n\n", to);
    fprintf(to, "* %s: %s\n", r->name, r->detail);
  }
  if (f == OPS && !tuned) fputs("\nNothing is tuned for this device: `dlbench tune` looks for faster kernels.\n", to);
}

static void print_section(const document *d, const char *section, const char *title, FILE *to) {
  int shown = 0, noisy = 0;
  form f = form_of(section);
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    if (strcmp(r->section, section)) continue;
    if (!shown++) {
      fprintf(to, "\n%s\n\n", title);
      print_head(f, to);
    }
    print_row(r, f, to);
    noisy += !r->error[0] && row_is_noisy(r);
  }
  if (noisy)
    fprintf(to,
            "\n! %d of %d vary by more than a tenth between their quartiles: something else used the machine, or the "
            "driver "
            "is uneven.\n",
            noisy, shown);
  if (shown) print_details(d, section, f, to);
}

void table_print(const document *d, FILE *to) {
  if (d->device.id[0])
    fprintf(to, "%s: %s, %s\nweft %s, %s, %s run of %.0f s, medians of repeats\n", d->device.id, d->device.name,
            d->device.driver, d->weft, d->date, d->mode, d->seconds);
  if (d->note[0]) fprintf(to, "Note: %s\n", d->note);
  for (size_t s = 0; s < sizeof sections / sizeof *sections; s++)
    print_section(d, sections[s].section, sections[s].title, to);
}
