/* test_schedule.c -- learning-rate schedules against numbers worked out by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <weft/optim.h>

static void near(double got, double want, const char *what) {
  cr_assert(fabs(got - want) <= 1e-15, "%s: %.17g, not %.17g", what, got, want);
}

Test(schedule, step) {
  const double want[] = {0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025};
  for (int i = 0; i < 7; i++) near(weft_schedule_step(0.1, i, 3, 0.5), want[i], "step");
  near(weft_schedule_step(0.1, 9, 0, 0.5), 0.1, "no interval");
}

Test(schedule, cosine) {
  near(weft_schedule_cosine(0.05, 0, 10, 0.001), 0.05, "start");
  near(weft_schedule_cosine(0.05, 5, 10, 0.001), 0.0255, "middle");
  near(weft_schedule_cosine(0.05, 10, 10, 0.001), 0.001, "end");
  near(weft_schedule_cosine(0.05, 999, 10, 0.001), 0.001, "after the end");
  /* PyTorch's CosineAnnealingLR(lr 0.05, T_max 10, eta_min 0.001) at step 3 */
  near(weft_schedule_cosine(0.05, 3, 10, 0.001), 0.001 + 0.049 * (1 + cos(0.3 * 3.14159265358979323846)) / 2, "step 3");
}

Test(schedule, linear) {
  near(weft_schedule_linear(1, 0, 4, 0.2), 1, "start");
  near(weft_schedule_linear(1, 1, 4, 0.2), 0.8, "quarter");
  near(weft_schedule_linear(1, 4, 4, 0.2), 0.2, "end");
  near(weft_schedule_linear(1, 400, 4, 0.2), 0.2, "after the end");
}

Test(schedule, warmup) {
  near(weft_schedule_warmup(0.8, 0, 4), 0.2, "first");
  near(weft_schedule_warmup(0.8, 1, 4), 0.4, "second");
  near(weft_schedule_warmup(0.8, 3, 4), 0.8, "last");
  near(weft_schedule_warmup(0.8, 4, 4), 0.8, "after");
  near(weft_schedule_warmup(0.8, 0, 0), 0.8, "none");
}
