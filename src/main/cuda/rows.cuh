// How kernels that norm rows share them out: a row lies in the registers of one warp, or of a block's four where it is
// long, so that it is read once.
#pragma once

#include "device.cuh"
#include "kernels.h"

namespace streamrank {
namespace {

constexpr int V = 8;
constexpr int WARPS = 4;
constexpr int THREADS = 32 * WARPS;

// Four blocks for each multiprocessor of a large GPU.
constexpr int BACKWARD_BLOCKS_MAX = 528;

// A row's numbers that a thread has: packs of V at (thread + i * SHARE), where SHARE threads share a row.
template <int SHARED_WARPS>
struct Share {
  static constexpr int SHARE = 32 * SHARED_WARPS;
  static constexpr int ROWS = WARPS / SHARED_WARPS;  // of a block at a time

  static __device__ __forceinline__ int row() { return threadIdx.x / SHARE; }

  static __device__ __forceinline__ int column(int i) { return (threadIdx.x % SHARE + i * SHARE) * V; }

  // The sum over a row, in each of its threads.
  static __device__ __forceinline__ float sum(float x) {
    x = warp_sum(x);
    if constexpr (SHARED_WARPS > 1) {
      __shared__ float sums[WARPS];
      __syncthreads();
      if (threadIdx.x % 32 == 0) {
        sums[threadIdx.x / 32] = x;
      }
      __syncthreads();
      x = 0.f;
#pragma unroll
      for (int warp = 0; warp < WARPS; warp++) {
        x += sums[warp];
      }
    }
    return x;
  }
};

// One warp takes a row of up to 1,024 numbers.
inline int shared_warps(int width) { return width <= 32 * V * 4 ? 1 : WARPS; }

inline int rows_at_a_time(int width) { return WARPS / shared_warps(width); }

inline int row_blocks(int rows, int width) { return (rows + rows_at_a_time(width) - 1) / rows_at_a_time(width); }

inline int backward_blocks(int rows, int width) { return min(row_blocks(rows, width), BACKWARD_BLOCKS_MAX); }

// Calls with the warps that share a row and the packs that each thread has of it.
template <typename Call>
cudaError_t by_width(int width, Call call) {
  if (width > NORM_WIDTH_MAX) {
    return cudaErrorInvalidValue;
  }
  const int warps = shared_warps(width);
  switch ((width + 32 * warps * V - 1) / (32 * warps * V)) {
    case 1:
      return call.template operator()<1, 1>();
    case 2:
      return warps == 1 ? call.template operator()<1, 2>() : call.template operator()<WARPS, 2>();
    case 3:
      return warps == 1 ? call.template operator()<1, 3>() : call.template operator()<WARPS, 4>();
    case 4:
      return warps == 1 ? call.template operator()<1, 4>() : call.template operator()<WARPS, 4>();
    default:
      return call.template operator()<WARPS, 8>();
  }
}

}  // namespace
}  // namespace streamrank
