/* launch.c -- what it costs to start a kernel, to move data between host and device, and to add to a counter
 * atomically. */
#include "dlbench.h"
#include <stdlib.h>
#include <string.h>

enum { BATCH = 256, ROW = 64, MOST_ADDITIONS = 1 << 30 };

/* ---- launches ---- */

typedef struct launcher {
  bench *bench;
  weft_kernel *kernel;
  weft_buffer *counter;
  weft_recording *one, *batch;
  int launches; /* so far: what the counter must show */
} launcher;

static int alone(launcher *l) {
  l->launches++;
  return weft_replay(l->bench->device, l->one) == WEFT_OK && weft_device_sync(l->bench->device) == WEFT_OK;
}

static int batched(launcher *l) {
  l->launches += BATCH;
  return weft_replay(l->bench->device, l->batch) == WEFT_OK && weft_device_sync(l->bench->device) == WEFT_OK;
}

static int in_a_row(launcher *l) {
  int good = 1;
  l->launches += ROW;
  for (int i = 0; i < ROW && good; i++) good = weft_replay(l->bench->device, l->one) == WEFT_OK;
  return good && weft_device_sync(l->bench->device) == WEFT_OK;
}

static int anew(launcher *l) {
  weft_binding binding = {l->counter, 0, 64};
  weft_recording *recording;
  if (bench_record(l->bench, l->kernel, &binding, 1, &recording) != WEFT_OK) return 0;
  l->launches++;
  int done = weft_replay(l->bench->device, recording) == WEFT_OK && weft_device_sync(l->bench->device) == WEFT_OK;
  weft_recording_free(l->bench->device, recording);
  return done;
}

static int read_back(launcher *l) {
  int32_t value;
  return alone(l) && weft_buffer_read(l->bench->device, l->counter, 0, &value, sizeof value) == WEFT_OK;
}

static void measure_call(launcher *l, const char *name, int (*call)(launcher *), int kernels) {
  bench *b = l->bench;
  double samples[MAX_SAMPLES];
  int count = 0, most = b->mode == QUICK ? 31 : MAX_SAMPLES;
  int32_t value = -1;
  row *r = bench_row(b, "launch", name, "us");
  if (!r) return;
  int good = call(l) && call(l);
  for (double began = now(); good && count < most && (count < 5 || now() - began < bench_row_seconds(b)); count++) {
    double start = now();
    good = call(l);
    samples[count] = (now() - start) / kernels;
  }
  good = good && weft_buffer_read(b->device, l->counter, 0, &value, sizeof value) == WEFT_OK;
  if (!good)
    bench_fail(b, r, NULL);
  else if (value != l->launches)
    bench_fail(b, r, "launches are missing: the counter that the kernel raises is too low");
  else
    row_fill(r, samples, count, 0, 1e6);
}

static void measure_launches(bench *b) {
  variant v = {.file = "launch", .entry = "launch", .n_bindings = 1, .written = 1, .local = 1};
  launcher l = {.bench = b};
  weft_dispatch dispatches[BATCH];
  variants_build(b, &v, 1);
  l.kernel = v.kernel;
  int good = v.kernel && weft_buffer_new(b->device, 64, &l.counter) == WEFT_OK &&
             weft_buffer_clear(b->device, l.counter, 0, 64) == WEFT_OK;
  weft_binding binding = {l.counter, 0, 64};
  for (int i = 0; i < BATCH; i++)
    dispatches[i] = (weft_dispatch){.kernel = v.kernel, .bindings = &binding, .groups = {1, 1, 1}, .barrier = 1};
  good = good && weft_record(b->device, dispatches, 1, &l.one) == WEFT_OK &&
         weft_record(b->device, dispatches, BATCH, &l.batch) == WEFT_OK;
  if (good) {
    measure_call(&l, "one kernel, replayed", alone, 1);
    measure_call(&l, "one of 64 replays in a row", in_a_row, ROW);
    measure_call(&l, "one kernel, recorded anew", anew, 1);
    measure_call(&l, "a kernel in a batch of 256", batched, BATCH);
    measure_call(&l, "one kernel and a read of 4 bytes", read_back, 1);
  } else {
    bench_fail(b, bench_row(b, "launch", "all", "us"), v.kernel ? NULL : v.error);
  }
  weft_recording_free(b->device, l.batch);
  weft_recording_free(b->device, l.one);
  weft_buffer_free(b->device, l.counter);
  variants_free(b, &v, 1);
}

