/* products.h -- what the tests of kernels of contraction, convolution and attention share: leaves of known numbers,
 * what may follow a product, and runs on a device against the oracle's single elements. */
#ifndef WEFT_TESTS_LOWER_PRODUCTS_H
#define WEFT_TESTS_LOWER_PRODUCTS_H
#include "device/device.h"
#include "graph/graph.h"
#include "lower/lower.h"

/* An input of a name of its own; numbers from -0.5 to 0.5. */
weft_tensor *product_leaf(weft_graph *g, weft_shape shape);

/* What follows a product. Each returns how many roots there are. */
typedef int product_epilogue(weft_tensor *y, weft_tensor **out_roots);
enum { N_EPILOGUES = 4 };
extern product_epilogue *const product_epilogues[N_EPILOGUES];

/* The graph becomes one kernel around a product, whose results are the oracle's. variant may be NULL. 0: the device has
 * no room for the variant. */
int check_product(weft_device *device, const char *where, const char *name, weft_tensor *y, product_epilogue *follow,
                  const weft_variant *variant);
/* Lowers the last group of the graph of y, without a device; variant may be NULL. */
weft_status lower_product(weft_tensor *y, const weft_target *target, const weft_variant *variant, weft_arena *arena,
                          weft_lowered *out, weft_error *error);
/* The text of the kernel `name` has a line "#define WORD" for each word of a list that NULL ends. */
void check_defined(const char *text, const char *name, const char *const *words);
/* Two units with vectors of 16. */
extern const weft_target product_cpu;
/* The lowering fails: WEFT_INTERNAL, with both texts. */
void check_refused(weft_tensor *y, const weft_target *target, const char *what, const char *why);
/* A device whose kernels are those of a class, "cpu" or "gpu". Where it cannot be opened the test is skipped, or fails
 * when $WEFT_REQUIRE_DEVICES is set. It is skipped too where the device does not run such kernels (classes.h). */
weft_device *open_as_class(const char *id, const char *device_class);
/* A template builds by itself where the device can be opened, and runs such kernels. */
void check_template(const char *id, const char *file, const char *entry, uint32_t n_inputs, uint32_t threads,
                    uint32_t texels);
#endif
