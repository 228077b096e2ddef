// CUDA as far as the kernels of src/main/cuda use it, on the CPU: a block's threads are fibers, which run one after the
// other and wait for each other where the kernel says so. Slow, but it needs no GPU, and finds wrong indices and sums.
// Memory checks and races are compute-sanitizer's business.
#pragma once

#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(...)

struct dim3 {
  unsigned x;
  unsigned y;
  unsigned z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

struct alignas(8) uint2 {
  uint32_t x, y;
};
struct alignas(16) uint4 {
  uint32_t x, y, z, w;
};
inline uint2 make_uint2(uint32_t x, uint32_t y) { return {x, y}; }
inline uint4 make_uint4(uint32_t x, uint32_t y, uint32_t z, uint32_t w) { return {x, y, z, w}; }

enum cudaError_t { cudaSuccess = 0, cudaErrorInvalidValue = 1 };
using cudaStream_t = void*;
inline cudaError_t cudaGetLastError() { return cudaSuccess; }
inline const char* cudaGetErrorString(cudaError_t) { return "invalid argument"; }

template <typename T>
T min(T a, T b) {
  return b < a ? b : a;
}

template <typename T>
T max(T a, T b) {
  return a < b ? b : a;
}

template <typename T>
T __ldg(const T* from) {
  return *from;
}

inline float rsqrtf(float x) { return 1.f / std::sqrt(x); }

namespace emulated {

constexpr size_t STACK = 256 << 10;
constexpr int LANES = 32;

struct Barrier {
  int arrived = 0;
  long generation = 0;
};

struct Fiber {
  ucontext_t context;
  std::unique_ptr<char[]> stack{new char[STACK]};
  dim3 thread;
  int place = 0;
  bool done = false;
};

struct Block {
  std::vector<Fiber> fibers;
  std::vector<Barrier> warps;
  std::vector<float> exchanged;
  Barrier all;
  ucontext_t scheduler;
  const std::function<void()>* kernel = nullptr;
};

inline Block* block = nullptr;
inline Fiber* fiber = nullptr;
inline dim3 block_place;
inline dim3 grid_size;
inline dim3 block_size;

inline void give_way() { swapcontext(&fiber->context, &block->scheduler); }

inline int living(int from, int to) {
  int count = 0;
  for (int i = from; i < to; i++) {
    count += block->fibers[i].done ? 0 : 1;
  }
  return count;
}

inline void wait(Barrier& barrier, int from, int to) {
  const long generation = barrier.generation;
  barrier.arrived++;
  while (barrier.generation == generation) {
    if (barrier.arrived >= living(from, to)) {
      barrier.arrived = 0;
      barrier.generation++;
      return;
    }
    give_way();
  }
}

inline void wait_for_block() { wait(block->all, 0, static_cast<int>(block->fibers.size())); }

inline void wait_for_warp() {
  const int warp = fiber->place / LANES;
  wait(block->warps[warp], warp * LANES, min((warp + 1) * LANES, static_cast<int>(block->fibers.size())));
}

inline float exchange(float mine, int mask) {
  block->exchanged[fiber->place] = mine;
  wait_for_warp();
  const float other = block->exchanged[fiber->place ^ mask];
  wait_for_warp();
  return other;
}

inline void enter() {
  (*block->kernel)();
  fiber->done = true;
  give_way();
}

// Fibers go in another order every round, so that nothing can rest on one.
inline void run_block(const std::function<void()>& kernel) {
  Block& b = *block;
  b.kernel = &kernel;
  b.all = Barrier();
  for (Barrier& warp : b.warps) {
    warp = Barrier();
  }
  for (size_t i = 0; i < b.fibers.size(); i++) {
    Fiber& f = b.fibers[i];
    f.place = static_cast<int>(i);
    f.thread = dim3(i % block_size.x, i / block_size.x % block_size.y, i / block_size.x / block_size.y);
    f.done = false;
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.get();
    f.context.uc_stack.ss_size = STACK;
    f.context.uc_link = nullptr;
    makecontext(&f.context, enter, 0);
  }
  bool alive = true;
  for (unsigned round = 0; alive; round++) {
    alive = false;
    for (size_t i = 0; i < b.fibers.size(); i++) {
      fiber = &b.fibers[round % 2 == 0 ? i : b.fibers.size() - 1 - i];
      if (!fiber->done) {
        swapcontext(&b.scheduler, &fiber->context);
        alive = alive || !fiber->done;
      }
    }
  }
}

inline void launch(dim3 grid, dim3 threads, const std::function<void()>& kernel) {
  const size_t count = static_cast<size_t>(threads.x) * threads.y * threads.z;
  Block own;
  own.fibers.resize(count);
  own.warps.resize((count + LANES - 1) / LANES);
  own.exchanged.resize(count);
  block = &own;
  grid_size = grid;
  block_size = threads;
  for (unsigned z = 0; z < grid.z; z++) {
    for (unsigned y = 0; y < grid.y; y++) {
      for (unsigned x = 0; x < grid.x; x++) {
        block_place = dim3(x, y, z);
        run_block(kernel);
      }
    }
  }
  block = nullptr;
}

}  // namespace emulated

#define threadIdx (emulated::fiber->thread)
#define blockIdx (emulated::block_place)
#define gridDim (emulated::grid_size)
#define blockDim (emulated::block_size)

inline void __syncthreads() { emulated::wait_for_block(); }
inline void __syncwarp() { emulated::wait_for_warp(); }
inline float __shfl_xor_sync(unsigned, float x, int mask) { return emulated::exchange(x, mask); }

#define STREAMRANK_LAUNCH(kernel, grid, block, stream, ...) \
  emulated::launch(grid, block, [&] { (kernel)(__VA_ARGS__); })
