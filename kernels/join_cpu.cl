/* join_cpu.cl -- the work-groups of many kernels in one launch, for CPUs: starting a kernel there costs as much as a small
 * one takes, and all threads stop at its end.
 *
 * The kernels stand before this file as functions of a group's number and their buffers. All their groups, stage after
 * stage, are cut into tickets of a few neighbours: groups that write side by side on different cores would pull each
 * other's cache lines. A work-group of this kernel draws the next ticket, waits until all tickets below `needed` of its
 * stage are done (those whose results it reads, or whose inputs it overwrites), and does its groups. Whoever holds the
 * lowest open ticket waits for nobody, so this ends with any number of work-groups that run at once, one too; who
 * does a ticket changes nothing of what it computes. The last to leave sets the counters back.
 *
 * All of that is done in rounds, the host's runs one after the other: while this kernel runs, the host may ask for
 * another one in a word of its memory (rounds.c). Tickets go on through the rounds, and one begins when all tickets of
 * those before are done. Who finds no further round closes the word, and the host starts the kernel again for the next.
 *
 * w_stages: a row each of first ticket, needed, kernel, groups, groups of a ticket, then buffer and offset / 16 of each
 * binding; the first ticket behind the last stage ends them. counters: tickets drawn, tickets done, work-groups left, a
 * cache line each. words: of which this launch has number `slot`: twice the rounds asked for, plus one when closed; 0
 * when the launch has ended, but for number 0, which never changes.
 *
 * The device writes the words below in front of this file; the defaults copy one number. */
#ifndef STAGES
#define STAGES 1
#define ROW 9 /* numbers of a row */
#define TABLE 0, 0, 0, 1, 1, 0, 0, 1, 0, 1
#define PARAMETERS __global void *w_b0, __global void *w_b1
#define BUFFERS w_b0, w_b1
#define CASES \
  case 0: *(__global float *)AT(1) = *(__global const float *)AT(0); break;
#else
#undef __kernel
#undef reqd_work_group_size
#undef get_group_id
#endif

enum { DRAWN = 0, DONE = 16, LEFT = 32, WORD = 16 };

#ifndef __has_builtin
#define __has_builtin(x) 0
#endif
#if __has_builtin(__sync_synchronize)
#define ORDER() (mem_fence(CLK_GLOBAL_MEM_FENCE), __sync_synchronize())
#else
#define ORDER() mem_fence(CLK_GLOBAL_MEM_FENCE)
#endif
/* So that the other thread of a core gets on while this one waits. */
#if defined(__x86_64__) && __has_builtin(__builtin_ia32_pause)
#define REST() __builtin_ia32_pause()
#else
#define REST() (void)0
#endif

#define AT(i) \
  ((__global void *)((__global char *)buffers[row[5 + 2 * (i)]] + ((size_t)(uint)row[6 + 2 * (i)] << 4)))

__constant int w_stages[STAGES * ROW + 1] = {TABLE};

/* Whether there is a round of this number; if not, there never will be. */
int w_has_round(volatile __global int *word, int round) {
  for (;;) {
    const int seen = *word;
    if (round < seen >> 1) return 1;
    if ((seen & 1) || atomic_cmpxchg(word, seen, seen | 1) == seen) return 0;
  }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void join(volatile __global int *counters,
                                                                  volatile __global int *words, int slot, PARAMETERS) {
  __global void *const buffers[] = {BUFFERS};
  __constant const int *row = w_stages;
  const int tickets = w_stages[STAGES * ROW];
  volatile __global int *const word = words + slot * WORD;
  int before = 0; /* tickets of the rounds before */
  for (int round = 0;;) {
    int ticket = atomic_inc(counters + DRAWN) - before;
    for (; ticket >= tickets; ticket -= tickets, before += tickets, round++) row = w_stages;
    if (round > 0 && !w_has_round(word, round)) break;
    while (ticket >= row[ROW]) row += ROW;
    while (counters[DONE] < before + row[1]) REST();
    ORDER();
    const int first = (ticket - row[0]) * row[4], end = min(first + row[4], row[3]);
    for (int group = first; group < end; group++) {
      switch (row[2]) { CASES }
    }
    ORDER();
    atomic_inc(counters + DONE);
  }
  if (atomic_inc(counters + LEFT) == (int)get_num_groups(0) - 1) {
    counters[DRAWN] = counters[DONE] = counters[LEFT] = 0;
    ORDER();
    if (slot > 0) *word = 0;
  }
}
