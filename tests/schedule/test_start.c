/* test_start.c -- the second start of a program compiles nothing: texts are in weft's cache, or in that of a driver
 * which keeps what it compiles itself. Every start is a process of its own, and so is who looks for devices: drivers
 * have threads, which no fork takes along. */
#include "spies.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weft/nn.h>
#include <weft/optim.h>
#ifdef WEFT_HAVE_OPENCL
#include "device/opencl/opencl.h"
#endif

enum { BATCH = 8, EDGE = 8, CLASSES = 4, MOST_DEVICES = 16 };

/* What a process tells: the first is whether it came to its end. */
typedef struct started {
  int good, keeps_texts; /* keeps_texts: by weft, not by the driver */
  int is_card;
  float loss;
  spied spied;
} started;

typedef struct device_list {
  size_t n;
  char ids[MOST_DEVICES][32];
} device_list;

/* Runs work in a process of its own, which fills `out`. */
static void apart(void (*work)(const char *id, void *out), const char *id, void *out, size_t size) {
  int ends[2];
  memset(out, 0, size);
  cr_assert(pipe(ends) == 0);
  pid_t child = fork();
  cr_assert(child >= 0);
  if (child == 0) {
    work(id, out);
    _exit(write(ends[1], out, size) == (ssize_t)size ? 0 : 1);
  }
  close(ends[1]);
  for (size_t got = 0; got < size;) {
    ssize_t n = read(ends[0], (char *)out + got, size - got);
    if (n <= 0) break;
    got += (size_t)n;
  }
  close(ends[0]);
  int status;
  cr_assert(waitpid(child, &status, 0) == child && status == 0, "%s: a process failed", id);
}

static void find(const char *id, void *out) {
  (void)id;
  device_list *list = out;
  weft_device_info all[MOST_DEVICES];
  size_t n = weft_devices(all, MOST_DEVICES);
  for (size_t i = 0; i < n && i < MOST_DEVICES; i++) {
    int has_kernels = strcmp(all[i].backend, "reference") != 0 && strcmp(all[i].backend, "null") != 0;
    if (all[i].usable && has_kernels) snprintf(list->ids[list->n++], sizeof *list->ids, "%s", all[i].id);
  }
}

/* A training step with a convolution, and its loss. */
static void start(const char *id, void *out) {
  started *s = out;
  weft_device *device = weft_device_open(id);
  spies_watch(device);
  weft_graph *g = weft_graph_new(device);
  weft_tensor *x = weft_input(g, "x", WEFT_F32, BATCH, 1, EDGE, EDGE), *t = weft_input(g, "t", WEFT_I32, BATCH);
  weft_layer conv = weft_layer_conv2d(4, 3, .pad = 1, .act = WEFT_RELU);
  weft_tensor *y = weft_layer_apply(x, &conv, "conv", 1);
  y = weft_dense(weft_global_avg_pool(y), CLASSES, "out", WEFT_LINEAR);
  weft_tensor *loss = weft_minimize(weft_mean(weft_cross_entropy(y, t)), weft_sgd(0.1));
  weft_program *program = weft_compile(loss);
  float pixels[BATCH * EDGE * EDGE];
  int32_t classes[BATCH];
  for (int i = 0; i < BATCH * EDGE * EDGE; i++) pixels[i] = (float)(i * 7 % 13) / 13;
  for (int i = 0; i < BATCH; i++) classes[i] = i % CLASSES;
  weft_write(x, pixels, sizeof pixels);
  weft_write(t, classes, sizeof classes);
  s->good = program && weft_run(program) == WEFT_OK && weft_read(loss, &s->loss, sizeof s->loss) == WEFT_OK;
  weft_device_info info;
  weft_device_describe(device, &info);
  s->is_card = info.device_class == WEFT_CLASS_GPU;
  s->keeps_texts = 1;
#ifdef WEFT_HAVE_OPENCL
  if (s->good && strcmp(device->backend->name, "opencl") == 0) s->keeps_texts = weft_cl(device)->keeps_binaries;
#endif
  weft_graph_free(g);
  weft_device_close(device);
  s->spied = spies_count();
}

