// GELU in its exact form, x times the normal distribution function, of a product's rows to which a bias is added on the way.
// A thread takes 8 columns through a run of rows, several rows' loads on their way at a time.
#include "device.cuh"
#include "kernels.h"

namespace streamrank {
namespace {

constexpr int V = 8;
constexpr int THREADS_MAX = 128;
constexpr int AT_A_TIME = 4;
constexpr int ROWS = 16;  // of a block, forward

// Four blocks for each multiprocessor of a large GPU, times the blocks that a row has.
constexpr int BACKWARD_GROUPS_MAX = 528;

// The normal distribution function and its density.
struct Normal {
  float below;
  float density;
};

constexpr float ONE_OVER_ROOT_2 = 0.70710678118654752f;
constexpr float ONE_OVER_ROOT_2_PI = 0.39894228040143268f;

template <typename T>
__device__ __forceinline__ Normal normal(float x);

template <>
__device__ __forceinline__ Normal normal<float>(float x) {
  return {0.5f * (1.f + erff(x * ONE_OVER_ROOT_2)), ONE_OVER_ROOT_2_PI * expf(-0.5f * x * x)};
}

// Within 8e-8, far below what bfloat16 can tell: Abramowitz and Stegun, 7.1.26. Half the instructions of erff, without which
// the arithmetic would take longer than the memory.
template <>
__device__ __forceinline__ Normal normal<Bf16>(float x) {
  const float e = power_of_2(-0.5f * LOG2E * x * x);
  const float t = reciprocal(1.f + 0.3275911f * ONE_OVER_ROOT_2 * fabsf(x));
  const float series =
      t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
  const float beyond = 0.5f * series * e;
  return {x < 0.f ? beyond : 1.f - beyond, ONE_OVER_ROOT_2_PI * e};
}

template <typename T>
__device__ __forceinline__ void fetch_bias(const Biased& in, int column, float (&bias)[V]) {
  if (in.bias != nullptr) {
    fetch_floats(static_cast<const T*>(in.bias) + column, bias);
  }
}

template <typename T>
__global__ void __launch_bounds__(THREADS_MAX) forward(Biased in, const T* x, T* y) {
  const int column = (blockIdx.y * blockDim.x + threadIdx.x) * V;
  if (column >= in.width) {
    return;
  }
  float bias[V] = {};
  fetch_bias<T>(in, column, bias);
  const int64_t first = static_cast<int64_t>(blockIdx.x) * ROWS;
#pragma unroll
  for (int i = 0; i < ROWS; i += AT_A_TIME) {
    Pack<T, V> given[AT_A_TIME];
#pragma unroll
    for (int j = 0; j < AT_A_TIME; j++) {
      if (first + i + j < in.rows) {
        given[j].fetch(x + (first + i + j) * in.width + column);
      }
    }
#pragma unroll
    for (int j = 0; j < AT_A_TIME; j++) {
      if (first + i + j < in.rows) {
        float values[V];
#pragma unroll
        for (int v = 0; v < V; v++) {
          const float whole = given[j].get(v) + bias[v];
          values[v] = whole * normal<T>(whole).below;
        }
        store_floats(y + (first + i + j) * in.width + column, values);
      }
    }
  }
}

template <typename T>
__global__ void __launch_bounds__(THREADS_MAX) backward(Biased in, const T* x, const T* dy, T* dx, float* partial) {
  const int column = (blockIdx.y * blockDim.x + threadIdx.x) * V;
  if (column >= in.width) {
    return;
  }
  float bias[V] = {};
  float dbias[V] = {};
  fetch_bias<T>(in, column, bias);
  for (int64_t first = static_cast<int64_t>(blockIdx.x) * AT_A_TIME; first < in.rows;
       first += static_cast<int64_t>(gridDim.x) * AT_A_TIME) {
    Pack<T, V> given[AT_A_TIME];
    Pack<T, V> gradient[AT_A_TIME];
#pragma unroll
    for (int j = 0; j < AT_A_TIME; j++) {
      if (first + j < in.rows) {
        given[j].fetch(x + (first + j) * in.width + column);
        gradient[j].fetch(dy + (first + j) * in.width + column);
      }
    }
#pragma unroll
    for (int j = 0; j < AT_A_TIME; j++) {
      if (first + j < in.rows) {
        float values[V];
#pragma unroll
        for (int v = 0; v < V; v++) {
          const float whole = given[j].get(v) + bias[v];
          const Normal at = normal<T>(whole);
          values[v] = gradient[j].get(v) * (at.below + whole * at.density);
          dbias[v] += values[v];
        }
        store_floats(dx + (first + j) * in.width + column, values);
      }
    }
  }
  if (partial != nullptr) {
    store_floats(partial + static_cast<int64_t>(blockIdx.x) * in.width + column, dbias);
  }
}

// As many threads as divide a row's packs, where a number of whole warps does.
int threads(const Biased& in) {
  const int packs = in.width / V;
  for (int count : {THREADS_MAX, 96, 64}) {
    if (packs % count == 0) {
      return count;
    }
  }
  return THREADS_MAX;
}

int column_blocks(const Biased& in) { return (in.width / V + threads(in) - 1) / threads(in); }

}  // namespace

cudaError_t bias_gelu(const Biased& in, const void* x, void* y, Activations type, cudaStream_t stream) {
  const dim3 grid((in.rows + ROWS - 1) / ROWS, column_blocks(in));
  if (type == Activations::BFLOAT16) {
    STREAMRANK_LAUNCH(
        forward<Bf16>, grid, dim3(threads(in)), stream, in, static_cast<const Bf16*>(x), static_cast<Bf16*>(y));
  } else {
    STREAMRANK_LAUNCH(
        forward<float>, grid, dim3(threads(in)), stream, in, static_cast<const float*>(x), static_cast<float*>(y));
  }
  return cudaGetLastError();
}

int bias_gelu_partials(const Biased& in) {
  return min((in.rows + AT_A_TIME - 1) / AT_A_TIME, BACKWARD_GROUPS_MAX);
}

cudaError_t bias_gelu_backward(
    const Biased& in, const void* x, const void* dy, void* dx, float* partial, Activations type, cudaStream_t stream) {
  const dim3 grid(bias_gelu_partials(in), column_blocks(in));
  if (type == Activations::BFLOAT16) {
    STREAMRANK_LAUNCH(
        backward<Bf16>, grid, dim3(threads(in)), stream, in, static_cast<const Bf16*>(x), static_cast<const Bf16*>(dy),
        static_cast<Bf16*>(dx), partial);
  } else {
    STREAMRANK_LAUNCH(
        backward<float>, grid, dim3(threads(in)), stream, in, static_cast<const float*>(x),
        static_cast<const float*>(dy), static_cast<float*>(dx), partial);
  }
  return cudaGetLastError();
}

}  // namespace streamrank
