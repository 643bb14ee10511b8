/* contract.h -- what the files of the contract pass share. */
#ifndef WEFT_PASSES_CONTRACT_H
#define WEFT_PASSES_CONTRACT_H
#include "passes/pass.h"

/* a (batch.., m.., k..) x b (batch.., k.., n..) */
typedef struct weft_product {
  weft_tensor *a, *b;
  int nb, nm, nk, nn;
} weft_product;

/* The product (batch.., m.., n..) as dot, its operands put where the device reads them well. */
weft_tensor *weft_contract(const weft_product *product, const weft_pass_target *target);

/* winograd.c: x (N, H, W, C), w (3, 3, C, OC), stride 1 -> (N, H - 2, W - 2, OC) with fewer multiplications; NULL where that
 * would not pay. */
weft_tensor *weft_winograd(weft_tensor *x, weft_tensor *w, const weft_pass_target *target);
#endif
