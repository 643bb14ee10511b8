// peers.cc -- the other side of tools/bench for single kernels. Jobs as in weft_side.c:
//   gemm M N K                                  OpenBLAS
//   conv direct|winograd forward|dx|dw N C EDGE OC   oneDNN, in the layouts that it likes best
//   triad N, copy N                             C loops over N numbers on all cores (OpenMP)
#include "serve.h"
#include <cblas.h>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <vector>

namespace {

struct numbers {
  std::vector<float> a, b, c;
  int64_t m = 0, n = 0, k = 0;
} data;

void fill(std::vector<float> &v, int64_t size) {
  v.resize((size_t)size);
  for (int64_t i = 0; i < size; i++) v[(size_t)i] = (float)(i % 17) / 17 - 0.5f;
}

void run_gemm(void *, int count) {
  for (int i = 0; i < count; i++)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)data.m, (int)data.n, (int)data.k, 1, data.a.data(),
                (int)data.k, data.b.data(), (int)data.n, 0, data.c.data(), (int)data.n);
}

void run_triad(void *, int count) {
  float *c = data.c.data();
  const float *a = data.a.data(), *b = data.b.data();
  for (int i = 0; i < count; i++) {
#pragma omp parallel for simd schedule(static)
    for (int64_t j = 0; j < data.n; j++) c[j] = a[j] + 0.5f * b[j];
  }
}

void run_copy(void *, int count) {
  float *c = data.c.data();
  const float *a = data.a.data();
  for (int i = 0; i < count; i++) {
#pragma omp parallel for schedule(static)
    for (int64_t part = 0; part < 64; part++) {
      int64_t first = data.n * part / 64, last = data.n * (part + 1) / 64;
      memcpy(c + first, a + first, (size_t)(last - first) * sizeof *c);
    }
  }
}

struct convolution {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> arguments;
} *dnn;

void run_conv(void *, int count) {
  for (int i = 0; i < count; i++) dnn->primitive.execute(dnn->stream, dnn->arguments);
  dnn->stream.wait();
}

void bind(int argument, const dnnl::memory::desc &desc) {
  dnnl::memory memory(desc, dnn->engine);
  float *values = (float *)memory.get_data_handle();
  for (size_t i = 0; i < desc.get_size() / sizeof *values; i++) values[i] = (float)(i % 17) / 17 - 0.5f;
  dnn->arguments[argument] = memory;
}

void make_conv(const char *algorithm, const char *what, int64_t n, int64_t c, int64_t edge, int64_t oc) {
  using namespace dnnl;
  const auto f32 = memory::data_type::f32;
  const auto any = memory::format_tag::any;
  memory::desc x({n, c, edge, edge}, f32, any), w({oc, c, 3, 3}, f32, any), y({n, oc, edge, edge}, f32, any);
  const memory::dims ones{1, 1};
  auto kind = strcmp(algorithm, "winograd") == 0 ? algorithm::convolution_winograd : algorithm::convolution_direct;
  auto forward = convolution_forward::primitive_desc(
      {strcmp(what, "forward") == 0 ? prop_kind::forward_inference : prop_kind::forward_training, kind, x, w, y, ones,
       ones, ones},
      dnn->engine);
  if (strcmp(what, "dx") == 0) {
    auto pd = convolution_backward_data::primitive_desc({kind, x, w, y, ones, ones, ones}, dnn->engine, forward);
    bind(DNNL_ARG_DIFF_DST, pd.diff_dst_desc());
    bind(DNNL_ARG_WEIGHTS, pd.weights_desc());
    bind(DNNL_ARG_DIFF_SRC, pd.diff_src_desc());
    dnn->primitive = convolution_backward_data(pd);
  } else if (strcmp(what, "dw") == 0) {
    auto pd = convolution_backward_weights::primitive_desc({kind, x, w, y, ones, ones, ones}, dnn->engine, forward);
    bind(DNNL_ARG_DIFF_DST, pd.diff_dst_desc());
    bind(DNNL_ARG_SRC, pd.src_desc());
    bind(DNNL_ARG_DIFF_WEIGHTS, pd.diff_weights_desc());
    dnn->primitive = convolution_backward_weights(pd);
  } else {
    bind(DNNL_ARG_SRC, forward.src_desc());
    bind(DNNL_ARG_WEIGHTS, forward.weights_desc());
    bind(DNNL_ARG_DST, forward.dst_desc());
    dnn->primitive = convolution_forward(forward);
  }
}

int prepare(int n_words, char **words, job *out, char *error, size_t error_size) {
  int64_t n[8] = {0};
  for (int i = 1; i < n_words && i < 9; i++) n[i - 1] = atoll(words[i]);
  delete dnn;
  dnn = nullptr;
  data = numbers();
  if (strcmp(words[0], "gemm") == 0 && n_words == 4) {
    data.m = n[0], data.n = n[1], data.k = n[2];
    fill(data.a, data.m * data.k), fill(data.b, data.k * data.n), fill(data.c, data.m * data.n);
    out->work = 2.0 * (double)n[0] * (double)n[1] * (double)n[2];
    out->run = run_gemm;
  } else if (strcmp(words[0], "conv") == 0 && n_words == 7) {
    try {
      dnn = new convolution;
      make_conv(words[1], words[2], n[2], n[3], n[4], n[5]);
    } catch (const dnnl::error &e) {
      snprintf(error, error_size, "oneDNN: %s", e.what());
      return 0;
    }
    out->work = 2.0 * 9 * (double)n[2] * (double)n[3] * (double)n[4] * (double)n[4] * (double)n[5];
    out->run = run_conv;
  } else if (strcmp(words[0], "triad") == 0 || strcmp(words[0], "copy") == 0) {
    data.n = n[0];
    fill(data.a, n[0]), fill(data.b, n[0]), fill(data.c, n[0]);
    out->work = (strcmp(words[0], "copy") == 0 ? 8.0 : 12.0) * (double)n[0];
    out->run = strcmp(words[0], "copy") == 0 ? run_copy : run_triad;
  } else {
    return 0;
  }
  return 1;
}

} // namespace

int main() { return serve(prepare); }
