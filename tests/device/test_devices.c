/* test_devices.c -- listing, opening and describing devices; what a wrong id says. */
#include "support.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_DEVICES = 32 };

Test(devices, list_ends_with_the_reference) {
  weft_device_info infos[MAX_DEVICES];
  size_t count = weft_devices(infos, MAX_DEVICES);
  cr_assert(count >= 1 && count <= MAX_DEVICES);
  cr_assert_str_eq(infos[count - 1].id, "reference");
  cr_assert(weft_devices(NULL, 0) == count);
  weft_device_info first;
  cr_assert(weft_devices(&first, 1) == count);
  cr_assert_str_eq(first.id, infos[0].id);
  for (size_t i = 0; i < count; i++) {
    cr_assert(infos[i].name[0] && infos[i].backend[0]);
    cr_assert(infos[i].usable || infos[i].why_not[0], "%s: no reason why it is unusable", infos[i].id);
    for (size_t j = 0; j < i; j++) cr_assert_str_neq(infos[i].id, infos[j].id);
  }
}

static void check_description(weft_device *device) {
  weft_device_info info;
  weft_device_describe(device, &info);
  cr_assert(info.usable && info.memory && info.max_buffer && info.max_group);
  cr_assert(info.vector_width == 1 || info.vector_width == 4 || info.vector_width == 8 || info.vector_width == 16);
  cr_assert(info.device_class == WEFT_CLASS_CPU || info.vector_width == 1);
  cr_assert(device->limits.buffer_align && !(device->limits.buffer_align & (device->limits.buffer_align - 1)));
  cr_assert(device->limits.max_bindings >= 4 && device->limits.max_bindings <= 32);
  for (int k = 0; k < 3; k++) cr_assert(device->limits.max_groups[k] >= 65535);
  cr_assert(device->fingerprint != 0);
  cr_assert_str_eq(weft_device_message(device), "");
}
Test(devices, every_device_describes_itself) { each_device(check_description); }

Test(devices, an_id_without_a_number_is_the_first) {
  weft_device_info infos[MAX_DEVICES];
  size_t count = weft_devices(infos, MAX_DEVICES);
  for (size_t i = 0; i < count; i++) {
    weft_device *device = weft_device_open(infos[i].backend);
    int is_first = 1;
    for (size_t j = 0; j < i; j++) is_first &= strcmp(infos[j].backend, infos[i].backend) != 0;
    if (is_first && infos[i].usable) {
      cr_assert(weft_device_status(device) == WEFT_OK);
      cr_assert_str_eq(device->info.id, infos[i].id);
    }
    weft_device_close(device);
  }
}

Test(devices, wrong_ids_say_what_is_wrong) {
  static const struct {
    const char *id;
    weft_status status;
    const char *words;
  } cases[] = {
      {"cuda:0", WEFT_BAD_ARGUMENT, "expected opencl"},
      {"open", WEFT_BAD_ARGUMENT, "\"open\""},
      {"reference:", WEFT_BAD_ARGUMENT, "not a number"},
      {"reference:one", WEFT_BAD_ARGUMENT, "not a number"},
      {"reference:-1", WEFT_BAD_ARGUMENT, "not a number"},
      {"null:0x1", WEFT_BAD_ARGUMENT, "not a number"},
      {"reference:99999999999", WEFT_BAD_ARGUMENT, "not a number"},
      {"reference:7", WEFT_NO_DEVICE, "found: reference"},
#ifdef WEFT_HAVE_OPENCL
      {"opencl:500", WEFT_NO_DEVICE, "no device \"opencl:500\""},
#endif
#ifdef WEFT_HAVE_VULKAN
      {"vulkan:500", WEFT_NO_DEVICE, "no device \"vulkan:500\""},
#endif
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    weft_device *device = weft_device_open(cases[i].id);
    cr_assert(device != NULL);
    cr_assert(weft_device_status(device) == cases[i].status, "%s: %s", cases[i].id, weft_device_message(device));
    cr_assert(strstr(weft_device_message(device), cases[i].words), "%s: %s", cases[i].id, weft_device_message(device));
    weft_device_info info;
    weft_device_describe(device, &info);
    cr_assert(strncmp(info.id, cases[i].id, sizeof info.id - 1) == 0);
    weft_device_close(device);
  }
}

Test(devices, environment_names_the_device) {
  setenv("WEFT_DEVICE", "null", 1);
  weft_device *device = weft_device_open(NULL);
  cr_assert_str_eq(device->info.id, "null");
  weft_device_close(device);
  setenv("WEFT_DEVICE", "nothing", 1);
  device = weft_device_open(NULL);
  cr_assert(weft_device_status(device) == WEFT_BAD_ARGUMENT);
  weft_device_close(device);
}

Test(devices, class_can_be_overridden) {
  setenv("WEFT_CLASS", "fast", 1);
  weft_device *device = weft_device_open("null");
  cr_assert(weft_device_status(device) == WEFT_BAD_ARGUMENT);
  cr_assert(strstr(weft_device_message(device), "WEFT_CLASS=fast"));
  weft_device_close(device);
  static const struct {
    const char *text;
    weft_device_class device_class;
  } cases[] = {{"cpu", WEFT_CLASS_CPU}, {"gpu", WEFT_CLASS_GPU}};
  for (size_t i = 0; i < 2; i++) {
    setenv("WEFT_CLASS", cases[i].text, 1);
    weft_device_info infos[MAX_DEVICES];
    size_t count = weft_devices(infos, MAX_DEVICES);
    for (size_t k = 0; k < count; k++) {
      if (strcmp(infos[k].backend, "opencl")) continue;
      cr_assert(infos[k].device_class == cases[i].device_class);
      cr_assert((infos[k].vector_width == 1) == (cases[i].device_class == WEFT_CLASS_GPU));
    }
  }
}

/* Loaders without drivers: an empty folder of ICD files for each. */
Test(devices, without_drivers_the_text_says_what_to_install) {
  setenv("OCL_ICD_VENDORS", "/nonexistent", 1);
  setenv("OPENCL_VENDOR_PATH", "/nonexistent", 1);
  setenv("VK_ICD_FILENAMES", "/nonexistent.json", 1);
  setenv("VK_DRIVER_FILES", "/nonexistent.json", 1);
  unsetenv("WEFT_DEVICE");
  weft_device_info infos[MAX_DEVICES];
  if (weft_devices(infos, MAX_DEVICES) != 1) cr_skip_test("the loaders look elsewhere too");
  cr_assert_str_eq(infos[0].id, "reference");
  weft_device *device = weft_device_open(NULL);
  cr_assert(weft_device_status(device) == WEFT_NO_DEVICE);
  cr_assert(strstr(weft_device_message(device), "install"), "%s", weft_device_message(device));
  weft_device_close(device);
  device = weft_device_open("reference");
  cr_assert(weft_device_status(device) == WEFT_OK);
  weft_device_close(device);
}

Test(devices, null_pointers_are_allowed) {
  weft_device_info info;
  weft_device_close(NULL);
  weft_device_describe(NULL, &info);
  cr_assert(weft_device_status(NULL) != WEFT_OK);
  cr_assert(weft_device_message(NULL)[0]);
  cr_assert_str_eq(info.id, "");
}
