/* opencl.h -- the OpenCL backend's own types. OpenCL 1.2, reached through a table of functions that is filled at run
 * time, so that weft starts where no OpenCL is installed. */
#ifndef WEFT_DEVICE_OPENCL_OPENCL_H
#define WEFT_DEVICE_OPENCL_OPENCL_H
#define CL_TARGET_OPENCL_VERSION 120
#include "device/backend.h"
#include <CL/cl.h>

typedef struct weft_cl_api {
#define CL_FUNCTION(result, name, parameters) result(CL_API_CALL *name) parameters;
#include "device/opencl/functions.def"
#undef CL_FUNCTION
} weft_cl_api;

/* The functions of libOpenCL, loaded once a process; NULL where there is none. */
const weft_cl_api *weft_cl_load(void);

enum {
  WEFT_CL_LARGE = 1 << 20,      /* bytes of a write or read from which on more is done for its speed */
  WEFT_CL_SLOTS = 16,           /* of the ring of staging memory */
  WEFT_CL_SLOT_BYTES = 8 << 20, /* of one at most; a larger write takes several */
};
/* Host memory that writes on their way to the device read from (staging.c). */
typedef struct weft_cl_slot {
  struct weft_cl_slot *next;
  char *data;
  size_t capacity, used;
  cl_mem pinned;  /* what data is mapped from; NULL: it was allocated */
  cl_mem landing; /* memory of the device, as large, which it goes through ahead of its turn; NULL: not needed yet */
  cl_event done;  /* of the last command that uses it; NULL: there is none */
} weft_cl_slot;
typedef struct weft_cl_staging {
  weft_cl_slot *oldest, *open; /* a ring; NULL: it has no slot yet */
  int count;
  cl_command_queue queue; /* in order, beside the kernels'; NULL: memory is shared, or it cannot be had */
  int pins, lands;        /* the driver gives pinned memory; landings are used */
  cl_mem download;        /* pinned, for large reads; NULL: not needed yet, or it cannot be had */
  char *download_data;
} weft_cl_staging;

/* A text; lives as long as kernels of it do. The program may hold other texts too. It is NULL before
 * weft_cl_build_deferred() when the text joins others: it is seldom launched alone. */
typedef struct weft_cl_text {
  struct weft_cl_text *next;
  uint64_t key;
  cl_program program; /* retained */
  int part;           /* its place in a merged text; -1: it stands alone */
  size_t users;       /* kernels */
  char *source;       /* owned, of a text that joins others; NULL: it does not, or the device is no CPU */
} weft_cl_text;

/* Rounds of a launch: then others that use the same threads have their turn. Writes before a round. Buffers of a
 * launch: every OpenCL device takes 1024 bytes of arguments. */
enum { WEFT_CL_MOST_ROUNDS = 32, WEFT_CL_MOST_COPIES = 7, WEFT_CL_MOST_BUFFERS = 100 };
/* A write that is held back until the next run. */
typedef struct weft_cl_held {
  weft_buffer *buffer;
  int number; /* among those of the launch */
  uint64_t offset, size;
  uint64_t at; /* in the arena's ring */
} weft_cl_held;
/* Launches that runs can be added to (rounds.c). Words and arena are memory of the host that kernels see. */
typedef struct weft_cl_rounds {
  _Atomic int32_t *words; /* NULL: nothing was joined yet */
  char *arena;            /* a ring */
  cl_mem memory, arena_memory;
  int is_used, is_shared;       /* a slot was given; a kernel's write was seen by the host without a transfer */
  const weft_recording *last;   /* what was enqueued last is a launch of this one; NULL: it is not */
  const weft_recording *recent; /* the last launch that takes rounds was of this one: writes are held for it */
  int slot, count;              /* of that launch: slot 0 takes no further rounds; rounds it was asked for */
  weft_cl_held held[WEFT_CL_MOST_COPIES];
  int n_held;
  uint64_t head, tail; /* the ring is in use from tail on, up to head */
  struct {
    uint32_t number;
    uint64_t end;
  } fed[WEFT_CL_MOST_ROUNDS]; /* rounds that have yet to copy, the oldest first: behind `end` nothing is theirs */
  int n_fed;
  uint32_t number; /* of the last one */
} weft_cl_rounds;

