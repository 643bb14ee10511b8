/* team.c -- work-items that share out reductions: each reduces a part by itself, then the parts are joined in shared
 * memory.
 *
 * Barriers are what this costs, so there are few: up to MOST_TAKEN parts are read by every work-item that needs the
 * result, and joined by it in pairs; of more, NARROW work-items a column first join some each. All cores go the way
 * together. The order is fixed, so that a kernel gives the same bits every time. */
#include "lower/lowering.h"
#include <string.h>

enum { MOST_TAKEN = 32, NARROW = 16 };

/* Work-groups and work-items that keep a GPU busy; members that work as one; numbers of a row for which a member is
 * worth while, and that are too many for one. */
enum { ENOUGH_GROUPS = 128, ENOUGH_ITEMS = 1 << 16, LEAST = 8, SUBGROUP = 32, WORTH_MEMBER = 4, MOST_OF_MEMBER = 32 };

weft_team weft_team_of_rows(const weft_lowering *l, int64_t rows, int64_t length) {
  int64_t most = weft_local_size(l, WEFT_TEAM_GROUP, WEFT_TEAM_GROUP), members = LEAST, columns = 1;
  while (members < most && length > WORTH_MEMBER * members &&
         (members < SUBGROUP || members * rows < ENOUGH_ITEMS || length > MOST_OF_MEMBER * members))
    members *= 2;
  while (2 * columns * members <= most && (2 * columns * members <= SUBGROUP || rows >= 2 * columns * ENOUGH_GROUPS))
    columns *= 2;
  return (weft_team){.members = members, .columns = columns};
}

weft_ir_value *weft_team_member(weft_lowering *l, const weft_team *team, int lanes) {
  weft_ir_value *item = weft_ir_local_id(&l->ir, 0);
  return team->across ? weft_ir_div(&l->ir, item, team->columns / lanes) : weft_ir_mod(&l->ir, item, team->members);
}

weft_ir_value *weft_team_column(weft_lowering *l, const weft_team *team, int lanes) {
  weft_ir_value *item = weft_ir_local_id(&l->ir, 0);
  if (!team->across) return weft_ir_div(&l->ir, item, team->members);
  return weft_ir_mul(&l->ir, weft_ir_mod(&l->ir, item, team->columns / lanes), lanes);
}

/* Where a member's states of a column lie. */
static weft_ir_value *place_of(weft_ir *ir, const weft_team *team, weft_ir_value *member, weft_ir_value *column) {
  return team->across ? weft_ir_add(ir, weft_ir_mul(ir, member, team->columns), column)
                      : weft_ir_add(ir, weft_ir_mul(ir, column, team->members), member);
}

/* Room for the states of all members and columns: those of a type in one array. */
static void make_room(weft_lowering *l, weft_team *team, weft_ir_value *const *state) {
  int64_t each = team->members * team->columns, size[2] = {0, 0};
  int array[2] = {-1, -1};
  for (int s = 0; s < team->n_states; s++) {
    int is_float = state[s]->type == WEFT_IR_F32;
    team->first[s] = size[is_float];
    size[is_float] += each;
  }
  for (int s = 0; s < team->n_states; s++) {
    int is_float = state[s]->type == WEFT_IR_F32;
    if (array[is_float] < 0) array[is_float] = weft_ir_add_array(&l->ir, state[s]->type, size[is_float], 1);
    team->array[s] = array[is_float];
  }
}

static void put(weft_lowering *l, const weft_team *team, weft_ir_value *at, weft_ir_value *const *state) {
  for (int s = 0; s < team->n_states; s++)
    weft_ir_array_store(&l->ir, team->array[s], weft_ir_add_int(&l->ir, at, team->first[s]), state[s]);
}

/* Joins `count` states, `step` apart from `at` on, in pairs. */
static void get(weft_lowering *l, const weft_team *team, weft_ir_value *at, int64_t count, int64_t step,
                weft_tensor *const *cores, int n, weft_ir_value **out) {
  weft_ir *ir = &l->ir;
  if (count == 1) {
    for (int s = 0; s < team->n_states; s++)
      out[s] = weft_ir_array_load(ir, team->array[s], weft_ir_add_int(ir, at, team->first[s]));
    return;
  }
  weft_ir_value *second[WEFT_TEAM_STATES];
  int64_t half = count / 2;
  get(l, team, at, half, step, cores, n, out);
  get(l, team, weft_ir_add_int(ir, at, half * step), count - half, step, cores, n, second);
  for (int c = 0, s = 0; c < n; s += weft_state_size(ir, cores[c]), c++)
    weft_state_join(ir, cores[c], &out[s], &second[s], &out[s]);
}

/* Fewer members: each joins those that are a multiple of their number away from it. */
static void narrow(weft_lowering *l, weft_team *team, weft_tensor *const *cores, int n, weft_ir_value **state) {
  weft_ir *ir = &l->ir;
  weft_team to = *team;
  to.members = NARROW;
  while (to.members * to.columns > ir->local[0]) to.members /= 2;
  int64_t items = to.members * to.columns;
  make_room(l, &to, state);
  weft_ir_if_begin(ir, items < ir->local[0] ? weft_ir_less(ir, weft_ir_local_id(ir, 0), weft_ir_int(ir, items)) : NULL);
  weft_ir_value *item = weft_ir_assume(ir, weft_ir_local_id(ir, 0), 0, items - 1);
  weft_ir_value *member = to.across ? weft_ir_div(ir, item, to.columns) : weft_ir_mod(ir, item, to.members);
  weft_ir_value *column = to.across ? weft_ir_mod(ir, item, to.columns) : weft_ir_div(ir, item, to.members);
  get(l, team, place_of(ir, team, member, column), team->members / to.members,
      to.members * (team->across ? team->columns : 1), cores, n, state);
  put(l, &to, place_of(ir, &to, member, column), state);
  weft_ir_if_end(ir);
  weft_ir_barrier(ir);
  *team = to;
}

void weft_team_join(weft_lowering *l, weft_team *team, weft_tensor *const *cores, int n, weft_ir_value **state) {
  weft_ir *ir = &l->ir;
  int lanes = state[0]->lanes;
  weft_ir_value *copy[WEFT_TEAM_STATES];
  team->n_states = 0;
  for (int c = 0; c < n; c++) team->n_states += weft_state_size(ir, cores[c]);
  make_room(l, team, state);
  memcpy(copy, state, sizeof *copy * (size_t)team->n_states);
  weft_ir_value *column = weft_ir_add(ir, weft_team_column(l, team, lanes), weft_ir_lane(ir, lanes));
  put(l, team, place_of(ir, team, weft_team_member(l, team, lanes), column), state);
  weft_ir_barrier(ir);
  while (team->members > MOST_TAKEN) narrow(l, team, cores, n, copy);
}

void weft_team_take(weft_lowering *l, const weft_team *team, weft_ir_value *column, weft_tensor *const *cores, int n,
                    weft_ir_value **state) {
  weft_ir *ir = &l->ir;
  weft_ir_value *at = place_of(ir, team, weft_ir_int(ir, 0), column);
  int lanes = !team->across && team->members % 4 == 0 ? 4 : 1;
  get(l, team, weft_ir_add(ir, at, weft_ir_lane(ir, lanes)), team->members / lanes,
      team->across ? team->columns : lanes, cores, n, state);
  for (int c = 0, s = 0; c < n; s += weft_state_size(ir, cores[c]), c++) weft_state_across(ir, cores[c], &state[s]);
}
