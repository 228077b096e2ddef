// The plain recurrence, token by token in float32: for float32 inputs, shapes and devices the tensor cores do not take,
// and as a second opinion. A thread block for each sequence and head; a warp has some of the state's rows, a lane every
// 32nd value of them.

#include "ssd_parts.h"
#include "ssd_tiles.h"

namespace streamrank {
namespace ssd {

constexpr int RECURRENCE_THREADS = 256;
constexpr int WARPS = RECURRENCE_THREADS / 32;
constexpr int ROWS = SSD_WIDTH_MAX / WARPS;
constexpr int VALUES = SSD_STATE_MAX / 32;

__device__ __forceinline__ float value(const void* from, int64_t at, bool wide) {
  if (wide) return static_cast<const float*>(from)[at];
  return float_of(uint32_t(static_cast<const uint16_t*>(from)[at]) << 16);
}

__device__ __forceinline__ void put(void* to, int64_t at, float x, bool wide) {
  if (wide) {
    static_cast<float*>(to)[at] = x;
  } else {
    static_cast<uint16_t*>(to)[at] = uint16_t(rounded_pair(x, 0.f));
  }
}

// Where a thread block is, and what it reads of a token.
struct Place {
  const SsdInputs& in;
  int head, sequence, group, warp, lane;
  __device__ explicit Place(const SsdInputs& in)
      : in(in),
        head(blockIdx.x % in.shape.heads),
        sequence(blockIdx.x / in.shape.heads),
        group(head / (in.shape.heads / in.shape.groups)),
        warp(threadIdx.x / 32),
        lane(threadIdx.x % 32) {}
  __device__ int begin() const { return in.borders[sequence]; }
  __device__ int end() const { return in.borders[sequence + 1]; }
  __device__ int p(int row) const { return warp + WARPS * row; }
  __device__ int n(int i) const { return lane + 32 * i; }
  __device__ float dt(int token) const { return step(in, raw_step(in, token, head), in.dt_bias[head]); }
  __device__ void read(float (&to)[VALUES], const void* from, int64_t row, int token) const {
#pragma unroll
    for (int i = 0; i < VALUES; i++) {
      to[i] = n(i) < in.shape.state ? value(from, token * row + group * in.shape.state + n(i), in.wide) : 0.f;
    }
  }
  __device__ float x(int token, int row) const {
    return p(row) < in.shape.width ? value(in.x, token * in.x_row + head * in.shape.width + p(row), in.wide) : 0.f;
  }
  // Of what is stored without gaps: y, its gradient and that of x.
  __device__ int64_t y(int token, int row) const {
    return (int64_t(token) * in.shape.heads + head) * in.shape.width + p(row);
  }
  // From one row a sequence.
  __device__ void load(float (&h)[ROWS][VALUES], const float* from) const { load(h, from, sequence); }
  __device__ void load_before(float (&h)[ROWS][VALUES]) const {
    load(h, in.h0, in.rows ? in.rows[sequence] : sequence);
  }
  __device__ void load(float (&h)[ROWS][VALUES], const float* from, int64_t of) const {
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
#pragma unroll
      for (int i = 0; i < VALUES; i++) {
        const bool there = from && p(r) < in.shape.width && n(i) < in.shape.state;
        h[r][i] = there ? from[state(of, r, i)] : 0.f;
      }
    }
  }
  __device__ void store(const float (&h)[ROWS][VALUES], float* to) const {
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
#pragma unroll
      for (int i = 0; i < VALUES; i++) {
        if (p(r) < in.shape.width && n(i) < in.shape.state) to[state(sequence, r, i)] = h[r][i];
      }
    }
  }
  __device__ int64_t state(int64_t of, int row, int i) const {
    return ((of * in.shape.heads + head) * in.shape.width + p(row)) * in.shape.state + n(i);
  }
};

__device__ __forceinline__ void go_on(
    float (&h)[ROWS][VALUES], const Place& place, const float (&b)[VALUES], int token, float dt, float decay) {
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    const float x = dt * place.x(token, r);
#pragma unroll
    for (int i = 0; i < VALUES; i++) h[r][i] = decay * h[r][i] + x * b[i];
  }
}

