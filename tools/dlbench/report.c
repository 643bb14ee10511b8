/* report.c -- one page of HTML with everything in it: no script, no network, light and dark by the reader's setting.
 * Each plot stands in it twice, for wide windows and for phones, of which the style shows one. */
#include "report.h"
#include "base/embed.h"
#include "base/file.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void add_style(weft_text *out, const char *file) {
  char path[64];
  snprintf(path, sizeof path, "tools/dlbench/%s", file);
  const char *text = weft_embedded(path);
  weft_text_add(out, text ? text : "");
}

static int has_section(const document *d, const char *section) {
  for (size_t i = 0; i < d->n_rows; i++)
    if (!strcmp(d->rows[i].section, section)) return 1;
  return 0;
}

static void card(weft_text *out, const char *title, const char *text) {
  weft_text_printf(out, "<section class=\"card\"><h2>%s</h2>\n<p class=\"soft\">%s</p>\n", title, text);
}

/* ---- the head of the page ---- */

static void tile(weft_text *out, const row *r, double value, const char *unit, const char *what) {
  char number[32];
  if (value <= 0 || (r && r->error[0])) return;
  weft_text_printf(out, "<div class=\"tile\"><b>%s <small>", number_text(value, number, sizeof number));
  add_escaped(out, unit);
  weft_text_add(out, "</small></b><span>");
  add_escaped(out, what);
  weft_text_add(out, "</span></div>\n");
}

static const row *best_of(const document *d, const char *section, const char *prefix) {
  const row *best = NULL;
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    if (strcmp(r->section, section) || strncmp(r->name, prefix, strlen(prefix)) || r->error[0]) continue;
    if (!best || r->value > best->value) best = r;
  }
  return best;
}

static void tiles(weft_text *out, const document *d) {
  const row *gemm = best_of(d, "ops", "gemm"), *launch = document_find(d, "launch", "one kernel, replayed");
  const row *lenet = best_of(d, "models", "lenet training"),
            *batch = document_find(d, "launch", "a kernel in a batch of 256");
  weft_text_add(out, "<div class=\"tiles\">\n");
  tile(out, NULL, roof_compute(d), "GFLOP/s", "f32 arithmetic, peak");
  tile(out, NULL, roof_bandwidth(d, 0), "GB/s", "memory, best of the largest sets");
  if (gemm) tile(out, gemm, gemm->value, "GFLOP/s", gemm->name);
  if (launch) tile(out, launch, launch->value, "us", "one kernel and the wait for it");
  if (batch) tile(out, batch, batch->value, "us", "each kernel of a batch");
  if (lenet) tile(out, lenet, lenet->value, lenet->unit, lenet->name);
  weft_text_add(out, "</div>\n");
}

static void failures(weft_text *out, const document *d) {
  int count = 0;
  for (size_t i = 0; i < d->n_rows; i++) count += d->rows[i].error[0] != 0;
  if (!count) return;
  weft_text_printf(out, "<section class=\"card\"><h2>%d could not be measured</h2>\n<ul>\n", count);
  for (size_t i = 0; i < d->n_rows; i++) {
    if (!d->rows[i].error[0]) continue;
    weft_text_add(out, "<li>");
    add_escaped(out, d->rows[i].name);
    weft_text_add(out, ": <span class=\"bad\">");
    add_escaped(out, d->rows[i].error);
    weft_text_add(out, "</span></li>\n");
  }
  weft_text_add(out, "</ul></section>\n");
}

/* ---- tables ---- */

static void cell(weft_text *out, const char *class, const char *text) {
  weft_text_printf(out, *class ? "<td class=\"%s\">" : "<td>", class);
  add_escaped(out, text);
  weft_text_add(out, "</td>");
}

static void spread_cell(weft_text *out, const row *r) {
  weft_text_printf(out, "<td class=\"extra%s\">%.1f&nbsp;%%%s</td>", row_is_noisy(r) ? " noisy" : "",
                   100 * row_spread(r), row_is_noisy(r) ? " !" : "");
}