/* ---- transfers ---- */

static char byte_at(uint64_t i) { return (char)(i * 7 + 1); }

typedef struct transfer {
  bench *bench;
  weft_buffer *buffer, *pinned;
  char *host;   /* of malloc() */
  void *direct; /* memory of the pinned buffer */
  uint64_t bytes;
} transfer;

/* A write need not have reached the device when the call returns: the wait does. */
static int upload(transfer *t) {
  return weft_buffer_write(t->bench->device, t->buffer, 0, t->host, t->bytes) == WEFT_OK &&
         weft_device_sync(t->bench->device) == WEFT_OK;
}

static int download(transfer *t) {
  return weft_buffer_read(t->bench->device, t->buffer, 0, t->host, t->bytes) == WEFT_OK;
}

static int copy_pinned(transfer *t, weft_buffer *from, weft_buffer *to) {
  return t->pinned && weft_buffer_copy(t->bench->device, from, 0, to, 0, t->bytes) == WEFT_OK &&
         weft_device_sync(t->bench->device) == WEFT_OK;
}
static int upload_pinned(transfer *t) { return copy_pinned(t, t->pinned, t->buffer); }
static int download_pinned(transfer *t) { return copy_pinned(t, t->buffer, t->pinned); }

static int move_mapped(transfer *t, int is_upload) {
  void *mapped;
  if (weft_buffer_map(t->bench->device, t->buffer, &mapped) != WEFT_OK) return 0;
  memcpy(is_upload ? mapped : t->host, is_upload ? t->host : mapped, (size_t)t->bytes);
  return weft_buffer_unmap(t->bench->device, t->buffer, mapped) == WEFT_OK &&
         weft_device_sync(t->bench->device) == WEFT_OK;
}
static int upload_mapped(transfer *t) { return move_mapped(t, 1); }
static int download_mapped(transfer *t) { return move_mapped(t, 0); }

static void measure_transfer(transfer *t, row *r, int (*move)(transfer *)) {
  bench *b = t->bench;
  double samples[MAX_SAMPLES];
  int count = 0;
  int good = t->buffer && move(t);
  for (double began = now(); good && bench_wants_more(b, count, began); count++) {
    double start = now();
    good = move(t);
    samples[count] = now() - start;
  }
  if (!good) {
    bench_fail(b, r, NULL);
    return;
  }
  r->bytes = r->size = (double)t->bytes;
  row_fill(r, samples, count, r->bytes, 0);
}

static void fill_host(char *host, uint64_t bytes) {
  for (uint64_t i = 0; host && i < bytes; i++) host[i] = byte_at(i);
}

/* One way of moving: fresh bytes there, and the same bytes back. What arrives is looked at by another way than the one
 * measured. */
static void measure_way(transfer *t, const char *way, int (*up)(transfer *), int (*down)(transfer *)) {
  bench *b = t->bench;
  int is_pinned = down == download_pinned;
  char name[64];
  for (int back = 0; back < 2; back++) {
    snprintf(name, sizeof name, back ? "device to host, %s" : "host to device, %s", way);
    row *r = bench_row(b, "transfer", name, "GB/s");
    if (!r) continue;
    if (t->buffer) weft_buffer_clear(b->device, t->buffer, 0, t->bytes);
    fill_host(is_pinned && !back ? t->direct : t->host, t->bytes);
    if (back && t->buffer) upload(t);
    if (back && (is_pinned ? t->direct != NULL : 1)) memset(is_pinned ? t->direct : t->host, 0, (size_t)t->bytes);
    measure_transfer(t, r, back ? down : up);
    if (r->error[0]) continue;
    const char *arrived = back && is_pinned ? t->direct : t->host;
    int good = 1;
    if (!back) {
      memset(t->host, 0, (size_t)t->bytes);
      good = download(t);
    }
    for (uint64_t i = 0; i < t->bytes && good; i++) good = arrived[i] == byte_at(i);
    if (!good) bench_fail(b, r, "what came back is not what was sent");
  }
}

