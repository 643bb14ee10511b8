/* weft.h -- devices, graphs, tensors, programs and errors of weft.
 *
 * A program describes a computation as a graph of tensors, compiles it once for a device and runs it many times:
 *
 *   weft_graph  *g = weft_graph_new(weft_device_open(NULL));
 *   weft_tensor *x = weft_input(g, "x", WEFT_F32, 100, 784);
 *   weft_tensor *w = weft_param(g, "w", WEFT_F32, 784, 10);
 *   weft_program *p = weft_compile(weft_matmul(x, w));
 *
 * Errors. Builders (everything that returns a weft_tensor *) never fail loudly: the first failure is kept in the
 * graph with the op, the names and the shapes; later builders do nothing and return NULL, and every action returns
 * the kept status. weft_graph_message() is the text. Every function accepts NULL where a failed call returned it.
 *
 * Ownership. A device outlives its graphs. Tensors, names and programs belong to the graph and go with
 * weft_graph_free(). User data is copied on write and on read.
 *
 * Threads. A graph and what belongs to it is used by one thread at a time; different graphs may share a device
 * only under the caller's lock.
 *
 * Environment. WEFT_DEVICE is the device where none is named; WEFT_CLASS=cpu or gpu has devices run the kernels that
 * are meant for the other class. WEFT_TUNE says whether kernels are chosen by measurement, WEFT_CACHE where they are
 * kept: both at weft_compile(). WEFT_DATA is where datasets lie (data.h). WEFT_DEBUG=words tells what the library does
 * (WEFT_DEBUG=help lists them, and the values of all of these), WEFT_SKIP=words and WEFT_PASSES=N leave out passes and
 * kernels of a kind, to find the one at fault.
 */
#ifndef WEFT_WEFT_H
#define WEFT_WEFT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define WEFT_API __attribute__((visibility("default")))
#else
#define WEFT_API
#endif

#define WEFT_MAX_RANK 8

typedef struct weft_device weft_device;
typedef struct weft_graph weft_graph;
typedef struct weft_tensor weft_tensor;
typedef struct weft_program weft_program;

/* ---- status ---- */

/* What a call came to. WEFT_OK is 0; everything else is a failure whose text weft_graph_message() holds. */
typedef enum weft_status {
#define WEFT_STATUS(NAME, text) WEFT_##NAME,
#include <weft/status.def>
#undef WEFT_STATUS
} weft_status;

/* A short phrase for a status: "wrong shape", "out of device memory". Static text. */
WEFT_API const char *weft_status_text(weft_status status);

/* ---- types and shapes ---- */

/* Element types. A comparison yields WEFT_I32 of 0 or 1. */
typedef enum weft_dtype { WEFT_F32, WEFT_I32, WEFT_DTYPE_COUNT } weft_dtype;

/* "f32", "i32". Static text. */
WEFT_API const char *weft_dtype_name(weft_dtype dtype);
/* Bytes of one element. */
WEFT_API size_t weft_dtype_size(weft_dtype dtype);

/* Sizes of each dimension, outermost first; rank 0 is a scalar. Every dimension is at least 1. */
typedef struct weft_shape {
  int rank;
  int64_t dims[WEFT_MAX_RANK];
} weft_shape;

/* weft_shape_of(128, 1, 28, 28): a weft_shape of up to eight sizes, in C and in C++. */
#define WEFT_COUNT_(_1, _2, _3, _4, _5, _6, _7, _8, N, ...) N
#define WEFT_COUNT(...) WEFT_COUNT_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#ifdef __cplusplus
#define weft_shape_of(...) (weft_shape{WEFT_COUNT(__VA_ARGS__), {__VA_ARGS__}})
#define WEFT_SCALAR_SHAPE (weft_shape{0, {0}})
#else
#define weft_shape_of(...) ((weft_shape){WEFT_COUNT(__VA_ARGS__), {__VA_ARGS__}})
#define WEFT_SCALAR_SHAPE ((weft_shape){0, {0}})
#endif