__global__ void __launch_bounds__(RECURRENCE_THREADS) recurrence_kernel(SsdInputs in, SsdOutputs out) {
  const Place place(in);
  const float a = in.a[place.head];
  const float d = in.d[place.head];
  float h[ROWS][VALUES];
  place.load_before(h);
  for (int token = place.begin(); token < place.end(); token++) {
    const float dt = place.dt(token);
    float b[VALUES], c[VALUES];
    place.read(b, in.b, in.b_row, token);
    place.read(c, in.c, in.c_row, token);
    go_on(h, place, b, token, dt, expf(dt * a));
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      float y = 0.f;
#pragma unroll
      for (int i = 0; i < VALUES; i++) y += h[r][i] * c[i];
      y = warp_sum(y);
      if (place.lane == 0 && place.p(r) < in.shape.width) {
        put(out.y, place.y(token, r), y + d * place.x(token, r), in.wide);
      }
    }
  }
  if (out.h) place.store(h, out.h);
}

// A value for each lane's n, summed over the warps, to where the first warp's lanes put it; others get nothing.
__device__ __forceinline__ void sum_warps(float (&x)[VALUES], float* shared, const Place& place) {
  __syncthreads();
#pragma unroll
  for (int i = 0; i < VALUES; i++) shared[place.warp * SSD_STATE_MAX + place.n(i)] = x[i];
  __syncthreads();
#pragma unroll
  for (int i = 0; i < VALUES; i++) {
    x[i] = 0.f;
    for (int w = 0; w < WARPS; w++) x[i] += shared[w * SSD_STATE_MAX + place.n(i)];
  }
}

struct RecurrenceScratch {
  float* parts;  // (tokens, heads, state): first of dc, then of db
  float* read;   // (tokens, heads): c times its head's part of dc
  float* ends;   // (sequences, heads): the states after a sequence times their gradient
  float* heads;  // (sequences, heads, 3)
};

// Forward: what the gradient of c and of the time steps needs of the states.
__global__ void __launch_bounds__(RECURRENCE_THREADS)
    recurrence_states_kernel(SsdInputs in, SsdGradients g, RecurrenceScratch scratch) {
  SSD_SHARED(shared);
  const Place place(in);
  const float a = in.a[place.head];
  float h[ROWS][VALUES];
  place.load_before(h);
  for (int token = place.begin(); token < place.end(); token++) {
    const float dt = place.dt(token);
    float b[VALUES], c[VALUES], dc[VALUES];
    place.read(b, in.b, in.b_row, token);
    place.read(c, in.c, in.c_row, token);
    go_on(h, place, b, token, dt, expf(dt * a));
#pragma unroll
    for (int i = 0; i < VALUES; i++) dc[i] = 0.f;
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      const float dy = place.p(r) < in.shape.width ? value(g.dy, place.y(token, r), in.wide) : 0.f;
#pragma unroll
      for (int i = 0; i < VALUES; i++) dc[i] += h[r][i] * dy;
    }
    sum_warps(dc, reinterpret_cast<float*>(shared), place);
    if (place.warp == 0) {
      float read = 0.f;
#pragma unroll
      for (int i = 0; i < VALUES; i++) {
        read += c[i] * dc[i];
        if (place.n(i) < in.shape.state) {
          scratch.parts[(int64_t(token) * in.shape.heads + place.head) * in.shape.state + place.n(i)] = dc[i];
        }
      }
      read = warp_sum(read);
      if (place.lane == 0) scratch.read[int64_t(token) * in.shape.heads + place.head] = read;
    }
  }
  float end[VALUES];
