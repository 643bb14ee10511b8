/* options.c -- the table of options, which parses the command line and prints the help. */
#include "cli.h"
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { FLAG, TEXT, INTEGER, REAL } kind;

typedef struct option {
  const char *name, *value; /* value: what stands after it in the help; NULL for a flag */
  kind kind;
  size_t offset; /* in settings */
  int commands;
  double low, high; /* INTEGER, REAL */
  const char *help;
} option;

#define AT(field) offsetof(settings, field)
#define WITH_NETWORK (TRAIN | EVAL | PREDICT | GALLERY | INSPECT)

static const option options[] = {
    {"data", "DIR", TEXT, AT(data), TRAIN | EVAL | GALLERY, 0, 0,
     "folder with the four IDX files (else $WEFT_DATA, else Debian's dataset-fashion-mnist)"},
    {"load", "FILE", TEXT, AT(load), EVAL | PREDICT | GALLERY, 0, 0, "parameters that `weft train --save` wrote"},
    {"epochs", "N", INTEGER, AT(epochs), TRAIN, 1, 1e6, "passes over the training images (5)"},
    {"steps", "N", INTEGER, AT(steps), TRAIN, 1, 1e12, "stop after N steps and print each loss"},
    {"batch", "N", INTEGER, AT(batch), TRAIN | EVAL | INSPECT, 1, 60000, "images a step (the model's own)"},
    {"lr", "RATE", REAL, AT(lr), TRAIN, 0, 1e6, "learning rate (the model's own)"},
    {"optimizer", "NAME", TEXT, AT(optimizer), TRAIN | INSPECT, 0, 0, OPTIMIZER_NAMES},
    {"schedule", "NAME", TEXT, AT(schedule), TRAIN, 0, 0, "learning rate over the run: constant, cosine, linear"},
    {"warmup", "N", INTEGER, AT(warmup), TRAIN, 0, 1e12, "steps over which the learning rate rises from 0 (0)"},
    {"seed", "N", INTEGER, AT(seed), TRAIN, 0, 9e15, "initial values, order of images (1)"},
    {"device", "ID", TEXT, AT(device), WITH_NETWORK, 0, 0,
     "as `weft devices` lists them (else $WEFT_DEVICE, else the fastest)"},
    {"save", "FILE", TEXT, AT(save), TRAIN, 0, 0, "write the parameters, as safetensors, after each epoch"},
    {"classes", "NAMES", TEXT, AT(classes), TRAIN, 0, 0, "\"fashion\", \"digits\", or ten names with commas"},
    {"json", "FILE", TEXT, AT(json_file), TRAIN, 0, 0, "write metrics after each epoch (doc/metrics-schema.md)"},
    {"json", NULL, FLAG, AT(json), DEVICES | EVAL | PREDICT, 0, 0, "print JSON"},
    {"output", "FILE", TEXT, AT(output), GALLERY, 0, 0, "the PNG to write; also -o FILE"},
    {"count", "N", INTEGER, AT(count), GALLERY, 1, 400, "images on the sheet (40)"},
    {"plan", NULL, FLAG, AT(plan), INSPECT, 0, 0, "print the steps with bytes and FLOPs (the default)"},
    {"profile", NULL, FLAG, AT(profile), INSPECT, 0, 0,
     "the plan with measured times, and the part of the roofline that each step reaches"},
    {"graph", NULL, FLAG, AT(graph), INSPECT, 0, 0, "print the graph as text"},
    {"dot", NULL, FLAG, AT(dot), INSPECT, 0, 0, "print the graph in the DOT language of Graphviz"},
    {"kernels", NULL, FLAG, AT(kernels), INSPECT, 0, 0, "print the source of every kernel"},
    {"inference", NULL, FLAG, AT(inference), INSPECT, 0, 0, "the forward program rather than the training step"},
    {"quiet", NULL, FLAG, AT(quiet), TRAIN | EVAL, 0, 0, "no progress; results only"},
    {"help", NULL, FLAG, AT(help), DEVICES | WITH_NETWORK, 0, 0, "this text"},
};
enum { N_OPTIONS = sizeof options / sizeof *options };

