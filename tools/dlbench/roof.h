/* roof.h -- what a device can do at most, in arithmetic and in bandwidth by working set: dlbench's figures, for other
 * programs that hold their kernels against them. */
#ifndef DLBENCH_ROOF_H
#define DLBENCH_ROOF_H

#include <weft/weft.h>

typedef struct document document; /* dlbench.h */

/* Measures both in some seconds, as `dlbench peak --quick` does, on the device of that id (as weft_device_open() takes
 * it), which is opened for it and closed. NULL: it cannot be opened, or runs no kernels. */
document *roof_measure(const char *id);
void roof_free(document *d);

/* The best f32 arithmetic in GFLOP/s; the best bandwidth in GB/s of a working set of so many bytes, 0: of the largest
 * one measured, which no cache holds. 0: not measured. */
double roof_compute(const document *d);
double roof_bandwidth(const document *d, double bytes);
/* Seconds that a kernel of so many operations takes at least, which moves so many bytes of a working set of `size`. */
double roof_seconds(const document *d, double flops, double bytes, double size);
/* The same of all kernels of a program together that run every time. 0: not known. */
double roof_program(const document *d, const weft_program *program);

/* The kernel of roof_compute(), to run in turn with something else. */
typedef struct roof_peak roof_peak;
/* NULL: as roof_measure(). */
roof_peak *roof_peak_open(const char *id);
double roof_peak_flops(const roof_peak *p); /* of a run, some milliseconds */
/* Does it count times; returns when all is done. Below 0: failed. */
int roof_peak_run(roof_peak *p, int count);
void roof_peak_close(roof_peak *p);
#endif
