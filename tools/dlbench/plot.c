/* plot.c -- the plots as SVG. Colours are classes, which the page's style gives their value in light and in dark.
 * Labels of points are placed one after the other where they cover no other label, point or line of the roof. */
#include "report.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void add_escaped(weft_text *out, const char *text) {
  for (; *text; text++) {
    if (*text == '<')
      weft_text_add(out, "&lt;");
    else if (*text == '>')
      weft_text_add(out, "&gt;");
    else if (*text == '&')
      weft_text_add(out, "&amp;");
    else if (*text == '"')
      weft_text_add(out, "&quot;");
    else if ((unsigned char)*text >= 32)
      weft_text_add_bytes(out, text, 1);
  }
}

int family_of(const row *r) {
  if (!strncmp(r->name, "gemm", 4)) return 0;
  if (!strncmp(r->name, "conv", 4)) return 1;
  if (!strncmp(r->name, "attention", 9)) return 3;
  if (!strncmp(r->name, "softmax", 7) || strstr(r->name, "norm")) return 2;
  return 4;
}

const char *family_name(int family) {
  static const char *const names[] = {"matrix product", "convolution", "softmax and norms", "attention",
                                      "elementwise, reduction, optimizer"};
  return names[family];
}

int number_of(const document *d, const row *r) {
  int number = 0;
  for (size_t i = 0; i < d->n_rows; i++) {
    if (strcmp(d->rows[i].section, r->section) || d->rows[i].error[0]) continue;
    number++;
    if (&d->rows[i] == r) return number;
  }
  return 0;
}

/* ---- axes ---- */

typedef struct axes {
  double left, top, right, bottom; /* of the plane, in pixels */
  double x0, x1, y0, y1;           /* log10 at its edges */
} axes;

static double at_x(const axes *a, double value) {
  return a->left + (log10(value) - a->x0) / (a->x1 - a->x0) * (a->right - a->left);
}
static double at_y(const axes *a, double value) {
  return a->bottom - (log10(value) - a->y0) / (a->y1 - a->y0) * (a->bottom - a->top);
}

static void begin_svg(weft_text *out, int width, int height, int alone, const char *title) {
  weft_text_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\"%s>\n", width,
                   height, alone ? " class=\"alone\"" : "");
  weft_text_add(out, "<title>");
  add_escaped(out, title);
  weft_text_add(out, "</title>\n");
}

static void line(weft_text *out, const char *class, double x0, double y0, double x1, double y1) {
  weft_text_printf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class, x0, y0, x1,
                   y1);
}

static void label(weft_text *out, double x, double y, const char *anchor, const char *class, const char *text) {
  weft_text_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor, class);
  add_escaped(out, text);
  weft_text_add(out, "</text>\n");
}

/* Lines at 1, 2 and 5 of every decade where there is room, else at every decade. */
static void grid_y(weft_text *out, const axes *a) {
  static const double parts[] = {1, 2, 5};
  char text[32];
  double decade_height = (a->bottom - a->top) / (a->y1 - a->y0);
  int count = decade_height > 110 ? 3 : 1;
  for (int decade = (int)floor(a->y0); decade <= (int)ceil(a->y1); decade++)
    for (int k = 0; k < count; k++) {
      double value = parts[k] * pow(10, decade), y = at_y(a, value);
      if (y < a->top - 0.5 || y > a->bottom + 0.5) continue;
      line(out, "grid", a->left, y, a->right, y);
      snprintf(text, sizeof text, "%g", value);
      label(out, a->left - 7, y + 4, "end", "soft", text);
    }
}

/* Powers of two; as 1/8 below one, or as bytes. */
static void grid_x(weft_text *out, const axes *a, int step, int are_bytes) {
  char text[32];
  double last = -1e9;
  for (int power = (int)floor(a->x0 / log10(2)); power <= 60; power++) {
    double value = pow(2, power), x = at_x(a, value);
    if (power % step || x < a->left - 0.5) continue;
    if (x > a->right + 0.5) break;
    line(out, "grid", x, a->top, x, a->bottom);
    if (x - last < 34) continue;
    last = x;
    if (are_bytes)
      bytes_text(value, text, sizeof text);
    else
      snprintf(text, sizeof text, power < 0 ? "1/%.0f" : "%.0f", power < 0 ? 1 / value : value);
    label(out, x, a->bottom + 17, "middle", "soft", text);
  }
}

