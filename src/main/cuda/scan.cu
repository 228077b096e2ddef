// Mamba's selective scan. A block takes some channels of a sequence through all of its tokens, a tile of them at a time:
// elementwise work with wide loads into shared memory, then the recurrence with the states in registers, then elementwise
// work again, while the next tile is already on its way. Arithmetic bounds it, not memory: 16 exponentials and as many
// steps of the states for each token and channel.
#include "device.cuh"
#include "kernels.h"

namespace streamrank {
namespace {

constexpr int N = SCAN_STATE;
constexpr int TILE = SCAN_CHUNK;
constexpr int GRID_MAX = 65535;

// Four blocks for each multiprocessor of a large GPU.
constexpr int BLOCKS_ENOUGH = 528;

// The first of a sequence's states among those kept for the backward pass.
__device__ __forceinline__ int64_t first_chunk(int begin, int sequence) { return begin / TILE + sequence; }

template <typename T, int V>
__device__ __forceinline__ void load_row(
    Pack<T, V>& pack, const void* from, int64_t stride, int token, int end, int channel, bool there) {
  if (there && token < end) {
    pack.fetch(static_cast<const T*>(from) + token * stride + channel);
  } else {
    pack.clear();
  }
}

// b and c of a tile's tokens as float32, side by side for each token: some numbers each, of any alignment.
template <typename T, int THREADS>
struct Steering {
  static constexpr int EACH = TILE * 2 * N / THREADS;
  T values[EACH];

  __device__ __forceinline__ void load(const Scan& in, int from, int end) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      const int place = threadIdx.x + i * THREADS;
      const int token = min(from + place / (2 * N), end - 1);
      const int n = place % (2 * N);
      values[i] = n < N ? static_cast<const T*>(in.b)[token * in.b_stride + n]
                        : static_cast<const T*>(in.c)[token * in.c_stride + n - N];
    }
  }

  __device__ __forceinline__ void store(float* to) const {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      to[threadIdx.x + i * THREADS] = widened(values[i]);
    }
  }
};

