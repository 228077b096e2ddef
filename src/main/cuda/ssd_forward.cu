// The forward pass on tensor cores. A block of three warpgroups walks through sequences chunk by chunk, one warpgroup a
// head, b and c shared. A state stays in registers, transposed products let it be an operand without leaving them:
//   y' = h c' + x' m',  m[q, j] = (c b')[q, j] exp(s_q - s_j) dt_j for j <= q, and d on the diagonal
//   h = exp(s_end) h + (x dt exp(s_end - s))' b
// Chunks to come are on their way to shared memory meanwhile, across the borders of sequences.

#include "ssd_parts.h"
#include "ssd_tiles.h"

namespace streamrank {
namespace ssd {

constexpr int STAGES = 3;
constexpr int THREADS = 128 * HEADS;

template <int state>
struct ForwardShared {
  static constexpr int BYTES_OF_ROWS = state / 64 * TILE;
  static constexpr int STAGE = 2 * BYTES_OF_ROWS + HEADS * TILE;
  static constexpr int WEIGHTS = STAGES * STAGE;
  static constexpr int STEPS = WEIGHTS + HEADS * TILE;
  static constexpr int WORK = STEPS + 2 * HEADS * int(sizeof(Steps));
  static constexpr int ALL = WORK + AHEAD * int(sizeof(Work));
};

template <int state>
__global__ void __launch_bounds__(THREADS, 1) forward_kernel(SsdInputs in, SsdOutputs out, int items) {
  using Shared = ForwardShared<state>;
  SSD_SHARED(shared);
  const uint32_t base = shared_address(shared);
  int thread = threadIdx.x;
  const int warpgroup = uniform(thread / 128);
  const int warp = uniform(thread / 32 % 4);
  uint32_t weights = base + Shared::WEIGHTS + warpgroup * TILE;
  Steps* steps = reinterpret_cast<Steps*>(shared + Shared::STEPS) + 2 * warpgroup;
  const HeadBlocks heads(in.shape);
  Work* works = reinterpret_cast<Work*>(shared + Shared::WORK);
  const uint16_t* const x = static_cast<const uint16_t*>(in.x);
  const uint16_t* const b = static_cast<const uint16_t*>(in.b);
  const uint16_t* const c = static_cast<const uint16_t*>(in.c);

  auto load = [&](const Work& at, int stage) {
    if (at.there()) {
      const int group = heads.group(at.block);
      const uint32_t to = base + stage * Shared::STAGE;
      load_rows<state, THREADS>(to, b + group * state, in.b_row, at.begin, at.end, thread);
      load_rows<state, THREADS>(to + Shared::BYTES_OF_ROWS, c + group * state, in.c_row, at.begin, at.end, thread);
      const int head = heads.head(at.block, warpgroup);
      if (head >= 0) {
        const uint32_t tile = to + 2 * Shared::BYTES_OF_ROWS + warpgroup * TILE;
        load_rows<WIDTH, 128>(tile, x + head * WIDTH, in.x_row, at.begin, at.end, thread % 128);
      }
    }
    copies_commit();
  };

  Walk<false> walk(in.borders, heads.blocks, items);
  if (thread == 0) {
    for (int i = 0; i < AHEAD - 1; i++) works[i] = walk.next(in.borders);
  }
  // What lies above the diagonal's blocks stays zero.
  for (int i = thread % 128; i < TILE / 16; i += 128) {
    *reinterpret_cast<uint4*>(shared + (weights - base) + 16 * i) = make_uint4(0, 0, 0, 0);
  }
  __syncthreads();
  load(works[0], 0);
  load(works[1], 1);
  if (works[0].there() && warp == 0) {
    const Work& here = works[0];
    const int head = heads.head(here.block, warpgroup);
    if (head >= 0) {
      const RawSteps raw = load_steps(in, here.begin, here.end, head, thread % 32);
      write_steps(steps[0], in, raw, here.begin, here.end, in.dt_bias[head], in.a[head], thread % 32);
    }
  }

  float h[state / 2];
#pragma unroll
  for (int i = 0; i < state / 2; i++) h[i] = 0.f;

  for (int turn = 0; works[turn % AHEAD].there(); turn++) {
    const int stage = turn % STAGES;
    thread = opaque(thread);
    weights = opaque(weights);
    const int lane = thread % 32;
    const int row = 16 * warp + lane / 4;
    const int column = 2 * (lane % 4);
    copies_wait<1>();
    publish_shared();
    __syncthreads();
    const Work& here = works[turn % AHEAD];
    const Work& ahead = works[(turn + 1) % AHEAD];
    load(works[(turn + 2) % AHEAD], (turn + 2) % STAGES);
    if (thread == 0) works[(turn + 3) % AHEAD] = walk.next(in.borders);

    const int head = uniform(heads.head(here.block, warpgroup));
    const int head_ahead = ahead.there() ? heads.head(ahead.block, warpgroup) : -1;
    RawSteps raw_ahead = {0.f, 0.f};
    if (warp == 0 && head_ahead >= 0) raw_ahead = load_steps(in, ahead.begin, ahead.end, head_ahead, lane);

    if (head >= 0) {
      const uint32_t tile_b = base + stage * Shared::STAGE;
      const uint32_t tile_c = tile_b + Shared::BYTES_OF_ROWS;
      const uint32_t tile_x = tile_c + Shared::BYTES_OF_ROWS + warpgroup * TILE;
      const Steps& now = steps[turn % 2];
      const bool carried = uniform(!here.enters() || in.h0 != nullptr);
      const bool carries = uniform(!here.leaves() || out.h != nullptr);
      if (here.enters()) {
        const int64_t of = in.rows ? in.rows[here.sequence] : here.sequence;
        const float* before = in.h0 ? in.h0 + (of * in.shape.heads + head) * WIDTH * state : nullptr;
#pragma unroll
        for (int i = 0; i < state / 8; i++) {
#pragma unroll
          for (int r = 0; r < 2; r++) {
            float2 both = make_float2(0.f, 0.f);
            if (before) both = *reinterpret_cast<const float2*>(before + (row + 8 * r) * state + 8 * i + column);
            h[4 * i + 2 * r] = both.x;
            h[4 * i + 2 * r + 1] = both.y;
          }
        }
      }

      float cb[32];
      pin(cb);
      products_begin();
#pragma unroll
      for (int k = 0; k < state / 16; k++) multiply<64>(cb, columns(tile_c, k), columns(tile_b, k), k > 0);
      products_commit();
      products_wait<0>();
      pin(cb);

      {
        const float s0 = now.s[row];
        const float s1 = now.s[row + 8];
        const float d = in.d[head];
#pragma unroll
        for (int i = 0; i < 8; i++) {
          if (i / 2 <= warp) {
            const int j = 8 * i + column;
            const float2 s = *reinterpret_cast<const float2*>(now.s + j);
            const float2 dt = *reinterpret_cast<const float2*>(now.dt + j);
            float m[4];
            m[0] = cb[4 * i] * dt.x * power_of_2(fminf(s0 - s.x, 0.f));
            m[1] = cb[4 * i + 1] * dt.y * power_of_2(fminf(s0 - s.y, 0.f));
            m[2] = cb[4 * i + 2] * dt.x * power_of_2(fminf(s1 - s.x, 0.f));
            m[3] = cb[4 * i + 3] * dt.y * power_of_2(fminf(s1 - s.y, 0.f));
            if (i / 2 == warp) {
#pragma unroll
              for (int e = 0; e < 4; e++) {
                const int q = row + 8 * (e / 2);
                m[e] = j + e % 2 < q ? m[e] : j + e % 2 == q ? m[e] + d : 0.f;
              }
            }
            *reinterpret_cast<uint32_t*>(shared + (piece(weights, row, i) - base) + 2 * column) = rounded_pair(m[0], m[1]);
            *reinterpret_cast<uint32_t*>(shared + (piece(weights, row + 8, i) - base) + 2 * column) = rounded_pair(m[2], m[3]);
          }
        }
      }
      publish_shared();
      warpgroup_barrier(1 + warpgroup);

      float y[32];
      if (carried) {
#pragma unroll
        for (int half = 0; half < state / 64; half++) {
          uint32_t operand[4][4];
#pragma unroll
          for (int k = 0; k < 4; k++) as_operand(operand[k], h + 32 * half, k);
          pin(y);
          products_begin();
#pragma unroll
          for (int k = 0; k < 4; k++) multiply<64, false>(y, operand[k], columns(tile_c, 4 * half + k), half + k > 0);
          products_commit();
          products_wait<0>();
          pin(y);
        }
#pragma unroll
        for (int i = 0; i < 8; i++) {
          const float2 rise = *reinterpret_cast<const float2*>(now.rise + 8 * i + column);
          y[4 * i] *= rise.x;
          y[4 * i + 1] *= rise.y;
          y[4 * i + 2] *= rise.x;
          y[4 * i + 3] *= rise.y;
        }
      }

      uint32_t operand[4][4];
      transposed_fragments(operand, tile_x, warp, lane);
      pin(y);
      products_begin();
#pragma unroll
      for (int k = 0; k < 4; k++) multiply<64, false>(y, operand[k], columns(weights, k), carried || k > 0);
      products_commit();
      products_wait<0>();
      pin(y);
      auto leave = [&] {
        // Where this warp's columns of x were, now read, are those of y; rows of 32 bytes leave from there.
#pragma unroll
        for (int i = 0; i < 8; i += 2) {
          store_transposed(piece(tile_x, 8 * i + (lane / 16) * 8 + lane % 8, 2 * warp + (lane / 8) % 2),
              rounded_pair(y[4 * i], y[4 * i + 1]), rounded_pair(y[4 * i + 2], y[4 * i + 3]),
              rounded_pair(y[4 * i + 4], y[4 * i + 5]), rounded_pair(y[4 * i + 6], y[4 * i + 7]));
        }
        __syncwarp();
#pragma unroll
        for (int i = lane; i < 128; i += 32) {
          const int token = here.begin + i / 2;
          const int p = 2 * warp + i % 2;
          if (token < here.end) {
            const uint4 values = *reinterpret_cast<const uint4*>(shared + (piece(tile_x, i / 2, p) - base));
            uint16_t* to = static_cast<uint16_t*>(out.y) + (int64_t(token) * in.shape.heads + head) * WIDTH + 8 * p;
            *reinterpret_cast<uint4*>(to) = values;
          }
        }
      };
      if (carries) {
        scale_columns(operand, lane, [&](int j) { return now.dt[j] * now.keep[j]; });
        const float keep = now.rise[CHUNK - 1];
#pragma unroll
        for (int i = 0; i < state / 2; i++) h[i] *= keep;
        pin(h);
        products_begin();
#pragma unroll
        for (int k = 0; k < 4; k++) {
#pragma unroll
          for (int half = 0; half < state / 64; half++) {
            multiply<64, true>(h + 32 * half, operand[k], rows(tile_b + half * TILE, k), true);
          }
        }
        products_commit();
        leave();
        products_wait<0>();
        pin(h);
      } else {
        leave();
      }
      if (here.leaves() && out.h != nullptr) {
        float* after = out.h + (int64_t(here.sequence) * in.shape.heads + head) * WIDTH * state;
#pragma unroll
        for (int i = 0; i < state / 8; i++) {
#pragma unroll
          for (int r = 0; r < 2; r++) {
            *reinterpret_cast<float2*>(after + (row + 8 * r) * state + 8 * i + column) =
                make_float2(h[4 * i + 2 * r], h[4 * i + 2 * r + 1]);
          }
        }
      }
    }
    if (warp == 0 && head_ahead >= 0) {
      write_steps(steps[(turn + 1) % 2], in, raw_ahead, ahead.begin, ahead.end, in.dt_bias[head_ahead], in.a[head_ahead],
          lane);
    }
  }
  copies_wait<0>();
}

template <int state>
cudaError_t forward_of(const SsdInputs& in, const SsdOutputs& out, int processors, cudaStream_t stream) {
  const int items = in.shape.sequences * HeadBlocks(in.shape).blocks;
  const int grid = items < processors ? items : processors;
  return launch(forward_kernel<state>, dim3(grid), THREADS, ForwardShared<state>::ALL, stream, in, out, items);
}

size_t forward_scratch_on_tensor_cores(const SsdInputs&, int) { return 0; }

cudaError_t forward_on_tensor_cores(
    const SsdInputs& in, const SsdOutputs& out, void*, int processors, cudaStream_t stream) {
  return in.shape.state == 128 ? forward_of<128>(in, out, processors, stream) : forward_of<64>(in, out, processors, stream);
}

}  // namespace ssd
}  // namespace streamrank