/* Files below a folder that hold something, how much, and when the last of them was written; or all of it removed.
 * Empty ones are marks: PoCL has one that tells when something was last used, and leaves some behind. */
typedef struct tally {
  long files, bytes;
  struct timespec last;
} tally;
static void count(const struct stat *info, tally *out) {
  struct timespec t = info->st_mtim;
  out->files++;
  out->bytes += info->st_size;
  if (t.tv_sec > out->last.tv_sec || (t.tv_sec == out->last.tv_sec && t.tv_nsec > out->last.tv_nsec)) out->last = t;
}

static void visit(const char *folder, int removes, tally *out) {
  DIR *all = opendir(folder);
  for (struct dirent *e; all && (e = readdir(all));) {
    char path[4096];
    struct stat info;
    if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
    int length = snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    if (length < 0 || (size_t)length >= sizeof path || lstat(path, &info) != 0) continue;
    if (S_ISDIR(info.st_mode))
      visit(path, removes, out);
    else if (removes)
      unlink(path);
    else if (info.st_size > 0)
      count(&info, out);
  }
  if (all) closedir(all);
  if (removes) rmdir(folder);
}

/* A card's driver keeps house in its cache as it likes: there weft's own is looked at. */
static tally tally_of(const char *folder, int own_alone) {
  tally found = {0};
  char own[256];
  snprintf(own, sizeof own, "%s/WEFT_CACHE", folder);
  visit(own_alone ? own : folder, 0, &found);
  return found;
}

/* Caches of weft and of drivers, in one folder. */
static void fresh_caches(char *folder) {
  static const char *const names[] = {"WEFT_CACHE",     "POCL_CACHE_DIR",  "MESA_SHADER_CACHE_DIR",
                                      "XDG_CACHE_HOME", "CUDA_CACHE_PATH", "__GL_SHADER_DISK_CACHE_PATH"};
  cr_assert_not_null(mkdtemp(folder));
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    mkdir(path, 0700);
    setenv(names[i], path, 1);
  }
}

static void check(const char *id) {
  char folder[] = "/tmp/weft-start-XXXXXX";
  started first, second;
  fresh_caches(folder);
  apart(start, id, &first, sizeof first);
  tally compiled = tally_of(folder, first.is_card && first.keeps_texts);
  apart(start, id, &second, sizeof second);
  tally left = tally_of(folder, first.is_card && first.keeps_texts);
  visit(folder, 1, NULL);
  cr_assert(first.good && second.good, "%s: a start failed", id);
  cr_expect(first.spied.texts > 0 && compiled.files > 0, "%s: the first start compiles %ld texts into %ld files", id,
            first.spied.texts, compiled.files);
  cr_expect(left.files == compiled.files && left.bytes == compiled.bytes,
            "%s: the second start makes %ld files of %ld bytes to %ld of %ld", id, compiled.files, compiled.bytes,
            left.files, left.bytes);
  cr_expect(memcmp(&left.last, &compiled.last, sizeof left.last) == 0, "%s: the second start writes a file anew", id);
  /* A driver that keeps what it compiles is asked for it by the text. */
  if (second.keeps_texts) cr_expect(second.spied.texts == 0, "%s: %ld texts compiled again", id, second.spied.texts);
  cr_expect(first.loss == second.loss, "%s: loss %g, then %g", id, first.loss, second.loss);
}

Test(start, the_second_compiles_nothing) {
  device_list list;
  apart(find, "devices", &list, sizeof list);
  for (size_t i = 0; i < list.n; i++) check(list.ids[i]);
  if (!list.n) cr_skip_test("no OpenCL or Vulkan device");
}