// LANES threads share a channel's states: one where there are sequences enough to fill the chip, four where not.
template <typename T, int LANES>
__global__ void __launch_bounds__(128, sizeof(T) == 2 ? 4 : 3) forward(Scan in, T* y, float* after, float* chunks) {
  constexpr int THREADS = 128;
  constexpr int CHANNELS = THREADS / LANES;
  constexpr int V = LANES == 1 ? 8 : 4;
  constexpr int PASSES = TILE * CHANNELS / V / THREADS;
  constexpr int PASS_TOKENS = TILE / PASSES;
  constexpr int OWN = N / LANES;
  __shared__ __align__(16) float steps[TILE][CHANNELS];
  // What goes into the states, and then what is read from them.
  __shared__ __align__(16) float flow[TILE][CHANNELS];
  __shared__ __align__(16) float steering[TILE][2 * N];

  const int column = threadIdx.x % (CHANNELS / V) * V;
  const int wide = blockIdx.x * CHANNELS + column;
  const bool wide_there = wide < in.channels;
  const int pass_token = threadIdx.x / (CHANNELS / V);

  const int own = threadIdx.x / LANES;
  const int channel = blockIdx.x * CHANNELS + own;
  const bool there = channel < in.channels;
  const int state = threadIdx.x % LANES * OWN;
  float rate[OWN] = {};
  if (there) {
    fetch_floats(in.a + static_cast<int64_t>(channel) * N + state, rate);
  }
#pragma unroll
  for (int n = 0; n < OWN; n++) {
    rate[n] *= LOG2E;
  }

  // Long sequences come last in a batch: begun first, they do not finish alone.
  for (int s = in.sequences - 1 - blockIdx.y; s >= 0; s -= gridDim.y) {
    const int begin = in.borders[s];
    const int end = in.borders[s + 1];
    float h[OWN] = {};
    if (there && in.before != nullptr) {
      const int64_t row = in.rows == nullptr ? s : in.rows[s];
      fetch_floats(in.before + (row * in.channels + channel) * N + state, h);
    }
    Pack<T, V> x[PASSES];
    Pack<T, V> dt[PASSES];
    Steering<T, THREADS> next;
    if (begin < end) {
#pragma unroll
      for (int i = 0; i < PASSES; i++) {
        const int token = begin + i * PASS_TOKENS + pass_token;
        load_row(x[i], in.x, in.x_stride, token, end, wide, wide_there);
        load_row(dt[i], in.dt, in.dt_stride, token, end, wide, wide_there);
      }
      next.load(in, begin, end);
    }
    for (int from = begin; from < end; from += TILE) {
      __syncthreads();
      float bias[V] = {};
      if (wide_there) {
        fetch_floats(in.dt_bias + wide, bias);
      }
      Pack<T, V> x_now[PASSES];
      Pack<T, V> z[PASSES];
#pragma unroll
      for (int i = 0; i < PASSES; i++) {
        const int row = i * PASS_TOKENS + pass_token;
        float step[V];
        float into[V];
#pragma unroll
        for (int v = 0; v < V; v++) {
          step[v] = softplus(dt[i].get(v) + bias[v]);
          into[v] = step[v] * x[i].get(v);
        }
        store_floats(&steps[row][column], step);
        store_floats(&flow[row][column], into);
        x_now[i] = x[i];
        if (in.z != nullptr) {
          load_row(z[i], in.z, in.z_stride, from + row, end, wide, wide_there);
        }
      }
      next.store(&steering[0][0]);
      if (from + TILE < end) {
#pragma unroll
        for (int i = 0; i < PASSES; i++) {
          const int token = from + TILE + i * PASS_TOKENS + pass_token;
          load_row(x[i], in.x, in.x_stride, token, end, wide, wide_there);
          load_row(dt[i], in.dt, in.dt_stride, token, end, wide, wide_there);
        }
        next.load(in, from + TILE, end);
      }
      if (chunks != nullptr && there) {
        const int64_t chunk = first_chunk(begin, s) + (from - begin) / TILE;
#pragma unroll
        for (int n = 0; n < OWN; n++) {
          chunks[(chunk * N + state + n) * in.channels + channel] = h[n];
        }
      }
      __syncthreads();
      const int count = min(TILE, end - from);
#pragma unroll 4
      for (int i = 0; i < count; i++) {
        const float step = steps[i][own];
        const float into = flow[i][own];
        float b[OWN];
        float c[OWN];
        load_floats(&steering[i][state], b);
        load_floats(&steering[i][N + state], c);
        float read[4] = {};
#pragma unroll
        for (int n = 0; n < OWN; n++) {
          h[n] = h[n] * power_of_2(step * rate[n]) + into * b[n];
          read[n % 4] += h[n] * c[n];
        }
        float sum = (read[0] + read[1]) + (read[2] + read[3]);
#pragma unroll
        for (int apart = 1; apart < LANES; apart *= 2) {
          sum += __shfl_xor_sync(ALL_LANES, sum, apart);
        }
        if constexpr (LANES > 1) {
          // All of a channel's threads have read what its first one writes over.
          __syncwarp();
        }
        if (state == 0) {
          flow[i][own] = sum;
        }
      }
      __syncthreads();
      float through[V] = {};
      if (wide_there) {
        fetch_floats(in.d + wide, through);
      }
#pragma unroll
      for (int i = 0; i < PASSES; i++) {
        const int row = i * PASS_TOKENS + pass_token;
        if (wide_there && from + row < end) {
          float out[V];
          load_floats(&flow[row][column], out);
#pragma unroll
          for (int v = 0; v < V; v++) {
            out[v] += through[v] * x_now[i].get(v);
          }
          if (in.z != nullptr) {
#pragma unroll
            for (int v = 0; v < V; v++) {
              out[v] *= silu(z[i].get(v));
            }
          }
          Pack<T, V> pack;
          pack.set(out);
          pack.store(y + static_cast<int64_t>(from + row) * in.channels + wide);
        }
      }
    }
    if (after != nullptr && there) {
      store_floats(after + (static_cast<int64_t>(s) * in.channels + channel) * N + state, h);
    }
  }
}

constexpr int BACKWARD_THREADS = 256;
constexpr int BACKWARD_LANES = 4;
constexpr int BACKWARD_CHANNELS = BACKWARD_THREADS / BACKWARD_LANES;
constexpr int BACKWARD_WARPS = BACKWARD_THREADS / 32;

// Sums of 8 numbers over the warp's 8 channels: 7 exchanges, after which a lane has the one of its channel's place.
__device__ __forceinline__ float over_channels(const float (&values)[8]) {
  const int lane = threadIdx.x % 32;
  float half[4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const bool upper = (lane & 16) != 0;
    const float other = upper ? values[i] : values[i + 4];
    half[i] = (upper ? values[i + 4] : values[i]) + __shfl_xor_sync(ALL_LANES, other, 16);
  }
  float quarter[2];
#pragma unroll
  for (int i = 0; i < 2; i++) {
    const bool upper = (lane & 8) != 0;
    const float other = upper ? half[i] : half[i + 2];
    quarter[i] = (upper ? half[i + 2] : half[i]) + __shfl_xor_sync(ALL_LANES, other, 8);
  }
  const bool upper = (lane & 4) != 0;
  const float other = upper ? quarter[0] : quarter[1];
  return (upper ? quarter[1] : quarter[0]) + __shfl_xor_sync(ALL_LANES, other, 4);
}

