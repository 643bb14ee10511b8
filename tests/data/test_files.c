/* Datasets from files: what is read, and what is refused with which words. */
#include "files.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weft/data.h>

TestSuite(files, .init = enter_folder, .fini = leave_folder);

static void expect_failure(const char *images, const char *classes, weft_status status, const char *message) {
  weft_dataset *data = weft_dataset_open_idx(images, classes);
  cr_expect(weft_dataset_status(data) == status, "%s", weft_dataset_message(data));
  cr_expect_str_eq(weft_dataset_message(data), message);
  cr_expect(weft_dataset_count(data) == 0 && weft_dataset_classes(data) == 0);
  float sample[4];
  cr_expect(weft_dataset_sample(data, 0, sample, NULL) == status);
  weft_dataset_free(data);
}

Test(files, images_and_classes) {
  write_pair("x", "t", 10);
  weft_dataset *data = weft_dataset_open_idx("x", "t");
  cr_assert(weft_dataset_status(data) == WEFT_OK, "%s", weft_dataset_message(data));
  cr_assert_str_eq(weft_dataset_message(data), "");
  cr_assert(weft_dataset_count(data) == 10 && weft_dataset_classes(data) == 7);
  weft_shape shape = weft_dataset_shape(data);
  cr_assert(shape.rank == 3 && shape.dims[0] == 1 && shape.dims[1] == 2 && shape.dims[2] == 2);
  float sample[4];
  int32_t class;
  cr_assert(weft_dataset_sample(data, 9, sample, &class) == WEFT_OK);
  for (int i = 0; i < 4; i++) cr_assert(sample[i] == (float)(36 + i) / 255.0f);
  cr_assert(class == 2);
  cr_assert(weft_dataset_sample(data, 10, sample, &class) == WEFT_BAD_ARGUMENT);
  cr_assert_str_eq(weft_dataset_message(data), "dataset: there is no sample 10 of 10");
  weft_dataset_free(data);
}

Test(files, colour_images_keep_their_channels) {
  write_idx("x", (uint32_t[]){2, 3, 4, 5, 0}, NULL);
  write_idx("t", (uint32_t[]){2, 0}, NULL);
  weft_dataset *data = weft_dataset_open_idx("x", "t");
  weft_shape shape = weft_dataset_shape(data);
  cr_assert(shape.rank == 3 && shape.dims[0] == 3 && shape.dims[1] == 4 && shape.dims[2] == 5);
  weft_dataset_free(data);
}

Test(files, gzipped_content_is_the_same) {
  uint8_t content[4096], whole[4096];
  size_t size = write_idx("x", (uint32_t[]){10, 7, 9, 0}, content);
  write_gzipped("x.gz", content, size, NULL);
  write_idx("t", (uint32_t[]){10, 0}, NULL);
  /* Two members, one behind the other, are one content. */
  size_t first = write_gzipped("part", content, 100, whole);
  size_t second = write_gzipped("part", content + 100, size - 100, whole + first);
  write_file("two.gz", whole, first + second);
  const char *names[] = {"x", "x.gz", "two.gz"};
  for (int i = 0; i < 3; i++) {
    weft_dataset *data = weft_dataset_open_idx(names[i], "t");
    cr_assert(weft_dataset_status(data) == WEFT_OK, "%s", weft_dataset_message(data));
    float sample[63];
    weft_dataset_sample(data, 9, sample, NULL);
    for (int p = 0; p < 63; p++) cr_assert(sample[p] == (float)((9 * 63 + p) % 251) / 255.0f);
    weft_dataset_free(data);
  }
}

Test(files, missing_files) {
  write_pair("x", "t", 3);
  expect_failure("none", "t", WEFT_BAD_FILE, "none: No such file or directory");
  expect_failure("x", "none", WEFT_BAD_FILE, "none: No such file or directory");
  expect_failure(".", "t", WEFT_BAD_FILE, ".: Is a directory");
  expect_failure(NULL, "t", WEFT_BAD_ARGUMENT, "dataset: a path is NULL");
}

