/* Pictures: what is written reads back, what is damaged is refused. */
#include "folder.h"
#include <string.h>
#include <weft/io.h>

TestSuite(images, .init = enter_folder, .fini = leave_folder);

#ifdef WEFT_HAVE_STB
enum { WIDTH = 7, HEIGHT = 5 };

static void draw(uint8_t *pixels, int channels) {
  for (int i = 0; i < WIDTH * HEIGHT * channels; i++) pixels[i] = (uint8_t)(i * 29 + i / 7);
}

Test(images, png_there_and_back) {
  for (int channels = 1; channels <= 4; channels++) {
    uint8_t pixels[WIDTH * HEIGHT * 4], *got;
    int width, height;
    char message[200] = "";
    draw(pixels, channels);
    cr_assert(weft_image_write_png("a.png", channels, pixels, WIDTH, HEIGHT, message, sizeof message) == WEFT_OK);
    cr_assert(weft_image_read("a.png", channels, &got, &width, &height, message, sizeof message) == WEFT_OK);
    cr_assert_str_eq(message, "");
    cr_assert(width == WIDTH && height == HEIGHT);
    cr_assert_arr_eq(got, pixels, (size_t)(WIDTH * HEIGHT * channels));
    weft_image_free(got);
  }
  cr_assert(each_file(NULL) == 1);
}

Test(images, channels_are_converted) {
  const uint8_t red_green[] = {255, 0, 0, 0, 255, 0};
  uint8_t *got;
  int width, height;
  cr_assert(weft_image_write_png("a.png", 3, red_green, 2, 1, NULL, 0) == WEFT_OK);
  cr_assert(weft_image_read("a.png", 1, &got, &width, &height, NULL, 0) == WEFT_OK);
  cr_assert(got[0] > 70 && got[0] < 80 && got[1] > 145 && got[1] < 155, "%d %d", got[0], got[1]);
  weft_image_free(got);
}

Test(images, pnm) {
  uint8_t *got;
  int width, height;
  write_file("a.pgm", "P5\n3 1\n255\n\x01\x02\x03", 14);
  cr_assert(weft_image_read("a.pgm", 1, &got, &width, &height, NULL, 0) == WEFT_OK);
  cr_assert(width == 3 && height == 1 && got[0] == 1 && got[2] == 3);
  weft_image_free(got);
}

static void expect_failure(const char *path, int channels, weft_status status, const char *beginning) {
  uint8_t *got = (uint8_t *)&got;
  int width = 1, height = 1;
  char message[200] = "";
  cr_expect(weft_image_read(path, channels, &got, &width, &height, message, sizeof message) == status);
  cr_expect(!strncmp(message, beginning, strlen(beginning)), "%s", message);
  cr_expect(!got && !width && !height);
}

Test(images, damaged_files) {
  uint8_t pixels[WIDTH * HEIGHT];
  size_t size;
  draw(pixels, 1);
  cr_assert(weft_image_write_png("a.png", 1, pixels, WIDTH, HEIGHT, NULL, 0) == WEFT_OK);
  char *content = read_file("a.png", &size);
  for (size_t cut = 0; cut + 12 < size; cut++) { /* the closing chunk of 12 bytes holds nothing */
    write_file("bad.png", content, cut);
    expect_failure("bad.png", 1, WEFT_BAD_FORMAT, "bad.png: ");
  }
  write_file("bad.png", "no picture at all", 17);
  expect_failure("bad.png", 1, WEFT_BAD_FORMAT, "bad.png: no picture that weft can read (");
  memcpy(content + 16, "\0\xff\xff\xff\0\xff\xff\xff", 8);
  write_file("bad.png", content, size);
  expect_failure("bad.png", 1, WEFT_BAD_FORMAT, "bad.png: ");
  memcpy(content + 16, "\0\0\x80\0\0\0\x80\0", 8);
  write_file("bad.png", content, size);
  expect_failure("bad.png", 1, WEFT_BAD_FORMAT, "bad.png: 32768 x 32768 pixels are more than 268435456");
  free(content);
  expect_failure("none.png", 1, WEFT_BAD_FILE, "none.png: No such file or directory");
  expect_failure("a.png", 0, WEFT_BAD_ARGUMENT, "image: the number of channels is not 1 to 4");
  expect_failure("a.png", 5, WEFT_BAD_ARGUMENT, "image: the number of channels is not 1 to 4");
  expect_failure(NULL, 1, WEFT_BAD_ARGUMENT, "image: the path is NULL");
}

Test(images, failed_writes) {
  const uint8_t pixel = 1;
  char message[200];
  cr_assert(weft_image_write_png("/dev/full", 1, &pixel, 1, 1, message, sizeof message) == WEFT_BAD_FILE);
  cr_assert_str_eq(message, "/dev/full: cannot write: No space left on device");
  cr_assert(weft_image_write_png("no/a.png", 1, &pixel, 1, 1, message, sizeof message) == WEFT_BAD_FILE);
  cr_assert(weft_image_write_png("a.png", 1, &pixel, 0, 1, message, sizeof message) == WEFT_BAD_ARGUMENT);
  cr_assert_str_eq(message, "a.png: a picture of 0 x 1 pixels");
  cr_assert(weft_image_write_png("a.png", 1, &pixel, 1 << 20, 1 << 20, message, sizeof message) == WEFT_BAD_ARGUMENT);
  cr_assert(weft_image_write_png("a.png", 1, NULL, 1, 1, message, sizeof message) == WEFT_BAD_ARGUMENT);
  cr_assert(weft_image_write_png(NULL, 1, &pixel, 1, 1, NULL, 0) == WEFT_BAD_ARGUMENT);
  cr_assert(each_file(NULL) == 0);
}

#else

Test(images, a_build_without_images_says_so) {
  uint8_t *got, pixel = 0;
  int width, height;
  char message[200];
  write_file("a.png", "", 0);
  cr_assert(weft_image_read("a.png", 1, &got, &width, &height, message, sizeof message) == WEFT_NO_FEATURE);
  cr_assert_str_eq(message, "a.png: this weft was built without images");
  cr_assert(weft_image_write_png("b.png", 1, &pixel, 1, 1, message, sizeof message) == WEFT_NO_FEATURE);
}
#endif