#pragma unroll
  for (int i = 0; i < VALUES; i++) end[i] = 0.f;
  if (g.dh) {
    float dh[ROWS][VALUES];
    place.load(dh, g.dh);
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
#pragma unroll
      for (int i = 0; i < VALUES; i++) end[i] += h[r][i] * dh[r][i];
    }
  }
  sum_warps(end, reinterpret_cast<float*>(shared), place);
  if (place.warp == 0) {
    float all = 0.f;
#pragma unroll
    for (int i = 0; i < VALUES; i++) all += end[i];
    all = warp_sum(all);
    if (place.lane == 0) scratch.ends[place.sequence * in.shape.heads + place.head] = all;
  }
}

// Backwards: everything else. The gradient of a token's log decay is what crosses it, from all before to all behind:
//   da[t] = da[t + 1] + c[t] dc[t] - b[t] db[t]
__global__ void __launch_bounds__(RECURRENCE_THREADS)
    recurrence_gradients_kernel(SsdInputs in, SsdGradients g, RecurrenceScratch scratch) {
  SSD_SHARED(shared);
  float* sums = reinterpret_cast<float*>(shared);
  float* crossed = sums + WARPS * SSD_STATE_MAX;  // of each warp
  const Place place(in);
  const float a = in.a[place.head];
  const float d = in.d[place.head];
  const float bias = in.dt_bias[place.head];
  float da = scratch.ends[place.sequence * in.shape.heads + place.head];
  float to_bias = 0.f, to_a = 0.f, to_d = 0.f;
  float dh[ROWS][VALUES];
  place.load(dh, g.dh);
  for (int token = place.end() - 1; token >= place.begin(); token--) {
    const float dt = place.dt(token);
    float b[VALUES], c[VALUES], db[VALUES];
    place.read(b, in.b, in.b_row, token);
    place.read(c, in.c, in.c_row, token);
    const float decay = expf(dt * a);
    float e = 0.f;
#pragma unroll
    for (int i = 0; i < VALUES; i++) db[i] = 0.f;
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      const bool there = place.p(r) < in.shape.width;
      const float dy = there ? value(g.dy, place.y(token, r), in.wide) : 0.f;
      const float x = place.x(token, r);
      float u = 0.f;
#pragma unroll
      for (int i = 0; i < VALUES; i++) {
        dh[r][i] += c[i] * dy;
        u += dh[r][i] * b[i];
        db[i] += dt * x * dh[r][i];
        dh[r][i] *= decay;
      }
      u = warp_sum(u);
      e += x * u;
      to_d += x * dy;
      if (there && place.lane == 0) put(g.dx, place.y(token, r), dt * u + d * dy, in.wide);
    }
    sum_warps(db, sums, place);
    if (place.lane == 0) crossed[place.warp] = e;
    __syncthreads();
    if (place.warp == 0) {
#pragma unroll
      for (int i = 0; i < VALUES; i++) {
        if (place.n(i) < in.shape.state) {
          scratch.parts[(int64_t(token) * in.shape.heads + place.head) * in.shape.state + place.n(i)] = db[i];
        }
      }
      e = 0.f;
      for (int w = 0; w < WARPS; w++) e += crossed[w];
      const int64_t at = int64_t(token) * in.shape.heads + place.head;
      da += scratch.read[at] - dt * e;
      const float ddt = (da * a + e) * step_slope(in, raw_step(in, token, place.head), bias);
      if (place.lane == 0) put(g.ddt, at, ddt, in.dt_wide);
      to_bias += ddt;
      to_a += da * dt;
    }
  }
  if (g.dh0) place.store(dh, g.dh0);
  __syncthreads();
  if (place.lane == 0) crossed[place.warp] = to_d;
  __syncthreads();
  if (threadIdx.x == 0) {
    to_d = 0.f;
    for (int w = 0; w < WARPS; w++) to_d += crossed[w];
    float* to = scratch.heads + (int64_t(place.sequence) * in.shape.heads + place.head) * 3;
    to[0] = to_bias;
    to[1] = to_a;
    to[2] = to_d;
  }
}