static void frame(weft_text *out, const axes *a, const char *x_title, const char *y_title) {
  line(out, "axis", a->left, a->bottom, a->right, a->bottom);
  line(out, "axis", a->left, a->top, a->left, a->bottom);
  label(out, a->right, a->bottom + 34, "end", "soft", x_title);
  label(out, a->left, a->top - 10, "start", "soft", y_title);
}

/* ---- labels that keep off each other ---- */

typedef struct box {
  double x0, y0, x1, y1;
} box;
typedef struct boxes {
  box *items;
  size_t count, capacity;
} boxes;

static void take(boxes *taken, box b) {
  if (taken->count == taken->capacity) {
    size_t capacity = taken->capacity ? taken->capacity * 2 : 64;
    box *items = realloc(taken->items, capacity * sizeof *items);
    if (!items) return;
    taken->items = items;
    taken->capacity = capacity;
  }
  taken->items[taken->count++] = b;
}

static double overlap(const boxes *taken, box b) {
  double sum = 0;
  for (size_t i = 0; i < taken->count; i++) {
    const box *o = &taken->items[i];
    double w = fmin(b.x1, o->x1) - fmax(b.x0, o->x0), h = fmin(b.y1, o->y1) - fmax(b.y0, o->y0);
    if (w > 0 && h > 0) sum += w * h;
  }
  return sum;
}

/* Of 11 pixels high; the widest of the usual fonts. */
static double text_width(const char *text) { return 6.9 * (double)strlen(text) + 2; }

/* The place around (x, y) where a label disturbs least: near before far, right before left. */
static box place(const boxes *taken, const axes *a, double x, double y, const char *text) {
  static const double rings[] = {9, 22, 38, 56, 78, 104};
  double width = text_width(text), best_cost = 1e30;
  box best = {x, y, x + width, y + 13};
  for (size_t r = 0; r < sizeof rings / sizeof *rings; r++)
    for (int k = 0; k < 16; k++) {
      double angle = k * 3.14159265 / 8, dx = cos(angle), dy = sin(angle);
      double cx = x + dx * (rings[r] + width / 2 * fabs(dx)), cy = y + dy * rings[r];
      box b = {cx - width / 2, cy - 7, cx + width / 2, cy + 7};
      if (b.x0 < a->left || b.x1 > a->right || b.y0 < a->top || b.y1 > a->bottom) continue;
      double cost = 25 * overlap(taken, b) + rings[r] * 2 + (dx < -0.5 ? 4 : 0) + (fabs(dx) < 0.5 ? 2 : 0);
      if (cost < best_cost) best_cost = cost, best = b;
    }
  return best;
}

static void keep_off_line(boxes *taken, double x0, double y0, double x1, double y1) {
  int steps = (int)(hypot(x1 - x0, y1 - y0) / 6) + 1;
  for (int i = 0; i <= steps; i++) {
    double x = x0 + (x1 - x0) * i / steps, y = y0 + (y1 - y0) * i / steps;
    take(taken, (box){x - 3, y - 3, x + 3, y + 3});
  }
}

/* ---- the roofline ---- */

static int is_point(const row *r) {
  return !strcmp(r->section, "ops") && !r->error[0] && r->flops > 0 && r->bytes > 0 && r->seconds > 0;
}
static double intensity(const row *r) { return r->flops / r->bytes; }
static double speed(const row *r) { return r->flops / r->seconds * 1e-9; }

int can_plot_roofline(const document *d) {
  int points = 0;
  for (size_t i = 0; i < d->n_rows; i++) points += is_point(&d->rows[i]);
  return points > 0 && roof_compute(d) > 0 && roof_bandwidth(d, 0) > 0;
}

static axes roofline_axes(const document *d, int width, int height, double peak) {
  double x0 = 0.125, x1 = 64, y0 = peak / 20;
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    if (!is_point(r)) continue;
    x0 = fmin(x0, intensity(r) / 1.6);
    x1 = fmax(x1, intensity(r) * 1.6);
    y0 = fmin(y0, speed(r) / 1.7);
  }
  return (axes){.left = 48,
                .top = 30,
                .right = width - 10,
                .bottom = height - 44,
                .x0 = log10(x0),
                .x1 = log10(x1),
                .y0 = log10(y0),
                .y1 = log10(peak * 1.8)};
}

