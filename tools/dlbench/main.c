/* main.c -- dlbench, the device profiler: what a device is and can do, what weft gets out of it, and what limits each
 * kernel. */
#include "report.h"
#include <stdlib.h>
#include <string.h>

typedef struct options {
  const char *device, *json_file, *output;
  double fail_below; /* 0: not given */
  bench_mode mode;
  int quiet;
  const char *words[3]; /* after the command */
  int n_words;
} options;

static int usage(FILE *to, int code) {
  fputs("usage: dlbench [COMMAND] [OPTIONS]\n\n"
        "  run                    everything below, in about two minutes (default)\n"
        "  info                   every device found: memory, limits, types, what weft uses\n"
        "  peak                   arithmetic, bandwidth, launches, transfers, atomics of the bare device\n"
        "  ops                    peak, and the kernels of real networks against the roofline\n"
        "  model [NAME]           training and inference of the standard workloads: softmax, mlp, lenet,\n"
        "                         resnet18, gpt, lstm, mobilenetv2, resnet50, vgg16\n"
        "  tune [NAME]            fill the tuning database for the device\n"
        "  report FILE -o OUT     a page of HTML from a JSON file, or its roofline alone (OUT ends in .svg)\n"
        "  compare A B            two JSON files side by side\n\n"
        "  --device ID            opencl:0, vulkan:0, ...; $WEFT_DEVICE or the fastest otherwise\n"
        "  --quick                about 20 seconds: fewer sizes, fewer repeats\n"
        "  --full                 as long as it takes: more sizes, more repeats\n"
        "  --json FILE            write the figures as JSON too; - is standard output, instead of tables\n"
        "  -o, --output FILE      write the report too, without a detour by JSON\n"
        "  --fail-below X         compare: exit with 1 where B is below X times A beyond noise\n"
        "  --quiet                no progress\n"
        "  --help, --version\n\n"
        "doc/dlbench.md explains the figures.\n",
        to);
  return code;
}

static int wrong(const char *what, const char *word) {
  fprintf(stderr, "dlbench: %s %s (dlbench --help lists them)\n", what, word);
  return EXIT_USAGE;
}

/* The value of "--name VALUE" or "--name=VALUE" at words[*at]; NULL when it is not this option. */
static const char *value_of(char **words, int count, int *at, const char *name) {
  size_t length = strlen(name);
  if (strncmp(words[*at], name, length)) return NULL;
  if (words[*at][length] == '=') return words[*at] + length + 1;
  if (words[*at][length]) return NULL;
  return *at + 1 < count ? words[++*at] : "";
}

static int parse(char **words, int count, options *o) {
  for (int i = 0; i < count; i++) {
    const char *value;
    if ((value = value_of(words, count, &i, "--device")))
      o->device = value;
    else if ((value = value_of(words, count, &i, "--json")))
      o->json_file = value;
    else if ((value = value_of(words, count, &i, "--output")) || (value = value_of(words, count, &i, "-o")))
      o->output = value;
    else if ((value = value_of(words, count, &i, "--fail-below"))) {
      char *end;
      o->fail_below = weft_text_to_double(value, &end);
      if (!*value || *end || !(o->fail_below > 0 && o->fail_below < 1e6)) return wrong("no number above 0:", value);
    } else if (!strcmp(words[i], "--quick"))
      o->mode = QUICK;
    else if (!strcmp(words[i], "--full"))
      o->mode = FULL;
    else if (!strcmp(words[i], "--quiet"))
      o->quiet = 1;
    else if (words[i][0] == '-' && words[i][1])
      return wrong("no option", words[i]);
    else if (o->n_words < 3)
      o->words[o->n_words++] = words[i];
    else
      return wrong("one word too many:", words[i]);
    if (value && !*value) return wrong("no value after", words[i]);
  }
  return 0;
}

enum { PEAK = 1, OPS = 2, MODELS = 4, TUNE = 8 };

static void show(bench *b, const char *what) { progress_show(&b->progress, b->weight_done, what); }

static int open_bench(bench *b, const options *o, document *d) {
  static const char *const words[] = {"quick", "normal", "full"};
  weft_device *device = weft_device_open(o->device);
  if (weft_device_status(device) != WEFT_OK) {
    fprintf(stderr, "dlbench: %s\n", weft_device_message(device));
    weft_device_close(device);
    return EXIT_FAILED;
  }
  bench_begin(b, device, o->mode, d);
  b->show = show;
  d->device = b->info;
  snprintf(d->mode, sizeof d->mode, "%s", words[o->mode]);
  progress_begin(&b->progress, 0, o->quiet);
  return 0;
}

static void close_bench(bench *b) {
  progress_clear(&b->progress);
  b->document->seconds = now() - b->progress.began;
  weft_device_close(b->device);
}

