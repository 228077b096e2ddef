// States alone, forward or backwards, by the pipeline of the forward pass: what enters each chunk, and what leaves each
// sequence.

#include "ssd_parts.h"
#include "ssd_tiles.h"

namespace streamrank {
namespace ssd {

template <int state, bool backwards>
__device__ __forceinline__ void heads_states(
    const SsdInputs& in, const States& io, unsigned char* shared, int warpgroup, int warp) {
  using Stages = Pipeline<state, false>;
  const uint32_t base = shared_address(shared);
  int thread = threadIdx.x;
  float h[state / 2];
#pragma unroll
  for (int i = 0; i < state / 2; i++) h[i] = 0.f;
  float left = 0.f;  // log2 of how much is left of what entered the sequence
  int stage = 0;
  unsigned round = 0;
  for (;;) {
    thread = opaque(thread);
    const int lane = thread % 32;
    const int row = 16 * warp + lane / 4;
    const int column = 2 * (lane % 4);
    barrier_wait(Stages::full(base, stage), round & 1);
    const uint32_t tile_v = base + stage * Stages::STAGE;
    const Work& here = *reinterpret_cast<const Work*>(shared + stage * Stages::STAGE + Stages::WORK);
    const int flags = uniform(here.flags);
    if (!(flags & Work::THERE)) break;
    if (warpgroup < uniform(here.heads)) {
      const Steps& now = reinterpret_cast<const Steps*>(shared + stage * Stages::STAGE + Stages::STEPS)[warpgroup];
      const int head = here.head + warpgroup;
      if (flags & Work::ENTERS) {
        const int64_t of = io.rows ? io.rows[here.sequence] : here.sequence;
        read_state<state>(h, io.start ? io.start + (of * in.shape.heads + head) * WIDTH * state : nullptr, row, column);
      }
      if (flags & Work::ENTERS) left = 0.f;
      if (io.kept != nullptr && (!(flags & Work::ENTERS) || io.start != nullptr)) {
        // This warp's 16 rows leave through shared memory of its own.
        const uint32_t leaving = base + Stages::ALL_ALIGNED + warpgroup * Stages::BYTES_OF_ROWS;
        __syncwarp();
#pragma unroll
        for (int i = 0; i < state / 8; i += 2) {
          store_matrices(piece(leaving + i / 8 * TILE, 16 * warp + lane % 16, i % 8 + lane / 16),
              rounded_pair(h[4 * i], h[4 * i + 1]), rounded_pair(h[4 * i + 2], h[4 * i + 3]),
              rounded_pair(h[4 * i + 4], h[4 * i + 5]), rounded_pair(h[4 * i + 6], h[4 * i + 7]));
        }
        __syncwarp();
        constexpr int pieces = state / 8;
        uint16_t* to =
            io.kept + ((int64_t(io.first[here.sequence]) + here.number) * in.shape.heads + head) * WIDTH * state;
#pragma unroll
        for (int i = lane; i < 16 * pieces; i += 32) {
          const int r = 16 * warp + i / pieces;
          const int p = i % pieces;
          *reinterpret_cast<uint4*>(to + r * state + 8 * p) =
              *reinterpret_cast<const uint4*>(shared + (piece(leaving + p / 8 * TILE, r, p % 8) - base));
        }
      }
      if (!(flags & Work::LEAVES) || io.end != nullptr) {
        uint32_t operand[4][4];
        transposed_fragments(operand, tile_v + Stages::X + warpgroup * TILE, warp, lane);
        scale_columns(operand, lane, [&](int j) { return backwards ? now.rise[j] : now.dt[j] * now.keep[j]; });
        const float keep = now.rise[CHUNK - 1];
#pragma unroll
        for (int i = 0; i < state / 2; i++) h[i] *= keep;
        pin(h);
        products_begin();
#pragma unroll
        for (int k = 0; k < 4; k++) multiply<state, true>(h, operand[k], rows(tile_v, k), true);
        products_commit();
        products_wait<0>();
        pin(h);
      }
      left += now.s[CHUNK - 1];
      if ((flags & Work::LEAVES) && io.left != nullptr && thread % 128 == 0) {
        io.left[int64_t(here.sequence) * in.shape.heads + head] = power_of_2(left);
      }
      if ((flags & Work::LEAVES) && io.end != nullptr) {
        write_state<state>(h, io.end + (int64_t(here.sequence) * in.shape.heads + head) * WIDTH * state, row, column);
      }
    }
    Stages::release(base, stage, lane);
    if (++stage == Stages::STAGES) {
      stage = 0;
      round++;
    }
  }
}

// h = exp(s_end) h + (u factor)' v, and what h is before each chunk. Forward u is x, v is b and the factor is
// dt exp(s_end - s); backwards u is the gradient of y, v is c and the factor is exp(s).
template <int state, bool backwards>
__global__ void __launch_bounds__(Pipeline<state, false>::THREADS, 1)
    states_kernel(SsdInputs in, Flow flow, States io, int blocks, int items) {
  using Stages = Pipeline<state, false>;
  SSD_SHARED(shared);
  const int warps = uniform(threadIdx.x / 32);
  Stages::begin(shared_address(shared));
  if (warps / 4 == HEADS) {
    registers_give<FILLER_REGISTERS>();
    fill<state, false, backwards>(in, flow, shared, blocks, items, warps % 4);
  } else {
    registers_take<CONSUMER_REGISTERS>();
    heads_states<state, backwards>(in, io, shared, warps / 4, warps % 4);
  }
}

template <int state, bool backwards>
cudaError_t pass_states_of(
    const SsdInputs& in, const Flow& flow, const States& io, int processors, cudaStream_t stream) {
  using Stages = Pipeline<state, false>;
  const int blocks = head_blocks(in.shape);
  const int items = in.shape.sequences * blocks;
  const int grid = items < processors ? items : processors;
  const int shared = Stages::ALL_ALIGNED + HEADS * Stages::BYTES_OF_ROWS;
  return launch(
      states_kernel<state, backwards>, dim3(grid), Stages::THREADS, shared, stream, in, flow, io, blocks, items);
}

cudaError_t pass_states(const SsdInputs& in, const States& io, int processors, cudaStream_t stream) {
  const Flow flow = {
      static_cast<const uint16_t*>(in.x), static_cast<const uint16_t*>(in.b), nullptr, in.x_row, in.b_row, 0};
  return in.shape.state == 128 ? pass_states_of<128, false>(in, flow, io, processors, stream)
                               : pass_states_of<64, false>(in, flow, io, processors, stream);
}

cudaError_t pass_states_back(
    const SsdInputs& in, const void* dy, const States& io, int processors, cudaStream_t stream) {
  const Flow flow = {static_cast<const uint16_t*>(dy), static_cast<const uint16_t*>(in.c), nullptr,
      int64_t(in.shape.heads) * WIDTH, in.c_row, 0};
  return in.shape.state == 128 ? pass_states_of<128, true>(in, flow, io, processors, stream)
                               : pass_states_of<64, true>(in, flow, io, processors, stream);
}

}  // namespace ssd
}  // namespace streamrank
