/* keep_loaded.c -- part of every test built with a sanitizer: no shared library is unloaded before the process ends.
 *
 * Vulkan's loader unloads the drivers with the last instance. What they have left allocated is then reported as leaked
 * by an unknown module, which no suppression can name. */
__attribute__((visibility("default"))) int dlclose(void *handle);

int dlclose(void *handle) {
  (void)handle;
  return 0;
}
