// Packed causal convolution and silu. A thread takes 8 channels through a run of tokens, with the inputs that the taps
// still see in registers, so that every input is read once but for the few before a run.
#include "device.cuh"
#include "kernels.h"

namespace streamrank {
namespace {

constexpr int V = 8;
constexpr int LANES = 32;
constexpr int RUNS = 4;
constexpr int FORWARD_RUN = 16;
constexpr int BACKWARD_RUN = 32;
constexpr int GRID_MAX = 65535;

// Sixteen blocks for each multiprocessor of a large GPU.
constexpr int BLOCKS_ENOUGH = 2112;

int parts(int64_t whole, int64_t part) { return static_cast<int>((whole + part - 1) / part); }

template <int K>
struct Taps {
  float weight[K][V];
  float bias[V];

  __device__ __forceinline__ void load(const Convolution& in, int channel) {
#pragma unroll
    for (int k = 0; k < K; k++) {
      fetch_floats(in.weight + static_cast<int64_t>(k) * in.channels + channel, weight[k]);
    }
    if (in.bias != nullptr) {
      fetch_floats(in.bias + channel, bias);
    } else {
#pragma unroll
      for (int v = 0; v < V; v++) {
        bias[v] = 0.f;
      }
    }
  }
};

template <typename T>
__device__ __forceinline__ void activations(
    const void* from, int64_t stride, int token, int channel, float (&values)[V]) {
  fetch_floats(static_cast<const T*>(from) + token * stride + channel, values);
}

// The inputs at a token, or at one before the sequence's first, which begins at begin.
template <typename T, int K>
__device__ __forceinline__ void input(
    const Convolution& in, int sequence, int begin, int token, int channel, float (&values)[V]) {
  if (token >= begin) {
    activations<T>(in.x, in.x_stride, token, channel, values);
  } else if (in.tail != nullptr) {
    const int64_t row = in.rows == nullptr ? sequence : in.rows[sequence];
    const int64_t place = row * (K - 1) + (K - 1 + token - begin);
    fetch_floats(in.tail + place * in.channels + channel, values);
  } else {
#pragma unroll
    for (int v = 0; v < V; v++) {
      values[v] = 0.f;
    }
  }
}

// past[j] becomes the input j + 1 tokens before a run. What lies in the sequence is asked for all at once.
template <typename T, int K>
__device__ __forceinline__ void inputs_before(
    const Convolution& in, int sequence, int begin, int from, int channel, float (&past)[K - 1][V]) {
#pragma unroll
  for (int j = 0; j < K - 1; j++) {
    activations<T>(in.x, in.x_stride, max(from - 1 - j, begin), channel, past[j]);
  }
  if (from - (K - 1) < begin) {
#pragma unroll
    for (int j = 0; j < K - 1; j++) {
      if (from - 1 - j < begin) {
        input<T, K>(in, sequence, begin, from - 1 - j, channel, past[j]);
      }
    }
  }
}

// past[j] is the input j + 1 tokens ago.
template <int K>
__device__ __forceinline__ void step_on(float (&past)[K - 1][V], const float (&now)[V]) {
#pragma unroll
  for (int j = K - 2; j > 0; j--) {
#pragma unroll
    for (int v = 0; v < V; v++) {
      past[j][v] = past[j - 1][v];
    }
  }
#pragma unroll
  for (int v = 0; v < V; v++) {
    past[0][v] = now[v];
  }
}

template <int K>
__device__ __forceinline__ void weighed(
    const Taps<K>& taps, const float (&past)[K - 1][V], const float (&now)[V], float (&sum)[V]) {
#pragma unroll
  for (int v = 0; v < V; v++) {
    sum[v] = taps.bias[v] + taps.weight[K - 1][v] * now[v];
  }
#pragma unroll
  for (int j = 0; j < K - 1; j++) {
#pragma unroll
    for (int v = 0; v < V; v++) {
      sum[v] += taps.weight[K - 2 - j][v] * past[j][v];
    }
  }
}

template <typename T, int K>
__global__ void __launch_bounds__(LANES* RUNS) forward(Convolution in, T* y) {
  const int channel = (blockIdx.x * LANES + threadIdx.x) * V;
  if (channel >= in.channels) {
    return;
  }
  Taps<K> taps;
  taps.load(in, channel);
  for (int s = blockIdx.z; s < in.sequences; s += gridDim.z) {
    const int begin = in.borders[s];
    const int end = in.borders[s + 1];
    for (int from = begin + (blockIdx.y * RUNS + threadIdx.y) * FORWARD_RUN; from < end;
         from += gridDim.y * RUNS * FORWARD_RUN) {
      const int to = min(from + FORWARD_RUN, end);
      float past[K - 1][V];
      inputs_before<T, K>(in, s, begin, from, channel, past);
#pragma unroll 4
      for (int token = from; token < to; token++) {
        float now[V];
        float sum[V];
        activations<T>(in.x, in.x_stride, token, channel, now);
        weighed<K>(taps, past, now, sum);
        step_on<K>(past, now);
#pragma unroll
        for (int v = 0; v < V; v++) {
          sum[v] = silu(sum[v]);
        }
        Pack<T, V> pack;
        pack.set(sum);
        pack.store(y + static_cast<int64_t>(token) * in.channels + channel);
      }
    }
  }
}

template <typename T, int K>
__global__ void __launch_bounds__(LANES* RUNS) ends(Convolution in, float* after) {
  const int channel = (blockIdx.x * LANES + threadIdx.x) * V;
  if (channel >= in.channels) {
    return;
  }
  for (int s = blockIdx.y * RUNS + threadIdx.y; s < in.sequences; s += gridDim.y * RUNS) {
    const int begin = in.borders[s];
    const int end = in.borders[s + 1];
#pragma unroll
    for (int j = 0; j < K - 1; j++) {
      float values[V];
      input<T, K>(in, s, begin, end - (K - 1) + j, channel, values);
      store_floats(after + (static_cast<int64_t>(s) * (K - 1) + j) * in.channels + channel, values);
    }
  }
}

// Goes through a run and the K - 1 tokens after it: the gradient of an input is complete once the last output that it
// went into has been seen. The parameters' gradients stay in registers over all of a thread's runs.
template <typename T, int K>
__global__ void __launch_bounds__(LANES* RUNS) backward(
    Convolution in, const T* dy, T* dx, float* partial, float* dtail, int runs_each) {
  __shared__ float sums[RUNS][V][LANES];
  const int channel = (blockIdx.x * LANES + threadIdx.x) * V;
  const bool there = channel < in.channels;
  Taps<K> taps;
  float dweight[K][V] = {};
  float dbias[V] = {};
  if (there) {
    taps.load(in, channel);
  }
  const int64_t runs = there ? static_cast<int64_t>(in.sequences) * runs_each : 0;
  for (int64_t run = blockIdx.y * RUNS + threadIdx.y; run < runs; run += gridDim.y * RUNS) {
    const int s = static_cast<int>(run / runs_each);
    const int begin = in.borders[s];
    const int end = in.borders[s + 1];
    const int from = begin + static_cast<int>(run % runs_each) * BACKWARD_RUN;
    // An empty sequence still has a tail, whose gradient is zero.
    const bool only_tail = begin == end && from == begin;
    if (from >= end && !(only_tail && dtail != nullptr)) {
      continue;
    }
    const int to = min(from + BACKWARD_RUN, end);
    float past[K - 1][V] = {};
    if (!only_tail) {
      inputs_before<T, K>(in, s, begin, from, channel, past);
    }
    // pending[j] is what is known of the gradient of the input j tokens ago.
    float pending[K][V] = {};
    for (int token = from; token < to + K - 1; token++) {
      float du[V] = {};
      if (token < end) {
        float now[V];
        float sum[V];
        activations<T>(in.x, in.x_stride, token, channel, now);
        weighed<K>(taps, past, now, sum);
        float given[V];
        activations<T>(dy, in.channels, token, channel, given);
#pragma unroll
        for (int v = 0; v < V; v++) {
          du[v] = given[v] * silu_slope(sum[v]);
        }
        if (token < to) {
#pragma unroll
          for (int v = 0; v < V; v++) {
            dbias[v] += du[v];
            dweight[K - 1][v] += du[v] * now[v];
          }
#pragma unroll
          for (int j = 0; j < K - 1; j++) {
#pragma unroll
            for (int v = 0; v < V; v++) {
              dweight[K - 2 - j][v] += du[v] * past[j][v];
            }
          }
        }
        step_on<K>(past, now);
      }
#pragma unroll
      for (int j = 0; j < K; j++) {
#pragma unroll
        for (int v = 0; v < V; v++) {
          pending[j][v] += taps.weight[K - 1 - j][v] * du[v];
        }
      }
      const int complete = token - (K - 1);
      if (complete >= from && complete < to) {
        Pack<T, V> pack;
        pack.set(pending[K - 1]);
        pack.store(dx + static_cast<int64_t>(complete) * in.channels + channel);
      } else if (complete < begin && from == begin && dtail != nullptr) {
        const int64_t place = static_cast<int64_t>(s) * (K - 1) + (K - 1 + complete - begin);
        store_floats(dtail + place * in.channels + channel, pending[K - 1]);
      }
#pragma unroll
      for (int j = K - 1; j > 0; j--) {
#pragma unroll
        for (int v = 0; v < V; v++) {
          pending[j][v] = pending[j - 1][v];
        }
      }
#pragma unroll
      for (int v = 0; v < V; v++) {
        pending[0][v] = 0.f;
      }
    }
  }
#pragma unroll
  for (int k = 0; k <= K; k++) {
    __syncthreads();
#pragma unroll
    for (int v = 0; v < V; v++) {
      sums[threadIdx.y][v][threadIdx.x] = k < K ? dweight[k < K ? k : 0][v] : dbias[v];
    }
    __syncthreads();
    if (threadIdx.y == 0 && there) {
      float sum[V] = {};
#pragma unroll
      for (int run = 0; run < RUNS; run++) {
#pragma unroll
        for (int v = 0; v < V; v++) {
          sum[v] += sums[run][v][threadIdx.x];
        }
      }
      store_floats(partial + (static_cast<int64_t>(blockIdx.y) * (K + 1) + k) * in.channels + channel, sum);
    }
  }
}

template <typename T, int K>
cudaError_t forward_of(const Convolution& in, void* y, cudaStream_t stream) {
  const int tiles = parts(in.longest, RUNS * FORWARD_RUN);
  const int groups = parts(in.channels, LANES * V);
  // Threads that go through several sequences read their taps once.
  const int sequences = min(in.sequences, max(1, BLOCKS_ENOUGH / (groups * tiles)));
  const dim3 grid(groups, min(tiles, GRID_MAX), sequences);
  STREAMRANK_LAUNCH((forward<T, K>), grid, dim3(LANES, RUNS), stream, in, static_cast<T*>(y));
  return cudaGetLastError();
}

template <typename T, int K>
cudaError_t tail_of(const Convolution& in, float* after, cudaStream_t stream) {
  const dim3 grid(parts(in.channels, LANES * V), min(parts(in.sequences, RUNS), GRID_MAX));
  STREAMRANK_LAUNCH((ends<T, K>), grid, dim3(LANES, RUNS), stream, in, after);
  return cudaGetLastError();
}

template <typename T, int K>
cudaError_t backward_of(
    const Convolution& in, const void* dy, void* dx, float* partial, float* dtail, cudaStream_t stream) {
  const dim3 grid(parts(in.channels, LANES * V), convolution_partials(in));
  STREAMRANK_LAUNCH(
      (backward<T, K>), grid, dim3(LANES, RUNS), stream, in, static_cast<const T*>(dy), static_cast<T*>(dx), partial,
      dtail, parts(in.longest, BACKWARD_RUN));
  return cudaGetLastError();
}

template <typename Call>
cudaError_t by_taps(int taps, Call call) {
  switch (taps) {
    case 2:
      return call.template operator()<2>();
    case 3:
      return call.template operator()<3>();
    case 4:
      return call.template operator()<4>();
    case 5:
      return call.template operator()<5>();
    case 6:
      return call.template operator()<6>();
    case 7:
      return call.template operator()<7>();
    case 8:
      return call.template operator()<8>();
    default:
      return cudaErrorInvalidValue;
  }
}

}  // namespace

cudaError_t convolve(const Convolution& in, void* y, Activations type, cudaStream_t stream) {
  return by_taps(in.taps, [&]<int K>() {
    return type == Activations::BFLOAT16 ? forward_of<Bf16, K>(in, y, stream) : forward_of<float, K>(in, y, stream);
  });
}

cudaError_t convolution_tail(const Convolution& in, float* after, Activations type, cudaStream_t stream) {
  return by_taps(in.taps, [&]<int K>() {
    return type == Activations::BFLOAT16 ? tail_of<Bf16, K>(in, after, stream) : tail_of<float, K>(in, after, stream);
  });
}

int convolution_partials(const Convolution& in) {
  // Four blocks for each multiprocessor of a large GPU.
  const int64_t runs = static_cast<int64_t>(in.sequences) * parts(in.longest, BACKWARD_RUN);
  const int enough = parts(528, parts(in.channels, LANES * V));
  return min(parts(runs, RUNS), enough);
}

cudaError_t convolve_backward(
    const Convolution& in, const void* dy, void* dx, float* partial, float* dtail, Activations type, cudaStream_t stream) {
  return by_taps(in.taps, [&]<int K>() {
    return type == Activations::BFLOAT16 ? backward_of<Bf16, K>(in, dy, dx, partial, dtail, stream)
                                         : backward_of<float, K>(in, dy, dx, partial, dtail, stream);
  });
}

}  // namespace streamrank
