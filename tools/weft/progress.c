/* progress.c -- how far a loop is: a bar that is drawn over on a terminal, else a line every tenth. */
#include "cli.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 5940 as "5,940". */
static const char *thousands(double value, char *buffer, size_t size) {
  char digits[32];
  int n = snprintf(digits, sizeof digits, "%.0f", value < 1e15 ? value : 1e15);
  size_t at = 0;
  for (int i = 0; i < n && at + 2 < size; i++) {
    if (i > 0 && (n - i) % 3 == 0) buffer[at++] = ',';
    buffer[at++] = digits[i];
  }
  buffer[at] = 0;
  return buffer;
}

void progress_begin(progress *p, const char *label, int64_t steps, int64_t images_a_step, int quiet) {
  const char *term = getenv("TERM");
  *p = (progress){.label = label, .total = steps, .images_a_step = images_a_step, .quiet = quiet, .began = now()};
  p->terminal = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

void progress_show(progress *p, int64_t done, double loss) {
  p->done = done;
  if (p->quiet || done <= 0 || p->total <= 0) return;
  int64_t tenth = done * 10 / p->total;
  if (!p->terminal && tenth == p->shown_tenth) return;
  p->shown_tenth = tenth;
  double seconds = now() - p->began, left = seconds * (double)(p->total - done) / (double)done;
  char rate[40], bar[31];
  int filled = (int)(done * 30 / p->total);
  memset(bar, '.', sizeof bar);
  memset(bar, '#', (size_t)filled);
  bar[30] = 0;
  if (p->terminal) printf("\r\033[K");
  printf("%s [%s] %lld/%lld  %s images/s  loss %.4f  %lld:%02lld left%s", p->label, bar, (long long)done,
         (long long)p->total,
         thousands((double)(done * p->images_a_step) / (seconds > 0 ? seconds : 1e-9), rate, sizeof rate), loss,
         (long long)left / 60, (long long)left % 60, p->terminal ? "" : "\n");
  fflush(stdout);
}

void progress_end(progress *p) {
  if (p->terminal && !p->quiet) {
    printf("\r\033[K");
    fflush(stdout);
  }
}
