/* clock.h -- time for stop-watches. */
#ifndef WEFT_BASE_CLOCK_H
#define WEFT_BASE_CLOCK_H

/* Seconds of a clock that only goes forward, from a begin of its own. */
double weft_clock(void);
#endif
