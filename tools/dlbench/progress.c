/* progress.c -- how far the measurements are: a bar with the time left, drawn over on a terminal and else not at all,
 * since standard error of a script wants only what went wrong. */
#include "dlbench.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_begin(progress *p, double total, int quiet) {
  const char *term = getenv("TERM");
  *p = (progress){.total = total, .quiet = quiet, .began = now()};
  p->terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void progress_show(progress *p, double done, const char *what) {
  char bar[31];
  if (p->quiet || !p->terminal || p->total <= 0) return;
  double part = done / p->total < 1 ? done / p->total : 1, seconds = now() - p->began;
  memset(bar, '.', sizeof bar);
  memset(bar, '#', (size_t)(part * 30));
  bar[30] = 0;
  fprintf(stderr, "\r\033[K[%s] %3.0f %%  ", bar, 100 * part);
  if (part > 0.02) {
    int left = (int)(seconds * (1 - part) / part + 0.5);
    fprintf(stderr, "%d:%02d left  ", left / 60, left % 60);
  }
  fprintf(stderr, "%.60s", what);
  fflush(stderr);
}

void progress_clear(progress *p) {
  if (p->terminal && !p->quiet) fprintf(stderr, "\r\033[K");
  fflush(stderr);
}
