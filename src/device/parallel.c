/* parallel.c -- jobs on as many threads as there are processors. Threads live for one call: it compiles kernels, which
 * takes a thousand times longer than to start them. */
#include "device/backend.h"
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MAX_HELPERS = 15 };
/* Drivers run a whole C compiler on the thread; some libc give new threads only 128 KiB of stack. */
static const size_t stack_bytes = (size_t)8 << 20;

typedef struct work {
  size_t count;
  atomic_size_t next;
  void (*job)(void *context, size_t index);
  void *context;
} work;

static void *run(void *argument) {
  work *w = argument;
  for (size_t i; (i = atomic_fetch_add(&w->next, 1)) < w->count;) w->job(w->context, i);
  return NULL;
}

/* Fewer than the machine has inside a container or under taskset. */
long weft_processors(void) {
#ifdef CPU_COUNT
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
#endif
  return sysconf(_SC_NPROCESSORS_ONLN);
}

void weft_parallel(size_t count, void (*job)(void *context, size_t index), void *context) {
  work w = {.count = count, .job = job, .context = context};
  pthread_t helpers[MAX_HELPERS];
  int started = 0;
  pthread_attr_t attributes;
  if (count > 1 && pthread_attr_init(&attributes) == 0) {
    long wanted = weft_processors() - 1;
    if (wanted > MAX_HELPERS) wanted = MAX_HELPERS;
    if (wanted > 0 && (size_t)wanted > count - 1) wanted = (long)(count - 1);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    while (started < wanted && pthread_create(&helpers[started], &attributes, run, &w) == 0) started++;
    pthread_attr_destroy(&attributes);
  }
  run(&w); /* also what is left when no thread could be started */
  for (int i = 0; i < started; i++) pthread_join(helpers[i], NULL);
}
