/* shape.h -- shapes as text, for messages. */
#ifndef WEFT_BASE_SHAPE_H
#define WEFT_BASE_SHAPE_H
#include <stddef.h>
#include <weft/weft.h>

/* "(100,784)" into the buffer, cut where it does not fit; "()" for a scalar. Returns buffer. */
const char *weft_shape_text(weft_shape shape, char *buffer, size_t size);
#endif
