/* serve.h -- one side of a comparison: a process that prepares a job once and runs it whenever it is told to, so that
 * two sides can be measured in turn with everything warm. C and C++.
 *
 * Lines on stdin, one JSON object each on stdout:
 *   prepare WORD...   {"work": operations, bytes or samples of a run} or {"error": "text"}; where they are known, with
 *                     "least": seconds that the roofline leaves a run, and "form": what the job is computed by
 *   run SECONDS       {"seconds": median of a run, "runs": how many}
 * The end of stdin ends the process. */
#ifndef WEFT_BENCHMARKS_SERVE_H
#define WEFT_BENCHMARKS_SERVE_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct job {
  double work, least;                  /* least: 0: not known */
  const char *form;                    /* NULL: nothing to be told */
  void (*run)(void *state, int count); /* does it count times; returns when all is done */
  void *state;
} job;

/* Fills the job, or the text of an error. Releases what an earlier call made. */
typedef int prepare_job(int n_words, char **words, job *out, char *error, size_t error_size);

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds_of(const job *j, int count) {
  double begin = seconds_now();
  j->run(j->state, count);
  return (seconds_now() - begin) / count;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Short runs are timed some milliseconds together, since waiting for a device is no part of them. */
static void run_job(const job *j, double limit) {
  enum { MOST = 4096 };
  static double times[MOST];
  int n = 0, runs = 0, count = 1;
  double once = seconds_of(j, 1), begin = seconds_now();
  while (count < 1024 && once * count < 5e-3) count *= 2;
  while (n < MOST && (n < 3 || seconds_now() - begin < limit)) {
    times[n++] = seconds_of(j, count);
    runs += count;
  }
  qsort(times, (size_t)n, sizeof *times, by_size);
  printf("{\"seconds\": %.9g, \"runs\": %d}\n", times[n / 2], runs);
}

static int serve(prepare_job *prepare) {
  char line[512], error[512];
  job j;
  memset(&j, 0, sizeof j);
  while (fgets(line, sizeof line, stdin)) {
    char *words[16];
    int n = 0;
    for (char *word = strtok(line, " \n"); word && n < 16; word = strtok(NULL, " \n")) words[n++] = word;
    if (n > 1 && strcmp(words[0], "prepare") == 0) {
      error[0] = 0;
      memset(&j, 0, sizeof j);
      if (prepare(n - 1, words + 1, &j, error, sizeof error)) {
        j.run(j.state, 2);
        printf("{\"work\": %.17g", j.work);
        if (j.least > 0) printf(", \"least\": %.9g", j.least);
        if (j.form) printf(", \"form\": \"%s\"", j.form);
        printf("}\n");
      } else {
        for (char *c = error; *c; c++)
          if (*c == '"' || *c == '\\' || *c == '\n') *c = '\'';
        printf("{\"error\": \"%s\"}\n", error[0] ? error : "unknown job");
      }
    } else if (n == 2 && strcmp(words[0], "run") == 0 && j.run) {
      run_job(&j, atof(words[1]));
    } else {
      printf("{\"error\": \"expected: prepare WORD..., or run SECONDS after it\"}\n");
    }
    fflush(stdout);
  }
  return 0;
}
#endif