/* Number of elements; 1 for a scalar, 0 for a shape that is none (a size below 1, a rank out of range, an overflow). */
WEFT_API int64_t weft_shape_size(weft_shape shape);

/* ---- devices ---- */

typedef enum weft_device_class { WEFT_CLASS_CPU, WEFT_CLASS_GPU } weft_device_class;

/* What a device can compute with besides f32 and i32; weft_device_info.features is a set of them. */
enum {
  WEFT_HAS_F16 = 1,        /* 16-bit floating-point arithmetic */
  WEFT_HAS_BF16 = 2,       /* bfloat16 */
  WEFT_HAS_F64 = 4,        /* double precision */
  WEFT_HAS_INT8 = 8,       /* 8-bit integers in arithmetic */
  WEFT_HAS_DOT8 = 16,      /* dot products of four 8-bit integers in one instruction */
  WEFT_HAS_MATRIX = 32,    /* matrix units (cooperative matrix) that a kernel can reach */
  WEFT_HAS_SUBGROUPS = 64, /* a subgroup's work-items can exchange values */
  WEFT_HAS_RECORDING = 128 /* the driver records commands: Vulkan, or cl_khr_command_buffer */
};

/* What weft_devices() tells of a device. Texts are zero-terminated and cut where they do not fit. */
typedef struct weft_device_info {
  char id[32];      /* "opencl:0", "vulkan:1", "reference": what weft_device_open() takes */
  char backend[16]; /* "opencl", "vulkan", "reference", "null" */
  char name[128];   /* as the driver calls it */
  char driver[128]; /* driver and version */
  weft_device_class device_class;
  uint64_t memory;        /* bytes of device memory */
  uint64_t max_buffer;    /* bytes of the largest single buffer */
  uint32_t compute_units; /* 0 where the driver does not say */
  uint32_t vector_width;  /* preferred f32 lanes of one work-item: 16, 8, 4 or 1 */
  uint32_t max_group;     /* work-items of the largest work-group */
  uint32_t local_memory;  /* bytes of work-group memory */
  uint32_t subgroup;      /* 0 where unknown */
  double timestamp_ns;    /* nanoseconds of a timestamp tick; 0: no timestamps */
  int usable;             /* 1: weft can open it */
  char why_not[128];      /* the missing feature, when not usable */
  uint32_t subgroup_min;  /* smallest and largest subgroup that a kernel may ask for; 0 where unknown */
  uint32_t subgroup_max;
  unsigned features; /* WEFT_HAS_... */
  uint8_t uuid[16];  /* the same for a device under OpenCL and Vulkan; zeros where the driver does not say */
} weft_device_info;

/* Every device found, the fastest first, then "reference". Writes up to capacity entries; returns how many there
 * are. Loads the OpenCL and Vulkan loaders at run time; where neither is installed only "reference" is listed. */
WEFT_API size_t weft_devices(weft_device_info *out_devices, size_t capacity);

/* Opens a device: "opencl:0", "vulkan:0", "opencl" (the first), "reference", "null"; NULL takes $WEFT_DEVICE, or
 * else the fastest usable device found. Never NULL save out of memory: a failure is kept in the returned device, and
 * every graph on it starts failed with the same text. Owned by the caller: weft_device_close(). */
WEFT_API weft_device *weft_device_open(const char *id);
/* Closes a device whose graphs are all freed. */
WEFT_API void weft_device_close(weft_device *device);
WEFT_API weft_status weft_device_status(const weft_device *device);
/* Why the device could not be opened, or was lost; "" when all is well. Lives as long as the device. */
WEFT_API const char *weft_device_message(const weft_device *device);
WEFT_API void weft_device_describe(const weft_device *device, weft_device_info *out_info);

/* ---- graphs ---- */

/* A new empty graph on a device that outlives it. NULL only when out of memory. */
WEFT_API weft_graph *weft_graph_new(weft_device *device);
/* Frees the graph, its tensors, programs and device memory. NULL is allowed. */
WEFT_API void weft_graph_free(weft_graph *graph);
WEFT_API weft_device *weft_graph_device(const weft_graph *graph);
/* The first failure, or WEFT_OK. */
WEFT_API weft_status weft_graph_status(const weft_graph *graph);
/* Text of the first failure: op, tensor names, shapes; "" when all is well. Lives until the graph is freed or cleared.
 */
