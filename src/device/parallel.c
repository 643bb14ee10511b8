/* parallel.c -- jobs on as many threads as there are processors. Threads live for one call: it compiles kernels, which
 * takes a thousand times longer than to start them. The caller's thread only waits, since nobody knows its stack. */
#include "device/backend.h"
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MOST_THREADS = 16 };
/* Drivers run a whole C compiler on the thread, whose passes recurse into what they read; some libc give new threads
 * only 128 KiB of stack. */
static const size_t stack_bytes = (size_t)32 << 20;

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
  pthread_t threads[MOST_THREADS];
  int started = 0;
  pthread_attr_t attributes;
  if (count > 0 && pthread_attr_init(&attributes) == 0) {
    long wanted = weft_processors();
    if (wanted > MOST_THREADS) wanted = MOST_THREADS;
    if (wanted < 1) wanted = 1;
    if ((size_t)wanted > count) wanted = (long)count;
    pthread_attr_setstacksize(&attributes, stack_bytes);
    while (started < wanted && pthread_create(&threads[started], &attributes, run, &w) == 0) started++;
    pthread_attr_destroy(&attributes);
  }
  if (!started) run(&w);
  for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
}