static int measure(const options *o, int parts) {
  document d;
  bench b;
  const char *only = parts == MODELS || parts == TUNE ? o->words[0] : NULL;
  if (o->n_words > (only != NULL)) return wrong("one word too many:", o->words[only != NULL]);
  if (only && !model_is_known(only)) return wrong("no model", only);
  if (document_begin(&d)) return EXIT_FAILED;
  int code = open_bench(&b, o, &d);
  if (code) {
    document_free(&d);
    return code;
  }
  if (b.language == WEFT_LANGUAGE_NONE && parts & PEAK) {
    snprintf(d.note, sizeof d.note, "%s runs no kernels: only operations are measured", b.info.id);
    parts &= ~PEAK;
  }
  b.progress.total = (parts & PEAK ? weight_compute(&b) + weight_memory(&b) + weight_launch(&b) : 0) +
                     (parts & OPS ? weight_ops(&b) : 0) + (parts & MODELS ? weight_models(&b) : 0);
  b.only = only;
  if (parts & PEAK) {
    bench_part(&b, measure_compute);
    bench_part(&b, measure_memory);
    bench_part(&b, measure_launch);
  }
  if (parts & OPS) bench_part(&b, measure_ops);
  if (parts & MODELS) bench_part(&b, measure_models);
  if (parts & TUNE) bench_part(&b, measure_tune);
  if (b.host_clock && !d.note[0])
    snprintf(d.note, sizeof d.note, "%s has no timestamps that tell the time of its kernels: the host's clock was used",
             b.info.id);
  close_bench(&b);
  if (!o->json_file || strcmp(o->json_file, "-")) table_print(&d, stdout);
  if (o->json_file) code = document_write(&d, o->json_file);
  if (o->output && report_write(&d, o->output)) code = EXIT_FAILED;
  int figures = 0;
  for (size_t i = 0; i < d.n_rows; i++) figures += !d.rows[i].error[0];
  if (!figures) {
    fprintf(stderr, "dlbench: nothing could be measured on %s\n", d.device.id);
    code = EXIT_FAILED;
  }
  document_free(&d);
  return code;
}

static int report(const options *o) {
  document d;
  if (o->n_words != 1)
    return wrong(o->n_words ? "one file is enough:" : "report takes a JSON file;", o->n_words ? o->words[1] : "none");
  if (!o->output) return wrong("report writes to -o FILE;", "none");
  int code = document_read(&d, o->words[0]);
  if (code) return code;
  code = report_write(&d, o->output);
  document_free(&d);
  return code;
}

static int compare(const options *o) {
  document a, b;
  if (o->n_words != 2) return wrong("compare takes two JSON files;", o->n_words > 2 ? o->words[2] : "too few");
  int code = document_read(&a, o->words[0]);
  if (code) return code;
  code = document_read(&b, o->words[1]);
  if (!code) {
    code = compare_documents(&a, &b, o->words[0], o->words[1], o->fail_below);
    document_free(&b);
  }
  document_free(&a);
  return code;
}

static int run(int argc, char **argv) {
  const char *command = "run";
  int first = 1;
  options o = {.mode = NORMAL};
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return usage(stdout, 0);
    if (!strcmp(argv[i], "--version")) return printf("dlbench %s\n", weft_version()) < 0;
  }
  if (argc > 1 && argv[1][0] != '-') command = argv[first++];
  int code = parse(argv + first, argc - first, &o);
  if (code) return code;
  if (!strcmp(command, "run")) return measure(&o, PEAK | OPS | MODELS);
  if (!strcmp(command, "peak")) return measure(&o, PEAK);
  if (!strcmp(command, "ops")) return measure(&o, PEAK | OPS);
  if (!strcmp(command, "model")) return measure(&o, MODELS);
  if (!strcmp(command, "tune")) return measure(&o, TUNE);
  if (!strcmp(command, "report")) return report(&o);
  if (!strcmp(command, "compare")) return compare(&o);
  if (!strcmp(command, "start")) {
    long long batch = o.n_words == 2 ? strtoll(o.words[1], NULL, 10) : 0;
    return batch > 0 ? first_result(o.device, o.words[0], batch)
                     : wrong("start takes a model and a batch size;", "none");
  }
  if (!strcmp(command, "info"))
    return o.n_words ? wrong("one word too many:", o.words[0]) : show_info(o.device, o.json_file);
  return wrong("no command", command);
}

/* What was printed counts only once it is written: a full disk is a failure. */
int main(int argc, char **argv) {
  int code = run(argc, argv);
  if (!fflush(stdout) && !ferror(stdout)) return code;
  perror("dlbench: standard output");
  return code ? code : EXIT_FAILED;
}
