/* proof.h -- whether a kernel computes what its group says: data, the oracle's numbers at chosen places, and how far
 * rounding may lead away from them. Only for the tuner. */
#ifndef WEFT_SCHEDULE_PROOF_H
#define WEFT_SCHEDULE_PROOF_H
#include "device/device.h"
#include "passes/group.h"

typedef struct weft_proof weft_proof;

/* Scratch memory of the group's sizes, its inputs filled, and what the oracle says of its outputs. NULL: no memory, or
 * the group holds what the oracle cannot tell element by element. */
weft_proof *weft_proof_new(weft_device *device, const weft_group *group);
/* NULL is allowed. */
void weft_proof_free(weft_proof *proof);
/* The scratch memory: the group's inputs in order, then its outputs. */
const weft_binding *weft_proof_bindings(const weft_proof *proof);
/* Replays once on cleared outputs and looks at them. 1: nothing is wrong. 0: something is, which is told by the
 * kernel's name `what`, or the kernel did not run. */
int weft_proof_holds(weft_proof *proof, weft_recording *recording, const char *what);
/* Whether the oracle found a kernel to be wrong after others had been held against it: what was said of any is void. */
int weft_proof_is_misled(const weft_proof *proof);
/* Begins anew, with an eye on the places where kernels turned out to be wrong. */
void weft_proof_restart(weft_proof *proof);
#endif
