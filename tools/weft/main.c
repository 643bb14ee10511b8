/* main.c -- `weft COMMAND`: the table of commands, their help, and dispatch. */
#include "cli.h"
#include <string.h>

typedef struct command {
  const char *name;
  int bit;
  const char *argument; /* NULL: none */
  int (*run)(const settings *);
  const char *what; /* one line */
  const char *more; /* the paragraph under it in its own help */
} command;

static const command commands[] = {
    {"devices", DEVICES, NULL, command_devices, "list the devices that weft can use",
     "The fastest comes first; it is taken where no device is named."},
    {"train", TRAIN, "MODEL", command_train, "train softmax, mlp or lenet on 28x28 images",
     "softmax  784-10, plain SGD\n"
     "mlp      784-512-512-10, Adam\n"
     "lenet    two convolutions of 32 and 64 channels, dense 128, dense 10, Adam\n\n"
     "Images are MNIST's or Fashion-MNIST's IDX files, gzipped or not."},
    {"eval", EVAL, NULL, command_eval, "loss and accuracy over the test images", "Needs --load."},
    {"predict", PREDICT, "IMAGE", command_predict, "name what an image file shows",
     "Any PNG or JPEG: it is made grey, inverted where its border is bright, and shrunk to 28x28. Needs --load."},
    {"gallery", GALLERY, NULL, command_gallery, "draw test images with their predicted classes into a PNG",
     "Right predictions are green, wrong ones red with the true class below. Needs --load and --output."},
    {"inspect", INSPECT, "MODEL", command_inspect, "show the graph, plan or kernels of a model",
     "Models: those of `weft train --help`, and resnet18, resnet50, vgg16, mobilenetv2, gpt, lstm.\n\n"
     "The kernels are those that a run takes: WEFT_TUNE=once has candidates timed and chosen first, WEFT_CLASS takes\n"
     "those for the other class of device, WEFT_SKIP leaves out passes or forms (layout, winograd, strassen, join, "
     "...).\n"
     "WEFT_DEBUG=help lists these words and its own: pass, plan, tune, kernel, ..."},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void help_all(FILE *out) {
  fprintf(out,
          "weft %s: trains and runs neural networks on OpenCL and Vulkan devices\n\nusage: weft COMMAND [options]\n\n",
          weft_version());
  for (size_t i = 0; i < N_COMMANDS; i++) {
    char left[40];
    snprintf(left, sizeof left, "%s%s%s", commands[i].name, commands[i].argument ? " " : "",
             commands[i].argument ? commands[i].argument : "");
    fprintf(out, "  %-16s %s\n", left, commands[i].what);
  }
  fprintf(out, "\nEnvironment:\n");
#define VARIABLE(name, value, doc) fprintf(out, "  %-19s %s\n", name "=" value, doc);
#include "base/environment.def"
#undef VARIABLE
  fprintf(out, "\n`weft COMMAND --help` tells more; `weft --version` the version. Exit status: 0 done, 1 failed, 2 "
               "wrong usage.\n");
}

static void help_one(const command *c) {
  printf("usage: weft %s%s%s [options]\n\n%c%s.\n", c->name, c->argument ? " " : "", c->argument ? c->argument : "",
         c->what[0] - 'a' + 'A', c->what + 1);
  printf("\n%s\n", c->more);
  options_help(c->bit);
}

int main(int argc, char **argv) {
  const char *word = argc > 1 ? argv[1] : NULL;
  if (!word) {
    help_all(stderr);
    return EXIT_USAGE;
  }
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
    help_all(stdout);
    return 0;
  }
  if (strcmp(word, "--version") == 0) {
    printf("weft %s\n", weft_version());
    return 0;
  }
  for (size_t i = 0; i < N_COMMANDS; i++) {
    const command *c = &commands[i];
    if (strcmp(word, c->name) != 0) continue;
    settings s;
    int code = options_parse(c->bit, c->name, argv + 2, argc - 2, c->argument != NULL, &s);
    if (code) return code;
    if (s.help) {
      help_one(c);
      return 0;
    }
    if (c->argument && !s.argument) return usage("the %s is missing", c->argument);
    code = c->run(&s);
    if (fflush(stdout) != 0 && code == 0) return fail("cannot write to standard output");
    return code;
  }
  return usage("unknown command: %s", word);
}
