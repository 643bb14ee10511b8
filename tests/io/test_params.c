/* Params and states to a file and back; files that do not fit; writes that fail. */
#include "folder.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <weft/io.h>
#include <weft/ops.h>

static weft_device *device;
static weft_graph *graph;
static weft_tensor *w, *b, *count;

static const float w_values[6] = {1, -2.5f, 3e-20f, 4, 5, 6}, b_values[3] = {7, 8, 9};
static const int32_t count_value = -12345;

static void begin(void) {
  enter_folder();
  device = weft_device_open("reference");
  graph = weft_graph_new(device);
  weft_input(graph, "x", WEFT_F32, 5, 2);
  w = weft_param(graph, "dense.w", WEFT_F32, 2, 3);
  b = weft_param(graph, "dense.b", WEFT_F32, 3);
  count = weft_state_shaped(graph, "adam.steps", WEFT_I32, WEFT_SCALAR_SHAPE);
  weft_write(w, w_values, sizeof w_values);
  weft_write(b, b_values, sizeof b_values);
  cr_assert(weft_write(count, &count_value, sizeof count_value) == WEFT_OK, "%s", weft_graph_message(graph));
}

static void end(void) {
  weft_graph_free(graph);
  weft_device_close(device);
  leave_folder();
}

TestSuite(params, .init = begin, .fini = end);

static void expect_values(const float *expected_w, const float *expected_b, int32_t expected_count) {
  float got_w[6], got_b[3];
  int32_t got_count;
  cr_assert(weft_read(w, got_w, sizeof got_w) == WEFT_OK && weft_read(b, got_b, sizeof got_b) == WEFT_OK);
  cr_assert(weft_read(count, &got_count, sizeof got_count) == WEFT_OK);
  cr_assert_arr_eq(got_w, expected_w, sizeof got_w);
  cr_assert_arr_eq(got_b, expected_b, sizeof got_b);
  cr_assert(got_count == expected_count);
}

static void clear_values(void) {
  static const float zeros[6];
  weft_write(w, zeros, sizeof w_values);
  weft_write(b, zeros, sizeof b_values);
  weft_write(count, zeros, sizeof count_value);
}

Test(params, there_and_back) {
  cr_assert(weft_save(graph, "file") == WEFT_OK, "%s", weft_graph_message(graph));
  clear_values();
  cr_assert(weft_load(graph, "file") == WEFT_OK, "%s", weft_graph_message(graph));
  expect_values(w_values, b_values, count_value);
  cr_assert(each_file(NULL) == 1);
}

Test(params, the_file_is_as_the_format_says) {
  const weft_metadata metadata[] = {{"model", "le\"net"}, {"epoch", "5"}};
  cr_assert(weft_save_with(graph, "file", metadata, 2) == WEFT_OK, "%s", weft_graph_message(graph));
  size_t size;
  char *content = read_file("file", &size);
  const char header[] = "{\"__metadata__\":{\"model\":\"le\\\"net\",\"epoch\":\"5\"},"
                        "\"dense.w\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                        "\"dense.b\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,36]},"
                        "\"adam.steps\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[36,40]}}";
  size_t length = (unsigned char)content[0] | (size_t)(unsigned char)content[1] << 8;
  cr_assert(length >= sizeof header - 1 && length < sizeof header + 7 && (8 + length) % 8 == 0);
  cr_assert(!strncmp(content + 8, header, sizeof header - 1), "%.300s", content + 8);
  for (size_t i = 8 + sizeof header - 1; i < 8 + length; i++) cr_assert(content[i] == ' ');
  cr_assert(size == 8 + length + 40 && !memcmp(content + 8 + length, w_values, sizeof w_values));
  free(content);
}

Test(params, metadata) {
  const weft_metadata metadata[] = {{"model", "lenet"}, {"classes", "T-shirt,\xc3\xa9t\xc3\xa9\n"}, {"", ""}};
  char *value;
  cr_assert(weft_save_with(graph, "file", metadata, 3) == WEFT_OK);
  for (int i = 0; i < 3; i++) {
    cr_assert(weft_safetensors_metadata("file", metadata[i].key, &value) == WEFT_OK);
    cr_assert_str_eq(value, metadata[i].value);
    weft_text_free(value);
  }
  cr_assert(weft_safetensors_metadata("file", "none", &value) == WEFT_OK && !value);
  cr_assert(weft_safetensors_metadata("missing", "model", &value) == WEFT_BAD_FILE);
  cr_assert_str_eq(value, "missing: No such file or directory");
  weft_text_free(value);
  write_file("short", "abc", 3);
  cr_assert(weft_safetensors_metadata("short", "model", &value) == WEFT_BAD_FORMAT);
  cr_assert_str_eq(value, "short: 3 bytes are no safetensors file");
  weft_text_free(value);
  cr_assert(weft_save(graph, "file") == WEFT_OK);
  cr_assert(weft_safetensors_metadata("file", "model", &value) == WEFT_OK && !value);
  cr_assert(weft_safetensors_metadata(NULL, "model", &value) == WEFT_BAD_ARGUMENT);
  weft_text_free(value);
}

/* The failure is kept in the graph; nothing of the graph has changed. */
static void expect_load_failure(const char *path, weft_status status, const char *message) {
  cr_expect(weft_load(graph, path) == status);
  cr_expect(weft_graph_status(graph) == status);
  cr_expect_str_eq(weft_graph_message(graph), message);
  cr_expect(weft_load(graph, path) == status && weft_save(graph, "other") == status, "a failure is sticky");
  weft_graph_clear_error(graph);
  expect_values(w_values, b_values, count_value);
}