static void ops_table(weft_text *out, const document *d) {
  char text[32];
  weft_text_add(out, "<div class=\"scroll\"><table><tr><th>#</th><th class=\"left\">operation</th><th>GFLOP/s</th>"
                     "<th class=\"extra\">GB/s</th><th>ms</th><th>roofline</th><th class=\"extra\">spread</th>"
                     "<th class=\"extra left\">kernels</th></tr>\n");
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    if (strcmp(r->section, "ops") || r->error[0]) continue;
    snprintf(text, sizeof text, "%d", number_of(d, r));
    weft_text_add(out, "<tr>");
    cell(out, "soft", text);
    cell(out, "left", r->name);
    cell(out, "", number_text(r->value, text, sizeof text));
    cell(out, "extra", number_text(r->seconds > 0 ? r->bytes / r->seconds * 1e-9 : 0, text, sizeof text));
    cell(out, "", number_text(r->seconds * 1e3, text, sizeof text));
    snprintf(text, sizeof text, r->roof > 0 ? "%.0f %%" : "-", 100 * r->roof);
    cell(out, "", text);
    spread_cell(out, r);
    cell(out, "extra wrap", r->detail);
    weft_text_add(out, "</tr>\n");
  }
  weft_text_add(out, "</table></div>\n");
}

static void plain_table(weft_text *out, const document *d, const char *section) {
  char text[48], number[32];
  int is_models = !strcmp(section, "models");
  weft_text_printf(
      out,
      "<div class=\"scroll\"><table><tr><th class=\"left\">what</th><th>median</th>%s<th class=\"extra\">spread</th>"
      "<th class=\"extra\">repeats</th>%s</tr>\n",
      is_models ? "<th>memory</th>" : "", is_models ? "<th class=\"extra left\">share of time</th>" : "");
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    if (strcmp(r->section, section) || r->error[0]) continue;
    weft_text_add(out, "<tr>");
    cell(out, "left", r->name);
    snprintf(text, sizeof text, "%s %s", number_text(r->value, number, sizeof number), r->unit);
    cell(out, "", text);
    if (is_models) cell(out, "", bytes_text(r->memory, text, sizeof text));
    spread_cell(out, r);
    snprintf(text, sizeof text, "%d", r->repeats);
    cell(out, "extra", text);
    if (is_models) cell(out, "extra wrap", r->detail);
    weft_text_add(out, "</tr>\n");
  }
  weft_text_add(out, "</table></div>\n");
}

static void table_card(weft_text *out, const document *d, const char *section, const char *title, const char *text) {
  if (!has_section(d, section)) return;
  card(out, title, text);
  plain_table(out, d, section);
  weft_text_add(out, "</section>\n");
}

/* ---- plots in two widths ---- */

static void both_widths(weft_text *out, const document *d, void (*plot)(weft_text *, const document *, int)) {
  weft_text_add(out, "<div class=\"wide\">");
  plot(out, d, WIDE);
  weft_text_add(out, "</div><div class=\"narrow\">");
  plot(out, d, NARROW);
  weft_text_add(out, "</div>\n");
}

static void roofline_in_page(weft_text *out, const document *d, int width) { plot_roofline(out, d, width, 0); }

/* Bars of a section's rows; value_of gives 0 for a row to be left out. */
static void bars_of(weft_text *out, const document *d, const char *section, double end, int width, const char *title,
                    double (*value_of)(const row *, char *text, size_t size), int (*colour_of)(const row *)) {
  bar *bars = calloc(d->n_rows ? d->n_rows : 1, sizeof *bars);
  size_t count = 0;
  for (size_t i = 0; bars && i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    bar *b = &bars[count];
    if (strcmp(r->section, section) || r->error[0]) continue;
    b->value = value_of(r, b->value_text, sizeof b->value_text);
    if (b->value <= 0) continue;
    snprintf(b->name, sizeof b->name, "%s", r->name);
    b->colour = colour_of(r);
    count++;
  }
  if (count) plot_bars(out, bars, count, end, width, title);
  free(bars);
}

