/* spirv.c -- GLSL to SPIR-V 1.3 through glslang's C interface. A text's SPIR-V is the same for every device, so that
 * the cache on disk is keyed by the text and glslang's version alone; what some devices are asked for besides, and GLSL
 * has no word for, is added to the module afterwards. Optimising is left to the driver, which does it anyway. */
#include "base/hash.h"
#include "device/vulkan/vulkan.h"
#include <glslang/build_info.h>
#include <glslang/Include/glslang_c_interface.h>
#include <glslang/Public/resource_limits_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char cache_kind[] = "spirv";
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int holders;

int weft_spirv_hold(void) {
  pthread_mutex_lock(&lock);
  int ready = holders > 0 || glslang_initialize_process();
  if (ready) holders++;
  pthread_mutex_unlock(&lock);
  return ready;
}

void weft_spirv_drop(void) {
  pthread_mutex_lock(&lock);
  if (--holders == 0) glslang_finalize_process();
  pthread_mutex_unlock(&lock);
}

/* glslang's texts belong to the shader or program that goes next. */
static char *log_of(const char *stage, const char *first, const char *second) {
  size_t room = strlen(stage) + strlen(first) + strlen(second) + 8;
  char *log = malloc(room);
  if (log) snprintf(log, room, "%s: %s%s%s", stage, first, *second ? "\n" : "", second);
  return log;
}

static uint32_t *generate(glslang_program_t *program, size_t *out_size) {
  glslang_program_SPIRV_generate(program, GLSLANG_STAGE_COMPUTE);
  size_t words = glslang_program_SPIRV_get_size(program);
  uint32_t *spirv = words ? malloc(words * sizeof *spirv) : NULL;
  if (!spirv) return NULL;
  glslang_program_SPIRV_get(program, spirv);
  *out_size = words * sizeof *spirv;
  return spirv;
}

static uint32_t *link(glslang_shader_t *shader, int messages, size_t *out_size, char **out_log) {
  glslang_program_t *program = glslang_program_create();
  uint32_t *spirv = NULL;
  if (!program) return NULL;
  glslang_program_add_shader(program, shader);
  if (glslang_program_link(program, messages))
    spirv = generate(program, out_size);
  else
    *out_log = log_of("link", glslang_program_get_info_log(program), glslang_program_get_info_debug_log(program));
  glslang_program_delete(program);
  return spirv;
}

static uint32_t *compile(const char *text, size_t *out_size, char **out_log) {
  const int messages = GLSLANG_MSG_SPV_RULES_BIT | GLSLANG_MSG_VULKAN_RULES_BIT;
  glslang_input_t input = {.language = GLSLANG_SOURCE_GLSL,
                           .stage = GLSLANG_STAGE_COMPUTE,
                           .client = GLSLANG_CLIENT_VULKAN,
                           .client_version = GLSLANG_TARGET_VULKAN_1_1,
                           .target_language = GLSLANG_TARGET_SPV,
                           .target_language_version = GLSLANG_TARGET_SPV_1_3,
                           .code = text,
                           .default_version = 450,
                           .default_profile = GLSLANG_NO_PROFILE,
                           .messages = (glslang_messages_t)messages,
                           .resource = glslang_default_resource()};
  glslang_shader_t *shader = glslang_shader_create(&input);
  uint32_t *spirv = NULL;
  if (!shader) return NULL;
  if (!glslang_shader_preprocess(shader, &input))
    *out_log = log_of("preprocess", glslang_shader_get_info_log(shader), glslang_shader_get_info_debug_log(shader));
  else if (!glslang_shader_parse(shader, &input))
    *out_log = log_of("parse", glslang_shader_get_info_log(shader), glslang_shader_get_info_debug_log(shader));
  else
    spirv = link(shader, messages, out_size, out_log);
  glslang_shader_delete(shader);
  return spirv;
}

/* ---- special values ---- */