/* A sloping roof from the left or lower edge up to the peak. Returns where it starts. */
/* A roof of memory with its name (NULL: without), which begins at a part of its length: points crowd at the foot and at
 * the edge. */
static void slope(weft_text *out, const axes *a, double bandwidth, double peak, const char *class, const char *name,
                  double part, boxes *taken) {
  double from = fmax(pow(10, a->x0), pow(10, a->y0) / bandwidth), to = fmin(peak / bandwidth, pow(10, a->x1));
  char text[64], number[32];
  if (from >= to) return;
  double x0 = at_x(a, from), y0 = at_y(a, from * bandwidth), x1 = at_x(a, to), y1 = at_y(a, to * bandwidth);
  line(out, class, x0, y0, x1, y1);
  keep_off_line(taken, x0, y0, x1, y1);
  if (!name) return;
  snprintf(text, sizeof text, "%s %s GB/s", name, number_text(bandwidth, number, sizeof number));
  double angle = atan2(y1 - y0, x1 - x0) * 180 / 3.14159265, length = hypot(x1 - x0, y1 - y0);
  if (length < text_width(text) + 20) return;
  part = fmin(part, 1 - (text_width(text) + 10) / length);
  double cx = x0 + (x1 - x0) * part, cy = y0 + (y1 - y0) * part;
  weft_text_printf(out,
                   "<text class=\"soft halo\" transform=\"translate(%.1f %.1f) rotate(%.2f)\" y=\"-6\">%s</text>\n", cx,
                   cy, angle, text);
  double dx = (x1 - x0) / length, dy = (y1 - y0) / length;
  for (double s = 0; s < text_width(text); s += 6) {
    double x = cx + dx * s + dy * 10, y = cy + dy * s - dx * 10;
    take(taken, (box){x - 6, y - 6, x + 6, y + 6});
  }
}

static void roofs(weft_text *out, const document *d, const axes *a, double peak, boxes *taken) {
  double memory = roof_bandwidth(d, 0), cache = 0;
  char text[64], number[32];
  for (size_t i = 0; i < d->n_rows; i++)
    if (!strcmp(d->rows[i].section, "memory") && !d->rows[i].error[0]) cache = fmax(cache, d->rows[i].best);
  /* Two names side by side need room between the slopes. */
  int has_room = a->right - a->left > 600 || cache > 2 * memory;
  if (cache > 1.3 * memory) slope(out, a, cache, peak, "under", has_room ? "fastest cache" : NULL, 0.3, taken);
  slope(out, a, memory, peak, "roof", "memory", 0.62, taken);
  double x = fmax(a->left, at_x(a, peak / memory)), y = at_y(a, peak),
         thin = fmax(a->left, at_x(a, peak / fmax(cache, memory)));
  line(out, "under", thin, y, x, y);
  line(out, "roof", x, y, a->right, y);
  keep_off_line(taken, thin, y, a->right, y);
  snprintf(text, sizeof text, "f32 peak %s GFLOP/s", number_text(peak, number, sizeof number));
  label(out, a->right - 4, y - 8, "end", "soft halo", text);
  take(taken, (box){a->right - text_width(text) - 4, y - 20, a->right, y});
}

static void point_text(const row *r, char *out, size_t size) {
  snprintf(out, size, "%s", r->name);
  char *extra = strstr(out, " (");
  if (extra) *extra = 0;
}

