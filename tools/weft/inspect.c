/* inspect.c -- `weft inspect MODEL`: the graph as text or DOT, the plan, the kernels. */
#include "cli.h"

/* A weft_text_free() text, printed. */
static int print_text(const network *net, char *text, const char *doing) {
  if (!text) return network_fail(net, doing);
  fputs(text, stdout);
  weft_text_free(text);
  return 0;
}

static void print_step(const weft_step_info *step, size_t index, int timed) {
  printf("%4zu  %-8s %10.1f %10.3f", index, step->name, step->bytes / 1024, step->flops / 1e6);
  if (timed)
    printf(" %9.1f %7.1f %7.1f", step->seconds * 1e6, step->seconds > 0 ? step->bytes / step->seconds / 1e9 : 0,
           step->seconds > 0 ? step->flops / step->seconds / 1e9 : 0);
  printf("  %s%s\n", step->what, step->once ? " (once)" : "");
}

static int print_plan(const network *net, weft_program *program, int timed) {
  weft_program_info info;
  weft_program_describe(program, &info);
  if (timed) {
    if (weft_run(program) != WEFT_OK || weft_run_profiled(program) != WEFT_OK) return network_fail(net, "running");
  }
  printf("%4s  %-8s %10s %10s%s  %s\n", "STEP", "KERNEL", "KiB", "MFLOP", timed ? "        us    GB/s GFLOP/s" : "",
         "OPS");
  double bytes = 0, flops = 0, seconds = 0;
  size_t once = 0;
  for (size_t i = 0; i < info.steps; i++) {
    weft_step_info step;
    if (weft_program_step(program, i, &step) != WEFT_OK) return network_fail(net, "reading the plan");
    print_step(&step, i, timed);
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

static int show(const network *net, weft_tensor *result, const settings *s) {
  int code = 0;
  if (s->graph) code = print_text(net, weft_graph_print(&result, 1), "printing the graph");
  if (code == 0 && s->dot) code = print_text(net, weft_graph_dot(&result, 1), "printing the graph");
  int planned = s->plan || s->profile || (!s->graph && !s->dot && !s->kernels);
  if (code || (!planned && !s->kernels)) return code;
  weft_program *program = weft_compile(result);
  if (!program) return network_fail(net, "compiling");
  if (planned) code = print_plan(net, program, s->profile);
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
    if (workload_make(m, net.graph, batch, !s->inference, s->optimizer, &run) == 0)
      code = show(&net, run.result, s);
    else
      code = network_fail(&net, "building the graph");
  }
  network_close(&net);
  return code;
}