// Tiles from a sequence's last to its first: the states of a tile once more, kept in registers, and back through them.
// Four threads share a channel, four states each. In a tile's end, where no tokens are, the time step is zero.
template <typename T>
__global__ void __launch_bounds__(BACKWARD_THREADS, 2) backward(Scan in, ScanGradients out) {
  constexpr int V = 4;
  constexpr int OWN = 4;
  constexpr int HALF = TILE / 2;
  static_assert(TILE * BACKWARD_CHANNELS == V * BACKWARD_THREADS, "each thread has one pack of a tile");
  __shared__ __align__(16) float steps[TILE][BACKWARD_CHANNELS];
  __shared__ __align__(16) float inputs[TILE][BACKWARD_CHANNELS];
  __shared__ __align__(16) float pulls[TILE][BACKWARD_CHANNELS];
  __shared__ __align__(16) float steering[TILE][2 * N];
  // Of each token and channel: sums over the states of dh b, of dh h a and of h c.
  __shared__ __align__(16) float sums[3][TILE][BACKWARD_CHANNELS];
  // Each warp's part of the gradients of b and c.
  __shared__ float shares[BACKWARD_WARPS][TILE][2 * N];

  const int column = threadIdx.x % (BACKWARD_CHANNELS / V) * V;
  const int wide = blockIdx.x * BACKWARD_CHANNELS + column;
  const bool wide_there = wide < in.channels;
  const int row = threadIdx.x / (BACKWARD_CHANNELS / V);
  float bias[V] = {};
  float through[V] = {};
  if (wide_there) {
    fetch_floats(in.dt_bias + wide, bias);
    fetch_floats(in.d + wide, through);
  }
  float dthrough[V] = {};
  float dbias[V] = {};

  const int own = threadIdx.x / BACKWARD_LANES;
  const int channel = blockIdx.x * BACKWARD_CHANNELS + own;
  const bool there = channel < in.channels;
  const int part = threadIdx.x % BACKWARD_LANES;
  const int state = part * OWN;
  const int warp = threadIdx.x / 32;
  // Where over_channels leaves this lane's sum: b's or c's, and of which state.
  const int slot = (threadIdx.x & 16) + state + (threadIdx.x & 8) / 4 + (threadIdx.x & 4) / 4;
  float rate[OWN] = {};
  if (there) {
    fetch_floats(in.a + static_cast<int64_t>(channel) * N + state, rate);
  }
  float drate[OWN] = {};

  for (int s = in.sequences - 1 - blockIdx.y; s >= 0; s -= gridDim.y) {
    const int begin = in.borders[s];
    const int end = in.borders[s + 1];
    float dh[OWN] = {};
    if (there && out.dafter != nullptr) {
      fetch_floats(out.dafter + (static_cast<int64_t>(s) * in.channels + channel) * N + state, dh);
    }
    const int tiles = (end - begin + TILE - 1) / TILE;
    Pack<T, V> x;
    Pack<T, V> dt;
    Pack<T, V> z;
    Pack<T, V> dy;
    Steering<T, BACKWARD_THREADS> next;
    auto fetch = [&](int from) {
      load_row(x, in.x, in.x_stride, from + row, end, wide, wide_there);
      load_row(dt, in.dt, in.dt_stride, from + row, end, wide, wide_there);
      load_row(dy, out.dy, in.channels, from + row, end, wide, wide_there);
      if (in.z != nullptr) {
        load_row(z, in.z, in.z_stride, from + row, end, wide, wide_there);
      }
      next.load(in, from, end);
    };
    // The states after a token of the tile, from those before it.
    auto step_on = [&](int token, const float(&from)[OWN], float(&to)[OWN]) {
      const float step = steps[token][own];
      const float into = step * inputs[token][own];
      float b[OWN];
      load_floats(&steering[token][state], b);
#pragma unroll
      for (int n = 0; n < OWN; n++) {
        to[n] = from[n] * power_of_2(step * (rate[n] * LOG2E)) + into * b[n];
      }
    };
    if (tiles > 0) {
      fetch(begin + (tiles - 1) * TILE);
    }
    for (int tile = tiles - 1; tile >= 0; tile--) {
      const int from = begin + tile * TILE;
      float h[OWN] = {};
      if (there) {
        const int64_t chunk = first_chunk(begin, s) + tile;
#pragma unroll
        for (int n = 0; n < OWN; n++) {
          h[n] = out.chunks[(chunk * N + state + n) * in.channels + channel];
        }
      }
      __syncthreads();
      const Pack<T, V> x_now = x;
      const Pack<T, V> dt_now = dt;
      const Pack<T, V> z_now = z;
      const Pack<T, V> dy_now = dy;
      const bool token_there = wide_there && from + row < end;
      {
        float step[V];
        float into[V];
        float pull[V];
#pragma unroll
        for (int v = 0; v < V; v++) {
          step[v] = token_there ? softplus(dt.get(v) + bias[v]) : 0.f;
          into[v] = x.get(v);
          pull[v] = in.z != nullptr ? dy.get(v) * silu(z.get(v)) : dy.get(v);
        }
        store_floats(&steps[row][column], step);
        store_floats(&inputs[row][column], into);
        store_floats(&pulls[row][column], pull);
      }
      next.store(&steering[0][0]);
      if (tile > 0) {
        fetch(from - TILE);
      }
      __syncthreads();
      // The tile's second half and then its first, so that a half's states are all that is held.
      float middle[OWN];
#pragma unroll
      for (int n = 0; n < OWN; n++) {
        middle[n] = h[n];
      }
#pragma unroll
      for (int i = 0; i < HALF; i++) {
        step_on(i, middle, middle);
      }
#pragma unroll 1
      for (int half = 1; half >= 0; half--) {
        const int first = half * HALF;
        float states[HALF + 1][OWN];
#pragma unroll
        for (int n = 0; n < OWN; n++) {
          states[0][n] = half == 0 ? h[n] : middle[n];
        }
#pragma unroll
        for (int i = 0; i < HALF; i++) {
          step_on(first + i, states[i], states[i + 1]);
        }
#pragma unroll
        for (int i = HALF - 1; i >= 0; i--) {
          const int token = first + i;
          const float step = steps[token][own];
          const float into = step * inputs[token][own];
          const float pull = pulls[token][own];
          float b[OWN];
          float c[OWN];
          load_floats(&steering[token][state], b);
          load_floats(&steering[token][N + state], c);
          float by_b = 0.f;
          float by_a = 0.f;
          float by_c = 0.f;
          float each[8];
#pragma unroll
          for (int n = 0; n < OWN; n++) {
            dh[n] += pull * c[n];
            by_c += states[i + 1][n] * c[n];
            by_b += dh[n] * b[n];
            each[n] = dh[n] * into;
            each[4 + n] = pull * states[i + 1][n];
            dh[n] *= power_of_2(step * (rate[n] * LOG2E));
            const float kept = dh[n] * states[i][n];
            by_a += kept * rate[n];
            drate[n] += kept * step;
          }
          shares[warp][token][slot] = over_channels(each);
          // Three sums over four lanes by three exchanges: lane 0 has by_b, 1 by_a, 2 by_c.
          const bool odd = (part & 1) != 0;
          const float one = (odd ? by_a : by_b) + __shfl_xor_sync(ALL_LANES, odd ? by_b : by_a, 1);
          const float two = by_c + __shfl_xor_sync(ALL_LANES, by_c, 1);
          const bool upper = (part & 2) != 0;
          const float sum = (upper ? two : one) + __shfl_xor_sync(ALL_LANES, upper ? one : two, 2);
          if (part < 3) {
            sums[part][token][own] = sum;
          }
        }
      }
      __syncthreads();
#pragma unroll
      for (int i = 0; i < TILE * 2 * N / BACKWARD_THREADS; i++) {
        const int place = threadIdx.x + i * BACKWARD_THREADS;
        const int token = place / (2 * N);
        if (from + token < end) {
          float sum = 0.f;
#pragma unroll
          for (int w = 0; w < BACKWARD_WARPS; w++) {
            sum += shares[w][token][place % (2 * N)];
          }
          const int64_t to = static_cast<int64_t>(blockIdx.x) * in.tokens + from + token;
          out.partial[to * (2 * N) + place % (2 * N)] = sum;
        }
      }
      if (token_there) {
        float step[V];
        float pull[V];
        float by_b[V];
        float by_a[V];
        float by_c[V];
        load_floats(&steps[row][column], step);
        load_floats(&pulls[row][column], pull);
        load_floats(&sums[0][row][column], by_b);
        load_floats(&sums[1][row][column], by_a);
        load_floats(&sums[2][row][column], by_c);
        float dx[V];
        float ddt[V];
        float dz[V];
#pragma unroll
        for (int v = 0; v < V; v++) {
          const float input = x_now.get(v);
          dx[v] = pull[v] * through[v] + step[v] * by_b[v];
          ddt[v] = (by_a[v] + input * by_b[v]) * softplus_slope(dt_now.get(v) + bias[v]);
          dthrough[v] += pull[v] * input;
          dbias[v] += ddt[v];
          if (in.z != nullptr) {
            dz[v] = dy_now.get(v) * (by_c[v] + through[v] * input) * silu_slope(z_now.get(v));
          }
        }
        const int64_t to = static_cast<int64_t>(from + row) * in.channels + wide;
        Pack<T, V> pack;
        pack.set(dx);
        pack.store(static_cast<T*>(out.dx) + to);
        pack.set(ddt);
        pack.store(static_cast<T*>(out.ddt) + to);
        if (in.z != nullptr) {
          pack.set(dz);
          pack.store(static_cast<T*>(out.dz) + to);
        }
      }
    }
    if (out.dbefore != nullptr && there) {
      store_floats(out.dbefore + (static_cast<int64_t>(s) * in.channels + channel) * N + state, dh);
    }
  }

  if (there) {
    const int64_t to = (static_cast<int64_t>(blockIdx.y) * in.channels + channel) * N + state;
    store_floats(out.da + to, drate);
  }
  __syncthreads();
  store_floats(&sums[0][row][column], dthrough);
  store_floats(&sums[1][row][column], dbias);
  __syncthreads();
  const int last = blockIdx.x * BACKWARD_CHANNELS + threadIdx.x;
  if (threadIdx.x < BACKWARD_CHANNELS && last < in.channels) {
    float of_d = 0.f;
    float of_bias = 0.f;
#pragma unroll
    for (int i = 0; i < TILE; i++) {
      of_d += sums[0][i][threadIdx.x];
      of_bias += sums[1][i][threadIdx.x];
    }
    out.dd[static_cast<int64_t>(blockIdx.y) * in.channels + last] = of_d;
    out.ddt_bias[static_cast<int64_t>(blockIdx.y) * in.channels + last] = of_bias;
  }
}

