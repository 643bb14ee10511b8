/* table.c -- figures for people: tables that fit a terminal and are Markdown as they stand. */
#include "dlbench.h"
#include <math.h>
#include <string.h>

const char *bytes_text(double bytes, char *out, size_t size) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  int u = 0;
  while (bytes >= 1024 && u < 4) bytes /= 1024, u++;
  snprintf(out, size, bytes >= 100 || bytes == floor(bytes) ? "%.0f %s" : "%.1f %s", bytes, units[u]);
  return out;
}

/* Three digits that mean something, without an exponent. */
const char *number_text(double value, char *out, size_t size) {
  double a = fabs(value);
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
                {"tune", "Tuning"}};

static void print_rule(FILE *to, const int *widths, int count) {
  for (int i = 0; i < count; i++) {
    fputc('|', to);
    for (int k = 0; k < widths[i]; k++) fputc('-', to);
    fputc(i ? ':' : '-', to);
  }
  fputs("|\n", to);
}

static int has_extras(const char *section) { return !strcmp(section, "ops") || !strcmp(section, "models"); }

static void print_row(const row *r, int extras, FILE *to) {
  char value[32], spread[32], time[32], other[32], roof[32] = "-";
  if (r->error[0]) {
    fprintf(to, "| %-34s | failed: %s |\n", r->name, r->error);
    return;
  }
  number_text(r->value, value, sizeof value);
  snprintf(spread, sizeof spread, "%.1f %%%s", 100 * row_spread(r), row_is_noisy(r) ? " !" : "");
  if (!extras) {
    fprintf(to, "| %-34s | %9s | %-9s | %8s | %7d |\n", r->name, value, r->unit, spread, r->repeats);
    return;
  }
  number_text(r->seconds * 1e3, time, sizeof time);
  if (r->roof > 0) snprintf(roof, sizeof roof, "%.0f %%", 100 * r->roof);
  if (!strcmp(r->section, "ops"))
    number_text(r->seconds > 0 ? r->bytes / r->seconds * 1e-9 : 0, other, sizeof other);
  else
    bytes_text(r->memory, other, sizeof other);
  fprintf(to, "| %-34s | %9s | %9s | %9s | %8s | %8s |\n", r->name, value, time, other, roof, spread);
}

static void print_section(const document *d, const char *section, const char *title, FILE *to) {
  int shown = 0, noisy = 0, extras = has_extras(section), is_ops = !strcmp(section, "ops");
  static const int plain[] = {35, 10, 10, 9, 8}, wide[] = {35, 10, 10, 10, 9, 9};
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    if (strcmp(r->section, section)) continue;
    if (!shown++) {
      fprintf(to, "\n%s\n\n", title);
      if (extras)
        fprintf(to, "| %-34s | %9s | %9s | %9s | %8s | %8s |\n", "what", is_ops ? "GFLOP/s" : "samples/s", "ms",
                is_ops ? "GB/s" : "memory", "roofline", "spread");
      else
        fprintf(to, "| %-34s | %9s | %-9s | %8s | %7s |\n", "what", "median", "unit", "spread", "repeats");
      print_rule(to, extras ? wide : plain, extras ? 6 : 5);
    }
    print_row(r, extras, to);
    noisy += !r->error[0] && row_is_noisy(r);
  }
  if (noisy)
    fprintf(to, "\n! %d of %d vary by more than a tenth between their quartiles: something else used the machine.\n",
            noisy, shown);
}

void table_print(const document *d, FILE *to) {
  if (d->device.id[0])
    fprintf(to, "%s: %s, %s\nweft %s, %s, %s run of %.0f s, medians of repeats\n", d->device.id, d->device.name,
            d->device.driver, d->weft, d->date, d->mode, d->seconds);
  if (d->note[0]) fprintf(to, "Note: %s\n", d->note);
  for (size_t s = 0; s < sizeof sections / sizeof *sections; s++)
    print_section(d, sections[s].section, sections[s].title, to);
}
