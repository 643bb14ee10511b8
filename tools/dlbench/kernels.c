/* kernels.c -- dlbench's kernels: a file of kernels/dlbench or shaders/dlbench, built in, with a variant's words before
 * it. */
#include "base/embed.h"
#include "dlbench.h"
#include <stdlib.h>
#include <string.h>

/* "A=1 B=float" as lines "#define A 1". */
static void add_defines(weft_text *text, const char *defines) {
  while (*defines) {
    size_t word = strcspn(defines, " "), name = strcspn(defines, "= ");
    weft_text_add(text, "#define ");
    weft_text_add_bytes(text, defines, name);
    weft_text_add(text, " ");
    if (name < word)
      weft_text_add_bytes(text, defines + name + 1, word - name - 1);
    else
      weft_text_add(text, "1");
    weft_text_add(text, "\n");
    defines += word + strspn(defines + word, " ");
  }
}

/* GLSL wants its version, and extensions, before all else: the words go behind those lines. */
static char *text_of(bench *b, const variant *v) {
  int is_glsl = b->language == WEFT_LANGUAGE_GLSL;
  char path[96];
  snprintf(path, sizeof path, "%s/dlbench/%s.%s", is_glsl ? "shaders" : "kernels", v->file, is_glsl ? "comp" : "cl");
  const char *body = weft_embedded(path);
  weft_text text = {0};
  if (!body) return NULL;
  while (is_glsl && (!strncmp(body, "#version", 8) || !strncmp(body, "#extension", 10))) {
    size_t line = strcspn(body, "\n") + 1;
    weft_text_add_bytes(&text, body, line);
    body += line;
  }
  add_defines(&text, v->defines);
  weft_text_add(&text, body);
  if (!text.failed) return text.data;
  weft_text_release(&text);
  return NULL;
}

static weft_kernel_spec spec_of(const variant *v, const char *text) {
  return (weft_kernel_spec){.entry = v->entry,
                            .text = text,
                            .n_bindings = v->n_bindings,
                            .written = v->written,
                            .texels = v->texels,
                            .local = {v->local, 1, 1}};
}

static void build_alone(bench *b, variant *v, const char *text) {
  weft_kernel_spec spec = spec_of(v, text);
  if (weft_kernels_new(b->device, &spec, 1, &v->kernel) == WEFT_OK) return;
  snprintf(v->error, sizeof v->error, "%s", weft_device_failure(b->device));
}

void variants_build(bench *b, variant *variants, size_t count) {
  weft_kernel_spec *specs = calloc(count ? count : 1, sizeof *specs);
  weft_kernel **kernels = calloc(count ? count : 1, sizeof *kernels);
  char **texts = calloc(count ? count : 1, sizeof *texts);
  int ready = specs && kernels && texts;
  for (size_t i = 0; i < count && ready; i++) {
    texts[i] = text_of(b, &variants[i]);
    ready = texts[i] != NULL;
    if (ready) specs[i] = spec_of(&variants[i], texts[i]);
  }
  int together = ready && weft_kernels_new(b->device, specs, count, kernels) == WEFT_OK;
  for (size_t i = 0; i < count; i++) {
    variants[i].kernel = NULL;
    if (together)
      variants[i].kernel = kernels[i];
    else if (ready)
      build_alone(b, &variants[i], texts[i]);
    else
      snprintf(variants[i].error, sizeof variants[i].error, "no memory for the text of %s", variants[i].file);
    if (texts) free(texts[i]);
  }
  free(texts);
  free(kernels);
  free(specs);
}

void variants_free(bench *b, variant *variants, size_t count) {
  for (size_t i = 0; i < count; i++) weft_kernel_free(b->device, variants[i].kernel);
}