static void save_other(const char *path, weft_dtype b_dtype, int64_t columns, int with_b) {
  weft_graph *other = weft_graph_new(device);
  weft_param(other, "dense.w", WEFT_F32, 2, columns);
  if (with_b) weft_param(other, "dense.b", b_dtype, 3);
  weft_param(other, "further", WEFT_F32, 4, 4);
  cr_assert(weft_save(other, path) == WEFT_OK, "%s", weft_graph_message(other));
  weft_graph_free(other);
}

Test(params, files_that_do_not_fit) {
  expect_load_failure("missing", WEFT_BAD_FILE, "missing: No such file or directory");
  expect_load_failure(".", WEFT_BAD_FILE, ".: Is a directory");
  expect_load_failure(NULL, WEFT_BAD_ARGUMENT, "load: the path is NULL");
  save_other("file", WEFT_F32, 3, 0);
  expect_load_failure("file", WEFT_BAD_FORMAT, "file: no tensor dense.b F32 (3)");
  save_other("file", WEFT_F32, 4, 1);
  expect_load_failure("file", WEFT_BAD_SHAPE, "file: tensor dense.w is (2,4), the graph's is (2,3)");
  save_other("file", WEFT_I32, 3, 1);
  expect_load_failure("file", WEFT_BAD_DTYPE, "file: tensor dense.b is I32 (3), the graph's is F32 (3)");
}

Test(params, missing_states_keep_their_value_and_further_tensors_are_left_alone) {
  static const float zeros[6];
  save_other("file", WEFT_F32, 3, 1);
  cr_assert(weft_load(graph, "file") == WEFT_OK, "%s", weft_graph_message(graph));
  expect_values(zeros, zeros, count_value);
}

Test(params, every_cut_and_every_changed_header_byte_is_safe) {
  size_t size;
  cr_assert(weft_save(graph, "file") == WEFT_OK);
  char *content = read_file("file", &size);
  for (size_t cut = 0; cut < size; cut++) {
    write_file("bad", content, cut);
    cr_assert(weft_load(graph, "bad") == WEFT_BAD_FORMAT, "cut at %zu", cut);
    cr_assert(!strncmp(weft_graph_message(graph), "bad: ", 5), "%s", weft_graph_message(graph));
    weft_graph_clear_error(graph);
  }
  for (size_t at = 0; at < size - 40; at++) {
    char kept = content[at];
    for (int bit = 0; bit < 8; bit += 3) {
      content[at] = (char)(kept ^ 1 << bit);
      write_file("bad", content, size);
      weft_load(graph, "bad"); /* some changes still read well: the name of the state, blanks */
      weft_graph_clear_error(graph);
    }
    content[at] = kept;
  }
  free(content);
}

Test(params, a_failed_write_leaves_the_old_file) {
  cr_assert(weft_save(graph, "file") == WEFT_OK);
  weft_tensor *large = weft_param(graph, "large", WEFT_F32, 100, 1000);
  cr_assert(large != NULL);
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit = {100000, RLIM_INFINITY};
  cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  cr_assert(weft_save(graph, "file") == WEFT_BAD_FILE);
  cr_assert_str_eq(weft_graph_message(graph), "file: cannot write: File too large");
  weft_graph_clear_error(graph);
  limit.rlim_cur = RLIM_INFINITY;
  setrlimit(RLIMIT_FSIZE, &limit);
  cr_assert(each_file(NULL) == 1, "no temporary file is left");
  size_t size;
  char *content = read_file("file", &size);
  cr_assert(size < 1000 && strstr(content + 8, "dense.w") && !strstr(content + 8, "large"));
  free(content);
}

Test(params, unwritable_paths) {
  cr_assert(weft_save(graph, "/dev/full") == WEFT_BAD_FILE);
  cr_assert_str_eq(weft_graph_message(graph), "/dev/full: cannot write: No space left on device");
  weft_graph_clear_error(graph);
  cr_assert(weft_save(graph, "no/folder") == WEFT_BAD_FILE);
  cr_assert_str_eq(weft_graph_message(graph), "no/folder: cannot write: No such file or directory");
  weft_graph_clear_error(graph);
  cr_assert(weft_save(graph, NULL) == WEFT_BAD_ARGUMENT);
  cr_assert(weft_save(NULL, "file") == WEFT_BAD_ARGUMENT && weft_load(NULL, "file") == WEFT_BAD_ARGUMENT);
  cr_assert(each_file(NULL) == 0);
}

static void expect_save_failure(const weft_metadata *metadata, size_t n, weft_status status) {
  cr_expect(weft_save_with(graph, "file", metadata, n) == status);
  cr_expect(*weft_graph_message(graph));
  weft_graph_clear_error(graph);
  cr_expect(each_file(NULL) == 0);
}

Test(params, what_no_reader_would_take_is_not_written) {
  expect_save_failure((weft_metadata[]){{"a", NULL}}, 1, WEFT_BAD_ARGUMENT);
  expect_save_failure((weft_metadata[]){{NULL, "a"}}, 1, WEFT_BAD_ARGUMENT);
  expect_save_failure(NULL, 1, WEFT_BAD_ARGUMENT);
  expect_save_failure((weft_metadata[]){{"a", "\xff"}}, 1, WEFT_BAD_FORMAT);
  weft_param(graph, "__metadata__", WEFT_F32, 1);
  expect_save_failure(NULL, 0, WEFT_BAD_FORMAT);
}
