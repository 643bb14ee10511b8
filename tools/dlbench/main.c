/* main.c -- dlbench, the device profiler: what a device is (info) and what weft gets out of it (ops).
 *
 * Figures are the median of several profiled runs after a warm-up; the spread is the interquartile range over the
 * median. A spread above 10 % is marked, since such a figure says more about the machine's other work than about the
 * device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/ops.h>

enum { RUNS = 15, WARM_UP = 3 };

static int usage(FILE *to, int code) {
  fprintf(to, "usage: dlbench info [--device ID]\n"
              "       dlbench ops  [--device ID]\n\n"
              "  info   every device found: memory, limits, what weft uses\n"
              "  ops    time, GFLOP/s and GB/s of the kernels of common networks (default)\n\n"
              "  --device ID   opencl:0, vulkan:0, ...; $WEFT_DEVICE or the fastest otherwise\n"
              "  --help        this text\n");
  return code;
}

static void info_of(const weft_device_info *d) {
  printf("%s: %s\n", d->id, d->name);
  printf("  driver            %s\n", d->driver[0] ? d->driver : "-");
  printf("  class             %s\n", d->device_class == WEFT_CLASS_GPU ? "GPU: coalesced work-items, shared memory"
                                                                       : "CPU: one work-item a group, wide vectors");
  printf("  memory            %.1f GiB, largest buffer %.1f GiB\n", (double)d->memory / 0x1p30,
         (double)d->max_buffer / 0x1p30);
  printf("  compute units     %u\n", (unsigned)d->compute_units);
  printf("  f32 vector width  %u\n", (unsigned)d->vector_width);
  printf("  work-group        %u work-items, %u KiB of local memory\n", (unsigned)d->max_group,
         (unsigned)d->local_memory / 1024);
  if (d->subgroup) printf("  subgroup          %u\n", (unsigned)d->subgroup);
  if (d->timestamp_ns > 0) printf("  timestamp         %g ns\n", d->timestamp_ns);
  if (!d->usable) printf("  not usable        %s\n", d->why_not);
}

static int info(const char *id) {
  size_t n = weft_devices(NULL, 0);
  weft_device_info *all = calloc(n ? n : 1, sizeof *all);
  int shown = 0;
  if (!all) return 1;
  n = weft_devices(all, n);
  for (size_t i = 0; i < n; i++)
    if (!id || !strcmp(id, all[i].id)) {
      info_of(&all[i]);
      shown++;
    }
  free(all);
  if (!shown) fprintf(stderr, "dlbench: no device %s (dlbench info lists them)\n", id ? id : "found");
  return shown ? 0 : 1;
}

typedef struct work {
  const char *name;
  weft_tensor *(*build)(weft_graph *graph, const int *n);
  int n[4];
} work;

static weft_tensor *input(weft_graph *g, const char *name, weft_shape shape) {
  return weft_input_shaped(g, name, WEFT_F32, shape);
}

static weft_tensor *gemm(weft_graph *g, const int *n) {
  return weft_matmul(input(g, "a", weft_shape_of(n[0], n[2])), input(g, "b", weft_shape_of(n[2], n[1])));
}
static weft_tensor *conv(weft_graph *g, const int *n) {
  weft_conv_options same = {.pad = 1};
  return weft_conv2d(input(g, "x", weft_shape_of(n[0], n[1], n[3], n[3])),
                     input(g, "w", weft_shape_of(n[2], n[1], 3, 3)), &same);
}
static weft_tensor *chain(weft_graph *g, const int *n) {
  weft_shape shape = weft_shape_of(n[0], n[1]);
  return weft_relu(weft_add(weft_mul(input(g, "x", shape), weft_number(g, 1.5)), input(g, "y", shape)));
}
static weft_tensor *softmax(weft_graph *g, const int *n) {
  return weft_softmax(input(g, "x", weft_shape_of(n[0], n[1])), -1);
}
static weft_tensor *sum(weft_graph *g, const int *n) { return weft_sum(input(g, "x", weft_shape_of(n[0], n[1]))); }

static const work works[] = {
    {"gemm 512x512x512", gemm, {512, 512, 512}},
    {"gemm 1024x1024x1024", gemm, {1024, 1024, 1024}},
    {"gemm 128x512x784", gemm, {128, 512, 784}},
    {"gemm 128x128x3136", gemm, {128, 128, 3136}},
    {"conv 3x3 32>64 14x14 N=128", conv, {128, 32, 64, 14}},
    {"conv 3x3 64>64 28x28 N=32", conv, {32, 64, 64, 28}},
    {"mul+add+relu 4096x1024", chain, {4096, 1024}},
    {"softmax 4096x1024", softmax, {4096, 1024}},
    {"sum 4096x1024", sum, {4096, 1024}},
};

static int ascending(const void *a, const void *b) {
  return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* One row of the table; a failure costs this row only. */
