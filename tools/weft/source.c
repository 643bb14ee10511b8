/* source.c -- the images that the commands train and score on. */
#include "cli.h"
#include <stdlib.h>

const char *source_folder(const settings *s) {
  const char *folder = s->data ? s->data : getenv("WEFT_DATA");
  return folder && folder[0] ? folder : NULL;
}

weft_dataset *source_open(const settings *s, int train) {
  weft_dataset *data = weft_dataset_open_fashion_mnist(source_folder(s), train);
  if (!data) {
    fail("out of memory");
    return NULL;
  }
  const char *wrong = weft_dataset_message(data);
  weft_shape shape = weft_dataset_shape(data);
  if (weft_dataset_status(data) == WEFT_OK) {
    if (weft_shape_size(shape) != PIXELS)
      wrong = "the images are not of 28x28 pixels";
    else if (weft_dataset_classes(data) > CLASSES)
      wrong = "there are classes above 9";
    else
      return data;
  }
  fail("%s", wrong);
  weft_dataset_free(data);
  return NULL;
}
