/* main.c -- dlbench, the device profiler: what a device is and can do, what weft gets out of it, and what limits each
 * kernel. */
#include "dlbench.h"
#include <stdlib.h>
#include <string.h>

typedef struct options {
  const char *device, *json_file;
  bench_mode mode;
  int quiet;
  const char *words[3]; /* after the command */
  int n_words;
} options;

static int usage(FILE *to, int code) {
  fputs("usage: dlbench [COMMAND] [OPTIONS]\n\n"
        "  run      everything below, in about two minutes (default)\n"
        "  info     every device found: memory, limits, types, what weft uses\n"
        "  peak     arithmetic, bandwidth, launches, transfers, atomics of the bare device\n"
        "  ops      the kernels of real networks, against the roofline\n\n"
        "  --device ID     opencl:0, vulkan:0, ...; $WEFT_DEVICE or the fastest otherwise\n"
        "  --quick         about 20 seconds: fewer sizes, fewer repeats\n"
        "  --full          as long as it takes: more sizes, more repeats\n"
        "  --json FILE     write the figures as JSON too; - is standard output, instead of tables\n"
        "  --quiet         no progress\n"
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
    else if (!strcmp(words[i], "--quick"))
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

enum { PEAK = 1, OPS = 2 };

static int measure(const options *o, int parts) {
  document d;
  bench b;
  if (o->n_words) return wrong("one word too many:", o->words[0]);
  if (document_begin(&d)) return EXIT_FAILED;
  int code = bench_open(&b, o->device, o->mode, &d, o->quiet);
  if (code) {
    document_free(&d);
    return code;
  }
  if (b.language == WEFT_LANGUAGE_NONE && parts & PEAK) {
    snprintf(d.note, sizeof d.note, "%s runs no kernels: only operations are measured", b.info.id);
    parts &= ~PEAK;
  }
  b.progress.total = (parts & PEAK ? weight_compute(&b) + weight_memory(&b) + weight_launch(&b) : 0) +
                     (parts & OPS ? weight_ops(&b) : 0);
  if (parts & PEAK) {
    measure_compute(&b);
    measure_memory(&b);
    measure_launch(&b);
  }
  if (parts & OPS) measure_ops(&b);
  if (b.host_clock && !d.note[0])
    snprintf(d.note, sizeof d.note, "%s has no timestamps that tell the time of its kernels: the host's clock was used",
             b.info.id);
  bench_close(&b);
  if (!o->json_file || strcmp(o->json_file, "-")) table_print(&d, stdout);
  if (o->json_file) code = document_write(&d, o->json_file);
  int figures = 0;
  for (size_t i = 0; i < d.n_rows; i++) figures += !d.rows[i].error[0];
  if (!figures) {
    fprintf(stderr, "dlbench: nothing could be measured on %s\n", d.device.id);
    code = EXIT_FAILED;
  }
  document_free(&d);
  return code;
}

int main(int argc, char **argv) {
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
  if (!strcmp(command, "run")) return measure(&o, PEAK | OPS);
  if (!strcmp(command, "peak")) return measure(&o, PEAK);
  if (!strcmp(command, "ops")) return measure(&o, PEAK | OPS);
  if (!strcmp(command, "info"))
    return o.n_words ? wrong("one word too many:", o.words[0]) : show_info(o.device, o.json_file);
  return wrong("no command", command);
}
