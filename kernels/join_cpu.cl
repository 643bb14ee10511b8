/* join_cpu.cl -- the work-groups of many kernels in one launch, for CPUs: starting a kernel there costs as much as a small
 * one takes, and all threads stop at its end.
 *
 * The kernels stand before this file as functions of a group's number and their buffers. The groups of each stage are
 * cut into pieces of a few neighbours, and the pieces into shares, as many as work-groups of this kernel run at once.
 * Each of these goes through the stages: it waits until what the stage needs is done (what it reads, or what reads that
 * it overwrites), does the pieces of its own share, and then those of others that nobody has taken. A share is the same
 * stretch of every stage, since a core finds there what it has left in its caches, and since cores that write side by
 * side pull each other's lines. What a work-group counts stands in lines that others seldom look at: a line that
 * two cores write costs as much as a small piece. Whoever has taken a piece waits for nobody, so this ends with
 * any number of work-groups that run at once, one too; who does a piece changes nothing of what it computes. The last to
 * leave sets the counters back.
 *
 * All of that is done in rounds, the host's runs one after the other: while this kernel runs, the host may ask for
 * another one in a word of its memory (rounds.c). Who finds no further round closes the word, and the host starts the
 * kernel again for the next. What the host writes to buffers between two runs it leaves in `arena`, and a round begins
 * by copying it, in pieces as well.
 *
 * w_stages: a row each of pieces before it, pieces needed, kernel, groups, groups of a piece, then buffer and offset /
 * 16 of each binding; the number of all pieces ends them. counters: pieces copied, work-groups left, a cache line each;
 * then for each share what its work-group has done, and what is taken of each stage; all of it counts through the
 * rounds. words: a slot for each launch on its way, of which this one has number `slot`, and what its rounds are fed
 * (src/device/opencl/rounds.def); 0 when the launch has ended, but for slot 0, which never changes.
 *
 * The device writes the words below in front of this file; the defaults copy one number. */
#ifndef STAGES
#define STAGES 1
#define SHARES 2 /* into which a stage is cut: work-groups that run at once */
#define FIRST_SHARE 32 /* where the shares' counters begin */
#define TAKEN 16 /* where a share's counters of what is taken begin */
#define PITCH 32 /* from the counters of a share to the next one's */
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

enum { COPIED = 0, LEFT = 16 };

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

/* Waits until so many pieces are done; `seen` were at the last look. */
int w_wait(volatile __global const int *shares, int needed, int seen) {
  if (seen >= needed) return seen;
  for (;;) {
    seen = 0;
    for (int share = 0; share < SHARES; share++) seen += shares[share * PITCH];
    if (seen >= needed) break;
    REST();
  }
  ORDER();
  return seen;
}

/* Says that so many are done, by the work-group whose line this is. */
void w_tell(volatile __global int *line, int done) {
  if (*line == done) return;
  ORDER();
  *line = done;
}

/* The next of `size` pieces, of which `taken` counts those taken after the first `base`; -1: there is none left. */
int w_take(volatile __global int *taken, int base, int size) {
  for (int at; (at = *taken - base) < size;)
    if (atomic_cmpxchg(taken, base + at, base + at + 1) == base + at) return at;
  return -1;
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
  const int pieces = w_stages[STAGES * ROW], own = (int)get_group_id(0); /* at most SHARES groups */
  volatile __global int *const shares = counters + FIRST_SHARE, *const word = words + slot * SLOT;
  volatile __global const int *feed = word + FEEDS;
  int done = 0, seen = 0, before = 0, copied = 0; /* before: all pieces of the rounds before, copies among them */
  int round = 0;
  do {
    ORDER(); /* behind the word comes what the round is fed */
    const int copies = feed[0];
    if (copies) {
      seen = w_wait(shares, before, seen);
      for (int piece; (piece = w_take(counters + COPIED, copied, copies)) >= 0; done++)
        w_copy(feed, piece, arena, buffers);
      w_tell(shares + own * PITCH, done);
    }
    for (int stage = 0; stage < STAGES; stage++) {
      __constant const int *const row = w_stages + stage * ROW;
      const int of_stage = row[ROW] - row[0];
      seen = w_wait(shares, before + copies + row[1], seen);
      for (int i = 0, share = own; i < SHARES; i++, share = share + 1 < SHARES ? share + 1 : 0) {
        const int first = of_stage * share / SHARES, size = of_stage * (share + 1) / SHARES - first;
        for (int at; (at = w_take(shares + share * PITCH + TAKEN + stage, round * size, size)) >= 0; done++) {
          const int start = (first + at) * row[4], end = min(start + row[4], row[3]);
          if (stage == 0 && start == 0 && copies) words[FED] = feed[1];
          for (int group = start; group < end; group++) {
            switch (row[2]) { CASES }
          }
        }
        w_tell(shares + own * PITCH, done);
      }
    }
    before += copies + pieces;
    copied += copies;
    feed += FEED;
  } while (w_has_round(word, ++round));
  ORDER();
  if (atomic_inc(counters + LEFT) == (int)get_num_groups(0) - 1) {
    for (int i = 0; i < FIRST_SHARE + SHARES * PITCH; i++) counters[i] = 0;
    ORDER();
    if (slot > 0) *word = 0;
  }
}
