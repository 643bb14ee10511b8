/* cli.h -- what the files of the `weft` command share: settings, models, the network at hand, progress. */
#ifndef WEFT_CLI_H
#define WEFT_CLI_H

#include "base/clock.h"
#include "models.h"
#include <stdio.h>
#include <weft/data.h>
#include <weft/io.h>
#include <weft/weft.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };
enum { CLASSES = 10, EDGE = 28, PIXELS = EDGE * EDGE };

/* ---- options.c ---- */

/* Commands as bits: an option says which of them know it. */
enum { DEVICES = 1, TRAIN = 2, EVAL = 4, PREDICT = 8, GALLERY = 16, INSPECT = 32 };

typedef struct settings {
  const char *argument; /* the word after the command: a model or an image */
  const char *data, *device, *load, *save, *output, *json_file, *optimizer, *schedule, *classes;
  int64_t epochs, batch, steps, seed, count, warmup; /* -1: not given */
  double lr;                                         /* -1: not given */
  int help, quiet, json, plan, graph, dot, kernels, profile, inference;
} settings;

/* Parses the words after the command. Returns 0, or EXIT_USAGE after a line on stderr. */
int options_parse(int command, const char *command_name, char **words, int n_words, int wants_argument,
                  settings *out_settings);
/* Prints the options that a command knows. */
void options_help(int command);

/* "weft COMMAND: text" on stderr. Returns EXIT_FAILED. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a wrong command line, with a hint at --help. Returns EXIT_USAGE. */
int usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- model.c ---- */

/* Those of tools/models that classify gray images of 28 x 28: index 0, 1, ... until NULL. */
const workload *model_at(size_t index);
/* NULL when there is none of that name. */
const workload *model_find(const char *name);

/* A device and a graph with the parameters of one model. */
typedef struct network {
  const workload *model;
  weft_device *device;
  weft_graph *graph;
  char class_names[CLASSES][24];
} network;

/* Opens the device and an empty graph with the seed. Returns an exit code. */
int network_open(network *net, const workload *m, const settings *s);
/* The same from a file that `weft train --save` wrote; its metadata names model and classes. */
int network_load(network *net, const settings *s);
void network_close(network *net);
/* Writes parameters and optimizer states with what network_load() needs. Returns an exit code. */
int network_save(const network *net, const char *path);
/* Prints the graph's failure. Returns EXIT_FAILED. */
int network_fail(const network *net, const char *doing);

/* One program's ends in the graph: images (batch,1,28,28), classes (batch), logits (batch,10). Parameters are shared by
 * all views of a network. prefix sets the inputs' names apart: "train" gives "train.x" and "train.t". */
typedef struct view {
  int64_t batch;
  weft_tensor *x, *t, *logits;
} view;
view network_view(network *net, const char *prefix, int64_t batch, int training);

/* ---- source.c: the images ---- */

/* The folder asked for by option or environment; NULL: the library's default. */
const char *source_folder(const settings *s);
/* Its 60000 images to train with (train 1) or 10000 to test with. NULL after a line on stderr. */
weft_dataset *source_open(const settings *s, int train);

/* ---- score.c: loss and accuracy over the test images ---- */

typedef struct score {
  double loss, accuracy;
  int64_t images;
  double seconds;
} score;

typedef struct scorer scorer;
/* Compiles the evaluation program. NULL after a line on stderr. */
scorer *scorer_new(network *net, const settings *s, int64_t batch);
int scorer_run(scorer *sc, score *out_score);
int64_t scorer_images(const scorer *sc);
void scorer_free(scorer *sc);

/* ---- progress.c ---- */

/* A line that is drawn over on a terminal, and a line every 10 % elsewhere. */
typedef struct progress {
  int terminal, quiet;
  const char *label;
  int64_t total, done, shown_tenth;
  int64_t images_a_step;
  double began;
} progress;

static inline double now(void) { return weft_clock(); }
void progress_begin(progress *p, const char *label, int64_t steps, int64_t images_a_step, int quiet);
void progress_show(progress *p, int64_t done, double loss);
void progress_end(progress *p);

/* ---- report.c: metrics as JSON ---- */

typedef struct epoch_metrics {
  int64_t epoch, steps, images;
  double seconds, train_loss, test_loss, test_accuracy, lr;
} epoch_metrics;

typedef struct run_metrics {
  const network *net;
  const settings *settings;
  const char *optimizer;
  int64_t batch, parameters, train_images, test_images;
  double lr, compile_seconds;
  uint64_t peak_bytes, leaf_bytes;
  epoch_metrics *epochs;
  int64_t n_epochs;
} run_metrics;

/* A JSON string with its quotes. */
void json_text(FILE *out, const char *text);
/* Writes the whole report to a temporary file beside path and renames it. Returns an exit code. */
int report_write(const char *path, const run_metrics *run);

/* ---- font.c ---- */

enum { GLYPH_WIDTH = 5, GLYPH_HEIGHT = 7 };
/* Whether pixel (x, y) of a character is set; characters without a drawing are blank. */
int font_pixel(char c, int x, int y);

/* ---- commands ---- */

int command_devices(const settings *s);
int command_train(const settings *s);
int command_eval(const settings *s);
int command_predict(const settings *s);
int command_gallery(const settings *s);
int command_inspect(const settings *s);

#endif
