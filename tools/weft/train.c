/* train.c -- `weft train MODEL`: epochs over the training images, a score over the test images after each.
 *
 * Reading the loss makes the host wait for the device, so it is summed on the device and the sum is read now and then;
 * how often follows from the clock, and changes nothing in what is computed. */
#include "cli.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum schedule { CONSTANT, COSINE, LINEAR } schedule;

typedef struct training {
  const settings *s;
  network net;
  weft_dataset *data;
  view view;
  weft_tensor *loss, *sum; /* of this step; of the steps since it was last read */
  weft_program *program;
  scorer *scorer;
  schedule schedule;
  double lr, lr_now;
  int64_t step, total_steps, steps_an_epoch;
  int64_t unread; /* steps in sum */
  run_metrics report;
} training;

/* ---- building ---- */

static int choose_schedule(const char *name, schedule *out) {
  static const char *const names[] = {"constant", "cosine", "linear"};
  *out = CONSTANT;
  if (!name) return 1;
  for (int i = 0; i < 3; i++)
    if (strcmp(name, names[i]) == 0) {
      *out = (schedule)i;
      return 1;
    }
  return 0;
}

static int build(training *tr, weft_optimizer opt) {
  weft_graph *graph = tr->net.graph;
  tr->view = network_view(&tr->net, "train", tr->view.batch, 1);
  tr->loss = weft_minimize(weft_mean(weft_cross_entropy(tr->view.logits, tr->view.t)), opt);
  /* an input rather than a state: it has no place in a checkpoint */
  tr->sum = weft_input_shaped(graph, "train.loss_sum", WEFT_F32, WEFT_SCALAR_SHAPE);
  weft_tensor *results[2] = {tr->loss, weft_assign(tr->sum, weft_add(tr->sum, tr->loss))};
  tr->program = weft_compile_all(results, 2);
  if (!tr->program) return network_fail(&tr->net, "compiling the training step");
  weft_program_info info;
  weft_program_describe(tr->program, &info);
  tr->report.compile_seconds = info.compile_seconds;
  tr->report.peak_bytes = info.peak_bytes;
  tr->report.leaf_bytes = info.leaf_bytes;
  weft_tensor *param;
  for (size_t i = 0; (param = weft_graph_param(graph, i)); i++)
    tr->report.parameters += weft_shape_size(weft_tensor_shape(param));
  return 0;
}

/* ---- steps ---- */

static int set_rate(training *tr) {
  double lr = tr->lr;
  if (tr->schedule == COSINE) lr = weft_schedule_cosine(lr, tr->step, tr->total_steps, 0);
  if (tr->schedule == LINEAR) lr = weft_schedule_linear(lr, tr->step, tr->total_steps, 0);
  lr = weft_schedule_warmup(lr, tr->step, tr->s->warmup);
  if (lr == tr->lr_now) return 0;
  tr->lr_now = lr;
  return weft_set_learning_rate(tr->net.graph, lr) == WEFT_OK ? 0 : network_fail(&tr->net, "setting the learning rate");
}

/* Reads the summed loss and begins a new sum. */
static int read_sum(training *tr, double *out_sum) {
  float sum, zero = 0;
  if (weft_read(tr->sum, &sum, sizeof sum) != WEFT_OK || weft_write(tr->sum, &zero, sizeof zero) != WEFT_OK)
    return network_fail(&tr->net, "reading the loss");
  *out_sum = sum;
  tr->unread = 0;
  return 0;
}

static int step(training *tr) {
  int code = set_rate(tr);
  if (code) return code;
  if (weft_run(tr->program) != WEFT_OK) return network_fail(&tr->net, "running a training step");
  tr->step++;
  tr->unread++;
  return 0;
}

/* 1: another batch is in the inputs; 0: the epoch is over; -1: printed failure. */
static int next_batch(training *tr) {
  int more = weft_dataset_next(tr->data, tr->view.x, tr->view.t);
  if (weft_graph_status(tr->net.graph) != WEFT_OK) {
    network_fail(&tr->net, "reading the training images");
    return -1;
  }
  return more;
}

static int print_step_loss(training *tr) {
  float loss;
  if (weft_read(tr->loss, &loss, sizeof loss) != WEFT_OK) return network_fail(&tr->net, "reading the loss");
  if (!tr->s->quiet) printf("step %lld  loss %.6f\n", (long long)tr->step, (double)loss);
  return 0;
}