int parts(int whole, int part) { return (whole + part - 1) / part; }

template <typename T>
cudaError_t forward_of(const Scan& in, void* y, float* after, float* chunks, cudaStream_t stream) {
  const int sequences = min(in.sequences, GRID_MAX);
  const int groups = parts(in.channels, 128);
  if (sequences * groups >= BLOCKS_ENOUGH) {
    STREAMRANK_LAUNCH(
        (forward<T, 1>), dim3(groups, sequences), dim3(128), stream, in, static_cast<T*>(y), after, chunks);
  } else {
    STREAMRANK_LAUNCH(
        (forward<T, 4>), dim3(parts(in.channels, 32), sequences), dim3(128), stream, in, static_cast<T*>(y), after,
        chunks);
  }
  return cudaGetLastError();
}

template <typename T>
cudaError_t backward_of(const Scan& in, const ScanGradients& out, cudaStream_t stream) {
  const dim3 grid(scan_channel_groups(in), scan_sequence_groups(in));
  STREAMRANK_LAUNCH((backward<T>), grid, dim3(BACKWARD_THREADS), stream, in, out);
  return cudaGetLastError();
}

}  // namespace

cudaError_t scan(const Scan& in, void* y, float* after, float* chunks, Activations type, cudaStream_t stream) {
  return type == Activations::BFLOAT16 ? forward_of<Bf16>(in, y, after, chunks, stream)
                                       : forward_of<float>(in, y, after, chunks, stream);
}

int scan_channel_groups(const Scan& in) { return parts(in.channels, BACKWARD_CHANNELS); }

int scan_sequence_groups(const Scan& in) {
  return min(in.sequences, parts(2 * BLOCKS_ENOUGH, scan_channel_groups(in)));
}

cudaError_t scan_backward(const Scan& in, const ScanGradients& out, Activations type, cudaStream_t stream) {
  return type == Activations::BFLOAT16 ? backward_of<Bf16>(in, out, stream) : backward_of<float>(in, out, stream);
}

}  // namespace streamrank