/* Numbers of the SPIR-V specification. A module is a header, then instructions, each with its number of words in the
 * upper half of the first; kinds follow each other in a fixed order. */
enum { HEADER = 5, EXTENSION = 10, ENTRY_POINT = 15, EXECUTION_MODE = 16, CAPABILITY = 17 };
enum { SIGNED_ZERO_INF_NAN_PRESERVE = 4466, SIGNED_ZERO_INF_NAN_PRESERVE_MODE = 4461, WIDTH = 32 };
enum { CAPABILITY_WORDS = 2, EXTENSION_WORDS = 7, MODE_WORDS = 4 };

typedef struct module {
  uint32_t *words;
  size_t count;
} module;

/* Where the last instruction of a kind begins and ends; 0: there is none. */
static size_t find(const module *m, uint32_t kind, size_t *out_end) {
  size_t found = 0;
  for (size_t i = HEADER, length; i < m->count && (length = m->words[i] >> 16) > 0; i += length) {
    if ((m->words[i] & 0xffff) != kind || length > m->count - i) continue;
    found = i;
    *out_end = i + length;
  }
  return found;
}

static void insert(module *m, size_t at, const uint32_t *words, uint32_t count, uint32_t kind) {
  memmove(m->words + at + count, m->words + at, (m->count - at) * sizeof *words);
  memcpy(m->words + at, words, count * sizeof *words);
  m->words[at] = count << 16 | kind;
  m->count += count;
}

/* The module with SPV_KHR_float_controls' SignedZeroInfNanPreserve for f32; as it was where memory ran out. */
static uint32_t *keep_special_values(uint32_t *spirv, size_t *size) {
  static const char name[] = "SPV_KHR_float_controls";
  uint32_t *larger = realloc(spirv, *size + (CAPABILITY_WORDS + EXTENSION_WORDS + MODE_WORDS) * sizeof *spirv);
  if (!larger) return spirv;
  module m = {larger, *size / sizeof *spirv};
  size_t capabilities = 0, entries = 0, entry = find(&m, ENTRY_POINT, &entries);
  if (!entry || !find(&m, CAPABILITY, &capabilities)) return larger;
  const uint32_t capability[CAPABILITY_WORDS] = {0, SIGNED_ZERO_INF_NAN_PRESERVE};
  const uint32_t mode[MODE_WORDS] = {0, larger[entry + 2], SIGNED_ZERO_INF_NAN_PRESERVE_MODE, WIDTH};
  uint32_t extension[EXTENSION_WORDS] = {0};
  for (size_t i = 0; i < sizeof name; i++) extension[1 + i / 4] |= (uint32_t)name[i] << i % 4 * 8;
  insert(&m, entries, mode, MODE_WORDS, EXECUTION_MODE);
  insert(&m, capabilities, extension, EXTENSION_WORDS, EXTENSION);
  insert(&m, capabilities, capability, CAPABILITY_WORDS, CAPABILITY);
  *size = m.count * sizeof *spirv;
  return larger;
}

static uint32_t *load(uint64_t key, size_t *out_size) {
  uint32_t *spirv = weft_cache_load(cache_kind, key, out_size);
  if (spirv && *out_size % sizeof *spirv == 0 && *out_size > HEADER * sizeof *spirv) return spirv;
  free(spirv);
  return NULL;
}

uint32_t *weft_spirv_new(const char *text, int keeps_nan, size_t *out_size, char **out_log) {
  static const int version[] = {GLSLANG_VERSION_MAJOR, GLSLANG_VERSION_MINOR, GLSLANG_VERSION_PATCH};
  uint64_t key = weft_hash_text(weft_hash(WEFT_HASH_SEED, version, sizeof version), text);
  *out_log = NULL;
  *out_size = 0;
  uint32_t *spirv = load(key, out_size);
  if (!spirv && (spirv = compile(text, out_size, out_log))) weft_cache_store(cache_kind, key, spirv, *out_size);
  return spirv && keeps_nan ? keep_special_values(spirv, out_size) : spirv;
}
