/* report.h -- what the files that draw share: the plots as SVG, each for a width in CSS pixels. */
#ifndef DLBENCH_REPORT_H
#define DLBENCH_REPORT_H
#include "dlbench.h"

/* Narrow plots, for phones, have numbers for labels; the table of operations has the same numbers. */
enum { WIDE = 1000, NARROW = 340 };

/* Adds a file of tools/dlbench that was built in: "report.css". */
void add_style(weft_text *out, const char *file);
/* Adds a text with the marks of XML escaped. */
void add_escaped(weft_text *out, const char *text);
/* 0 .. 4: the family of an operation, by which it is coloured; its name. */
int family_of(const row *r);
const char *family_name(int family);
/* The place of a row among the rows of its section that have figures, from 1. */
int number_of(const document *d, const row *r);

/* Whether there is enough in the document for the plot. */
int can_plot_roofline(const document *d);
int can_plot_bandwidth(const document *d);

/* The roofline: GFLOP/s over operations a byte, both logarithmic. alone: a file of its own, with its style. */
void plot_roofline(weft_text *out, const document *d, int width, int alone);
void plot_bandwidth(weft_text *out, const document *d, int width);

typedef struct bar {
  char name[64], value_text[48];
  double value;
  int colour, noisy;
} bar;
/* Horizontal bars with their names above or before them; end is the value of a full bar, or 0 for a logarithmic scale.
 */
void plot_bars(weft_text *out, const bar *bars, size_t count, double end, int width, const char *title);

/* The whole page, or the roofline alone where the path ends in ".svg". Returns an exit code. */
int report_write(const document *d, const char *path);
int compare_documents(const document *a, const document *b, const char *name_a, const char *name_b, double fail_below);
#endif
