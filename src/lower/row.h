/* row.h -- row kernels (row.c): what their parts share. */
#ifndef WEFT_LOWER_ROW_H
#define WEFT_LOWER_ROW_H
#include "lower/lowering.h"

enum { WEFT_ROWS_STATES = 64, WEFT_ROWS_KEPT = 4, WEFT_ROWS_BESIDE = 4 };

/* A row's elements one by one; in vectors, or shared out among a team of work-items. */
typedef enum weft_rows_how { WEFT_ROWS_UNROLLED, WEFT_ROWS_VECTORS, WEFT_ROWS_TEAM } weft_rows_how;

typedef struct weft_rows {
  weft_lowering *l;
  weft_rows_how how;
  int64_t rows, length;
  int *level, n_levels; /* level of each core */
  int beside;           /* rows side by side, at most */
  int n_kept, first_use[WEFT_ROWS_KEPT], array[WEFT_ROWS_BESIDE][WEFT_ROWS_KEPT];
  weft_tensor *kept[WEFT_ROWS_KEPT]; /* what later passes find in arrays, and the pass that computes it */
  int is_dear;                       /* the last pass or the one before it */
  uint64_t last_reads;               /* bit i: input i is fetched ahead by the last pass */
  weft_team team;                    /* work-items of a row, rows of a work-group */
  int lanes;                         /* of a vector along the row */
  int64_t pieces;                    /* vectors of a work-item; 0: not kept */
  /* while emitting */
  int phase, tiles, states;   /* states: of one accumulator of this level's cores */
  int64_t in_tiles;           /* elements of a row that tiles take, from the first on */
  int now, which;             /* rows side by side, and the one at hand */
  weft_ir_value *first;       /* number of the first of them */
  weft_ir_value *end;         /* of the work-group's rows */
  int rolled;                 /* the first level of the next rows goes along with the last pass */
  weft_ir_value *these;       /* of those whose results are stored meanwhile */
  weft_ir_value *ahead;       /* from the first to the rows to be fetched; NULL: none */
  weft_ir_value **result;     /* of each core, for each of them */
  weft_ir_value *at, *inside; /* linear index of the element at hand, and within its row */
  weft_ir_value *state[WEFT_ROWS_STATES];
  int n_states;
  weft_ir_value *member; /* the work-item's number in its team */
} weft_rows;

/* Whether the node has an element for each one of the rows. */
static inline int weft_rows_is_full(const weft_rows *r, const weft_tensor *node) {
  return weft_shape_size(node->shape) == r->rows * r->length;
}

/* ---- row_levels.c: what is known before anything is emitted ---- */

/* The level of each core. */
void weft_rows_find_levels(weft_rows *r);
/* Which extremes need not keep NaN. */
void weft_rows_find_shown(weft_rows *r);
/* What passes keep for later ones, and how many rows are side by side. */
void weft_rows_find_kept(weft_rows *r);
/* Which pass fetches which inputs ahead. */
void weft_rows_share_out_fetching(weft_rows *r);
/* The hook of the emitter that finds what was kept. */
weft_ir_value *weft_rows_read_kept(void *rows, weft_emitter *e, weft_tensor *node, weft_ir_value *const *index);
/* Keeps what is to be kept of the element at hand. */
void weft_rows_keep(weft_rows *r);

/* ---- row.c: passes ---- */

/* Row number `which` of those side by side: what is emitted from here on is of it. */
void weft_rows_turn_to(weft_rows *r, int which);
void weft_rows_move_to(weft_rows *r, weft_ir_value *inside);
/* State of `copies` accumulators; lanes 0: none yet (the first element starts it). */
void weft_rows_add_state(weft_rows *r, int copies, int lanes);
/* The elements at hand, added to the states from `slot` on; where there is a guard, those that it holds for. The slot
 * behind them. */
int weft_rows_accumulate(weft_rows *r, weft_ir_value *guard, int slot);
/* Bodies of loops: a step of a pass of reductions; all passes over some rows. */
void weft_rows_step(void *rows, weft_ir_value *index, int lanes, weft_ir_value *const *carry, weft_ir_value **next);
void weft_rows_some(void *rows, weft_ir_value *index, int lanes, weft_ir_value *const *carry, weft_ir_value **next);

/* ---- row_team.c: rows by teams ---- */

void weft_rows_by_teams(weft_rows *r);
void weft_rows_reduce_by_team(weft_rows *r);
void weft_rows_store_pieces(weft_rows *r);
#endif
