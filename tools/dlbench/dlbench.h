/* dlbench.h -- what the files of dlbench share: figures, the document that holds them, the bench that measures. */
#ifndef DLBENCH_H
#define DLBENCH_H

#include "base/clock.h"
#include "base/json.h"
#include "roof.h"
#include <stdio.h>
#include <weft/kernel.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };
enum { SCHEMA_VERSION = 1, MAX_SAMPLES = 64 };

static inline double now(void) { return weft_clock(); }

/* ---- rows.c: figures ---- */

/* One figure. Throughputs (GFLOP/s, GB/s, ...) are better when higher, times (us, ms, s) when lower. */
typedef struct row {
  char section[16], name[64], unit[16];
  double value, low, high; /* median and quartiles, in the unit */
  double best;             /* of all repeats */
  int repeats;
  double seconds;      /* median time of one run */
  double flops, bytes; /* of one run */
  double size;         /* memory: bytes of the working set; ops: of the largest kernel's; models: batch */
  double roof;         /* part of what the roofline allows, 1 = all; 0: not known */
  double memory;       /* bytes of device memory, of a model */
  char detail[320];    /* what else is to be said: kernels, time a kernel, threads */
  char error[240];     /* why there is no figure; "" otherwise */
} row;

struct document {
  weft_device_info device;
  weft_device_info *devices; /* every device found */
  size_t n_devices;
  row *rows;
  size_t n_rows, capacity;
  char weft[24], date[32], host[96], mode[8], note[200];
  double seconds; /* that all of it took */
};

/* Appends a row and returns it; NULL when memory ran out. Earlier rows may move. */
row *document_row(document *d, const char *section, const char *name, const char *unit);
void document_free(document *d);
const row *document_find(const document *d, const char *section, const char *name);
int higher_is_better(const row *r);
/* (high - low) / value. */
double row_spread(const row *r);
/* A spread above a tenth says more about the machine's other work than about the device. */
int row_is_noisy(const row *r);
/* Median, quartiles and best of times, as work / time (GFLOP/s, GB/s, ...), or as time * scale where work is 0. */
void row_fill(row *r, const double *seconds, int count, double work, double scale);
/* "16 KiB", "1.5 GiB" into out. */
const char *bytes_text(double bytes, char *out, size_t size);

/* ---- document.c: the file that keeps them ---- */

/* Version, date, host and every device found. */
int document_begin(document *d);
/* malloc'ed JSON text as doc/dlbench-schema.json describes; NULL when memory ran out. */
char *document_print(const document *d);
/* Reads a file; says on stderr what is wrong with it. Returns an exit code. */
int document_read(document *d, const char *path);
int document_write(const document *d, const char *path);
/* Features of a device as words, in a fixed order: index 0, 1, ... until NULL. */
const char *feature_word(size_t index, unsigned *out_bit);

/* ---- progress.c ---- */

typedef struct progress {
  int terminal, quiet;
  double began, done, total;
  double told; /* seconds until the last plain line */
} progress;
void progress_begin(progress *p, double total, int quiet);
/* Says what is measured now, after `done` of `total` work. */
void progress_show(progress *p, double done, const char *what);
void progress_clear(progress *p);

/* ---- measure.c ---- */

typedef enum bench_mode { QUICK, NORMAL, FULL } bench_mode;

typedef struct bench {
  weft_device *device;
  weft_device_info info;
  weft_language language;
  bench_mode mode;
  int roof_only;    /* nothing is measured but what makes the roofline, and none of it is the run's work */
  int host_clock;   /* the device's timestamps do not tell the time of its kernels */
  const char *only; /* the one workload asked for; NULL: all */
  document *document;
  void (*show)(struct bench *bench, const char *what); /* what is measured now; NULL: nobody looks */
  progress progress;
  double weight_done;
} bench;

/* A kernel with buffers, measured with any number of work-groups. */
typedef struct job {
  weft_kernel *kernel;
  weft_binding bindings[4];
  weft_recording *recording;
} job;