static int measure(weft_device *device, const work *w) {
  weft_graph *g = weft_graph_new(device);
  weft_program *p = weft_compile(w->build(g, w->n));
  weft_program_info about;
  double times[RUNS], flops = 0, bytes = 0;
  int ok = 1;
  weft_program_describe(p, &about);
  for (int r = 0; r < RUNS + WARM_UP && ok; r++) {
    ok = weft_run_profiled(p) == WEFT_OK;
    double total = 0;
    flops = bytes = 0;
    for (size_t s = 0; s < about.steps; s++) {
      weft_step_info step;
      weft_program_step(p, s, &step);
      total += step.seconds;
      flops += step.flops;
      bytes += step.bytes;
    }
    if (r >= WARM_UP) times[r - WARM_UP] = total;
  }
  if (ok) {
    qsort(times, RUNS, sizeof *times, ascending);
    double t = times[RUNS / 2] > 0 ? times[RUNS / 2] : 1e-12, spread = (times[3 * RUNS / 4] - times[RUNS / 4]) / t;
    printf("| %-28s | %9.1f | %9.1f | %7.1f | %5.1f %%%s | %7zu |\n", w->name, 1e6 * t, flops / t * 1e-9,
           bytes / t * 1e-9, 100 * spread, spread > 0.1 ? "!" : " ", about.steps);
  } else {
    printf("| %-28s | failed: %s\n", w->name, weft_graph_message(g));
  }
  weft_graph_free(g);
  return ok;
}

static int ops(const char *id) {
  weft_device *device = weft_device_open(id);
  weft_device_info about;
  int failed = 0;
  if (weft_device_status(device) != WEFT_OK) {
    fprintf(stderr, "dlbench: %s\n", weft_device_message(device));
    weft_device_close(device);
    return 1;
  }
  weft_device_describe(device, &about);
  printf("%s: %s, %s; weft %s, median of %d runs\n\n", about.id, about.name, about.driver, weft_version(), RUNS);
  printf("| %-28s | %9s | %9s | %7s | %8s | %7s |\n", "work", "us", "GFLOP/s", "GB/s", "spread", "kernels");
  printf("|%.30s|%.11s|%.11s|%.9s|%.10s|%.9s|\n", "------------------------------", "-----------", "-----------",
         "---------", "----------", "---------");
  for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
    failed += !measure(device, &works[i]);
    fflush(stdout);
  }
  weft_device_close(device);
  return failed ? 1 : 0;
}

int main(int argc, char **argv) {
  const char *command = "ops", *id = NULL;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return usage(stdout, 0);
    if (!strcmp(argv[i], "--version")) return printf("dlbench %s\n", weft_version()) < 0;
    if (!strcmp(argv[i], "--device") && i + 1 < argc)
      id = argv[++i];
    else if (argv[i][0] != '-' && i == 1)
      command = argv[i];
    else {
      fprintf(stderr, "dlbench: unknown argument %s\n", argv[i]);
      return usage(stderr, 2);
    }
  }
  if (!strcmp(command, "info")) return info(id);
  if (!strcmp(command, "ops")) return ops(id);
  fprintf(stderr, "dlbench: no command %s\n", command);
  return usage(stderr, 2);
}