// (tokens, heads, state) to (tokens, groups, state)
__global__ void group_sums_kernel(const float* parts, void* out, SsdShape shape, bool wide) {
  const int64_t all = int64_t(shape.tokens) * shape.groups * shape.state;
  const int per_group = shape.heads / shape.groups;
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < all; i += int64_t(gridDim.x) * blockDim.x) {
    const int64_t first = i / shape.state * per_group;
    float sum = 0.f;
    for (int j = 0; j < per_group; j++) sum += parts[(first + j) * shape.state + i % shape.state];
    put(out, i, sum, wide);
  }
}

// (rows, heads, 3) to (3, heads), always in the same order.
__global__ void __launch_bounds__(RECURRENCE_THREADS)
    head_sums_kernel(const float* parts, float* out, int rows, int heads) {
  SSD_SHARED(shared);
  float* sums = reinterpret_cast<float*>(shared);
  for (int k = 0; k < 3; k++) {
    float sum = 0.f;
    for (int i = threadIdx.x; i < rows; i += RECURRENCE_THREADS)
      sum += parts[(int64_t(i) * heads + blockIdx.x) * 3 + k];
    sums[threadIdx.x] = sum;
    __syncthreads();
    for (int half = RECURRENCE_THREADS / 2; half > 0; half /= 2) {
      if (int(threadIdx.x) < half) sums[threadIdx.x] += sums[threadIdx.x + half];
      __syncthreads();
    }
    if (threadIdx.x == 0) out[k * heads + blockIdx.x] = sums[0];
    __syncthreads();
  }
}

cudaError_t sum_heads(const float* parts, float* out, int rows, int heads, cudaStream_t stream) {
  return launch(
      head_sums_kernel, dim3(heads), RECURRENCE_THREADS, RECURRENCE_THREADS * 4, stream, parts, out, rows, heads);
}

cudaError_t sum_groups(
    const float* parts, void* out, const SsdShape& shape, bool wide, int processors, cudaStream_t stream) {
  return launch(group_sums_kernel, dim3(8 * processors), 256, 0, stream, parts, out, shape, wide);
}

cudaError_t forward_by_recurrence(const SsdInputs& in, const SsdOutputs& out, cudaStream_t stream) {
  return launch(recurrence_kernel, dim3(in.shape.sequences * in.shape.heads), RECURRENCE_THREADS, 0, stream, in, out);
}

static RecurrenceScratch recurrence_scratch(const SsdInputs& in, Scratch& scratch) {
  const size_t rows = size_t(in.shape.tokens) * in.shape.heads;
  const size_t ends = size_t(in.shape.sequences) * in.shape.heads;
  RecurrenceScratch parts;
  parts.parts = scratch.take<float>(rows * in.shape.state);
  parts.read = scratch.take<float>(rows);
  parts.ends = scratch.take<float>(ends);
  parts.heads = scratch.take<float>(3 * ends);
  return parts;
}

size_t backward_scratch_by_recurrence(const SsdInputs& in) {
  Scratch scratch(nullptr);
  recurrence_scratch(in, scratch);
  return scratch.bytes();
}

cudaError_t backward_by_recurrence(
    const SsdInputs& in, const SsdGradients& g, void* memory, int processors, cudaStream_t stream) {
  Scratch scratch(memory);
  const RecurrenceScratch parts = recurrence_scratch(in, scratch);
  const dim3 grid(in.shape.sequences * in.shape.heads);
  const int shared = (WARPS * SSD_STATE_MAX + WARPS) * 4;
  cudaError_t error = launch(recurrence_states_kernel, grid, RECURRENCE_THREADS, shared, stream, in, g, parts);
  if (error != cudaSuccess) return error;
  error = sum_groups(parts.parts, g.dc, in.shape, in.wide, processors, stream);
  if (error != cudaSuccess) return error;
  error = launch(recurrence_gradients_kernel, grid, RECURRENCE_THREADS, shared, stream, in, g, parts);
  if (error != cudaSuccess) return error;
  error = sum_groups(parts.parts, g.db, in.shape, in.wide, processors, stream);
  if (error != cudaSuccess) return error;
  return sum_heads(parts.heads, g.heads, in.shape.sequences, in.shape.heads, stream);
}

}  // namespace ssd
}  // namespace streamrank
