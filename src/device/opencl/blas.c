/* blas.c -- products of matrices by CLBlast, a library of kernels tuned for many GPUs. It is loaded when a product is
 * first asked for, so that a program which does without pays nothing; where it is not installed, or weft was built
 * without its header, no product is on offer. CLBlast compiles its kernels at its first call for a context: that is
 * made when a product is built, with matrices of one element. It finds them again by the context's address, hence is
 * told to forget them when a device closes. */
#include "device/opencl/opencl.h"
#ifdef WEFT_HAVE_CLBLAST
#include <clblast_c.h>
#include <dlfcn.h>
#include <string.h>

static struct {
  CLBlastStatusCode (*sgemm)(CLBlastLayout, CLBlastTranspose, CLBlastTranspose, size_t, size_t, size_t, float, cl_mem,
                             size_t, size_t, cl_mem, size_t, size_t, float, cl_mem, size_t, size_t, cl_command_queue *,
                             cl_event *);
  CLBlastStatusCode (*batched)(CLBlastLayout, CLBlastTranspose, CLBlastTranspose, size_t, size_t, size_t, float, cl_mem,
                               size_t, size_t, size_t, cl_mem, size_t, size_t, size_t, float, cl_mem, size_t, size_t,
                               size_t, size_t, cl_command_queue *, cl_event *);
  CLBlastStatusCode (*clear_cache)(void);
} blas;
static int loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int find(void *library, const char *name, void *out, size_t size) {
  void *symbol = dlsym(library, name);
  memcpy(out, &symbol, size); /* as in loader.c */
  return symbol != NULL;
}

static void load(void) {
  void *library = dlopen("libclblast.so.1", RTLD_NOW | RTLD_LOCAL);
  loaded = library && find(library, "CLBlastSgemm", &blas.sgemm, sizeof blas.sgemm) &&
           find(library, "CLBlastSgemmStridedBatched", &blas.batched, sizeof blas.batched) &&
           find(library, "CLBlastClearCache", &blas.clear_cache, sizeof blas.clear_cache);
}

int weft_cl_has_product(weft_device *device, const weft_library_product *product) {
  (void)device, (void)product;
  pthread_once(&once, load);
  return loaded;
}

static CLBlastTranspose turn_of(const weft_operand *operand) {
  return operand->transposed ? CLBlastTransposeYes : CLBlastTransposeNo;
}

cl_int weft_cl_product(const weft_cl_product_call *call, cl_command_queue queue, cl_event *out_event) {
  const weft_library_product *p = call->product;
  const size_t *at = call->offset;
  size_t m = (size_t)p->m, n = (size_t)p->n, k = (size_t)p->k;
  size_t a_row = (size_t)p->a.row, b_row = (size_t)p->b.row, c_row = (size_t)p->c.row;
  if (p->batch == 1)
    return (cl_int)blas.sgemm(CLBlastLayoutRowMajor, turn_of(&p->a), turn_of(&p->b), m, n, k, 1, call->memory[0], at[0],
                              a_row, call->memory[1], at[1], b_row, 0, call->memory[2], at[2], c_row, &queue,
                              out_event);
  return (cl_int)blas.batched(CLBlastLayoutRowMajor, turn_of(&p->a), turn_of(&p->b), m, n, k, 1, call->memory[0], at[0],
                              a_row, (size_t)p->a.batch, call->memory[1], at[1], b_row, (size_t)p->b.batch, 0,
                              call->memory[2], at[2], c_row, (size_t)p->c.batch, (size_t)p->batch, &queue, out_event);
}

weft_status weft_cl_product_prepare(weft_device *device, const weft_library_product *product) {
  weft_cl_state *state = weft_cl(device);
  const int bit = product->batch > 1 ? 2 : 1;
  if (!weft_cl_has_product(device, product))
    return weft_fail(&device->error, WEFT_NO_FEATURE, "%s: no library that multiplies matrices", device->info.id);
  if (state->products & bit) return WEFT_OK;
  const weft_operand one = {.row = 1, .batch = 1};
  const weft_library_product small = {.batch = bit, .m = 1, .n = 1, .k = 1, .a = one, .b = one, .c = one};
  cl_int code;
  cl_mem scratch = state->cl->clCreateBuffer(state->context, CL_MEM_READ_WRITE, 6 * sizeof(float), NULL, &code);
  if (!scratch) return weft_cl_check(device, "clCreateBuffer", code);
  const weft_cl_product_call call = {&small, {scratch, scratch, scratch}, {0, 2, 4}};
  code = weft_cl_product(&call, weft_cl_queue(state), NULL);
  state->products |= code == CL_SUCCESS ? bit : 0;
  state->cl->clReleaseMemObject(scratch);
  return weft_cl_check(device, "CLBlastSgemm", code);
}

void weft_cl_product_close(weft_cl_state *state) {
  if (state->products) blas.clear_cache();
}
#else
int weft_cl_has_product(weft_device *device, const weft_library_product *product) {
  (void)device, (void)product;
  return 0;
}
cl_int weft_cl_product(const weft_cl_product_call *call, cl_command_queue queue, cl_event *out_event) {
  (void)call, (void)queue, (void)out_event;
  return CL_INVALID_OPERATION;
}
weft_status weft_cl_product_prepare(weft_device *device, const weft_library_product *product) {
  (void)product;
  return weft_fail(&device->error, WEFT_NO_FEATURE, "%s: no library that multiplies matrices", device->info.id);
}
void weft_cl_product_close(weft_cl_state *state) { (void)state; }
#endif