static const struct {
  const char *content;
  size_t size;
  const char *message;
} bad_headers[] = {
    {"", 0, "bad: not an IDX file"},
    {"\0\0\x08", 3, "bad: not an IDX file"},
    {"\x89PNG", 4, "bad: not an IDX file"},
    {"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", 12, "bad: IDX element type 0x0d; unsigned bytes (0x08) are read"},
    {"\0\0\x08\0", 4, "bad: IDX data of 0 dimensions; 1 to 8 are read"},
    {"\0\0\x08\x09", 4, "bad: IDX data of 9 dimensions; 1 to 8 are read"},
    {"\0\0\x08\x03\0\0\0\x01", 8, "bad: cut short inside its header"},
    {"\0\0\x08\x03\0\0\0\0\0\0\0\x02\0\0\0\x02", 16, "bad: dimension 0 has the size 0"},
    {"\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16, "bad: dimension 1 has the size 4294967295"},
    {"\0\0\x08\x03\0\xff\xff\xff\0\xff\xff\xff\0\0\0\x02", 16,
     "bad: cut short: its header says (16777215,16777215,2), 562949886312450 bytes; there are at most 0"},
    {"\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x02"
     "abc",
     19, "bad: cut short: its header says (1,2,2), 4 bytes; there are at most 3"},
    {"\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x02"
     "abcde",
     21, "bad: longer than the (1,2,2) bytes of its header"},
    {"\0\0\x08\x02\0\0\0\x01\0\0\0\x02"
     "ab",
     14, "bad: not images: its shape is (1,2)"},
};

Test(files, damaged_images) {
  write_pair("x", "t", 3);
  for (size_t i = 0; i < sizeof bad_headers / sizeof bad_headers[0]; i++) {
    write_file("bad", bad_headers[i].content, bad_headers[i].size);
    expect_failure("bad", "t", WEFT_BAD_FORMAT, bad_headers[i].message);
  }
}

Test(files, damaged_classes) {
  write_pair("x", "t", 3);
  expect_failure("x", "x", WEFT_BAD_FORMAT, "x: not classes: its shape is (3,2,2)");
  write_pair("y", "other", 4);
  expect_failure("x", "other", WEFT_BAD_FORMAT, "x holds 3 images, other 4 classes");
  write_file("bad",
             "\0\0\x08\x01\0\0\0\x03"
             "ab",
             10);
  expect_failure("x", "bad", WEFT_BAD_FORMAT, "bad: cut short: its header says (3), 3 bytes; there are at most 2");
}

Test(files, every_cut_of_a_file_is_refused) {
  uint8_t content[512], packed[512];
  size_t size = write_idx("x", (uint32_t[]){3, 5, 5, 0}, content);
  write_idx("t", (uint32_t[]){3, 0}, NULL);
  for (size_t cut = 0; cut < size; cut++) {
    write_file("bad", content, cut);
    weft_dataset *data = weft_dataset_open_idx("bad", "t");
    cr_assert(weft_dataset_status(data) == WEFT_BAD_FORMAT, "cut at %zu", cut);
    cr_assert(!strncmp(weft_dataset_message(data), "bad: ", 5));
    weft_dataset_free(data);
  }
  size_t length = write_gzipped("x.gz", content, size, packed);
  for (size_t cut = 2; cut < length; cut++) {
    write_file("bad", packed, cut);
    weft_dataset *data = weft_dataset_open_idx("bad", "t");
    cr_assert(weft_dataset_status(data) == WEFT_BAD_FORMAT, "gzip cut at %zu: %s", cut, weft_dataset_message(data));
    cr_assert(strstr(weft_dataset_message(data), "bad: cut short inside its gzip data"), "gzip cut at %zu: %s", cut,
              weft_dataset_message(data));
    weft_dataset_free(data);
  }
}

Test(files, damaged_gzip_data) {
  uint8_t content[512], packed[600], changed[600];
  size_t size = write_idx("x", (uint32_t[]){3, 10, 10, 0}, content);
  write_idx("t", (uint32_t[]){3, 0}, NULL);
  size_t length = write_gzipped("x.gz", content, size, packed);
  /* Every byte counts but the header's ten, whose time and system mean nothing, and the last of the deflate data, which
   * may end in unused bits; the checksum sees to it. */
  for (size_t at = 10; at < length; at++) {
    if (at == length - 9) continue;
    memcpy(changed, packed, length);
    changed[at] ^= 0x10;
    write_file("bad", changed, length);
    weft_dataset *data = weft_dataset_open_idx("bad", "t");
    cr_assert(weft_dataset_status(data) == WEFT_BAD_FORMAT, "byte %zu of %zu", at, length);
    weft_dataset_free(data);
  }
  memcpy(changed, packed, length);
  memcpy(changed + length, "junk", 4);
  write_file("bad", changed, length + 4);
  expect_failure("bad", "t", WEFT_BAD_FORMAT, "bad: damaged gzip data (incorrect header check)");
}

Test(files, a_gzip_bomb_is_refused_before_its_memory_is_taken) {
  /* A header of a petabyte in a file of a few bytes. */
  const uint8_t content[] = "\0\0\x08\x03\0\xff\xff\xff\0\xff\xff\xff\0\0\0\x04";
  write_gzipped("bad", content, 16, NULL);
  write_idx("t", (uint32_t[]){3, 0}, NULL);
  weft_dataset *data = weft_dataset_open_idx("bad", "t");
  cr_assert(weft_dataset_status(data) == WEFT_BAD_FORMAT);
  cr_assert(strstr(weft_dataset_message(data), "bad: cut short: its header says (16777215,16777215,4)"));
  weft_dataset_free(data);
}

Test(files, folders) {
  write_pair("train-images-idx3-ubyte", "train-labels-idx1-ubyte", 8);
  write_pair("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 5);
  weft_dataset *train = weft_dataset_open_fashion_mnist(".", 1), *test = weft_dataset_open_fashion_mnist(".", 0);
  cr_assert(weft_dataset_count(train) == 8 && weft_dataset_count(test) == 5);
  weft_dataset_free(train);
  weft_dataset_free(test);
  setenv("WEFT_DATA", folder_name(), 1);
  train = weft_dataset_open_fashion_mnist(NULL, 1);
  cr_assert(weft_dataset_count(train) == 8);
  weft_dataset_free(train);
  remove("train-labels-idx1-ubyte");
  train = weft_dataset_open_fashion_mnist(NULL, 1);
  char expected[160];
  snprintf(expected, sizeof expected, "%s/train-labels-idx1-ubyte: No such file or directory", folder_name());
  cr_assert_str_eq(weft_dataset_message(train), expected);
  weft_dataset_free(train);
  train = weft_dataset_open_fashion_mnist("/no/such/folder", 1);
  cr_assert(weft_dataset_status(train) == WEFT_BAD_FILE);
  cr_assert_str_eq(weft_dataset_message(train), "/no/such/folder: No such file or directory; install the package "
                                                "dataset-fashion-mnist, or name a folder with its files (WEFT_DATA)");
  weft_dataset_free(train);
}

Test(files, fashion_mnist) {
  unsetenv("WEFT_DATA");
  if (access("/usr/share/datasets/fashion-mnist", X_OK)) cr_skip_test("dataset-fashion-mnist is not installed");
  weft_dataset *test = weft_dataset_open_fashion_mnist(NULL, 0);
  cr_assert(weft_dataset_status(test) == WEFT_OK, "%s", weft_dataset_message(test));
  cr_assert(weft_dataset_count(test) == 10000 && weft_dataset_classes(test) == 10);
  static float image[28 * 28];
  int32_t class, counts[10] = {0};
  double sum = 0;
  for (int i = 0; i < 10000; i++) {
    cr_assert(weft_dataset_sample(test, i, image, &class) == WEFT_OK);
    counts[class]++;
    for (int p = 0; p < 28 * 28; p++) sum += image[p];
  }
  for (int c = 0; c < 10; c++) cr_assert(counts[c] == 1000);
  cr_assert(sum / (10000 * 784) > 0.28 && sum / (10000 * 784) < 0.29, "mean %g", sum / (10000 * 784));
  weft_dataset_free(test);
}

Test(files, null_is_accepted) {
  weft_dataset_free(NULL);
  cr_assert(weft_dataset_status(NULL) == WEFT_NO_MEMORY && *weft_dataset_message(NULL));
  cr_assert(weft_dataset_count(NULL) == 0 && weft_dataset_classes(NULL) == 0 && weft_dataset_valid(NULL) == 0);
  cr_assert(weft_dataset_shape(NULL).rank == 0 && weft_dataset_next(NULL, NULL, NULL) == 0);
  cr_assert(weft_dataset_sample(NULL, 0, NULL, NULL) == WEFT_NO_MEMORY);
  weft_dataset_shuffle(NULL, 1);
  weft_dataset_pad(NULL, 1);
  weft_dataset_rewind(NULL);
}