typedef struct weft_cl_state {
  const weft_cl_api *cl;
  cl_device_id id;
  cl_context context;
  cl_command_queue queue;       /* in order */
  cl_command_queue timed_queue; /* made at the first timed replay: profiling slows every command */
  int idle;                     /* nothing was enqueued since the last wait */
  int runs;                     /* a recording was */
  int shares;                   /* its memory is the host's */
  weft_cl_staging staging;
  weft_cl_rounds rounds;
  weft_cl_text *texts;
  int products;       /* that were prepared: bit 0 of one, bit 1 of many matrices */
  int merges;         /* texts of one call become one program, and those that join one launch: a CPU */
  size_t next_begin;  /* of a buffer, within a page (buffer.c) */
  int keeps_binaries; /* in weft's cache, since the driver has none that serves as well */
} weft_cl_state;

typedef struct weft_cl_buffer {
  weft_buffer head;
  cl_mem memory;
} weft_cl_buffer;

typedef struct weft_cl_kernel {
  weft_kernel head;
  weft_cl_text *text;           /* NULL: a library's product */
  weft_library_product product; /* without a text */
} weft_cl_kernel;

/* A product with the memory of a, b and c, and where each begins in it, in elements. */
typedef struct weft_cl_product_call {
  const weft_library_product *product; /* NULL: none */
  cl_mem memory[3];
  size_t offset[3];
} weft_cl_product_call;

static inline weft_cl_state *weft_cl(weft_device *device) { return device->state; }
/* The queue, for a command that does not wait; every such command asks for it here. */
static inline cl_command_queue weft_cl_queue(weft_cl_state *state) {
  state->idle = 0;
  state->rounds.last = NULL;
  return state->queue;
}
/* Everything that was enqueued is done. */
static inline void weft_cl_waited(weft_cl_state *state) {
  state->idle = 1;
  state->runs = 0;
}
static inline cl_mem weft_cl_memory(weft_buffer *buffer) { return ((weft_cl_buffer *)buffer)->memory; }

/* "CL_OUT_OF_RESOURCES", or the number. Static or thread-local text. */
const char *weft_cl_error_name(cl_int code);
/* Fails with what the code means; names device, call and code. WEFT_OK for CL_SUCCESS. */
weft_status weft_cl_check(weft_device *device, const char *call, cl_int code);
/* The same for calls that wait for the device, where a lack of resources means that a kernel crashed. */
weft_status weft_cl_check_wait(weft_device *device, const char *call, cl_int code);

/* ---- open.c ---- */
size_t weft_cl_list(weft_device_info *out, int *out_rank, size_t capacity);
weft_status weft_cl_open(weft_device *device, int index);
void weft_cl_close(weft_device *device);
/* ---- buffer.c ---- */
weft_status weft_cl_buffer_new(weft_device *device, uint64_t size, weft_buffer **out);
void weft_cl_buffer_free(weft_device *device, weft_buffer *buffer);
weft_status weft_cl_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data, uint64_t size);
weft_status weft_cl_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size);
weft_status weft_cl_copy(weft_device *device, weft_buffer *from, uint64_t from_offset, weft_buffer *to,
                         uint64_t to_offset, uint64_t size);
weft_status weft_cl_clear(weft_device *device, weft_buffer *buffer, uint64_t offset, uint64_t size);
weft_status weft_cl_host_buffer_new(weft_device *device, uint64_t size, weft_buffer **out, void **out_host);
weft_status weft_cl_map(weft_device *device, weft_buffer *buffer, void **out_host);
weft_status weft_cl_unmap(weft_device *device, weft_buffer *buffer, void *host);
weft_status weft_cl_sync(weft_device *device);
/* ---- staging.c ---- */
/* When the device's queue is there; what cannot be had is done without. */
void weft_cl_staging_open(weft_cl_state *state);
/* When the queue is finished. */
void weft_cl_staging_close(weft_cl_state *state);
/* Frees staging memory where it is much: what stages writes while parameters are set is not needed by what runs then.
 * May wait for the writes. */
void weft_cl_staging_trim(weft_cl_state *state);
/* Enqueues a write that takes effect after everything before. */
weft_status weft_cl_enqueue_write(weft_device *device, weft_buffer *buffer, uint64_t offset, const void *data,
                                  uint64_t size);
/* Waits for everything before and for the read. */
weft_status weft_cl_finish_read(weft_device *device, weft_buffer *buffer, uint64_t offset, void *out, uint64_t size);
/* ---- kernel.c ---- */
weft_status weft_cl_kernels_new(weft_device *device, const weft_kernel_source *sources, size_t count,
                                weft_kernel **out);
