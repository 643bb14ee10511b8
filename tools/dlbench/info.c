/* info.c -- every device found, what it offers, and what weft makes of it. */
#include "dlbench.h"
#include <string.h>

static const char *yes(const weft_device_info *d, unsigned bit) { return d->features & bit ? "yes" : "no"; }

/* The sentences say what holds for this version of the library; a feature that weft came to use is moved here first. */
const char *use_of_device(const weft_device_info *d, size_t index, char *out, size_t size) {
  int is_cpu = d->device_class == WEFT_CLASS_CPU, is_vulkan = !strcmp(d->backend, "vulkan");
  size_t at = 0;
#define SAY(condition, ...)                                                                                            \
  if ((condition) && at++ == index) {                                                                                  \
    snprintf(out, size, __VA_ARGS__);                                                                                  \
    return out;                                                                                                        \
  }
  if (!d->usable) {
    SAY(1, "nothing: %s", d->why_not)
    return NULL;
  }
  SAY(!strcmp(d->backend, "reference"),
      "no kernels: graphs are interpreted in double precision, as the oracle of the others")
  if (!strcmp(d->backend, "reference")) return NULL;
  SAY(is_cpu && !is_vulkan, "uses one work-item a work-group and vectors of %u floats, since it is a CPU",
      d->vector_width)
  SAY(is_cpu && is_vulkan, "uses work-items as lanes and no work-group memory, since it is a CPU behind Vulkan")
  SAY(!is_cpu, "uses coalesced work-items and tiles in work-group memory, since it is a GPU")
  SAY(is_vulkan, "uses a command buffer recorded once a program")
  SAY(!is_vulkan && d->features & WEFT_HAS_RECORDING,
      "does without cl_khr_command_buffer: a recording is kernels with their arguments set once")
  SAY(d->features & (WEFT_HAS_F16 | WEFT_HAS_F64 | WEFT_HAS_BF16),
      "computes graphs in f32 and i32; other types are for kernels of your own (weft/kernel.h)")
  SAY(d->features & WEFT_HAS_MATRIX, "leaves the matrix units alone: they take 16-bit types, which graphs do not use")
  SAY(d->features & WEFT_HAS_DOT8, "leaves int8 dot products alone: graphs have no 8-bit types")
  SAY(d->timestamp_ns > 0, "profiles with timestamps of %g ns", d->timestamp_ns)
  SAY(d->timestamp_ns <= 0, "cannot profile: the device has no timestamps")
#undef SAY
  return NULL;
}

/* Another backend's entry for the same device: equal uuid, or both the host's processor. */
static const weft_device_info *same_device(const document *all, const weft_device_info *d) {
  static const uint8_t none[16];
  for (size_t i = 0; i < all->n_devices; i++) {
    const weft_device_info *o = &all->devices[i];
    if (!strcmp(o->backend, d->backend) || !strcmp(o->backend, "reference") || !strcmp(d->backend, "reference"))
      continue;
    if (memcmp(d->uuid, none, 16) && !memcmp(d->uuid, o->uuid, 16)) return o;
    if (!strcmp(d->name, o->name)) return o;
    if (d->device_class == WEFT_CLASS_CPU && o->device_class == WEFT_CLASS_CPU) return o;
  }
  return NULL;
}

static void print_device(const document *all, const weft_device_info *d) {
  char a[32], b[32], text[256];
  const weft_device_info *same = same_device(all, d);
  printf("%s: %s\n", d->id, d->name);
  printf("  driver            %s\n", d->driver[0] ? d->driver : "-");
  if (same) printf("  same device       %s (%s)\n", same->id, same->name);
  printf("  class             %s\n", d->device_class == WEFT_CLASS_GPU ? "GPU" : "CPU");
  printf("  memory            %s, largest buffer %s\n", bytes_text((double)d->memory, a, sizeof a),
         bytes_text((double)d->max_buffer, b, sizeof b));
  if (d->compute_units) printf("  compute units     %u\n", (unsigned)d->compute_units);
  printf("  f32 vector width  %u\n", (unsigned)d->vector_width);
  if (d->max_group > 1)
    printf("  work-group        %u work-items, %s of local memory\n", (unsigned)d->max_group,
           bytes_text((double)d->local_memory, a, sizeof a));
  if (d->subgroup && d->subgroup_min != d->subgroup_max)
    printf("  subgroup          %u (%u to %u)\n", (unsigned)d->subgroup, (unsigned)d->subgroup_min,
           (unsigned)d->subgroup_max);
  else if (d->subgroup)
    printf("  subgroup          %u\n", (unsigned)d->subgroup);
  printf("  arithmetic        f16 %s, bf16 %s, f64 %s, int8 %s, int8 dot %s, matrix units %s\n", yes(d, WEFT_HAS_F16),
         yes(d, WEFT_HAS_BF16), yes(d, WEFT_HAS_F64), yes(d, WEFT_HAS_INT8), yes(d, WEFT_HAS_DOT8),
         yes(d, WEFT_HAS_MATRIX));
  printf("  subgroups         %s; recorded commands %s\n", yes(d, WEFT_HAS_SUBGROUPS), yes(d, WEFT_HAS_RECORDING));
  if (d->timestamp_ns > 0) printf("  timestamp         %g ns\n", d->timestamp_ns);
  for (size_t i = 0; use_of_device(d, i, text, sizeof text); i++) printf("  %-17s %s\n", i ? "" : "weft", text);
}

int show_info(const char *id, const char *json_file) {
  document d;
  size_t kept = 0, drivers = 0;
  if (document_begin(&d)) return EXIT_FAILED;
  int to_stdout = json_file && !strcmp(json_file, "-");
  for (size_t i = 0; i < d.n_devices; i++) {
    drivers += strcmp(d.devices[i].backend, "reference") != 0;
    if (id && strcmp(id, d.devices[i].id)) continue;
    if (!to_stdout) print_device(&d, &d.devices[i]);
    kept++;
  }
  int code = 0;
  if (!drivers) fprintf(stderr, "dlbench: no OpenCL or Vulkan device found: is a driver installed?\n");
  if (!kept) {
    fprintf(stderr, "dlbench: no device %s (dlbench info lists them)\n", id ? id : "found");
    code = EXIT_FAILED;
  } else if (json_file) {
    code = document_write(&d, json_file);
  }
  document_free(&d);
  return code;
}
