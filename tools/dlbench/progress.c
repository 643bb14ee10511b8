/* progress.c -- how far the measurements are: a bar with the time left, drawn over on a terminal; elsewhere a plain
 * line now and then, so that a log of a long run shows that it goes on. */
#include "dlbench.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Between the plain lines. */
static const double seconds_a_line = 10;

void progress_begin(progress *p, double total, int quiet) {
  const char *term = getenv("TERM");
  *p = (progress){.total = total, .quiet = quiet, .began = now()};
  p->terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void progress_show(progress *p, double done, const char *what) {
  char bar[31];
  double part = done / p->total < 1 ? done / p->total : 1, seconds = now() - p->began;
  int left = part > 0.02 ? (int)(seconds * (1 - part) / part + 0.5) : -1;
  if (p->quiet || p->total <= 0) return;
  if (!p->terminal) {
    if (seconds - p->told < seconds_a_line) return;
    p->told = seconds;
    fprintf(stderr, "%3.0f %%", 100 * part);
    if (left >= 0) fprintf(stderr, ", %d:%02d left", left / 60, left % 60);
    fprintf(stderr, ": %.60s\n", what);
    fflush(stderr);
    return;
  }
  memset(bar, '.', sizeof bar);
  memset(bar, '#', (size_t)(part * 30));
  bar[30] = 0;
  fprintf(stderr, "\r\033[K[%s] %3.0f %%  ", bar, 100 * part);
  if (left >= 0) fprintf(stderr, "%d:%02d left  ", left / 60, left % 60);
  fprintf(stderr, "%.60s", what);
  fflush(stderr);
}

void progress_clear(progress *p) {
  if (p->terminal && !p->quiet) fprintf(stderr, "\r\033[K");
  fflush(stderr);
}