static void points(weft_text *out, const document *d, const axes *a, int is_narrow, boxes *taken) {
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    if (!is_point(r)) continue;
    double x = at_x(a, intensity(r)), y = at_y(a, speed(r)), radius = is_narrow ? 8 : 5;
    take(taken, (box){x - radius, y - radius, x + radius, y + radius});
  }
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    char text[64];
    if (!is_point(r)) continue;
    double x = at_x(a, intensity(r)), y = at_y(a, speed(r));
    if (!is_narrow) {
      point_text(r, text, sizeof text);
      box b = place(taken, a, x, y, text);
      take(taken, b);
      double nx = fmin(fmax(x, b.x0), b.x1), ny = fmin(fmax(y, b.y0 + 3), b.y1 - 3);
      if (hypot(nx - x, ny - y) > 9) line(out, "lead", x, y, nx, ny);
      label(out, b.x0 + 1, b.y1 - 3, "start", "halo", text);
    }
  }
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    char value[32];
    if (!is_point(r)) continue;
    double x = at_x(a, intensity(r)), y = at_y(a, speed(r));
    weft_text_printf(out, "<g><title>");
    add_escaped(out, r->name);
    weft_text_printf(out, ": %s GFLOP/s, %.0f %% of the roofline</title>", number_text(speed(r), value, sizeof value),
                     100 * roof_part(d, r));
    weft_text_printf(out, "<circle class=\"mark f%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/>", family_of(r), x, y,
                     is_narrow ? 8 : 5);
    if (is_narrow)
      weft_text_printf(out, "<text class=\"number\" x=\"%.1f\" y=\"%.1f\">%d</text>", x, y + 3, number_of(d, r));
    weft_text_add(out, "</g>\n");
  }
}

static int families_used(const document *d, int family) {
  for (size_t i = 0; i < d->n_rows; i++)
    if (is_point(&d->rows[i]) && family_of(&d->rows[i]) == family) return 1;
  return 0;
}

/* The key under the plot, in lines as wide as it is. Returns its height. */
static int family_key(weft_text *out, const document *d, int width, int y) {
  int x = 12, height = 18;
  for (int f = 0; f < 5; f++) {
    if (!families_used(d, f)) continue;
    int w = 30 + (int)text_width(family_name(f));
    if (x + w > width && x > 12) x = 12, height += 18;
    if (out) {
      weft_text_printf(out, "<circle class=\"f%d\" cx=\"%d\" cy=\"%d\" r=\"5\"/>\n", f, x + 5, y + height - 10);
      label(out, x + 15, y + height - 6, "start", "soft", family_name(f));
    }
    x += w;
  }
  return height;
}

void plot_roofline(weft_text *out, const document *d, int width, int alone) {
  int is_narrow = width < 600, plane = is_narrow ? 380 : 540, key = family_key(NULL, d, width, 0);
  double peak = roof_compute(d);
  axes a = roofline_axes(d, width, plane, peak);
  boxes taken = {0};
  begin_svg(out, width, plane + key + 4, alone, "Roofline");
  if (alone) {
    weft_text_add(out, "<style>");
    add_style(out, "report.css");
    weft_text_add(out, "</style>\n");
  }
  grid_y(out, &a);
  grid_x(out, &a, is_narrow ? 2 : 1, 0);
  frame(out, &a, "operations a byte (FLOP/byte)", "GFLOP/s");
  if (alone) label(out, width / 2.0, 16, "middle", "title", d->device.name);
  roofs(out, d, &a, peak, &taken);
  points(out, d, &a, is_narrow, &taken);
  family_key(out, d, width, plane);
  weft_text_add(out, "</svg>\n");
  free(taken.items);
}

/* ---- the bandwidth curve ---- */

static const char *const curve_names[] = {"read", "write", "copy", "triad", "update"};
enum { CURVES = 5 };

static int is_of_curve(const row *r, int k) {
  size_t length = strlen(curve_names[k]);
  return !strcmp(r->section, "memory") && !r->error[0] && r->size > 0 && !strncmp(r->name, curve_names[k], length) &&
         r->name[length] == ' ';
}

int can_plot_bandwidth(const document *d) {
  int points = 0;
  for (size_t i = 0; i < d->n_rows; i++) points += is_of_curve(&d->rows[i], 0);
  return points > 1;
}

static axes curve_axes(const document *d, int width, int height) {
  double x0 = 1e30, x1 = 1, y0 = 1e30, y1 = 0;
  for (size_t i = 0; i < d->n_rows; i++)
    for (int k = 0; k < CURVES; k++) {
      const row *r = &d->rows[i];
      if (!is_of_curve(r, k)) continue;
      x0 = fmin(x0, r->size), x1 = fmax(x1, r->size);
      y0 = fmin(y0, r->low), y1 = fmax(y1, r->high);
    }
  return (axes){.left = 48,
                .top = 30,
                .right = width - (width < 600 ? 14 : 60),
                .bottom = height - 44,
                .x0 = log10(x0 * 0.85),
                .x1 = log10(x1 * 1.25),
                .y0 = log10(y0 * 0.8),
                .y1 = log10(y1 * 1.15)};
}

