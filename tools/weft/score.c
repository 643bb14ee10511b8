/* score.c -- loss and accuracy over all test images.
 *
 * Both are summed on the device over the batches and read once at the end. The last batch is filled up with images of
 * class -1, which costs nothing and is never right. */
#include "cli.h"
#include <stdlib.h>

struct scorer {
  network *net;
  weft_dataset *data;
  view view;
  weft_tensor *loss_sum, *hit_sum; /* inputs: kept on the device from batch to batch, in no checkpoint */
  weft_program *program;
  int64_t images;
};

static weft_tensor *accumulate(weft_tensor *sum, weft_tensor *value) { return weft_assign(sum, weft_add(sum, value)); }

static int compile(scorer *sc, int64_t batch) {
  sc->view = network_view(sc->net, "test", batch, 0);
  sc->loss_sum = weft_input_shaped(sc->net->graph, "test.loss_sum", WEFT_F32, WEFT_SCALAR_SHAPE);
  sc->hit_sum = weft_input_shaped(sc->net->graph, "test.hit_sum", WEFT_F32, WEFT_SCALAR_SHAPE);
  weft_tensor *results[2] = {
      accumulate(sc->loss_sum, weft_sum(weft_cross_entropy(sc->view.logits, sc->view.t))),
      accumulate(sc->hit_sum, weft_correct(sc->view.logits, sc->view.t)),
  };
  sc->program = weft_compile_all(results, 2);
  return sc->program ? 0 : network_fail(sc->net, "compiling the evaluation");
}

scorer *scorer_new(network *net, const settings *s, int64_t batch) {
  scorer *sc = calloc(1, sizeof *sc);
  if (!sc) {
    fail("out of memory");
    return NULL;
  }
  sc->net = net;
  sc->data = source_open(s, 0);
  sc->images = weft_dataset_count(sc->data);
  weft_dataset_pad(sc->data, 1);
  if (!sc->data || compile(sc, batch < sc->images ? batch : sc->images) != 0) {
    scorer_free(sc);
    return NULL;
  }
  return sc;
}

int scorer_run(scorer *sc, score *out_score) {
  const float zero = 0;
  float loss, hits;
  double began = now();
  int ok =
      weft_write(sc->loss_sum, &zero, sizeof zero) == WEFT_OK && weft_write(sc->hit_sum, &zero, sizeof zero) == WEFT_OK;
  while (ok && weft_dataset_next(sc->data, sc->view.x, sc->view.t)) ok = weft_run(sc->program) == WEFT_OK;
  ok = ok && weft_graph_status(sc->net->graph) == WEFT_OK;
  ok = ok && weft_read(sc->loss_sum, &loss, sizeof loss) == WEFT_OK &&
       weft_read(sc->hit_sum, &hits, sizeof hits) == WEFT_OK;
  if (!ok) return network_fail(sc->net, "scoring the test images");
  *out_score = (score){.loss = (double)loss / (double)sc->images,
                       .accuracy = (double)hits / (double)sc->images,
                       .images = sc->images,
                       .seconds = now() - began};
  return 0;
}

int64_t scorer_images(const scorer *sc) { return sc->images; }

void scorer_free(scorer *sc) {
  if (!sc) return;
  weft_dataset_free(sc->data);
  free(sc);
}