/* Samples wanted, and the seconds that a sample should last. */
int bench_repeats(const bench *b);
double bench_sample_seconds(const bench *b);
/* Seconds that one figure may take. */
double bench_row_seconds(const bench *b);

/* Whether a row that began at that time and has so many repeats should have another one. */
int bench_wants_more(const bench *b, int count, double began);

/* Seconds of one run of the recording by the clock that is right; below 0: failed. */
double bench_time(bench *b, weft_recording *recording, size_t dispatches);
/* Decides whether the device's clock can be trusted, by a recording of some milliseconds. */
void bench_check_clock(bench *b, weft_recording *recording);
/* Records one dispatch over `groups` work-groups. */
weft_status bench_record(bench *b, weft_kernel *kernel, const weft_binding *bindings, uint32_t groups,
                         weft_recording **out);
/* Fills samples with up to bench_repeats() times after a warm-up; returns how many, 0 after a failure. */
int bench_sample(bench *b, weft_recording *recording, size_t dispatches, double *samples);
/* A row for what is measured next. NULL: the document has it already, the device is lost, or memory ran out. */
row *bench_row(bench *b, const char *section, const char *name, const char *unit);
/* Measures a part, which makes its rows by bench_row(). Where the device is lost it is opened again and the part goes
 * on behind the row that lost it; a device that is lost again and again is given up, which the document's note tells.
 */
void bench_part(bench *b, void (*part)(bench *));
/* Keeps the device's failure (or the text, where one is given and the device is not lost) as the row's. */
void bench_fail(bench *b, row *r, const char *text);
/* A bench for a document, on a device that is open. */
void bench_begin(bench *b, weft_device *device, bench_mode mode, document *d);
/* The same on a device that it opens, for nothing but the roofline. 0: it cannot be opened, or runs no kernels. */
int roof_bench(bench *b, const char *id, bench_mode mode, document *d);
/* Tells what comes next, and that `weight` of the work belongs to it. */
void bench_step(bench *b, double weight, const char *what);

/* ---- kernels.c ---- */

/* One variant of a kernel file: "compute" with the words of `defines` ("WIDTH=8 SUMS=8") before it. */
typedef struct variant {
  const char *file, *entry;
  char defines[256];
  int n_bindings;
  uint32_t written, texels, local;
  weft_kernel *kernel; /* NULL: failed, see error */
  char error[240];
} variant;
/* Builds them together, and where that fails each alone, so that a variant that does not build costs only itself. */
void variants_build(bench *b, variant *variants, size_t count);
void variants_free(bench *b, variant *variants, size_t count);

/* ---- what is measured; each adds rows to the document ---- */

double weight_compute(const bench *b), weight_memory(const bench *b), weight_launch(const bench *b),
    weight_ops(const bench *b);
void measure_compute(bench *b);
void measure_memory(bench *b);
void measure_launch(bench *b);
void measure_ops(bench *b);
double weight_models(const bench *b);
/* All workloads that the mode takes, or the only one over several batch sizes. */
void measure_models(bench *b);
int model_is_known(const char *name);
/* Prints the seconds from here to the first result of a training step. Returns an exit code. */
int first_result(const char *device_id, const char *name, int64_t batch);
/* Fills the tuning database. */
void measure_tune(bench *b);

/* The operations of measure_ops() by index; work_name() is NULL behind the last. */
const char *work_name(size_t index);
weft_tensor *work_build(size_t index, weft_graph *graph);
int work_is_quick(size_t index);
int work_is_tuned(size_t index); /* holds a contraction */

/* Part of what the roofline allows that a row of ops reaches; 0: not known. */
double roof_part(const document *d, const row *r);

/* ---- showing ---- */

int show_info(const char *id, const char *json_file);
/* Tables of every section in Markdown. */
void table_print(const document *d, FILE *to);
const char *number_text(double value, char *out, size_t size);
/* "matrix units, fp16 ...": what weft uses of a device and what not, a sentence each, index 0, 1, ... until NULL. */
const char *use_of_device(const weft_device_info *d, size_t index, char *out, size_t size);
#endif
