/* devices.c -- `weft devices`: what can be opened, and why the rest cannot. */
#include "cli.h"
#include <stdlib.h>

static const char *class_name(const weft_device_info *d) { return d->device_class == WEFT_CLASS_GPU ? "GPU" : "CPU"; }

static void print_memory(char *buffer, size_t size, uint64_t bytes) {
  if (bytes == 0)
    snprintf(buffer, size, "-");
  else if (bytes < UINT64_C(1) << 30)
    snprintf(buffer, size, "%.0f MiB", (double)bytes / 0x1p20);
  else
    snprintf(buffer, size, "%.1f GiB", (double)bytes / 0x1p30);
}

static void print_table(const weft_device_info *devices, size_t n) {
  printf("%-12s %-5s %-10s %-6s %-8s %s\n", "ID", "CLASS", "MEMORY", "VECTOR", "SUBGROUP", "NAME, DRIVER");
  for (size_t i = 0; i < n; i++) {
    const weft_device_info *d = &devices[i];
    char memory[32], subgroup[16] = "-";
    print_memory(memory, sizeof memory, d->memory);
    if (d->subgroup) snprintf(subgroup, sizeof subgroup, "%u", (unsigned)d->subgroup);
    printf("%-12s %-5s %-10s %-6u %-8s %s%s%s\n", d->id, class_name(d), memory, (unsigned)d->vector_width, subgroup,
           d->name, d->driver[0] ? ", " : "", d->driver);
    if (!d->usable) printf("%-12s not usable: %s\n", "", d->why_not);
  }
}

static void member(const char *key, const char *value, const char *end) {
  printf("    \"%s\": ", key);
  json_text(stdout, value);
  printf("%s\n", end);
}

static void print_json(const weft_device_info *devices, size_t n) {
  printf("[\n");
  for (size_t i = 0; i < n; i++) {
    const weft_device_info *d = &devices[i];
    printf("  {\n");
    member("id", d->id, ",");
    member("backend", d->backend, ",");
    member("class", class_name(d), ",");
    member("name", d->name, ",");
    member("driver", d->driver, ",");
    printf("    \"memory\": %llu,\n    \"max_buffer\": %llu,\n    \"compute_units\": %u,\n    \"vector_width\": %u,\n"
           "    \"subgroup\": %u,\n    \"max_group\": %u,\n    \"local_memory\": %u,\n    \"timestamp_ns\": %.9g,\n"
           "    \"usable\": %s,\n",
           (unsigned long long)d->memory, (unsigned long long)d->max_buffer, (unsigned)d->compute_units,
           (unsigned)d->vector_width, (unsigned)d->subgroup, (unsigned)d->max_group, (unsigned)d->local_memory,
           d->timestamp_ns, d->usable ? "true" : "false");
    member("why_not", d->why_not, "");
    printf("  }%s\n", i + 1 < n ? "," : "");
  }
  printf("]\n");
}

int command_devices(const settings *s) {
  size_t n = weft_devices(NULL, 0);
  weft_device_info *devices = calloc(n ? n : 1, sizeof *devices);
  if (!devices) return fail("out of memory");
  size_t found = weft_devices(devices, n);
  if (found < n) n = found;
  if (s->json)
    print_json(devices, n);
  else
    print_table(devices, n);
  free(devices);
  return 0;
}
