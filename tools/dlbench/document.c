/* document.c -- figures in a file. The format is doc/dlbench-schema.json; what one version writes every later one
 * reads. */
#include "base/file.h"
#include "dlbench.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

int document_begin(document *d) {
  struct utsname host;
  time_t t = time(NULL);
  struct tm utc;
  *d = (document){0};
  snprintf(d->weft, sizeof d->weft, "%s", weft_version());
  if (gmtime_r(&t, &utc)) strftime(d->date, sizeof d->date, "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (uname(&host) == 0)
    snprintf(d->host, sizeof d->host, "%.30s %.30s, %.20s", host.sysname, host.release, host.machine);
  size_t count = weft_devices(NULL, 0);
  d->devices = calloc(count ? count : 1, sizeof *d->devices);
  if (!d->devices) return EXIT_FAILED;
  size_t found = weft_devices(d->devices, count);
  d->n_devices = found < count ? found : count;
  return 0;
}

/* ---- writing ---- */

static const struct {
  const char *word;
  unsigned bit;
} features[] = {{"f16", WEFT_HAS_F16},
                {"bf16", WEFT_HAS_BF16},
                {"f64", WEFT_HAS_F64},
                {"int8", WEFT_HAS_INT8},
                {"dot8", WEFT_HAS_DOT8},
                {"matrix", WEFT_HAS_MATRIX},
                {"subgroups", WEFT_HAS_SUBGROUPS},
                {"recording", WEFT_HAS_RECORDING}};

const char *feature_word(size_t index, unsigned *out_bit) {
  if (index >= sizeof features / sizeof *features) return NULL;
  *out_bit = features[index].bit;
  return features[index].word;
}

static void write_device(weft_json_writer *w, const char *key, const weft_device_info *d) {
  char uuid[33] = "";
  int has_uuid = 0;
  for (int i = 0; i < 16; i++) {
    snprintf(uuid + 2 * i, 3, "%02x", d->uuid[i]);
    has_uuid |= d->uuid[i];
  }
  weft_json_begin_object(w, key);
  weft_json_string(w, "id", d->id);
  weft_json_string(w, "backend", d->backend);
  weft_json_string(w, "name", d->name);
  weft_json_string(w, "driver", d->driver);
  weft_json_string(w, "class", d->device_class == WEFT_CLASS_GPU ? "gpu" : "cpu");
  weft_json_number(w, "memory", (double)d->memory);
  weft_json_number(w, "max_buffer", (double)d->max_buffer);
  weft_json_integer(w, "compute_units", d->compute_units);
  weft_json_integer(w, "vector_width", d->vector_width);
  weft_json_integer(w, "max_group", d->max_group);
  weft_json_integer(w, "local_memory", d->local_memory);
  weft_json_integer(w, "subgroup", d->subgroup);
  weft_json_integer(w, "subgroup_min", d->subgroup_min);
  weft_json_integer(w, "subgroup_max", d->subgroup_max);
  weft_json_number(w, "timestamp_ns", d->timestamp_ns);
  weft_json_string(w, "uuid", has_uuid ? uuid : "");
  weft_json_bool(w, "usable", d->usable);
  weft_json_string(w, "why_not", d->why_not);
  weft_json_begin_array(w, "features");
  for (size_t i = 0; i < sizeof features / sizeof *features; i++)
    if (d->features & features[i].bit) weft_json_string(w, NULL, features[i].word);
  weft_json_end_array(w);
  weft_json_end_object(w);
}

/* Six digits are more than any figure is worth. */
static double rounded(double x) {
  if (!(x > 0) || !isfinite(x)) return 0;
  double scale = pow(10, 5 - floor(log10(x)));
  return isfinite(scale) ? round(x * scale) / scale : x;
}

static void write_row(weft_json_writer *w, const row *r) {
  weft_json_begin_object(w, NULL);
  weft_json_string(w, "section", r->section);
  weft_json_string(w, "name", r->name);
  weft_json_string(w, "unit", r->unit);
  if (r->error[0]) {
    weft_json_string(w, "error", r->error);
  } else {
    weft_json_string(w, "better", higher_is_better(r) ? "higher" : "lower");
    weft_json_number(w, "median", rounded(r->value));
    weft_json_number(w, "low", rounded(r->low));
    weft_json_number(w, "high", rounded(r->high));
    weft_json_number(w, "best", rounded(r->best));
    weft_json_number(w, "spread", rounded(row_spread(r)));
    weft_json_integer(w, "repeats", r->repeats);
    weft_json_bool(w, "noisy", row_is_noisy(r));
    weft_json_number(w, "seconds", rounded(r->seconds));
  }
  if (r->flops > 0) weft_json_number(w, "flops", rounded(r->flops));
  if (r->bytes > 0) weft_json_number(w, "bytes", rounded(r->bytes));
  if (r->size > 0) weft_json_number(w, "size", r->size);
  if (r->roof > 0) weft_json_number(w, "roofline", rounded(r->roof));
  if (r->memory > 0) weft_json_number(w, "memory", r->memory);
  if (r->detail[0]) weft_json_string(w, "detail", r->detail);
  weft_json_end_object(w);
}

char *document_print(const document *d) {
  weft_json_writer w = {0};
  weft_json_begin_object(&w, NULL);
  weft_json_string(&w, "schema", "dlbench");
  weft_json_integer(&w, "version", SCHEMA_VERSION);
  weft_json_string(&w, "weft", d->weft);
  weft_json_string(&w, "date", d->date);
  weft_json_string(&w, "host", d->host);
  if (d->mode[0]) {
    weft_json_string(&w, "mode", d->mode);
    weft_json_number(&w, "seconds", rounded(d->seconds));
    if (d->note[0]) weft_json_string(&w, "note", d->note);
    write_device(&w, "device", &d->device);
  }
  weft_json_begin_array(&w, "devices");
  for (size_t i = 0; i < d->n_devices; i++) write_device(&w, NULL, &d->devices[i]);
  weft_json_end_array(&w);
  weft_json_begin_array(&w, "rows");
  for (size_t i = 0; i < d->n_rows; i++) write_row(&w, &d->rows[i]);
  weft_json_end_array(&w);
  weft_json_end_object(&w);
  weft_text_add(&w.text, "\n");
  if (!w.text.failed) return w.text.data;
  weft_text_release(&w.text);
  return NULL;
}

int document_write(const document *d, const char *path) {
  weft_error error = {0};
  char *text = document_print(d);
  if (!text) {
    fprintf(stderr, "dlbench: no memory for %s\n", path);
    return EXIT_FAILED;
  }
  int failed = 0;
  if (!strcmp(path, "-"))
    failed = fputs(text, stdout) < 0;
  else
    failed = weft_file_write(path, text, strlen(text), &error) != WEFT_OK;
  if (failed) fprintf(stderr, "dlbench: %s\n", error.message[0] ? error.message : "cannot write to standard output");
  free(text);
  return failed ? EXIT_FAILED : 0;
}

/* ---- reading ---- */

static void get_text(const weft_json *object, const char *key, char *out, size_t size) {
  const weft_json *member = weft_json_get(object, key);
  snprintf(out, size, "%s", member && member->kind == WEFT_JSON_STRING ? member->string : "");
}

static double get_number(const weft_json *object, const char *key) {
  const weft_json *member = weft_json_get(object, key);
  int is_number = member && (member->kind == WEFT_JSON_NUMBER || member->kind == WEFT_JSON_BOOL);
  return is_number && isfinite(member->number) && member->number > 0 ? member->number : 0;
}

static uint32_t get_count(const weft_json *object, const char *key) {
  double x = get_number(object, key);
  return x < UINT32_MAX ? (uint32_t)x : UINT32_MAX;
}

static void read_device(const weft_json *object, weft_device_info *d) {
  char text[40];
  *d = (weft_device_info){0};
  get_text(object, "id", d->id, sizeof d->id);
  get_text(object, "backend", d->backend, sizeof d->backend);
  get_text(object, "name", d->name, sizeof d->name);
  get_text(object, "driver", d->driver, sizeof d->driver);
  get_text(object, "why_not", d->why_not, sizeof d->why_not);
  get_text(object, "class", text, sizeof text);
  d->device_class = strcmp(text, "gpu") ? WEFT_CLASS_CPU : WEFT_CLASS_GPU;
  d->memory = (uint64_t)get_number(object, "memory");
  d->max_buffer = (uint64_t)get_number(object, "max_buffer");
  d->compute_units = get_count(object, "compute_units");
  d->vector_width = get_count(object, "vector_width");
  d->max_group = get_count(object, "max_group");
  d->local_memory = get_count(object, "local_memory");
  d->subgroup = get_count(object, "subgroup");
  d->subgroup_min = get_count(object, "subgroup_min");
  d->subgroup_max = get_count(object, "subgroup_max");
  d->timestamp_ns = get_number(object, "timestamp_ns");
  d->usable = get_number(object, "usable") > 0;
  const weft_json *list = weft_json_get(object, "features");
  for (const weft_json *word = list ? list->child : NULL; word; word = word->next)
    for (size_t i = 0; i < sizeof features / sizeof *features; i++)
      if (word->kind == WEFT_JSON_STRING && !strcmp(word->string, features[i].word)) d->features |= features[i].bit;
}

static int read_row(document *d, const weft_json *object) {
  char section[16], name[64], unit[16];
  get_text(object, "section", section, sizeof section);
  get_text(object, "name", name, sizeof name);
  get_text(object, "unit", unit, sizeof unit);
  row *r = document_row(d, section, name, unit);
  if (!r) return 0;
  get_text(object, "detail", r->detail, sizeof r->detail);
  get_text(object, "error", r->error, sizeof r->error);
  r->value = get_number(object, "median");
  r->low = get_number(object, "low");
  r->high = get_number(object, "high");
  r->best = get_number(object, "best");
  r->repeats = (int)get_count(object, "repeats");
  r->seconds = get_number(object, "seconds");
  r->flops = get_number(object, "flops");
  r->bytes = get_number(object, "bytes");
  r->size = get_number(object, "size");
  r->roof = get_number(object, "roofline");
  r->memory = get_number(object, "memory");
  if (!r->error[0] && r->value <= 0) snprintf(r->error, sizeof r->error, "no figure in the file");
  return 1;
}

static const char *what_is_wrong(const weft_json *root) {
  const weft_json *schema = weft_json_get(root, "schema"), *version = weft_json_get(root, "version");
  const weft_json *rows = weft_json_get(root, "rows");
  if (!schema || schema->kind != WEFT_JSON_STRING || strcmp(schema->string, "dlbench"))
    return "is no file of dlbench: its \"schema\" is not \"dlbench\"";
  if (!version || version->kind != WEFT_JSON_NUMBER || version->number < 1) return "tells no version of its format";
  if (version->number > SCHEMA_VERSION) return "has a later format than this dlbench knows";
  if (!rows || rows->kind != WEFT_JSON_ARRAY) return "holds no rows";
  for (const weft_json *r = rows->child; r; r = r->next)
    if (r->kind != WEFT_JSON_OBJECT) return "holds a row that is no object";
  return NULL;
}

static int read_tree(document *d, const weft_json *root) {
  const weft_json *device = weft_json_get(root, "device"), *devices = weft_json_get(root, "devices");
  size_t count = 0;
  get_text(root, "weft", d->weft, sizeof d->weft);
  get_text(root, "date", d->date, sizeof d->date);
  get_text(root, "host", d->host, sizeof d->host);
  get_text(root, "mode", d->mode, sizeof d->mode);
  get_text(root, "note", d->note, sizeof d->note);
  d->seconds = get_number(root, "seconds");
  if (device && device->kind == WEFT_JSON_OBJECT) read_device(device, &d->device);
  for (const weft_json *x = devices ? devices->child : NULL; x; x = x->next) count++;
  d->devices = calloc(count ? count : 1, sizeof *d->devices);
  if (!d->devices) return 0;
  for (const weft_json *x = devices ? devices->child : NULL; x; x = x->next)
    if (x->kind == WEFT_JSON_OBJECT) read_device(x, &d->devices[d->n_devices++]);
  for (const weft_json *r = weft_json_get(root, "rows")->child; r; r = r->next)
    if (!read_row(d, r)) return 0;
  return 1;
}

int document_read(document *d, const char *path) {
  weft_error error = {0};
  weft_arena arena = {0};
  void *data = NULL;
  size_t size;
  const char *wrong = NULL;
  *d = (document){0};
  if (weft_file_read(path, &data, &size, &error) != WEFT_OK) {
    fprintf(stderr, "dlbench: %s\n", error.message);
    return EXIT_FAILED;
  }
  const weft_json *root = weft_json_parse(&arena, data, size, &error);
  if (!root)
    wrong = error.message;
  else if (root->kind != WEFT_JSON_OBJECT)
    wrong = "is no file of dlbench";
  else if (!(wrong = what_is_wrong(root)) && !read_tree(d, root))
    wrong = "does not fit into memory";
  if (wrong) {
    fprintf(stderr, "dlbench: %s: %s\n", path, wrong);
    document_free(d);
  }
  weft_arena_free(&arena);
  free(data);
  return wrong ? EXIT_FAILED : 0;
}