static const char *command_in_use = "";

static void complain(const char *format, va_list args) {
  fprintf(stderr, "weft%s%s: ", command_in_use[0] ? " " : "", command_in_use);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
}

int fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  complain(format, args);
  va_end(args);
  return EXIT_FAILED;
}

int usage(const char *format, ...) {
  va_list args;
  va_start(args, format);
  complain(format, args);
  va_end(args);
  fprintf(stderr, "Try `weft%s%s --help`.\n", command_in_use[0] ? " " : "", command_in_use);
  return EXIT_USAGE;
}

/* The option of that name (length bytes) that the command knows. */
static const option *find(int command, const char *name, size_t length) {
  for (size_t i = 0; i < N_OPTIONS; i++)
    if ((options[i].commands & command) && strlen(options[i].name) == length &&
        memcmp(options[i].name, name, length) == 0)
      return &options[i];
  return NULL;
}

static int store_number(const option *o, const char *text, char *field) {
  char *end;
  errno = 0;
  double value = strtod(text, &end);
  if (end == text || *end || errno || !(value >= o->low && value <= o->high))
    return usage("--%s %s: not a number from %.15g to %.15g", o->name, text, o->low, o->high);
  if (o->kind == REAL) {
    memcpy(field, &value, sizeof value);
    return 0;
  }
  int64_t whole = (int64_t)value;
  if ((double)whole != value) return usage("--%s %s: not a whole number", o->name, text);
  memcpy(field, &whole, sizeof whole);
  return 0;
}

/* One option at words[*at]; moves *at to the last word used. */
static int parse_option(int command, char **words, int n_words, int *at, settings *s) {
  const char *word = words[*at];
  const char *name = word + 2, *equals = strchr(word, '=');
  if (strcmp(word, "-o") == 0) name = "output", equals = NULL;
  if (strcmp(word, "-h") == 0) name = "help", equals = NULL;
  if (word[1] != '-' && name == word + 2) return usage("unknown option %s", word);
  size_t length = equals ? (size_t)(equals - name) : strlen(name);
  const option *o = find(command, name, length);
  if (!o) return usage("unknown option %.*s", (int)(equals ? equals - word : (ptrdiff_t)strlen(word)), word);
  char *field = (char *)s + o->offset;
  if (o->kind == FLAG) {
    if (equals) return usage("--%s takes no value", o->name);
    memcpy(field, &(int){1}, sizeof(int));
    return 0;
  }
  if (!equals && *at + 1 >= n_words) return usage("--%s needs a value: %s", o->name, o->value);
  const char *text = equals ? equals + 1 : words[++*at];
  if (!text[0]) return usage("--%s needs a value: %s", o->name, o->value);
  if (o->kind != TEXT) return store_number(o, text, field);
  memcpy(field, &text, sizeof text);
  return 0;
}

int options_parse(int command, const char *command_name, char **words, int n_words, int wants_argument,
                  settings *out_settings) {
  command_in_use = command_name;
  *out_settings = (settings){.epochs = -1, .batch = -1, .steps = -1, .seed = 1, .count = 40, .lr = -1};
  for (int i = 0; i < n_words; i++) {
    if (words[i][0] == '-' && words[i][1]) {
      int code = parse_option(command, words, n_words, &i, out_settings);
      if (code) return code;
    } else if (wants_argument && !out_settings->argument) {
      out_settings->argument = words[i];
    } else {
      return usage("unexpected word: %s", words[i]);
    }
  }
  return 0;
}

void options_help(int command) {
  printf("\nOptions:\n");
  for (size_t i = 0; i < N_OPTIONS; i++) {
    const option *o = &options[i];
    if (!(o->commands & command)) continue;
    char left[40];
    snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    printf("  %-18s %s\n", left, o->help);
  }
}
