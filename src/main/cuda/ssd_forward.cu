// The forward pass on tensor cores. A block of three warpgroups walks through sequences chunk by chunk, one warpgroup a
// head, b and c shared. A state stays in registers, transposed products let it be an operand without leaving them:
//   y' = h c' + x' m',  m[q, j] = (c b')[q, j] exp(s_q - s_j) dt_j for j <= q, and d on the diagonal
//   h = exp(s_end) h + (x dt exp(s_end - s))' b
// Two more warps bring chunks to come to shared memory meanwhile, across the borders of sequences.

#include "ssd_parts.h"
#include "ssd_segments.h"
#include "ssd_tiles.h"

namespace streamrank {
namespace ssd {

// A warpgroup's work, on a head of each block of heads.
template <int state>
__device__ __forceinline__ void forward_heads(
    const SsdInputs& in, const SsdOutputs& out, unsigned char* shared, int warpgroup, int warp) {
  using Stages = Pipeline<state, true>;
  const uint32_t base = shared_address(shared);
  int thread = threadIdx.x;
  float h[state / 2];
#pragma unroll
  for (int i = 0; i < state / 2; i++) h[i] = 0.f;
  int stage = 0;
  unsigned round = 0;
  for (;;) {
    thread = opaque(thread);
    const int lane = thread % 32;
    const int row = 16 * warp + lane / 4;
    const int column = 2 * (lane % 4);
    barrier_wait(Stages::full(base, stage), round & 1);
    const uint32_t tile_b = base + stage * Stages::STAGE;
    const uint32_t tile_c = tile_b + Stages::C;
    const Work& here = *reinterpret_cast<const Work*>(shared + stage * Stages::STAGE + Stages::WORK);
    const int flags = uniform(here.flags);
    if (!(flags & Work::THERE)) break;
    if (warpgroup < uniform(here.heads)) {
      const uint32_t tile_x = tile_b + Stages::X + warpgroup * TILE;
      const uint32_t tile_m = base + Stages::ALL_ALIGNED + warpgroup * TILE;
      const Steps& now = reinterpret_cast<const Steps*>(shared + stage * Stages::STAGE + Stages::STEPS)[warpgroup];
      const int head = here.head + warpgroup;
      const bool carried = !(flags & Work::ENTERS) || in.h0 != nullptr;
      const bool carries = !(flags & Work::LEAVES) || out.h != nullptr;

      if (flags & Work::ENTERS) {
        const int64_t of = in.rows ? in.rows[here.sequence] : here.sequence;
        read_state<state>(h, in.h0 ? in.h0 + (of * in.shape.heads + head) * WIDTH * state : nullptr, row, column);
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
            const float2 late = *reinterpret_cast<const float2*>(now.late + j);
            float m[4];
            m[0] = cb[4 * i] * power_of_2(s0 + late.x);
            m[1] = cb[4 * i + 1] * power_of_2(s0 + late.y);
            m[2] = cb[4 * i + 2] * power_of_2(s1 + late.x);
            m[3] = cb[4 * i + 3] * power_of_2(s1 + late.y);
            if (i / 2 == warp) {
#pragma unroll
              for (int e = 0; e < 4; e++) {
                const int q = row + 8 * (e / 2);
                m[e] = j + e % 2 < q ? m[e] : j + e % 2 == q ? m[e] + d : 0.f;
              }
            }
            *reinterpret_cast<uint32_t*>(shared + (piece(tile_m, row, i) - base) + 2 * column) =
                rounded_pair(m[0], m[1]);
            *reinterpret_cast<uint32_t*>(shared + (piece(tile_m, row + 8, i) - base) + 2 * column) =
                rounded_pair(m[2], m[3]);
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
      for (int k = 0; k < 4; k++) multiply<64, false>(y, operand[k], columns(tile_m, k), carried || k > 0);
      products_commit();
      products_wait<0>();
      pin(y);
      // Where this warp's columns of x were, now read, are those of y; rows of 32 bytes leave from there.
      auto leave = [&] {
#pragma unroll
        for (int i = 0; i < 8; i += 2) {
          store_transposed(piece(tile_x, 8 * i + (lane / 16) * 8 + lane % 8, 2 * warp + (lane / 8) % 2),
              rounded_pair(y[4 * i], y[4 * i + 1]), rounded_pair(y[4 * i + 2], y[4 * i + 3]),
              rounded_pair(y[4 * i + 4], y[4 * i + 5]), rounded_pair(y[4 * i + 6], y[4 * i + 7]));
        }
        __syncwarp();
        const int p = 2 * warp + lane % 2;
        const int begin = here.begin + lane / 2;
        const int64_t stride = int64_t(in.shape.heads) * WIDTH;
        uint16_t* to = static_cast<uint16_t*>(out.y) + begin * stride + head * WIDTH + 8 * p;
#pragma unroll
        for (int i = 0; i < 4; i++) {
          if (begin + 16 * i < here.end) {
            *reinterpret_cast<uint4*>(to + 16 * i * stride) =
                *reinterpret_cast<const uint4*>(shared + (piece(tile_x, lane / 2 + 16 * i, p) - base));
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
        for (int k = 0; k < 4; k++) multiply<state, true>(h, operand[k], rows(tile_b, k), true);
        products_commit();
        leave();
        products_wait<0>();
        pin(h);
      } else {
        leave();
      }
      if ((flags & Work::LEAVES) && out.h != nullptr) {
        write_state<state>(h, out.h + (int64_t(here.sequence) * in.shape.heads + head) * WIDTH * state, row, column);
      }
    }
    Stages::release(base, stage, lane);
    if (++stage == Stages::STAGES) {
      stage = 0;
      round++;
    }
  }
}

template <int state>
__global__ void __launch_bounds__(Pipeline<state, true>::THREADS, 1)
    forward_kernel(SsdInputs in, SsdOutputs out, int blocks, int items) {
  using Stages = Pipeline<state, true>;
  SSD_SHARED(shared);
  const uint32_t base = shared_address(shared);
  const int warps = uniform(threadIdx.x / 32);
  const int warpgroup = warps / 4;
  const int warp = warps % 4;
  const int thread = threadIdx.x;
  // What lies above the diagonal's blocks stays zero.
  unsigned char* weights = shared + Stages::ALL_ALIGNED + warpgroup * TILE;
  if (warpgroup < HEADS) {
    for (int i = thread % 128; i < TILE / 16; i += 128) {
      reinterpret_cast<uint4*>(weights)[i] = make_uint4(0, 0, 0, 0);
    }
  }
  Stages::begin(base);
  if (warpgroup == HEADS) {
    const Flow flow = {static_cast<const uint16_t*>(in.x), static_cast<const uint16_t*>(in.b),
        static_cast<const uint16_t*>(in.c), in.x_row, in.b_row, in.c_row};
    registers_give<FILLER_REGISTERS>();
    fill<state, true, false>(in, flow, shared, blocks, items, warp);
  } else {
    registers_take<CONSUMER_REGISTERS>();
    forward_heads<state>(in, out, shared, warpgroup, warp);
  }
}
template <int state>
cudaError_t forward_of(const SsdInputs& in, const SsdOutputs& out, int processors, cudaStream_t stream) {
  using Stages = Pipeline<state, true>;
  const int blocks = head_blocks(in.shape);
  const int items = in.shape.sequences * blocks;
  const int grid = items < processors ? items : processors;
  return launch(forward_kernel<state>, dim3(grid), Stages::THREADS, Stages::ALL_ALIGNED + HEADS * TILE, stream, in, out,
      blocks, items);
}

size_t forward_scratch_on_tensor_cores(const SsdInputs& in, int processors) {
  Scratch scratch(nullptr);
  const Segments segments(in, processors, scratch);
  return scratch.bytes();
}

cudaError_t forward_on_tensor_cores(
    const SsdInputs& in, const SsdOutputs& out, void* memory, int processors, cudaStream_t stream) {
  Scratch scratch(memory);
  const Segments segments(in, processors, scratch);
  const SsdInputs pieces = segments.pieces(in);
  SsdOutputs of_pieces = out;
  if (segments.cut()) {
    cudaError_t error = segments.enter(in, out.h, processors, stream);
    if (error != cudaSuccess) return error;
    of_pieces.h = nullptr;
  }
  return in.shape.state == 128 ? forward_of<128>(pieces, of_pieces, processors, stream)
                               : forward_of<64>(pieces, of_pieces, processors, stream);
}

}  // namespace ssd
}  // namespace streamrank
