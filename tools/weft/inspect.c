/* inspect.c -- `weft inspect MODEL`: the graph as text or DOT, the plan, the kernels. */
#include "cli.h"
#include "roof.h"
#include <stdlib.h>
#include <unistd.h>

/* A weft_text_free() text, printed. */
static int print_text(const network *net, char *text, const char *doing) {
  if (!text) return network_fail(net, doing);
  fputs(text, stdout);
  weft_text_free(text);
  return 0;
}

/* Part of a time that the roofline leaves, "  97 %"; blanks and a sign where nothing is known of one or the other. */
static void print_part(double least, double seconds) {
  if (least > 0 && seconds > 0)
    printf(" %3.0f %%", 100 * least / seconds);
  else
    printf("     -");
}

/* roof: NULL: not measured. */
static void print_step(const weft_step_info *step, size_t index, int timed, const document *roof) {
  printf("%4zu  %-8s %10.1f %10.3f", index, step->name, step->bytes / 1024, step->flops / 1e6);
  if (timed) {
    printf(" %9.1f %7.1f %7.1f", step->seconds * 1e6, step->seconds > 0 ? step->bytes / step->seconds / 1e9 : 0,
           step->seconds > 0 ? step->flops / step->seconds / 1e9 : 0);
    print_part(roof ? roof_seconds(roof, step->flops, step->bytes, step->bytes) : 0, step->seconds);
  }
  printf("  %s%s\n", step->what, step->once ? " (once)" : "");
}

/* What the steps' parts are of. */
static void print_roof(const document *roof) {
  static const struct {
    const char *name;
    double bytes;
  } sizes[] = {{"64 KiB", 0x1p16}, {"4 MiB", 0x1p22}, {"256 MiB", 0x1p28}};
  if (!roof) return;
  printf("roofline: %.0f GFLOP/s;", roof_compute(roof));
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    printf("%s %.0f GB/s of %s", i ? "," : "", roof_bandwidth(roof, sizes[i].bytes), sizes[i].name);
  printf("\n\n");
}

/* The least time of each step in some runs, the first of which is left out: drivers compile at a kernel's first launch,
 * and memory is touched for the first time. */
static int time_steps(const network *net, weft_program *program, size_t steps, double *out) {
  enum { RUNS = 6 };
  for (int run = 0; run < RUNS; run++) {
    if (weft_run_profiled(program) != WEFT_OK) return network_fail(net, "running");
    for (size_t i = 0; i < steps && run > 0; i++) {
      weft_step_info step;
      if (weft_program_step(program, i, &step) != WEFT_OK) return network_fail(net, "reading the times");
      if (run == 1 || step.seconds < out[i]) out[i] = step.seconds;
    }
  }
  return 0;
}

static int print_plan(const network *net, weft_program *program, const document *roof, const double *times) {
  weft_program_info info;
  weft_program_describe(program, &info);
  int timed = times != NULL;
  print_roof(roof);
  printf("%4s  %-8s %10s %10s%s  %s\n", "STEP", "KERNEL", "KiB", "MFLOP",
         timed ? "        us    GB/s GFLOP/s  ROOF" : "", "OPS");
  double bytes = 0, flops = 0, seconds = 0;
  size_t once = 0;
  for (size_t i = 0; i < info.steps; i++) {
    weft_step_info step;
    if (weft_program_step(program, i, &step) != WEFT_OK) return network_fail(net, "reading the plan");
    if (timed) step.seconds = times[i];
    print_step(&step, i, timed, roof);
    once += (size_t)step.once;
    if (step.once) continue;
    bytes += step.bytes;
    flops += step.flops;
    seconds += step.seconds;
  }
  printf("\n%zu steps", info.steps - once);
  if (once) printf(" (and %zu once)", once);
  printf(", %.1f KiB moved, %.3f MFLOP", bytes / 1024, flops / 1e6);
  if (timed) printf(", %.1f us", seconds * 1e6);
  if (timed && roof && seconds > 0) printf(", %.0f %% of the roofline", 100 * roof_program(roof, program) / seconds);
  printf("; %.1f KiB of intermediate results, %.1f KiB of inputs, parameters and states; compiled in %.3f s\n",
         (double)info.peak_bytes / 1024, (double)info.leaf_bytes / 1024, info.compile_seconds);
  return 0;
}

static int print_kernels(const network *net, weft_program *program) {
  weft_program_info info;
  weft_program_describe(program, &info);
  for (size_t i = 0; i < info.steps; i++) {
    weft_step_info step;
    if (weft_program_step(program, i, &step) != WEFT_OK) return network_fail(net, "reading the plan");
    const char *source = weft_program_source(program, i);
    printf("/* ---- step %zu: %s: %s ---- */\n%s\n", i, step.name, step.what, source ? source : "");
  }
  return 0;
}

/* Takes some seconds, of which a terminal is told. */
static document *measure_roof(const network *net) {
  int told = isatty(STDERR_FILENO);
  weft_device_info device;
  weft_device_describe(net->device, &device);
  if (told) fprintf(stderr, "measuring what %s can do ...", device.id);
  document *roof = roof_measure(device.id);
  if (told) fprintf(stderr, "\r\033[K");
  return roof;
}

static int show(const network *net, weft_tensor *result, const settings *s) {
  int code = 0;
  if (s->graph) code = print_text(net, weft_graph_print(&result, 1), "printing the graph");
  if (code == 0 && s->dot) code = print_text(net, weft_graph_dot(&result, 1), "printing the graph");
  int planned = s->plan || s->profile || (!s->graph && !s->dot && !s->kernels);
  if (code || (!planned && !s->kernels)) return code;
  document *roof = s->profile ? measure_roof(net) : NULL; /* before the program has its memory */
  weft_program *program = weft_compile(result);
  if (!program) code = network_fail(net, "compiling");
  double *times = NULL;
  if (code == 0 && s->profile) {
    weft_program_info info;
    weft_program_describe(program, &info);
    times = calloc(info.steps + 1, sizeof *times);
    code =
        times ? time_steps(net, program, info.steps, times) : fail("no memory for the times of %zu steps", info.steps);
  }
  if (code == 0 && planned) code = print_plan(net, program, roof, times);
  free(times);
  roof_free(roof);
  if (code == 0 && s->kernels) code = print_kernels(net, program);
  return code;
}

int command_inspect(const settings *s) {
  const workload *m = workload_find(s->argument);
  weft_optimizer known;
  if (!m) return usage("unknown model: %s", s->argument);
  if (s->optimizer && !optimizer_find(s->optimizer, m->lr, &known))
    return usage("--optimizer %s: not one of " OPTIMIZER_NAMES, s->optimizer);
  network net;
  workload_run run;
  int code = network_open(&net, m, s);
  if (code == 0) {
    int64_t batch = s->batch > 0 ? s->batch : m->batch;
    int made = workload_make(m, net.graph, batch, !s->inference, s->optimizer, &run) == 0;
    if (made && s->profile) made = workload_feed(&run, 1) == 0; /* zeros may take less time, or more */
    if (made)
      code = show(&net, run.result, s);
    else
      code = network_fail(&net, "building the graph");
  }
  network_close(&net);
  return code;
}