WEFT_API const char *weft_graph_message(const weft_graph *graph);
/* Forgets the kept failure, so that the graph can be used again. */
WEFT_API void weft_graph_clear_error(weft_graph *graph);
/* Seed of every random op and initialiser built afterwards (0 at first). Same seed and device: same bits. */
WEFT_API void weft_graph_seed(weft_graph *graph, uint64_t seed);
WEFT_API uint64_t weft_graph_current_seed(const weft_graph *graph);
/* Keeps a failure in the graph, as builders do, unless one is kept already: for layers and readers written on top of
 * the builders. Returns the kept status. */
WEFT_API weft_status weft_graph_report(weft_graph *graph, weft_status status, const char *text);

/* The graph of the given results as text, one node a line; weft_graph_parse() reads it back. The caller frees the
 * text with weft_text_free(). NULL: the graph failed or memory ran out. */
WEFT_API char *weft_graph_print(weft_tensor *const *results, size_t count);
/* The graph of the given results in the DOT language of Graphviz. Free with weft_text_free(). */
WEFT_API char *weft_graph_dot(weft_tensor *const *results, size_t count);
WEFT_API void weft_text_free(char *text);
/* Builds the nodes of a printed graph. Writes up to capacity results, the count to out_count. An error names the line.
 */
WEFT_API weft_status weft_graph_parse(weft_graph *graph, const char *text, weft_tensor **out_results, size_t capacity,
                                      size_t *out_count);

/* ---- leaves ---- */

/* A value fed from outside before a run with weft_write(). Names are unique among inputs and params of the graph;
 * the same name, dtype and shape again gives the same tensor, anything else is an error. Zero at first. */
#define weft_input(graph, name, dtype, ...) weft_input_shaped(graph, name, dtype, weft_shape_of(__VA_ARGS__))
WEFT_API weft_tensor *weft_input_shaped(weft_graph *graph, const char *name, weft_dtype dtype, weft_shape shape);
/* A trainable value that lives with the graph: weft_minimize() updates it, weft_save() writes it. Zero at first. */
#define weft_param(graph, name, dtype, ...) weft_param_shaped(graph, name, dtype, weft_shape_of(__VA_ARGS__))
WEFT_API weft_tensor *weft_param_shaped(weft_graph *graph, const char *name, weft_dtype dtype, weft_shape shape);
/* Like a param, but not trained: running means, optimizer moments, counters. */
#define weft_state(graph, name, dtype, ...) weft_state_shaped(graph, name, dtype, weft_shape_of(__VA_ARGS__))
WEFT_API weft_tensor *weft_state_shaped(weft_graph *graph, const char *name, weft_dtype dtype, weft_shape shape);

/* ---- tensors ---- */

WEFT_API weft_graph *weft_tensor_graph(const weft_tensor *tensor);
WEFT_API weft_shape weft_tensor_shape(const weft_tensor *tensor);
WEFT_API weft_dtype weft_tensor_dtype(const weft_tensor *tensor);
/* The name of an input, param or state; "" for other tensors. */
WEFT_API const char *weft_tensor_name(const weft_tensor *tensor);
/* Input, param or state of that name, or NULL. */
WEFT_API weft_tensor *weft_graph_find(const weft_graph *graph, const char *name);
/* Params (trainable) in order of creation: index 0, 1, ... until NULL. */
WEFT_API weft_tensor *weft_graph_param(const weft_graph *graph, size_t index);
/* Params and states in order of creation: what a checkpoint holds. */
WEFT_API weft_tensor *weft_graph_saved(const weft_graph *graph, size_t index);