static double roof_value(const row *r, char *text, size_t size) {
  snprintf(text, size, "%.0f %%", 100 * r->roof);
  return r->roof;
}
static double median_value(const row *r, char *text, size_t size) {
  char number[32];
  snprintf(text, size, "%s %s", number_text(r->value, number, sizeof number), r->unit);
  return r->value;
}
static int type_of(const row *r) {
  static const char *const types[] = {"f32", "f16", "f64", "i32"};
  for (int i = 0; i < 4; i++)
    if (!strncmp(r->name, types[i], 3)) return i;
  return 4;
}
static int use_of(const row *r) { return strstr(r->name, "training") ? 1 : 0; }

static double most_of(const document *d, const char *section) {
  double most = 0;
  for (size_t i = 0; i < d->n_rows; i++)
    if (!strcmp(d->rows[i].section, section) && d->rows[i].value > most) most = d->rows[i].value;
  return most;
}

static void roof_bars(weft_text *out, const document *d, int width) {
  bars_of(out, d, "ops", 1, width, "Part of the roofline", roof_value, family_of);
}
static void compute_bars(weft_text *out, const document *d, int width) {
  bars_of(out, d, "compute", most_of(d, "compute"), width, "Arithmetic", median_value, type_of);
}
static void model_bars(weft_text *out, const document *d, int width) {
  bars_of(out, d, "models", 0, width, "Models", median_value, use_of);
}

/* ---- the page ---- */

static void fact(weft_text *out, const char *name, const char *value) {
  weft_text_printf(out, "<dt>%s</dt><dd>", name);
  add_escaped(out, value);
  weft_text_add(out, "</dd>\n");
}

static void facts(weft_text *out, const document *d) {
  const weft_device_info *v = &d->device;
  char text[256], a[32], b[32];
  weft_text_add(
      out, "<section class=\"card\"><h2>The device</h2><p class=\"soft\">What the driver tells, and what weft makes "
           "of it.</p>\n<dl>\n");
  fact(out, "driver", v->driver);
  snprintf(text, sizeof text, "%s, largest buffer %s", bytes_text((double)v->memory, a, sizeof a),
           bytes_text((double)v->max_buffer, b, sizeof b));
  fact(out, "memory", text);
  snprintf(text, sizeof text, "%u work-items, %s of local memory", (unsigned)v->max_group,
           bytes_text((double)v->local_memory, a, sizeof a));
  fact(out, "work-group", text);
  if (v->compute_units) {
    snprintf(text, sizeof text, "%u", (unsigned)v->compute_units);
    fact(out, "compute units", text);
  }
  if (v->subgroup) {
    snprintf(text, sizeof text, "%u (%u to %u)", (unsigned)v->subgroup, (unsigned)v->subgroup_min,
             (unsigned)v->subgroup_max);
    fact(out, "subgroup", text);
  }
  size_t used = 0;
  const char *word;
  unsigned bit;
  text[0] = 0;
  for (size_t i = 0; (word = feature_word(i, &bit)); i++)
    if (v->features & bit && used < sizeof text)
      used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? ", " : "", word);
  fact(out, "features", text[0] ? text : "none besides f32 and i32");
  for (size_t i = 0; use_of_device(v, i, text, sizeof text); i++) fact(out, i ? "" : "weft", text);
  fact(out, "host", d->host);
  weft_text_add(out, "</dl></section>\n");
}

static void head(weft_text *out, const document *d) {
  weft_text_add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n<title>dlbench: ");
  add_escaped(out, d->device.name);
  weft_text_add(out, "</title>\n<style>\n");
  add_style(out, "report.css");
  add_style(out, "page.css");
  weft_text_add(out, "</style></head>\n<body><main>\n<h1>");
  add_escaped(out, d->device.name);
  weft_text_add(out, "</h1>\n<p class=\"lead\">");
  add_escaped(out, d->device.id);
  weft_text_add(out, ", ");
  add_escaped(out, d->device.driver);
  weft_text_printf(out, ". Measured by dlbench of weft ");
  add_escaped(out, d->weft);
  weft_text_add(out, " on ");
  add_escaped(out, d->date);
  weft_text_printf(out, ", %s run of %.0f s.</p>\n", d->mode, d->seconds);
  if (d->note[0]) {
    weft_text_add(out, "<p class=\"noisy\">");
    add_escaped(out, d->note);
    weft_text_add(out, "</p>\n");
  }
}

