// The backward pass on tensor cores, in three steps. States are not kept from the forward pass:
//   1. forward through the sequences once more, only the states: what enters each chunk, in bfloat16
//   2. backwards: the gradient of the state that leaves each chunk, by the same kernel
//   3. then chunks know nothing of each other, and all gradients come of one kernel. A thread block takes a chunk and
//      goes through its heads, so that b and c, which heads share, get their gradients added up in registers. Of its
//      three warpgroups one has the gradient of c, one that of b and one that of x.
// With z[q, j] = dy_q x_j, l[q, j] = exp(s_q - s_j) for j <= q, h what enters and g the gradient of what leaves:
//   dc = (z l dt) b + exp(s) dy h           db = (z l dt)' c + (dt exp(s_end - s) x) g
//   dx = ((c b') l dt)' dy + dt exp(s_end - s) b g' + d dy
// The gradient of a token's log decay is what passes it by: from h to g, from h to tokens from it on, from tokens
// before it to g and to tokens from it on.

#include "ssd_parts.h"
#include "ssd_segments.h"
#include "ssd_tiles.h"

namespace streamrank {
namespace ssd {

struct Chunk {
  int begin, end, flags, sequence;
};

struct BackwardScratch {
  Chunk* chunks;  // as many as there can be; those behind the last are not there
  int* first;     // (sequences): each one's first chunk
  uint16_t* h;    // (chunks, heads, width, state): what enters, where it is not zero
  uint16_t* g;    // (chunks, heads, width, state): gradient of what leaves, where it is not zero
  float* heads;   // (chunks, heads, 3)
  float* db;      // (tokens, groups, splits, state)
  float* dc;
};

constexpr int PLAN_THREADS = 256;

__global__ void __launch_bounds__(PLAN_THREADS)
    plan_kernel(const int* borders, int sequences, int most, BackwardScratch to) {
  SSD_SHARED(shared);
  int* counts = reinterpret_cast<int*>(shared);
  const int thread = threadIdx.x;
  const int each = (sequences + PLAN_THREADS - 1) / PLAN_THREADS;
  const int from = thread * each < sequences ? thread * each : sequences;
  const int until = from + each < sequences ? from + each : sequences;
  auto chunks_of = [&](int sequence) {
    const int chunks = (borders[sequence + 1] - borders[sequence] + CHUNK - 1) / CHUNK;
    return chunks > 0 ? chunks : 1;
  };
  int count = 0;
  for (int i = from; i < until; i++) count += chunks_of(i);
  counts[thread] = count;
  __syncthreads();
  if (thread == 0) {
    int sum = 0;
    for (int i = 0; i < PLAN_THREADS; i++) {
      const int own = counts[i];
      counts[i] = sum;
      sum += own;
    }
    counts[PLAN_THREADS] = sum;
  }
  __syncthreads();
  int at = counts[thread];
  for (int i = from; i < until; i++) {
    const int chunks = chunks_of(i);
    to.first[i] = at;
    for (int k = 0; k < chunks; k++) {
      const int begin = borders[i] + k * CHUNK;
      const bool last = k == chunks - 1;
      const int flags = Work::THERE | (k == 0 ? Work::ENTERS : 0) | (last ? Work::LEAVES : 0);
      to.chunks[at++] = {begin, last ? borders[i + 1] : begin + CHUNK, flags, i};
    }
  }
  for (int i = counts[PLAN_THREADS] + thread; i < most; i += PLAN_THREADS) to.chunks[i] = {0, 0, 0, 0};
}

constexpr int GRADIENT_THREADS = 384;

// What the warpgroups find out about a head's time steps.
struct Found {
  float back[CHUNK];   // what a token reads, times its gradient
  float own[CHUNK];    // what tokens from it on in the chunk read of a token, times its gradient, without its dt
  float forth[CHUNK];  // the same of what leaves the chunk
  float through[12];   // from h to g, of each warp
  float d[4];
};

template <int state>
struct GradientShared {
  static constexpr int BYTES_OF_ROWS = state / 64 * TILE;
  static constexpr int STAGE = 2 * TILE + 2 * BYTES_OF_ROWS;
  static constexpr int HEAD_TILES = 2 * BYTES_OF_ROWS;
  static constexpr int STEPS = HEAD_TILES + 2 * STAGE;
  static constexpr int FOUND = STEPS + 3 * int(sizeof(Steps));
  static constexpr int PRODUCTS = (FOUND + 2 * int(sizeof(Found)) + 1023) / 1024 * 1024;
  static constexpr int BYTES_OF_PRODUCTS = CHUNK * CHUNK * 4;
  static constexpr int ALL = PRODUCTS + 3 * BYTES_OF_PRODUCTS;
};

// A quad of lanes has a row.
__device__ __forceinline__ float quad_sum(float x) {
  x += __shfl_xor_sync(ALL_LANES, x, 1);
  return x + __shfl_xor_sync(ALL_LANES, x, 2);
}

// By one warp, two tokens a lane: gradients of the time steps, and what d, a and dt_bias get of this chunk.
__device__ __forceinline__ void finish(const SsdInputs& in, const SsdGradients& g, const Steps& steps,
    const Found& found, const Chunk& chunk, int head, bool through, float* heads, int lane) {
  const float a = in.a[head];
  const float bias = in.dt_bias[head];
  float back[2], forth[2];
#pragma unroll
  for (int i = 0; i < 2; i++) {
    const int t = 2 * lane + i;
    back[i] = found.back[t] - steps.dt[t] * found.own[t];
    forth[i] = steps.dt[t] * found.forth[t];
  }
  float before = forth[0] + forth[1];
  float behind = back[0] + back[1];
#pragma unroll
  for (int i = 1; i < 32; i *= 2) {
    const float lower = __shfl_up_sync(ALL_LANES, before, i);
    const float upper = __shfl_down_sync(ALL_LANES, behind, i);
    if (lane >= i) before += lower;
    if (lane + i < 32) behind += upper;
  }
  float all = 0.f;
  if (through) {
#pragma unroll
    for (int i = 0; i < GRADIENT_THREADS / 32; i++) all += found.through[i];
    all *= steps.rise[CHUNK - 1];
  }
  float to_bias = 0.f, to_a = 0.f;
#pragma unroll
  for (int i = 0; i < 2; i++) {
    const int t = 2 * lane + i;
    const int token = chunk.begin + t;
    const float da =
        all + (i == 0 ? before - forth[0] - forth[1] : before - forth[1]) + (i == 0 ? behind : behind - back[0]);
    if (token < chunk.end) {
      const float slope = step_slope(in, raw_step(in, token, head), bias);
      const float ddt = (da * a + found.own[t] + found.forth[t]) * slope;
      const int64_t at = int64_t(token) * in.shape.heads + head;
      if (in.dt_wide) {
        static_cast<float*>(g.ddt)[at] = ddt;
      } else {
        static_cast<uint16_t*>(g.ddt)[at] = uint16_t(rounded_pair(ddt, 0.f));
      }
      to_bias += ddt;
      to_a += da * steps.dt[t];
    }
  }
#pragma unroll
  for (int i = 16; i > 0; i /= 2) {
    to_bias += __shfl_xor_sync(ALL_LANES, to_bias, i);
    to_a += __shfl_xor_sync(ALL_LANES, to_a, i);
  }
  if (lane == 0) {
    heads[0] = to_bias;
    heads[1] = to_a;
    heads[2] = found.d[0] + found.d[1] + found.d[2] + found.d[3];
  }
}

// Adds up a warp's share of h g, both as they lie in shared memory.
template <int state>
__device__ __forceinline__ float through(const unsigned char* h, const unsigned char* g, int thread) {
  float sum = 0.f;
#pragma unroll
  for (int i = thread; i < 8 * state; i += GRADIENT_THREADS) {
    const uint4 x = *reinterpret_cast<const uint4*>(h + 16 * i);
    const uint4 y = *reinterpret_cast<const uint4*>(g + 16 * i);
    sum += first(x.x) * first(y.x) + second(x.x) * second(y.x) + first(x.y) * first(y.y) + second(x.y) * second(y.y);
    sum += first(x.z) * first(y.z) + second(x.z) * second(y.z) + first(x.w) * first(y.w) + second(x.w) * second(y.w);
  }
#pragma unroll
  for (int i = 16; i > 0; i /= 2) sum += __shfl_xor_sync(ALL_LANES, sum, i);
  return sum;
}

// What a warpgroup added up over heads, (64, state), to (tokens, columns) as float32 parts or as bfloat16.
template <int state>
__device__ __forceinline__ void write_sums(const float (&sums)[state / 2], const Chunk& chunk, float* parts,
    void* whole, int64_t stride, int row, int column) {
#pragma unroll
  for (int r = 0; r < 2; r++) {
    const int64_t token = chunk.begin + row + 8 * r;
    if (token < chunk.end) {
#pragma unroll
      for (int i = 0; i < state / 8; i++) {
        const int64_t at = token * stride + 8 * i + column;
        if (parts) {
          *reinterpret_cast<float2*>(parts + at) = make_float2(sums[4 * i + 2 * r], sums[4 * i + 2 * r + 1]);
        } else {
          *reinterpret_cast<uint32_t*>(static_cast<uint16_t*>(whole) + at) =
              rounded_pair(sums[4 * i + 2 * r], sums[4 * i + 2 * r + 1]);
        }
      }
    }
  }
}

template <int state, int warpgroup>
__device__ __forceinline__ void gradients(
    const SsdInputs& in, const SsdGradients& g, const BackwardScratch& scratch, int splits, unsigned char* shared) {
  using Shared = GradientShared<state>;
  const Chunk chunk = scratch.chunks[blockIdx.x];
  const uint32_t base = shared_address(shared);
  int thread = threadIdx.x;
  const int warp = uniform(thread / 32 % 4);
  const uint32_t tile_b = base;
  const uint32_t tile_c = base + Shared::BYTES_OF_ROWS;
  Steps* steps = reinterpret_cast<Steps*>(shared + Shared::STEPS);
  Found* found = reinterpret_cast<Found*>(shared + Shared::FOUND);
  const int group = blockIdx.y / splits;
  const int per_group = in.shape.heads / in.shape.groups;
  const int each = (per_group + splits - 1) / splits;
  const int from = blockIdx.y % splits * each;
  const int first_head = group * per_group + from;
  const int count = from + each < per_group ? each : per_group - from;
  const bool enters = uniform(!(chunk.flags & Work::ENTERS) || in.h0 != nullptr);
  const bool leaves = uniform(!(chunk.flags & Work::LEAVES) || g.dh != nullptr);

  auto load = [&](int i) {
    const int lane = thread % 32;
    const int part = thread / 32;
    if (i < count) {
      const int head = first_head + i;
      const uint32_t to = base + Shared::HEAD_TILES + i % 2 * Shared::STAGE;
      const uint32_t to_h = to + 2 * TILE;
      const int64_t at = (int64_t(blockIdx.x) * in.shape.heads + head) * WIDTH * state;
      if (part < 4) {
        load_rows<WIDTH, 4>(
            to, static_cast<const uint16_t*>(in.x) + head * WIDTH, in.x_row, chunk.begin, chunk.end, part, lane);
        load_rows<WIDTH, 4>(to + TILE, static_cast<const uint16_t*>(g.dy) + head * WIDTH,
            int64_t(in.shape.heads) * WIDTH, chunk.begin, chunk.end, part, lane);
      } else if (part < 8) {
        if (enters) load_rows<state, 4>(to_h, scratch.h + at, state, 0, 64, part - 4, lane);
      } else {
        if (leaves) load_rows<state, 4>(to_h + Shared::BYTES_OF_ROWS, scratch.g + at, state, 0, 64, part - 8, lane);
      }
    }
    copies_commit();
  };

  if (warpgroup == 0) {
    load_rows<state, 4>(tile_b, static_cast<const uint16_t*>(in.b) + group * state, in.b_row, chunk.begin, chunk.end,
        warp, thread % 32);
  } else if (warpgroup == 1) {
    load_rows<state, 4>(tile_c, static_cast<const uint16_t*>(in.c) + group * state, in.c_row, chunk.begin, chunk.end,
        warp, thread % 32);
  }
  load(0);
  if (warpgroup == 2 && warp == 0 && count > 0) {
    const RawSteps raw = load_steps(in, chunk.begin, chunk.end, first_head, thread % 32);
    write_steps(steps[0], in, raw, chunk.begin, chunk.end, in.dt_bias[first_head], in.a[first_head], thread % 32);
  }
  copies_wait<0>();
  publish_shared();
  __syncthreads();

  // Rows of the first warpgroup read, those of the others are read: c b' and b c'.
  // They wait in shared memory for each head, four of a thread's together.
  unsigned char* products = shared + Shared::PRODUCTS + warpgroup * Shared::BYTES_OF_PRODUCTS;
  {
    float cb[32];
    pin(cb);
    products_begin();
#pragma unroll
    for (int k = 0; k < state / 16; k++) {
      multiply<64>(
          cb, columns(warpgroup == 0 ? tile_c : tile_b, k), columns(warpgroup == 0 ? tile_b : tile_c, k), k > 0);
    }
    products_commit();
    products_wait<0>();
    pin(cb);
    float4* to = reinterpret_cast<float4*>(products) + thread % 128;
#pragma unroll
    for (int i = 0; i < 8; i++) to[128 * i] = make_float4(cb[4 * i], cb[4 * i + 1], cb[4 * i + 2], cb[4 * i + 3]);
  }

  float sums[state / 2];
#pragma unroll
  for (int i = 0; i < state / 2; i++) sums[i] = 0.f;

  for (int turn = 0; turn < count; turn++) {
    if (turn > 0) {
      copies_wait<0>();
      publish_shared();
      __syncthreads();
    }
    thread = opaque(thread);
    const int lane = thread % 32;
    const int row = 16 * warp + lane / 4;
    const int column = 2 * (lane % 4);
    load(turn + 1);
    const int head = first_head + turn;
    const int offset = Shared::HEAD_TILES + turn % 2 * Shared::STAGE;
    const uint32_t tile_x = base + offset;
    const uint32_t tile_dy = tile_x + TILE;
    const uint32_t tile_h = tile_dy + TILE;
    const uint32_t tile_g = tile_h + Shared::BYTES_OF_ROWS;
    const float4* const read_by = reinterpret_cast<const float4*>(products) + thread % 128;
    const Steps& now = steps[turn % 3];
    Found& finding = found[turn % 2];

    if (enters && leaves) {
      const unsigned char* h = shared + offset + 2 * TILE;
      const float sum = through<state>(h, h + Shared::BYTES_OF_ROWS, thread);
      if (lane == 0) finding.through[thread / 32] = sum;
    }

    if (warpgroup == 0) {
      if (warp == 0 && turn > 0) {
        finish(in, g, steps[(turn - 1) % 3], found[(turn - 1) % 2], chunk, head - 1, enters && leaves,
            scratch.heads + (int64_t(blockIdx.x) * in.shape.heads + head - 1) * 3, lane);
      }
      float z[32];
      pin(z);
      products_begin();
#pragma unroll
      for (int k = 0; k < 4; k++) multiply<64>(z, columns(tile_dy, k), columns(tile_x, k), k > 0);
      products_commit();
      products_wait<0>();
      pin(z);
      float read0 = 0.f, read1 = 0.f;
      const float s0 = now.s[row];
      const float s1 = now.s[row + 8];
#pragma unroll
      for (int i = 0; i < 8; i++) {
        in_order();
        if (i / 2 <= warp) {
          const int j = 8 * i + column;
          const float2 s = *reinterpret_cast<const float2*>(now.s + j);
          const float2 dt = *reinterpret_cast<const float2*>(now.dt + j);
          z[4 * i] *= dt.x * power_of_2(fminf(s0 - s.x, 0.f));
          z[4 * i + 1] *= dt.y * power_of_2(fminf(s0 - s.y, 0.f));
          z[4 * i + 2] *= dt.x * power_of_2(fminf(s1 - s.x, 0.f));
          z[4 * i + 3] *= dt.y * power_of_2(fminf(s1 - s.y, 0.f));
          if (i / 2 == warp) {
#pragma unroll
            for (int e = 0; e < 4; e++) z[4 * i + e] = j + e % 2 <= row + 8 * (e / 2) ? z[4 * i + e] : 0.f;
          }
          const float4 cb = read_by[128 * i];
          read0 += cb.x * z[4 * i] + cb.y * z[4 * i + 1];
          read1 += cb.z * z[4 * i + 2] + cb.w * z[4 * i + 3];
        } else {
#pragma unroll
          for (int e = 0; e < 4; e++) z[4 * i + e] = 0.f;
        }
      }
      uint32_t operand[4][4];
#pragma unroll
      for (int k = 0; k < 4; k++) as_operand(operand[k], z, k);
      pin(sums);
      products_begin();
#pragma unroll
      for (int k = 0; k < 4; k++) multiply<state, true>(sums, operand[k], rows(tile_b, k), true);
      products_commit();
      products_wait<0>();
      pin(sums);
      if (enters) {
        float v[32];
        fragments(operand, tile_dy, warp, lane);
        scale_rows(operand, now.rise[row], now.rise[row + 8]);
        pin(v);
        products_begin();
#pragma unroll
        for (int k = 0; k < state / 16; k++) multiply<64>(v, columns(tile_c, k), columns(tile_h, k), k > 0);
        products_commit();
        products_wait<0>();
        pin(v);
#pragma unroll
        for (int k = 0; k < 4; k++) {
#pragma unroll
          for (int half = 0; half < 2; half++) {
            const float* of = v + 8 * k + 4 * half;
            read0 += of[0] * first(operand[k][2 * half]) + of[1] * second(operand[k][2 * half]);
            read1 += of[2] * first(operand[k][2 * half + 1]) + of[3] * second(operand[k][2 * half + 1]);
          }
        }
        pin(sums);
        products_begin();
#pragma unroll
        for (int k = 0; k < 4; k++) multiply<state, true>(sums, operand[k], rows(tile_h, k), true);
        products_commit();
        products_wait<0>();
        pin(sums);
      }
      read0 = quad_sum(read0);
      read1 = quad_sum(read1);
      if (lane % 4 == 0) {
        finding.back[row] = read0;
        finding.back[row + 8] = read1;
      }
    } else if (warpgroup == 1) {
      float own0 = 0.f, own1 = 0.f, to_d = 0.f;
      float z[32];
      pin(z);
      products_begin();
#pragma unroll
      for (int k = 0; k < 4; k++) multiply<64>(z, columns(tile_x, k), columns(tile_dy, k), k > 0);
      products_commit();
      products_wait<0>();
      pin(z);
      const float dt0 = now.dt[row];
      const float dt1 = now.dt[row + 8];
      const float s0 = now.s[row];
      const float s1 = now.s[row + 8];
#pragma unroll
      for (int i = 0; i < 8; i++) {
        in_order();
        if (i / 2 >= warp) {
          const int q = 8 * i + column;
          const float2 s = *reinterpret_cast<const float2*>(now.s + q);
          float l[4];
          l[0] = power_of_2(fminf(s.x - s0, 0.f));
          l[1] = power_of_2(fminf(s.y - s0, 0.f));
          l[2] = power_of_2(fminf(s.x - s1, 0.f));
          l[3] = power_of_2(fminf(s.y - s1, 0.f));
          if (i / 2 == warp) {
#pragma unroll
            for (int e = 0; e < 4; e++) {
              const int j = row + 8 * (e / 2);
              if (q + e % 2 < j) l[e] = 0.f;
              if (q + e % 2 == j) to_d += z[4 * i + e];
            }
          }
#pragma unroll
          for (int e = 0; e < 4; e++) z[4 * i + e] *= l[e];
          const float4 cb = read_by[128 * i];
          own0 += cb.x * z[4 * i] + cb.y * z[4 * i + 1];
          own1 += cb.z * z[4 * i + 2] + cb.w * z[4 * i + 3];
#pragma unroll
          for (int e = 0; e < 4; e++) z[4 * i + e] *= e < 2 ? dt0 : dt1;
        } else {
#pragma unroll
          for (int e = 0; e < 4; e++) z[4 * i + e] = 0.f;
        }
      }
      uint32_t operand[4][4];
#pragma unroll
      for (int k = 0; k < 4; k++) as_operand(operand[k], z, k);
      pin(sums);
      products_begin();
#pragma unroll
      for (int k = 0; k < 4; k++) multiply<state, true>(sums, operand[k], rows(tile_c, k), true);
      products_commit();
      products_wait<0>();
      pin(sums);
      if (leaves) {
        fragments(operand, tile_x, warp, lane);
        scale_rows(operand, dt0 * now.keep[row], dt1 * now.keep[row + 8]);
        pin(sums);
        products_begin();
#pragma unroll
        for (int k = 0; k < 4; k++) multiply<state, true>(sums, operand[k], rows(tile_g, k), true);
        products_commit();
        products_wait<0>();
        pin(sums);
      }
      own0 = quad_sum(own0);
      own1 = quad_sum(own1);
      to_d = warp_sum(to_d);
      if (lane % 4 == 0) {
        finding.own[row] = own0;
        finding.own[row + 8] = own1;
      }
      if (lane == 0) finding.d[warp] = to_d;
    } else {
      RawSteps raw_ahead = {0.f, 0.f};
      const bool ahead = warp == 0 && turn + 1 < count;
      if (ahead) raw_ahead = load_steps(in, chunk.begin, chunk.end, head + 1, lane);
      float dx[32];
      if (leaves) {
        pin(dx);
        products_begin();
#pragma unroll
        for (int k = 0; k < state / 16; k++) multiply<64>(dx, columns(tile_b, k), columns(tile_g, k), k > 0);
        products_commit();
      }
      const float dt0 = now.dt[row];
      const float dt1 = now.dt[row + 8];
      uint32_t weights[4][4];  // of what y reads, transposed
      {
        const float s0 = now.s[row];
        const float s1 = now.s[row + 8];
        const float d = in.d[head];
#pragma unroll
        for (int i = 0; i < 8; i++) {
          float m[4] = {0.f, 0.f, 0.f, 0.f};
          if (i / 2 >= warp) {
            const int q = 8 * i + column;
            const float2 s = *reinterpret_cast<const float2*>(now.s + q);
            const float4 cb = read_by[128 * i];
            m[0] = cb.x * dt0 * power_of_2(fminf(s.x - s0, 0.f));
            m[1] = cb.y * dt0 * power_of_2(fminf(s.y - s0, 0.f));
            m[2] = cb.z * dt1 * power_of_2(fminf(s.x - s1, 0.f));
            m[3] = cb.w * dt1 * power_of_2(fminf(s.y - s1, 0.f));
            if (i / 2 == warp) {
#pragma unroll
              for (int e = 0; e < 4; e++) {
                const int j = row + 8 * (e / 2);
                m[e] = q + e % 2 > j ? m[e] : q + e % 2 == j ? m[e] + d : 0.f;
              }
            }
          }
          weights[i / 2][2 * (i % 2)] = rounded_pair(m[0], m[1]);
          weights[i / 2][2 * (i % 2) + 1] = rounded_pair(m[2], m[3]);
        }
      }
      float forth0 = 0.f, forth1 = 0.f;
      if (leaves) {
        products_wait<0>();
        pin(dx);
        uint32_t operand[4][4];
        fragments(operand, tile_x, warp, lane);
        const float keep0 = now.keep[row];
        const float keep1 = now.keep[row + 8];
#pragma unroll
        for (int k = 0; k < 4; k++) {
#pragma unroll
          for (int half = 0; half < 2; half++) {
            float* of = dx + 8 * k + 4 * half;
            forth0 += of[0] * first(operand[k][2 * half]) + of[1] * second(operand[k][2 * half]);
            forth1 += of[2] * first(operand[k][2 * half + 1]) + of[3] * second(operand[k][2 * half + 1]);
            of[0] *= dt0 * keep0;
            of[1] *= dt0 * keep0;
            of[2] *= dt1 * keep1;
            of[3] *= dt1 * keep1;
          }
        }
        forth0 *= keep0;
        forth1 *= keep1;
      }
      pin(dx);
      products_begin();
#pragma unroll
      for (int k = 0; k < 4; k++) multiply<64, true>(dx, weights[k], rows(tile_dy, k), leaves || k > 0);
      products_commit();
      products_wait<0>();
      pin(dx);
#pragma unroll
      for (int r = 0; r < 2; r++) {
        const int token = chunk.begin + row + 8 * r;
        if (token < chunk.end) {
          uint16_t* to = static_cast<uint16_t*>(g.dx) + (int64_t(token) * in.shape.heads + head) * WIDTH + column;
#pragma unroll
          for (int i = 0; i < 8; i++) {
            *reinterpret_cast<uint32_t*>(to + 8 * i) = rounded_pair(dx[4 * i + 2 * r], dx[4 * i + 2 * r + 1]);
          }
        }
      }
      forth0 = quad_sum(forth0);
      forth1 = quad_sum(forth1);
      if (lane % 4 == 0) {
        finding.forth[row] = forth0;
        finding.forth[row + 8] = forth1;
      }
      if (ahead) {
        write_steps(
            steps[(turn + 1) % 3], in, raw_ahead, chunk.begin, chunk.end, in.dt_bias[head + 1], in.a[head + 1], lane);
      }
    }
  }
  __syncthreads();
  const int lane = thread % 32;
  if (warpgroup == 0 && warp == 0 && count > 0) {
    const int head = first_head + count - 1;
    finish(in, g, steps[(count - 1) % 3], found[(count - 1) % 2], chunk, head, enters && leaves,
        scratch.heads + (int64_t(blockIdx.x) * in.shape.heads + head) * 3, lane);
  }
  const int64_t stride = int64_t(in.shape.groups) * splits * state;
  float* parts = warpgroup == 0 ? scratch.dc : scratch.db;
  void* whole = warpgroup == 0 ? g.dc : g.db;
  const int own = blockIdx.y * state;
  copies_wait<0>();
  if (warpgroup == 2) return;
  write_sums<state>(sums, chunk, splits > 1 ? parts + own : nullptr, static_cast<uint16_t*>(whole) + own, stride,
      16 * warp + lane / 4, 2 * (lane % 4));
}

// Of 384 threads' registers: those that add up over heads need more.
constexpr int ADDING_REGISTERS = 184;
constexpr int PASSING_REGISTERS = 136;

template <int state>
__global__ void __launch_bounds__(GRADIENT_THREADS, 1)
    gradients_kernel(SsdInputs in, SsdGradients g, BackwardScratch scratch, int splits) {
  if (!(scratch.chunks[blockIdx.x].flags & Work::THERE)) return;
  SSD_SHARED(shared);
  const int warpgroup = uniform(threadIdx.x / 128);
  if (warpgroup == 2) {
    registers_give<PASSING_REGISTERS>();
    gradients<state, 2>(in, g, scratch, splits, shared);
  } else {
    registers_take<ADDING_REGISTERS>();
    if (warpgroup == 0) {
      gradients<state, 0>(in, g, scratch, splits, shared);
    } else {
      gradients<state, 1>(in, g, scratch, splits, shared);
    }
  }
}

struct BackwardPlan {
  int most;    // chunks there can be
  int splits;  // thread blocks a chunk's heads of a group are dealt to
  BackwardPlan(const SsdShape& shape, int processors) : most(shape.sequences + shape.tokens / CHUNK), splits(1) {
    const int per_group = shape.heads / shape.groups;
    while (most * shape.groups * splits < 2 * processors && per_group / (2 * splits) >= 2) splits *= 2;
    // No thread block without a head.
    const int each = (per_group + splits - 1) / splits;
    splits = (per_group + each - 1) / each;
  }
};

static BackwardScratch backward_scratch(const SsdInputs& in, const BackwardPlan& plan, Scratch& scratch) {
  const SsdShape& shape = in.shape;
  const size_t states = size_t(plan.most) * shape.heads * shape.width * shape.state;
  const size_t parts = plan.splits > 1 ? size_t(shape.tokens) * shape.groups * plan.splits * shape.state : 0;
  BackwardScratch to;
  to.chunks = scratch.take<Chunk>(plan.most);
  to.first = scratch.take<int>(shape.sequences);
  to.h = scratch.take<uint16_t>(states);
  to.g = scratch.take<uint16_t>(states);
  to.heads = scratch.take<float>(size_t(plan.most) * shape.heads * 3);
  to.db = scratch.take<float>(parts);
  to.dc = scratch.take<float>(parts);
  return to;
}

template <int state>
cudaError_t backward_of(
    const SsdInputs& in, const SsdGradients& g, Scratch& scratch, int processors, cudaStream_t stream) {
  const SsdShape& shape = in.shape;
  const BackwardPlan plan(shape, processors);
  const BackwardScratch to = backward_scratch(in, plan, scratch);
  cudaError_t error = launch(
      plan_kernel, dim3(1), PLAN_THREADS, (PLAN_THREADS + 1) * 4, stream, in.borders, shape.sequences, plan.most, to);
  if (error != cudaSuccess) return error;
  // Rows of chunks that are not there.
  error = cudaMemsetAsync(to.heads, 0, size_t(plan.most) * shape.heads * 3 * 4, stream);
  if (error != cudaSuccess) return error;

  error = pass_states(in, {in.h0, in.rows, nullptr, nullptr, to.first, to.h}, processors, stream);
  if (error != cudaSuccess) return error;
  error = pass_states_back(in, g.dy, {g.dh, nullptr, g.dh0, nullptr, to.first, to.g}, processors, stream);
  if (error != cudaSuccess) return error;

  error = launch(gradients_kernel<state>, dim3(plan.most, shape.groups * plan.splits), GRADIENT_THREADS,
      GradientShared<state>::ALL, stream, in, g, to, plan.splits);
  if (error != cudaSuccess) return error;
  if (plan.splits > 1) {
    SsdShape parts = shape;
    parts.heads = shape.groups * plan.splits;
    error = sum_groups(to.db, g.db, parts, in.wide, processors, stream);
    if (error != cudaSuccess) return error;
    error = sum_groups(to.dc, g.dc, parts, in.wide, processors, stream);
    if (error != cudaSuccess) return error;
  }
  return sum_heads(to.heads, g.heads, plan.most, shape.heads, stream);
}

size_t backward_scratch_on_tensor_cores(const SsdInputs& in, int processors) {
  Scratch scratch(nullptr);
  const Segments segments(in, processors, scratch);
  const SsdInputs pieces = segments.pieces(in);
  segments.take_states(scratch);
  backward_scratch(pieces, BackwardPlan(pieces.shape, processors), scratch);
  return scratch.bytes();
}

cudaError_t backward_on_tensor_cores(
    const SsdInputs& in, const SsdGradients& g, void* memory, int processors, cudaStream_t stream) {
  Scratch scratch(memory);
  const Segments segments(in, processors, scratch);
  const SsdInputs pieces = segments.pieces(in);
  SsdGradients of_pieces = g;
  float* behind = segments.take_states(scratch);
  if (segments.cut()) {
    cudaError_t error = segments.enter(in, nullptr, processors, stream);
    if (error != cudaSuccess) return error;
    error = segments.enter_back(in, g, behind, processors, stream);
    if (error != cudaSuccess) return error;
    of_pieces.dh = behind;
    of_pieces.dh0 = nullptr;
  }
  return in.shape.state == 128 ? backward_of<128>(pieces, of_pieces, scratch, processors, stream)
                               : backward_of<64>(pieces, of_pieces, scratch, processors, stream);
}

}  // namespace ssd
}  // namespace streamrank
