/* measure.c -- times of recordings. The device's clock is used where it tells the truth, which is found out first: some
 * drivers write timestamps before the work they should stand after. Else the host's clock around replay and wait is. */
#include "dlbench.h"
#include <string.h>

/* quick, normal, full */
static const int repeats[] = {25, 41, 63};
static const double sample_seconds[] = {0.002, 0.005, 0.02};
static const double row_seconds[] = {0.1, 0.5, 3};

int bench_repeats(const bench *b) { return repeats[b->mode]; }
double bench_sample_seconds(const bench *b) { return sample_seconds[b->mode]; }
double bench_row_seconds(const bench *b) { return row_seconds[b->mode]; }

static double host_time(bench *b, weft_recording *recording) {
  if (weft_device_sync(b->device) != WEFT_OK) return -1;
  double began = now();
  if (weft_replay(b->device, recording) != WEFT_OK || weft_device_sync(b->device) != WEFT_OK) return -1;
  return now() - began;
}

static double device_time(bench *b, weft_recording *recording, size_t dispatches) {
  double each[16], sum = 0;
  if (dispatches > sizeof each / sizeof *each) return -1;
  if (weft_replay_timed(b->device, recording, each) != WEFT_OK) return -1;
  for (size_t i = 0; i < dispatches; i++) sum += each[i];
  return sum;
}

double bench_time(bench *b, weft_recording *recording, size_t dispatches) {
  double seconds = b->host_clock ? host_time(b, recording) : device_time(b, recording, dispatches);
  return seconds > 0 || seconds < 0 ? seconds : 1e-9; /* below the clock's resolution */
}

void bench_check_clock(bench *b, weft_recording *recording) {
  double host = 0, device = 0;
  if (b->info.timestamp_ns <= 0) {
    b->host_clock = 1;
    return;
  }
  host_time(b, recording);
  for (int i = 0; i < 3; i++) {
    double h = host_time(b, recording), d = device_time(b, recording, 1);
    host = i && host < h ? host : h;
    device = i && device < d ? device : d;
  }
  /* A launch and a wait belong to the host's time, of which the recording is much longer. */
  b->host_clock = !(device > 0.5 * host && device < 1.2 * host);
}

weft_status bench_record(bench *b, weft_kernel *kernel, const weft_binding *bindings, uint32_t groups,
                         weft_recording **out) {
  weft_dispatch dispatch = {.kernel = kernel, .bindings = bindings, .groups = {groups, 1, 1}};
  return weft_record(b->device, &dispatch, 1, out);
}

/* Three repeats make a median, but where one takes longer than many rows together, it alone has to do. */
int bench_wants_more(const bench *b, int count, double began) {
  double limit = bench_row_seconds(b), spent = now() - began;
  if (count >= bench_repeats(b)) return 0;
  return spent < limit || (count < 3 && spent < 5 * limit) || count < 1;
}

int bench_sample(bench *b, weft_recording *recording, size_t dispatches, double *samples) {
  double began = now();
  int count = 0;
  if (bench_time(b, recording, dispatches) < 0) return 0;
  while (bench_wants_more(b, count, began)) {
    samples[count] = bench_time(b, recording, dispatches);
    if (samples[count++] < 0) return 0;
  }
  return count;
}

row *bench_row(bench *b, const char *section, const char *name, const char *unit) {
  if (weft_device_status(b->device) != WEFT_OK || document_find(b->document, section, name)) return NULL;
  return document_row(b->document, section, name, unit);
}

static size_t figures_of(const document *d) {
  size_t figures = 0;
  for (size_t i = 0; i < d->n_rows; i++) figures += !d->rows[i].error[0];
  return figures;
}

void bench_part(bench *b, void (*part)(bench *)) {
  enum { MOST_LOSSES = 3 };
  for (int losses = 0; losses < MOST_LOSSES;) {
    size_t figures = figures_of(b->document);
    part(b);
    if (weft_device_status(b->device) == WEFT_OK) return;
    losses = figures_of(b->document) > figures ? 0 : losses + 1;
    weft_device_close(b->device);
    b->device = weft_device_open(b->info.id);
  }
  snprintf(b->document->note, sizeof b->document->note,
           "the device was lost %d times in a row: what was to come then is not measured", MOST_LOSSES);
}

void bench_fail(bench *b, row *r, const char *text) {
  if (!r) return;
  int is_lost = weft_device_status(b->device) != WEFT_OK;
  const char *why = text && text[0] && !is_lost ? text : weft_device_failure(b->device);
  snprintf(r->error, sizeof r->error, "%s", why[0] ? why : "failed without a reason given");
  for (char *c = r->error; *c; c++)
    if (*c == '\n' || *c == '\t' || *c == '\r') *c = ' ';
}

void bench_begin(bench *b, weft_device *device, bench_mode mode, document *d) {
  *b = (bench){.mode = mode, .document = d, .device = device};
  weft_device_describe(device, &b->info);
  b->language = weft_device_language(device);
  b->host_clock = b->info.timestamp_ns <= 0;
}

void bench_step(bench *b, double weight, const char *what) {
  if (b->roof_only) weight = 0;
  if (b->show) b->show(b, what);
  b->weight_done += weight;
}