static void curve(weft_text *out, const document *d, const axes *a, int k) {
  weft_text_printf(out, "<polygon class=\"band f%d\" points=\"", k);
  for (size_t i = 0; i < d->n_rows; i++)
    if (is_of_curve(&d->rows[i], k))
      weft_text_printf(out, "%.1f,%.1f ", at_x(a, d->rows[i].size), at_y(a, d->rows[i].high));
  for (size_t i = d->n_rows; i-- > 0;)
    if (is_of_curve(&d->rows[i], k))
      weft_text_printf(out, "%.1f,%.1f ", at_x(a, d->rows[i].size), at_y(a, d->rows[i].low));
  weft_text_printf(out, "\"/>\n<polyline class=\"curve l%d\" points=\"", k);
  for (size_t i = 0; i < d->n_rows; i++)
    if (is_of_curve(&d->rows[i], k))
      weft_text_printf(out, "%.1f,%.1f ", at_x(a, d->rows[i].size), at_y(a, d->rows[i].value));
  weft_text_add(out, "\"/>\n");
  for (size_t i = 0; i < d->n_rows; i++) {
    const row *r = &d->rows[i];
    char value[32];
    if (!is_of_curve(r, k)) continue;
    weft_text_printf(out, "<circle class=\"mark f%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>", k, at_x(a, r->size),
                     at_y(a, r->value));
    add_escaped(out, r->name);
    weft_text_printf(out, ": %s GB/s</title></circle>\n", number_text(r->value, value, sizeof value));
  }
}

void plot_bandwidth(weft_text *out, const document *d, int width) {
  int is_narrow = width < 600, height = is_narrow ? 300 : 380, x = 12;
  axes a = curve_axes(d, width, height);
  begin_svg(out, width, height + 22, 0, "Bandwidth by working set");
  grid_y(out, &a);
  grid_x(out, &a, is_narrow ? 4 : 2, 1);
  frame(out, &a, "working set", "GB/s");
  for (int k = 0; k < CURVES; k++) curve(out, d, &a, k);
  for (int k = 0; k < CURVES; k++) {
    weft_text_printf(out, "<line class=\"curve l%d\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", k, x, height + 8,
                     x + 18, height + 8);
    label(out, x + 24, height + 12, "start", "soft", curve_names[k]);
    x += 38 + (int)text_width(curve_names[k]);
  }
  weft_text_add(out, "</svg>\n");
}

/* ---- bars ---- */

static double bar_part(const bar *b, double end, double least, double most) {
  if (b->value <= 0) return 0;
  if (end > 0) return fmin(b->value / end, 1);
  return most > least ? 0.06 + 0.94 * log(b->value / least) / log(most / least) : 1;
}

void plot_bars(weft_text *out, const bar *bars, size_t count, double end, int width, const char *title) {
  int is_narrow = width < 600, pitch = is_narrow ? 38 : 24;
  double names = 0, values = 0, least = 1e300, most = 0;
  for (size_t i = 0; i < count; i++) {
    names = fmax(names, text_width(bars[i].name));
    values = fmax(values, text_width(bars[i].value_text) + 4);
    least = fmin(least, bars[i].value), most = fmax(most, bars[i].value);
  }
  double left = is_narrow ? 0 : names + 12, room = width - left - values - 8;
  begin_svg(out, width, (int)count * pitch + 4, 0, title);
  for (size_t i = 0; i < count; i++) {
    double y = (double)i * pitch, bar_y = is_narrow ? y + 19 : y + 5, part = bar_part(&bars[i], end, least, most);
    label(out, is_narrow ? 0 : left - 12, is_narrow ? y + 13 : y + 16, is_narrow ? "start" : "end", "name",
          bars[i].name);
    weft_text_printf(out, "<rect class=\"track\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"14\" rx=\"3\"/>\n", left,
                     bar_y, room);
    weft_text_printf(out, "<rect class=\"f%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"14\" rx=\"3\"/>\n",
                     bars[i].colour, left, bar_y, fmax(room * part, 2));
    label(out, left + room + 8, bar_y + 11, "start", "value", bars[i].value_text);
  }
  weft_text_add(out, "</svg>\n");
}
