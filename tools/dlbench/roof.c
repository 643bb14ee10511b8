/* roof.c -- the roofline by itself, and programs against it. What a kernel computes takes it at least its operations by
 * the peak, and what it moves its bytes by the bandwidth, whichever is longer (Williams, Waterman, Patterson, CACM
 * 2009). */
#include "dlbench.h"
#include <stdlib.h>

int roof_bench(bench *b, const char *id, bench_mode mode, document *d) {
  weft_device *device = weft_device_open(id);
  if (weft_device_status(device) == WEFT_OK) {
    bench_begin(b, device, mode, d);
    b->roof_only = 1;
    if (b->language != WEFT_LANGUAGE_NONE) return 1;
  }
  weft_device_close(device);
  return 0;
}

document *roof_measure(const char *id) {
  document *d = calloc(1, sizeof *d);
  bench b;
  if (!d || !roof_bench(&b, id, QUICK, d)) {
    free(d);
    return NULL;
  }
  bench_part(&b, measure_compute);
  bench_part(&b, measure_memory);
  weft_device_close(b.device);
  return d;
}

void roof_free(document *d) {
  if (d) document_free(d);
  free(d);
}

double roof_seconds(const document *d, double flops, double bytes, double size) {
  double peak = roof_compute(d), bandwidth = roof_bandwidth(d, size);
  double compute = peak > 0 ? flops / (peak * 1e9) : 0;
  double memory = bandwidth > 0 ? bytes / (bandwidth * 1e9) : 0;
  return compute > memory ? compute : memory;
}

double roof_program(const document *d, const weft_program *program) {
  weft_program_info about;
  double seconds = 0;
  weft_program_describe(program, &about);
  for (size_t s = 0; s < about.steps; s++) {
    weft_step_info step;
    weft_program_step(program, s, &step);
    if (!step.once) seconds += roof_seconds(d, step.flops, step.bytes, step.bytes);
  }
  return seconds;
}
