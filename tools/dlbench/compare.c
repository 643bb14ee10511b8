/* compare.c -- two runs side by side: devices, drivers, backends or versions of weft. A change counts where the medians
 * differ by more than both runs vary by themselves. */
#include "report.h"
#include <math.h>
#include <string.h>

/* How much better b is: above 1 is better, whichever way the unit goes. */
static double gain_of(const row *a, const row *b) {
  return higher_is_better(a) ? b->value / a->value : a->value / b->value;
}

/* The quartiles of the two do not touch, and the medians are 3 % apart: less is seen between any two runs. */
static int is_change(const row *a, const row *b) {
  return (a->low > b->high || b->low > a->high) && fabs(log(b->value / a->value)) > log(1.03);
}

static void say_run(const document *d, const char *name) {
  printf("%s: %s, %s, %s; weft %s, %s, %s run\n", name, d->device.id, d->device.name, d->device.driver, d->weft,
         d->date, d->mode);
}

static void say_lost(const row *a, const row *b) {
  if (a->error[0]) return;
  printf("| %-12s | %-34s | failed in B: %s |\n", a->section, a->name, b ? b->error : "not measured");
}

int compare_documents(const document *a, const document *b, const char *name_a, const char *name_b, double fail_below) {
  int shared = 0, better = 0, worse = 0, failed = 0, lost = 0;
  double product = 0;
  char va[32], vb[32], gain_text[32];
  say_run(a, "A");
  say_run(b, "B");
  if (strcmp(a->device.id, b->device.id) || strcmp(a->device.name, b->device.name)) printf("The devices differ.\n");
  printf("\n| %-12s | %-34s | %9s | %9s | %-9s | %7s | %-8s |\n", "section", "what", "A", "B", "unit", "B to A", "");
  printf("|--------------|------------------------------------|----------:|----------:|-----------|--------:|----------"
         "|\n");
  for (size_t i = 0; i < a->n_rows; i++) {
    const row *x = &a->rows[i], *y = document_find(b, x->section, x->name);
    if (!y) continue;
    if (x->error[0] || y->error[0]) {
      lost += !x->error[0];
      say_lost(x, y);
      continue;
    }
    double gain = gain_of(x, y);
    int is_noise = !is_change(x, y), fails = fail_below > 0 && gain < fail_below && !is_noise;
    const char *mark = fails ? "FAILED" : is_noise ? "" : gain > 1 ? "better" : "worse";
    shared++;
    product += log(gain);
    better += !is_noise && gain > 1;
    worse += !is_noise && gain < 1;
    failed += fails;
    snprintf(gain_text, sizeof gain_text, "%.2fx", gain);
    printf("| %-12s | %-34s | %9s | %9s | %-9s | %7s | %-8s |\n", x->section, x->name,
           number_text(x->value, va, sizeof va), number_text(y->value, vb, sizeof vb), x->unit, gain_text, mark);
  }
  if (!shared && !lost) {
    fprintf(stderr, "dlbench: %s and %s have no figure in common\n", name_a, name_b);
    return EXIT_FAILED;
  }
  printf("\n%d figures: %d better and %d worse in B beyond noise", shared, better, worse);
  if (shared) printf(", %.2f times A in the geometric mean", exp(product / shared));
  printf(".\n");
  if (fail_below > 0 && (failed || lost)) {
    fprintf(stderr, "dlbench: %d figures of %s are below %g of %s's beyond noise, %d failed\n", failed, name_b,
            fail_below, name_a, lost);
    return EXIT_FAILED;
  }
  return 0;
}