/* Copies bytes (exactly the tensor's size, row-major) into an input, param or state, or out of one or out of a
 * result of a compiled program after weft_run(): the tensor compiled, or the loss given to weft_minimize(). weft_read()
 * waits for the device; weft_write() does not, unless so much is on its way that the memory it is copied to is full. */
WEFT_API weft_status weft_write(weft_tensor *tensor, const void *data, size_t bytes);
WEFT_API weft_status weft_read(weft_tensor *tensor, void *out_data, size_t bytes);

/* ---- gradients ---- */

/* Gradients of the scalar loss with respect to each of wrt, as further tensors of the graph (so they have gradients
 * too). out_gradients[i] has the shape of wrt[i]; zeros where the loss does not depend on it. */
WEFT_API weft_status weft_gradients(weft_tensor *loss, weft_tensor *const *wrt, size_t count,
                                    weft_tensor **out_gradients);

/* ---- programs ---- */

/* Differentiates nothing, simplifies, fuses, plans and builds the kernels of the given results, including every
 * weft_assign() they depend on. Results stay readable after each run. NULL after a failure (see the graph).
 *
 * Some kernels have candidates, which compute the same: matrix products and convolutions that become one, attention,
 * on CPUs Winograd's convolutions and those in groups of up to 16 channels. $WEFT_TUNE=once has them timed on the
 * device here, each held against the oracle first, which takes seconds a kernel on a CPU, and keeps the fastest on
 * disk; where it is unset, what is kept serves, else an estimate. `full` times anew, and forms against each other too:
 * convolutions directly or by Winograd's algorithm, long sums of products whole or in parts, attention as a kernel or
 * as products, which may round otherwise. `off` leaves all to the estimate. Compiled kernels and what is kept lie in
 * $WEFT_CACHE, or else in $XDG_CACHE_HOME/weft or ~/.cache/weft; `off` is nowhere. */
WEFT_API weft_program *weft_compile_all(weft_tensor *const *results, size_t count);
WEFT_API weft_program *weft_compile(weft_tensor *result);
/* Runs every kernel once, in order; returns without waiting for the device. Runs of few kernels that come faster than a
 * busy device does them may be handed to it together: with a later run, or with whatever waits. What depends only on
 * params and states that the program does not assign is computed anew only when one of them may have changed since the
 * run before. $WEFT_DEBUG=time prints the times of its kernels, =compare holds each against the reference. */
WEFT_API weft_status weft_run(weft_program *program);
/* Waits until everything enqueued on the graph's device is done. */
WEFT_API weft_status weft_sync(weft_graph *graph);

/* One step (kernel) of a program, for profiles and plans. */
typedef struct weft_step_info {
  const char *name; /* "dot", "map", "reduce", "row", ..; of the program */
  const char *what; /* the ops fused into it: "matmul+add+relu" */
  double seconds;   /* of the last profiled run that ran it; 0 when none */
  double bytes;     /* read and written at least once */
  double flops;
  int once;          /* 1: depends on params and states alone, so runs only after one of them was written */
  const char *tuned; /* what the tuner chose for it; "" where it has not measured: the estimate serves */
  double gain;       /* time of the estimate's kernel over that of the tuner's; 0: it has not measured, or the
                        estimate's computes wrongly */
} weft_step_info;

typedef struct weft_program_info {
  size_t steps;
  uint64_t peak_bytes; /* slabs of intermediate results */
  uint64_t leaf_bytes; /* inputs, params and states used */
  double compile_seconds;
} weft_program_info;

WEFT_API void weft_program_describe(const weft_program *program, weft_program_info *out_info);
WEFT_API weft_status weft_program_step(const weft_program *program, size_t index, weft_step_info *out_step);
/* Runs once with a timestamp around each step, waits, and fills the seconds that weft_program_step() tells. */
WEFT_API weft_status weft_run_profiled(weft_program *program);
/* The source text of a step's kernel (OpenCL C or GLSL). Lives as long as the program. */
WEFT_API const char *weft_program_source(const weft_program *program, size_t index);

/* "0.1.0" */
WEFT_API const char *weft_version(void);

#ifdef __cplusplus
}
#endif
#endif
