/* model.c -- the models for images of 28 x 28, the network that holds one, and its file. */
#include "cli.h"
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int is_ours(const workload *w) {
  return w->data == WORKLOAD_IMAGES && w->classes == CLASSES && w->sample.rank == 3 && w->sample.dims[0] == 1 &&
         w->sample.dims[1] == EDGE && w->sample.dims[2] == EDGE;
}

const workload *model_at(size_t index) {
  const workload *w;
  for (size_t i = 0; (w = workload_at(i)); i++)
    if (is_ours(w) && index-- == 0) return w;
  return NULL;
}

const workload *model_find(const char *name) {
  const workload *w = workload_find(name);
  return w && is_ours(w) ? w : NULL;
}

/* ---- class names ---- */

static const char fashion[] = "T-shirt,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot";
static const char digits[] = "0,1,2,3,4,5,6,7,8,9";

/* Splits "a,b,c" into the network's ten names. */
static int name_classes(network *net, const char *list) {
  const char *at = list;
  for (int i = 0; i < CLASSES; i++) {
    size_t length = strcspn(at, ",");
    int last = i == CLASSES - 1;
    if (length == 0 || length >= sizeof net->class_names[i] || (at[length] == ',') == last)
      return fail("classes \"%s\": not ten names of at most %zu bytes", list, sizeof net->class_names[i] - 1);
    memcpy(net->class_names[i], at, length);
    net->class_names[i][length] = 0;
    at += length + !last;
  }
  return 0;
}

/* The files of MNIST and Fashion-MNIST look the same; the folder's name is the only hint. */
static int choose_classes(network *net, const settings *s) {
  const char *list = s->classes, *folder = source_folder(s);
  if (!list) list = !folder || strstr(folder, "fashion") ? "fashion" : "digits";
  if (strcmp(list, "fashion") == 0) list = fashion;
  if (strcmp(list, "digits") == 0) list = digits;
  return name_classes(net, list);
}

/* ---- the network ---- */

static int open_graph(network *net, const settings *s) {
  net->device = weft_device_open(s->device);
  if (!net->device) return fail("out of memory");
  if (weft_device_status(net->device) != WEFT_OK) return fail("%s", weft_device_message(net->device));
  net->graph = weft_graph_new(net->device);
  if (!net->graph) return fail("out of memory");
  weft_graph_seed(net->graph, (uint64_t)s->seed);
  return 0;
}

int network_open(network *net, const workload *m, const settings *s) {
  *net = (network){.model = m};
  int code = choose_classes(net, s);
  return code ? code : open_graph(net, s);
}

int network_load(network *net, const settings *s) {
  char *name = NULL, *classes = NULL;
  *net = (network){0};
  int code = 0;
  if (weft_safetensors_metadata(s->load, "weft.model", &name) != WEFT_OK)
    code = fail("%s", name ? name : "out of memory");
  else if (!name || !(net->model = model_find(name)))
    code = fail("%s: not a model that `weft train --save` wrote", s->load);
  else if (weft_safetensors_metadata(s->load, "weft.classes", &classes) != WEFT_OK)
    code = fail("%s", classes ? classes : "out of memory");
  if (code == 0) code = name_classes(net, classes ? classes : digits);
  if (code == 0) code = open_graph(net, s);
  if (code == 0) {
    network_view(net, "load", 1, 0); /* for its parameters */
    if (weft_load(net->graph, s->load) != WEFT_OK) code = network_fail(net, "loading");
  }
  weft_text_free(name);
  weft_text_free(classes);
  return code;
}

int network_save(const network *net, const char *path) {
  char classes[CLASSES * (sizeof net->class_names[0] + 1)];
  size_t at = 0;
  for (int i = 0; i < CLASSES; i++)
    at += (size_t)snprintf(classes + at, sizeof classes - at, "%s%s", i ? "," : "", net->class_names[i]);
  const weft_metadata metadata[] = {{"weft.model", net->model->name}, {"weft.classes", classes}};
  if (weft_save_with(net->graph, path, metadata, COUNT(metadata)) != WEFT_OK) return network_fail(net, "saving");
  return 0;
}

void network_close(network *net) {
  weft_graph_free(net->graph);
  weft_device_close(net->device);
  *net = (network){0};
}

int network_fail(const network *net, const char *doing) {
  const char *message = weft_graph_message(net->graph);
  return fail("%s: %s", doing, message[0] ? message : "failed");
}

view network_view(network *net, const char *prefix, int64_t batch, int training) {
  char x[32], t[32];
  snprintf(x, sizeof x, "%s.x", prefix);
  snprintf(t, sizeof t, "%s.t", prefix);
  view v = {.batch = batch};
  v.x = weft_input(net->graph, x, WEFT_F32, batch, 1, EDGE, EDGE);
  v.t = weft_input(net->graph, t, WEFT_I32, batch);
  v.logits = net->model->build(v.x, training);
  return v;
}