static void operations(weft_text *out, const document *d) {
  if (can_plot_roofline(d)) {
    card(out, "Roofline",
         "Every operation at its arithmetic intensity and its speed. Under the slope memory limits it, under the flat "
         "part "
         "arithmetic does; the nearer to the roof, the less is left to gain. Only a working set that fits into a cache "
         "can "
         "be above the slope of memory, and none above the dashed one.");
    both_widths(out, d, roofline_in_page);
    weft_text_add(out, "</section>\n");
  }
  if (!has_section(d, "ops")) return;
  card(out, "Operations",
       "Part of what the roofline allows at the size of each operation's working set, and the figures.");
  both_widths(out, d, roof_bars);
  weft_text_add(out, "<br>\n");
  ops_table(out, d);
  weft_text_add(out, "</section>\n");
}

static void bare_device(weft_text *out, const document *d) {
  if (can_plot_bandwidth(d)) {
    card(out, "Memory bandwidth",
         "Bytes moved a second over the size of the working set. Steps are the ends of caches; the bands are the "
         "quartiles "
         "of the repeats.");
    both_widths(out, d, plot_bandwidth);
    weft_text_add(out, "</section>\n");
  }
  if (has_section(d, "compute")) {
    card(out, "Arithmetic",
         "Multiply-adds in independent chains, by type and by numbers in a vector. Two operations each.");
    both_widths(out, d, compute_bars);
    weft_text_add(out, "</section>\n");
  }
  weft_text_add(out, "<div class=\"pair\">\n");
  table_card(out, d, "launch", "Launches", "From the call to the end of the wait, for a kernel that does nothing.");
  table_card(out, d, "transfer", "Host and device", "Large blocks, with the wait for them.");
  table_card(out, d, "atomics", "Atomic additions", "Of one, all work-items at once.");
  table_card(out, d, "local", "Work-group memory", "Read by all work-groups at once.");
  weft_text_add(out, "</div>\n");
}

static void page(weft_text *out, const document *d) {
  head(out, d);
  tiles(out, d);
  failures(out, d);
  operations(out, d);
  if (has_section(d, "models")) {
    card(out, "Models", "Samples (or tokens) a second of whole steps. The bars are logarithmic.");
    both_widths(out, d, model_bars);
    weft_text_add(out, "<br>\n");
    plain_table(out, d, "models");
    weft_text_add(out, "</section>\n");
  }
  table_card(
      out, d, "start", "From nothing to the first result",
      "A process opens the device, builds a training step and reads its loss; the caches on disk empty, then filled.");
  table_card(out, d, "tune", "Tuning", "Speed of tuned programs.");
  bare_device(out, d);
  facts(out, d);
  weft_text_add(out, "<footer>Figures are medians; a spread above 10 % between the quartiles is marked with !: "
                     "something else used the machine, or the driver is uneven. doc/dlbench.md explains each "
                     "figure.</footer>\n</main></body></html>\n");
}

int report_write(const document *d, const char *path) {
  weft_text out = {0};
  weft_error error = {0};
  size_t length = strlen(path);
  int is_plot = length > 4 && !strcmp(path + length - 4, ".svg"), code = 0;
  if (is_plot && !can_plot_roofline(d)) {
    fprintf(stderr, "dlbench: %s: a roofline needs compute, memory and ops in the figures\n", path);
    return EXIT_FAILED;
  }
  if (is_plot)
    plot_roofline(&out, d, WIDE, 1);
  else
    page(&out, d);
  if (out.failed || weft_file_write(path, out.data, out.size, &error) != WEFT_OK) {
    fprintf(stderr, "dlbench: %s\n", out.failed ? "no memory for the report" : error.message);
    code = EXIT_FAILED;
  }
  weft_text_release(&out);
  return code;
}
