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
 * What the host writes to buffers between two runs it leaves in `arena`, and the round's first tickets copy it.
 *
 * w_stages: a row each of first ticket, needed, kernel, groups, groups of a ticket, then buffer and offset / 16 of each
 * binding; the first ticket behind the last stage ends them. counters: tickets drawn, tickets done, work-groups left, a
 * cache line each. words: a slot for each launch on its way, of which this one has number `slot`, and what its rounds
 * are fed (src/device/opencl/rounds.def); 0 when the launch has ended, but for slot 0, which never changes.
 *
 * The device writes the words below in front of this file; the defaults copy one number. */
#ifndef STAGES
#define STAGES 1
#define ROW 9 /* numbers of a row */
#define FED 1 /* rounds.def */
#define FEEDS 16
#define FEED 32
#define COPIES 4
#define COPY 4
#define PIECE 4096
#define SLOT 1040
#define TABLE 0, 0, 0, 1, 1, 0, 0, 1, 0, 1
#define PARAMETERS __global void *w_b0, __global void *w_b1
#define BUFFERS w_b0, w_b1
#define CASES \
  case 0: *(__global float *)AT(1) = *(__global const float *)AT(0); break;
#else
#include "functions_end.inc"
#endif

enum { DRAWN = 0, DONE = 16, LEFT = 32 };

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

/* One of the pieces that a round is fed. */
void w_copy(volatile __global const int *feed, int piece, __global const char *arena, __global void *const *buffers) {
  volatile __global const int *copy = feed + COPIES;
  for (int n; piece >= (n = (copy[3] + PIECE - 1) / PIECE); copy += COPY) piece -= n;
  const int first = piece * PIECE, count = min(PIECE, copy[3] - first);
  __global const int *from = (__global const int *)(arena + ((size_t)(uint)copy[0] << 4)) + first;
  __global int *to = (__global int *)((__global char *)buffers[copy[1]] + ((size_t)(uint)copy[2] << 4)) + first;
  int i = 0;
  for (; i + 16 <= count; i += 16) vstore16(vload16(0, from + i), 0, to + i);
  for (; i < count; i++) to[i] = from[i];
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void join(volatile __global int *counters,
                                                                  volatile __global int *words,
                                                                  __global const char *arena, int slot, PARAMETERS) {
  __global void *const buffers[] = {BUFFERS};
  __constant const int *row = w_stages;
  const int tickets = w_stages[STAGES * ROW];
  volatile __global int *const word = words + slot * SLOT;
  volatile __global const int *feed = word + FEEDS;
  int before = 0, copies = feed[0]; /* tickets of the rounds before, and of this one's copies */
  for (int round = 0;;) {
    int ticket = atomic_inc(counters + DRAWN) - before, is_open = 1;
    while (ticket >= copies + tickets && (is_open = w_has_round(word, ++round))) {
      ORDER();
      ticket -= copies + tickets;
      before += copies + tickets;
      feed += FEED;
      copies = feed[0];
      row = w_stages;
    }
    if (!is_open) break;
    ticket -= copies;
    while (ticket >= row[ROW]) row += ROW;
    const int needed = ticket < 0 ? before : before + copies + row[1];
    while (counters[DONE] < needed) REST();
    ORDER();
    if (ticket < 0) {
      w_copy(feed, ticket + copies, arena, buffers);
    } else {
      if (ticket == 0 && copies) words[FED] = feed[1];
      const int first = (ticket - row[0]) * row[4], end = min(first + row[4], row[3]);
      for (int group = first; group < end; group++) {
        switch (row[2]) { CASES }
      }
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