void weft_cl_kernel_free(weft_device *device, weft_kernel *kernel);
/* Builds the texts of those kernels that are not built yet, together. */
weft_status weft_cl_build_deferred(weft_device *device, weft_kernel *const *kernels, size_t count);
/* A further cl_kernel of the entry; NULL and a code on failure. */
cl_kernel weft_cl_kernel_instance(const weft_cl_state *state, const weft_cl_text *text, const char *entry,
                                  cl_int *out_code);
/* ---- merge.c ---- */
/* One text of several, in which the entry of sources[i] is called <entry>_w<i>. malloc'ed. NULL: they cannot stand in
 * one text, or memory ran out. */
char *weft_cl_merge(const weft_kernel_source *const *sources, size_t count);
/* The same with entries as functions <entry>_f<i> of a group's number, int w_group, and of the buffers. */
char *weft_cl_merge_functions(const weft_kernel_source *const *sources, size_t count);
/* Whether the text may be merged with others. */
int weft_cl_mergeable(const weft_kernel_source *source);
/* A program of one text, through the cache; NULL: it does not build. */
cl_program weft_cl_program(weft_device *device, const char *text);
/* ---- join.c ---- */
/* As weft_cl_merge(), of sources that join: the kernels call functions, which are compiled once. */
char *weft_cl_merge_calls(const weft_kernel_source *const *sources, size_t count);
/* How many of the dispatches, from the first on, can be one launch. */
size_t weft_cl_joinable(const weft_device *device, const weft_dispatch *dispatches, size_t count);
/* A kernel that runs the dispatches, its arguments set, for *out_groups work-groups of one work-item, and the memory
 * that it counts in, which is to be released after it. NULL: it cannot be had, and each is to be launched alone. */
cl_kernel weft_cl_join(weft_device *device, const weft_dispatch *dispatches, size_t count, cl_mem *out_counters,
                       size_t *out_groups);
/* The buffers that its kernel takes, in order; returns how many. */
int weft_cl_join_buffers(const weft_device *device, const weft_dispatch *dispatches, size_t count, weft_buffer **out);
/* ---- rounds.c ---- */
/* Makes words and arena when there are none; 0: they cannot be had. */
int weft_cl_rounds_open(weft_cl_state *state);
void weft_cl_rounds_close(weft_cl_state *state);
/* Before a joined kernel is enqueued, the recording's only launch or (NULL) one of several: its slot becomes an
 * argument, where that is not *told already. What is held is for the recording. */
weft_status weft_cl_rounds_begin(weft_device *device, const weft_recording *recording, cl_kernel kernel, cl_int *told);
/* It was not enqueued after all. */
void weft_cl_rounds_cancel(weft_cl_state *state);
/* Asks the launch that was enqueued last for another round; 0: it is not the recording's, or takes none. */
int weft_cl_rounds_add(weft_cl_state *state, const weft_recording *recording);
/* Copies the data and holds the write for the next run; 0: it is to be enqueued. */
int weft_cl_rounds_hold(weft_cl_state *state, weft_buffer *buffer, uint64_t offset, const void *data, uint64_t size);
/* Enqueues what is held. */
weft_status weft_cl_rounds_release(weft_device *device);
/* Begins a call whose commands come after everything before. */
static inline weft_status weft_cl_begin(weft_device *device) {
  weft_status status = weft_call_begin(device);
  return status == WEFT_OK ? weft_cl_rounds_release(device) : status;
}
/* ---- blas.c ---- */
int weft_cl_has_product(weft_device *device, const weft_library_product *product);
/* Has the library compile what the product needs. */
weft_status weft_cl_product_prepare(weft_device *device, const weft_library_product *product);
/* Enqueues it; the event is that of the last of its kernels. */
cl_int weft_cl_product(const weft_cl_product_call *call, cl_command_queue queue, cl_event *out_event);
/* Before the context goes. */
void weft_cl_product_close(weft_cl_state *state);
/* ---- record.c ---- */
weft_status weft_cl_record(weft_device *device, const weft_dispatch *dispatches, size_t count, weft_recording **out);
void weft_cl_recording_free(weft_device *device, weft_recording *recording);
weft_status weft_cl_replay(weft_device *device, weft_recording *recording);
/* The buffer's number among those of its only launch; -1: it has none. */
int weft_cl_recording_number(const weft_recording *recording, const weft_buffer *buffer);
weft_status weft_cl_replay_timed(weft_device *device, weft_recording *recording, double *out_seconds);
#endif
