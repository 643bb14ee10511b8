/* images.c -- networks for images: residual networks, VGG, MobileNet, as torchvision has them (tests/tools checks the
 * numbers of their parameters). */
#include "networks.h"
#include <stdio.h>

enum { IMAGENET_CLASSES = 1000 };

/* A convolution with its batch norm. */
static weft_tensor *conv_norm(weft_tensor *x, weft_layer conv, const char *name, int training) {
  char norm[256];
  conv.pad = conv.kernel / 2;
  conv.no_bias = 1;
  snprintf(norm, sizeof norm, "%s.norm", name);
  return weft_batch_norm(weft_layer_apply(x, &conv, name, training), norm, training);
}

static int channels_of(const weft_tensor *x) { return (int)weft_tensor_shape(x).dims[1]; }

/* ---- He, Zhang, Ren and Sun, Deep residual learning for image recognition (CVPR 2016) ---- */

typedef weft_tensor *residual_block(weft_tensor *x, int channels, int stride, char part[4][48], int training);

#define CONV(...) ((weft_layer)weft_layer_conv2d(__VA_ARGS__))

static weft_tensor *shortcut(weft_tensor *x, int channels, int stride, const char *name, int training) {
  if (stride == 1 && channels_of(x) == channels) return x;
  return conv_norm(x, CONV(channels, 1, .stride = stride), name, training);
}

static weft_tensor *basic_block(weft_tensor *x, int channels, int stride, char part[4][48], int training) {
  weft_tensor *y = weft_relu(conv_norm(x, CONV(channels, 3, .stride = stride), part[0], training));
  y = conv_norm(y, CONV(channels, 3), part[1], training);
  return weft_relu(weft_add(y, shortcut(x, channels, stride, part[2], training)));
}

/* The stride stands at the 3 x 3 window, as is usual today. */
static weft_tensor *bottleneck(weft_tensor *x, int channels, int stride, char part[4][48], int training) {
  weft_tensor *y = weft_relu(conv_norm(x, CONV(channels, 1), part[0], training));
  y = weft_relu(conv_norm(y, CONV(channels, 3, .stride = stride), part[1], training));
  y = conv_norm(y, CONV(4 * channels, 1), part[2], training);
  return weft_relu(weft_add(y, shortcut(x, 4 * channels, stride, part[3], training)));
}

static weft_tensor *residual_stages(weft_tensor *x, residual_block *block, const int blocks[4], int training) {
  for (int stage = 0; stage < 4; stage++)
    for (int b = 0; b < blocks[stage]; b++) {
      char part[4][48];
      for (int i = 0; i < 4; i++) snprintf(part[i], sizeof part[i], "%d.%d.%d", stage, b, i);
      x = block(x, 64 << stage, stage && !b ? 2 : 1, part, training);
    }
  return weft_global_avg_pool(x);
}

/* For images of 32 x 32: a first window of 3 x 3, no pooling before the blocks. */
weft_tensor *build_resnet18(weft_tensor *x, int training) {
  x = weft_relu(conv_norm(x, CONV(64, 3), "stem", training));
  return weft_dense(residual_stages(x, basic_block, (const int[]){2, 2, 2, 2}, training), 10, "out", WEFT_LINEAR);
}

weft_tensor *build_resnet50(weft_tensor *x, int training) {
  x = weft_max_pool2d(weft_relu(conv_norm(x, CONV(64, 7, .stride = 2), "stem", training)), 3, 2, 1);
  x = residual_stages(x, bottleneck, (const int[]){3, 4, 6, 3}, training);
  return weft_dense(x, IMAGENET_CLASSES, "out", WEFT_LINEAR);
}

/* ---- Simonyan and Zisserman, Very deep convolutional networks (ICLR 2015): configuration D ---- */

weft_tensor *build_vgg16(weft_tensor *x, int training) {
  static const int windows[] = {2, 2, 3, 3, 3}, widths[] = {64, 128, 256, 512, 512};
  static const weft_layer classifier[] = {
      weft_layer_flatten(),    weft_layer_dense(4096, .act = WEFT_RELU),
      weft_layer_dropout(0.5), weft_layer_dense(4096, .act = WEFT_RELU),
      weft_layer_dropout(0.5), weft_layer_dense(IMAGENET_CLASSES),
  };
  for (int stage = 0; stage < 5; stage++) {
    for (int i = 0; i < windows[stage]; i++) {
      char name[32];
      snprintf(name, sizeof name, "%d.%d", stage, i);
      x = weft_layer_apply(x, &CONV(widths[stage], 3, .pad = 1, .act = WEFT_RELU), name, training);
    }
    x = weft_max_pool2d(x, 2, 2, 0);
  }
  return weft_layers(x, classifier, sizeof classifier / sizeof *classifier, training);
}

/* ---- Sandler et al., MobileNetV2: inverted residuals and linear bottlenecks (CVPR 2018) ---- */

static weft_tensor *relu6(weft_tensor *x) { return weft_clamp(x, 0, 6); }

static weft_tensor *inverted_residual(weft_tensor *x, int widen, int channels, int stride, const char *name,
                                      int training) {
  char part[3][48];
  int inside = channels_of(x) * widen;
  weft_tensor *y = x;
  for (int i = 0; i < 3; i++) snprintf(part[i], sizeof part[i], "%s.%d", name, i);
  if (widen > 1) y = relu6(conv_norm(y, CONV(inside, 1), part[0], training));
  y = relu6(conv_norm(y, CONV(inside, 3, .stride = stride, .groups = inside), part[1], training));
  y = conv_norm(y, CONV(channels, 1), part[2], training);
  return stride == 1 && channels_of(x) == channels ? weft_add(x, y) : y;
}

weft_tensor *build_mobilenetv2(weft_tensor *x, int training) {
  static const struct {
    int widen, channels, blocks, stride;
  } stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  x = relu6(conv_norm(x, CONV(32, 3, .stride = 2), "stem", training));
  for (int s = 0; s < (int)(sizeof stages / sizeof *stages); s++)
    for (int b = 0; b < stages[s].blocks; b++) {
      char name[32];
      snprintf(name, sizeof name, "%d.%d", s, b);
      x = inverted_residual(x, stages[s].widen, stages[s].channels, b ? 1 : stages[s].stride, name, training);
    }
  x = weft_global_avg_pool(relu6(conv_norm(x, CONV(1280, 1), "head", training)));
  if (training) x = weft_dropout(x, 0.2);
  return weft_dense(x, IMAGENET_CLASSES, "out", WEFT_LINEAR);
}