static void measure_transfers(bench *b) {
  transfer t = {.bench = b, .bytes = b->mode == QUICK ? 16 << 20 : 64 << 20};
  if (t.bytes > b->info.max_buffer) t.bytes = b->info.max_buffer;
  t.host = malloc((size_t)t.bytes);
  if (!t.host) return;
  weft_buffer_new(b->device, t.bytes, &t.buffer);
  measure_way(&t, "pageable", upload, download);
  weft_buffer_new_host(b->device, t.bytes, &t.pinned, &t.direct);
  measure_way(&t, "pinned", upload_pinned, download_pinned);
  weft_buffer_free(b->device, t.pinned);
  t.pinned = NULL;
  measure_way(&t, "mapped", upload_mapped, download_mapped);
  weft_buffer_free(b->device, t.buffer);
  free(t.host);
}

/* ---- atomics ---- */

static void measure_atomic(bench *b, const variant *v, row *r, uint32_t counters) {
  uint32_t groups = b->info.device_class == WEFT_CLASS_CPU ? 16 : 512;
  weft_buffer *params = NULL, *out = NULL;
  weft_recording *recording = NULL;
  double samples[MAX_SAMPLES];
  int32_t additions = 16, *values = calloc(counters, sizeof *values);
  int count = 0;
  uint64_t sum = 0, bytes = (uint64_t)counters * 4;
  int good = values && v->kernel && weft_buffer_new(b->device, 64, &params) == WEFT_OK &&
             weft_buffer_new(b->device, bytes, &out) == WEFT_OK;
  weft_binding bindings[2] = {{params, 0, 64}, {out, 0, bytes}};
  good = good && bench_record(b, v->kernel, bindings, groups, &recording) == WEFT_OK;
  while (good) {
    good = weft_buffer_write(b->device, params, 0, &additions, sizeof additions) == WEFT_OK;
    double seconds = good ? bench_time(b, recording, 1) : -1;
    if (seconds > 0) seconds = bench_time(b, recording, 1);
    good = seconds >= 0;
    if (seconds >= bench_sample_seconds(b) * 0.5 || (uint64_t)additions * groups * v->local >= MOST_ADDITIONS) break;
    additions *= 2;
  }
  count = good ? bench_sample(b, recording, 1, samples) : 0;
  /* One more run, from zero, to see that nothing is lost. */
  good = count && weft_buffer_clear(b->device, out, 0, bytes) == WEFT_OK &&
         weft_replay(b->device, recording) == WEFT_OK && weft_buffer_read(b->device, out, 0, values, bytes) == WEFT_OK;
  for (uint32_t i = 0; i < counters && good; i++) sum += (uint32_t)values[i];
  uint64_t want = (uint64_t)groups * v->local * (uint64_t)additions;
  if (!good)
    bench_fail(b, r, v->kernel ? NULL : v->error);
  else if ((uint32_t)sum != (uint32_t)want)
    bench_fail(b, r, "additions are missing: the counters are too low");
  else
    row_fill(r, samples, count, (double)want, 0);
  weft_recording_free(b->device, recording);
  weft_buffer_free(b->device, params);
  weft_buffer_free(b->device, out);
  free(values);
}

static void measure_atomics(bench *b) {
  enum { KINDS = 3, LOCAL = 64 };
  static const char *const names[KINDS] = {"one counter", "a counter a work-item", "a counter a work-group"};
  uint32_t items = LOCAL * (b->info.device_class == WEFT_CLASS_CPU ? 16 : 512);
  variant v[KINDS];
  for (int k = 0; k < KINDS; k++) {
    v[k] = (variant){.file = "atomic", .entry = "atomic", .n_bindings = 2, .written = 2, .local = LOCAL};
    snprintf(v[k].defines, sizeof v[k].defines, "KIND=%d LOCAL=%d MASK=%u", k, LOCAL, k == 1 ? items - 1 : 0u);
  }
  variants_build(b, v, KINDS);
  for (int k = 0; k < KINDS; k++) {
    row *r = bench_row(b, "atomics", names[k], "GOP/s");
    if (r) measure_atomic(b, &v[k], r, k == 1 ? items : 16);
  }
  variants_free(b, v, KINDS);
}

double weight_launch(const bench *b) { return b->mode == QUICK ? 1.5 : b->mode == NORMAL ? 5 : 30; }

void measure_launch(bench *b) {
  bench_step(b, weight_launch(b) * 0.4, "launches");
  measure_launches(b);
  bench_step(b, weight_launch(b) * 0.3, "transfers");
  measure_transfers(b);
  bench_step(b, weight_launch(b) * 0.3, "atomics");
  measure_atomics(b);
}