/* Until the images or the steps asked for are used up. */
static int run_epoch(training *tr, epoch_metrics *out) {
  char label[48];
  progress bar;
  double sum = 0, part = 0, read_at = now();
  int64_t first = tr->step, goal = tr->steps_an_epoch;
  int every_step = tr->s->steps > 0, more = 1, code = 0;
  if (goal > tr->total_steps - first) goal = tr->total_steps - first;
  int64_t tenth = (goal + 9) / 10, interval = tenth < 20 ? tenth : 20;
  snprintf(label, sizeof label, "epoch %lld/%lld", (long long)out->epoch, (long long)tr->s->epochs);
  progress_begin(&bar, label, goal, tr->view.batch, tr->s->quiet || every_step);
  while (tr->step < tr->total_steps && (more = next_batch(tr)) > 0) {
    if ((code = step(tr)) || (every_step && (code = print_step_loss(tr)))) return code;
    if (tr->unread < interval) continue;
    double mean = (double)tr->unread;
    if ((code = read_sum(tr, &part))) return code;
    sum += part;
    double seconds = now() - read_at;
    read_at += seconds;
    if (seconds < 0.1) interval = 2 * interval < tenth ? 2 * interval : tenth;
    if (seconds > 1 && interval > 1) interval = (interval + 1) / 2;
    progress_show(&bar, tr->step - first, part / mean);
  }
  if (more < 0) return EXIT_FAILED;
  if ((code = read_sum(tr, &part))) return code;
  progress_end(&bar);
  out->steps = tr->step - first;
  out->images = out->steps * tr->view.batch;
  out->seconds = now() - bar.began;
  out->train_loss = out->steps ? (sum + part) / (double)out->steps : 0;
  out->lr = tr->lr_now;
  return 0;
}

/* ---- epochs ---- */

static int after_epoch(training *tr, epoch_metrics *e) {
  score result;
  int code = scorer_run(tr->scorer, &result);
  if (code) return code;
  e->test_loss = result.loss;
  e->test_accuracy = result.accuracy;
  printf("epoch %lld/%lld  train loss %.4f  test loss %.4f  accuracy %.4f  %.0f images/s  %.1f s\n",
         (long long)e->epoch, (long long)tr->s->epochs, e->train_loss, e->test_loss, e->test_accuracy,
         e->seconds > 0 ? (double)e->images / e->seconds : 0, e->seconds);
  fflush(stdout);
  if (!isfinite(e->train_loss)) return fail("the loss is no longer a number: try a smaller --lr");
  return 0;
}

static int save(training *tr) {
  if (!tr->s->save) return 0;
  return network_save(&tr->net, tr->s->save);
}

static int run_epochs(training *tr) {
  int64_t epochs = tr->s->steps > 0 ? (tr->total_steps + tr->steps_an_epoch - 1) / tr->steps_an_epoch : tr->s->epochs;
  tr->report.epochs = calloc((size_t)epochs, sizeof *tr->report.epochs);
  if (!tr->report.epochs) return fail("out of memory");
  for (int64_t i = 0; i < epochs; i++) {
    epoch_metrics *e = &tr->report.epochs[i];
    e->epoch = i + 1;
    e->test_loss = e->test_accuracy = NAN; /* until scored */
    int code = run_epoch(tr, e);
    if (code) return code;
    tr->report.n_epochs = i + 1;
    if (tr->scorer) code = after_epoch(tr, e);
    if (code == 0) code = save(tr);
    if (code == 0 && tr->s->json_file) code = report_write(tr->s->json_file, &tr->report);
    if (code) return code;
  }
  return 0;
}

static int prepare(training *tr, const workload *m, weft_optimizer opt) {
  int code = network_open(&tr->net, m, tr->s);
  if (code) return code;
  tr->data = source_open(tr->s, 1);
  if (!tr->data) return EXIT_FAILED;
  weft_dataset_shuffle(tr->data, (uint64_t)tr->s->seed);
  tr->report.train_images = weft_dataset_count(tr->data);
  tr->steps_an_epoch = tr->report.train_images / tr->view.batch;
  if (tr->steps_an_epoch < 1)
    return fail("--batch %lld is above the %lld training images", (long long)tr->view.batch,
                (long long)tr->report.train_images);
  tr->total_steps = tr->s->steps > 0 ? tr->s->steps : tr->steps_an_epoch * tr->s->epochs;
  if ((code = build(tr, opt))) return code;
  if (tr->s->steps > 0) return 0; /* a short run has no score */
  tr->scorer = scorer_new(&tr->net, tr->s, 1000);
  if (!tr->scorer) return EXIT_FAILED;
  tr->report.test_images = scorer_images(tr->scorer);
  return 0;
}

int command_train(const settings *given) {
  settings s = *given;
  const workload *m = model_find(s.argument);
  if (!m) return usage("unknown model: %s", s.argument);
  if (s.steps > 0 && s.epochs > 0) return usage("--steps and --epochs exclude each other");
  if (s.epochs < 0) s.epochs = 5;
  training tr = {.s = &s, .lr = s.lr >= 0 ? s.lr : m->lr, .lr_now = -1};
  tr.view.batch = s.batch > 0 ? s.batch : m->batch;
  const char *optimizer = s.optimizer ? s.optimizer : m->optimizer;
  weft_optimizer opt;
  if (!optimizer_find(optimizer, tr.lr, &opt)) return usage("--optimizer %s: not one of " OPTIMIZER_NAMES, optimizer);
  if (!choose_schedule(s.schedule, &tr.schedule))
    return usage("--schedule %s: not one of constant, cosine, linear", s.schedule);
  tr.report.net = &tr.net;
  tr.report.settings = &s;
  tr.report.optimizer = optimizer;
  tr.report.batch = tr.view.batch;
  tr.report.lr = tr.lr;
  int code = prepare(&tr, m, opt);
  if (code == 0) code = run_epochs(&tr);
  free(tr.report.epochs);
  scorer_free(tr.scorer);
  weft_dataset_free(tr.data);
  network_close(&tr.net);
  return code;
}
