#pragma once
// Runs the kernels of src/main/cuda on a CPU, thread for thread, so that their index arithmetic can be checked without a
// GPU: the threads of a block are fibers that meet at barriers, shuffles and matrix products. Copies and products take
// effect only when they are waited for, shared memory starts as NaN, and descriptors and swizzles are decoded as the
// hardware does. Neither speed nor races within a warp show here.

#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __restrict__

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
struct float2 {
  float x, y;
};
struct float4 {
  float x, y, z, w;
};
struct uint4 {
  unsigned x, y, z, w;
};
struct int2 {
  int x, y;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
using cudaStream_t = void*;
using cudaError_t = int;
constexpr cudaError_t cudaSuccess = 0;
inline cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t) {
  memset(to, value, bytes);
  return cudaSuccess;
}

namespace emulated {

struct Product {
  float* d;
  uint32_t a[4];
  uint64_t a_tile, b_tile;
  int n;
  bool from_registers, across, add;
};

struct Copy {
  unsigned char* to;
  const void* from;
  bool there;
};

struct Fiber {
  ucontext_t context;
  std::unique_ptr<unsigned char[]> stack;
  bool done;
  std::vector<Copy> copies;
  std::deque<std::vector<Copy>> copy_groups;
  std::vector<Product> products;
  std::deque<std::vector<Product>> product_groups;
  uint64_t shuffled;
};

struct Barrier {
  int arrived = 0;
  int64_t generation = 0;
};

inline std::vector<Fiber> fibers;
inline ucontext_t scheduler;
inline int current, threads;
inline int64_t idle;
inline std::vector<Barrier> warps, warpgroups, named;
inline Barrier block;
inline unsigned char* shared_memory;
constexpr uint32_t kSharedBase = 1024;
constexpr size_t kSharedBytes = 232448;
inline std::function<void()> body;

[[noreturn]] inline void fail(const char* what) {
  fprintf(stderr, "emulation: %s\n", what);
  abort();
}

inline void enter() {
  body();
  fibers[current].done = true;
  swapcontext(&fibers[current].context, &scheduler);
}

inline void pause() {
  if (++idle > int64_t(threads) * 64) fail("threads wait for each other for ever");
  swapcontext(&fibers[current].context, &scheduler);
}

template <typename Last>
void meet(Barrier& barrier, int count, Last last) {
  const int64_t generation = barrier.generation;
  if (++barrier.arrived == count) {
    last();
    barrier.arrived = 0;
    barrier.generation++;
    idle = 0;
    return;
  }
  while (barrier.generation == generation) pause();
}

inline unsigned char* at(uint32_t address) {
  if (address < kSharedBase || address >= kSharedBase + kSharedBytes) fail("address outside of shared memory");
  return shared_memory + (address - kSharedBase);
}

inline float value(uint32_t address) {
  address ^= (address >> 7 & 7) << 4;
  uint32_t bits = *reinterpret_cast<uint16_t*>(at(address)) << 16;
  float v;
  memcpy(&v, &bits, 4);
  return v;
}

// Element (i, k) of an operand of 16 along k: rows of 128 bytes along k, or, across, along i.
inline float operand(uint64_t tile, bool across, int i, int k) {
  if (tile >> 62 != 1) fail("descriptor without the swizzle of 128 bytes");
  uint32_t start = (tile & 0x3FFF) << 4;
  uint32_t stride = (tile >> 32 & 0x3FFF) << 4;
  if (across && i >= 64) fail("product across more than a tile");
  int r = across ? k : i;
  int e = across ? i : k;
  return value(start + r / 8 * stride + r % 8 * 128 + 2 * e);
}

inline float half_of(uint32_t word, int which) {
  uint32_t bits = which == 0 ? word << 16 : word & 0xFFFF0000u;
  float v;
  memcpy(&v, &bits, 4);
  return v;
}

// One product of a warpgroup whose first thread is given.
inline void execute(int first, size_t group, size_t index) {
  auto of = [&](int thread) -> Product& { return fibers[first + thread].product_groups[group][index]; };
  const Product& head = of(0);
  static float a[64][16], b[16][128];
  for (int m = 0; m < 64; m++) {
    for (int k = 0; k < 16; k++) {
      if (head.from_registers) {
        int thread = m / 16 * 32 + m % 8 * 4 + k % 8 / 2;
        a[m][k] = half_of(of(thread).a[m % 16 / 8 + 2 * (k / 8)], k % 2);
      } else {
        a[m][k] = operand(head.a_tile, false, m, k);
      }
    }
  }
  for (int k = 0; k < 16; k++) {
    for (int n = 0; n < head.n; n++) b[k][n] = operand(head.b_tile, head.across, n, k);
  }
  for (int thread = 0; thread < 128; thread++) {
    Product& p = of(thread);
    if (p.a_tile != head.a_tile || p.b_tile != head.b_tile || p.add != head.add) fail("a warpgroup's threads disagree");
    for (int i = 0; i < head.n / 8; i++) {
      for (int e = 0; e < 4; e++) {
        int m = thread / 32 * 16 + thread % 32 / 4 + 8 * (e / 2);
        int n = 8 * i + 2 * (thread % 4) + e % 2;
        double sum = p.add ? p.d[4 * i + e] : 0.;
        for (int k = 0; k < 16; k++) sum += double(a[m][k]) * b[k][n];
        p.d[4 * i + e] = float(sum);
      }
    }
  }
}

}  // namespace emulated

struct EmulatedIndex {
  unsigned x, y, z;
};
inline EmulatedIndex threadIdx, blockIdx;
inline dim3 gridDim, blockDim;

inline void __syncthreads() {
  emulated::meet(emulated::block, emulated::threads, [] {});
  threadIdx.x = emulated::current;
}

inline void __syncwarp() {
  emulated::meet(emulated::warps[emulated::current / 32], 32, [] {});
}

template <typename T>
T emulated_shuffle(T x, int from) {
  using namespace emulated;
  static_assert(sizeof(T) <= 8);
  memcpy(&fibers[current].shuffled, &x, sizeof(T));
  __syncwarp();
  T y;
  memcpy(&y, &fibers[current / 32 * 32 + from].shuffled, sizeof(T));
  __syncwarp();
  return y;
}

template <typename T>
T __shfl_sync(unsigned, T x, int from) {
  return emulated_shuffle(x, from % 32);
}
template <typename T>
T __shfl_xor_sync(unsigned, T x, int mask) {
  return emulated_shuffle(x, (emulated::current % 32) ^ mask);
}
template <typename T>
T __shfl_up_sync(unsigned, T x, int by) {
  int lane = emulated::current % 32;
  return emulated_shuffle(x, lane >= by ? lane - by : lane);
}
template <typename T>
T __shfl_down_sync(unsigned, T x, int by) {
  int lane = emulated::current % 32;
  return emulated_shuffle(x, lane + by < 32 ? lane + by : lane);
}

#define SSD_SHARED(name) unsigned char* name = emulated::shared_memory

namespace streamrank {
namespace ssd {

template <typename... Parameters, typename... Arguments>
cudaError_t launch(void (*kernel)(Parameters...), dim3 grid, int count, int shared, cudaStream_t, Arguments... arguments) {
  using namespace emulated;
  if (size_t(shared) > kSharedBytes) fail("too much shared memory");
  std::unique_ptr<unsigned char[]> memory(new unsigned char[kSharedBytes + 1024]);
  shared_memory = reinterpret_cast<unsigned char*>((reinterpret_cast<uintptr_t>(memory.get()) + 1023) / 1024 * 1024);
  threads = count;
  gridDim = grid;
  blockDim = dim3(count);
  fibers.resize(count);
  for (auto& fiber : fibers) {
    if (!fiber.stack) fiber.stack.reset(new unsigned char[256 * 1024]);
  }
  body = [&] { kernel(Parameters(arguments)...); };
  for (unsigned y = 0; y < grid.y; y++) {
    for (unsigned x = 0; x < grid.x; x++) {
      blockIdx = {x, y, 0};
      memset(shared_memory, 0xFF, kSharedBytes);
      warps.assign((count + 31) / 32, Barrier());
      warpgroups.assign((count + 127) / 128, Barrier());
      named.assign(16, Barrier());
      block = Barrier();
      idle = 0;
      for (int i = 0; i < count; i++) {
        Fiber& fiber = fibers[i];
        fiber.done = false;
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack.get();
        fiber.context.uc_stack.ss_size = 256 * 1024;
        fiber.context.uc_link = nullptr;
        makecontext(&fiber.context, enter, 0);
      }
      for (int left = count; left > 0;) {
        for (current = 0; current < count; current++) {
          if (fibers[current].done) continue;
          threadIdx = {unsigned(current), 0, 0};
          swapcontext(&scheduler, &fibers[current].context);
          if (fibers[current].done) {
            left--;
            idle = 0;
          }
        }
      }
      for (auto& fiber : fibers) {
        if (!fiber.copies.empty() || !fiber.product_groups.empty() || !fiber.products.empty()) {
          fail("a thread ends with products or copies not waited for");
        }
        for (auto& group : fiber.copy_groups) {
          if (!group.empty()) fail("a thread ends with copies not waited for");
        }
        fiber.copy_groups.clear();
      }
    }
  }
  return cudaSuccess;
}

inline uint32_t shared_address(const void* p) {
  return uint32_t(static_cast<const unsigned char*>(p) - emulated::shared_memory) + emulated::kSharedBase;
}

inline float exp2_fast(float x) { return exp2f(x); }

inline float from_bits(uint32_t bits) {
  float v;
  memcpy(&v, &bits, 4);
  return v;
}

inline uint32_t rounded(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  if (x != x) return 0x7FFF;
  return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}

inline uint32_t pack(float first, float second) { return rounded(first) | rounded(second) << 16; }

inline void copy16(uint32_t to, const void* from, bool there) {
  if (to % 16 != 0 || reinterpret_cast<uintptr_t>(from) % 16 != 0) emulated::fail("copy of 16 bytes not aligned");
  emulated::fibers[emulated::current].copies.push_back({emulated::at(to), from, there});
}

inline void copies_commit() {
  auto& fiber = emulated::fibers[emulated::current];
  fiber.copy_groups.push_back(std::move(fiber.copies));
  fiber.copies.clear();
}

template <int pending>
void copies_wait() {
  auto& groups = emulated::fibers[emulated::current].copy_groups;
  while (groups.size() > pending) {
    for (auto& copy : groups.front()) {
      if (copy.there) {
        memcpy(copy.to, copy.from, 16);
      } else {
        memset(copy.to, 0, 16);
      }
    }
    groups.pop_front();
  }
}

inline void publish_shared() {}

inline void warpgroup_barrier(int id) {
  emulated::meet(emulated::named[id], 128, [] {});
}

// The matrices' rows as all lanes gave them; transposed or not, a lane has elements (lane / 4, 2 (lane mod 4) ..).
template <bool transposed, bool store>
void move_matrices(uint32_t (&r)[4], uint32_t row) {
  using namespace emulated;
  int lane = current % 32;
  uint32_t addresses[32];
  if (row % 16 != 0) fail("matrix row not aligned");
  fibers[current].shuffled = row;
  __syncwarp();
  for (int i = 0; i < 32; i++) addresses[i] = uint32_t(fibers[current / 32 * 32 + i].shuffled);
  __syncwarp();
  for (int m = 0; m < 4; m++) {
    for (int e = 0; e < 2; e++) {
      int i = lane / 4, j = 2 * (lane % 4) + e;
      uint32_t address = transposed ? addresses[8 * m + j] + 2 * i : addresses[8 * m + i] + 2 * j;
      uint16_t& element = *reinterpret_cast<uint16_t*>(at(address));
      if (store) {
        element = uint16_t(r[m] >> (16 * e));
      } else {
        r[m] = e == 0 ? element : (r[m] & 0xFFFF) | uint32_t(element) << 16;
      }
    }
  }
  __syncwarp();
}

inline void load_matrices(uint32_t (&r)[4], uint32_t row) { move_matrices<false, false>(r, row); }
inline void load_transposed(uint32_t (&r)[4], uint32_t row) { move_matrices<true, false>(r, row); }
inline void store_matrices(uint32_t row, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  uint32_t r[4] = {a, b, c, d};
  move_matrices<false, true>(r, row);
}
inline void store_transposed(uint32_t row, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  uint32_t r[4] = {a, b, c, d};
  move_matrices<true, true>(r, row);
}

inline void products_begin() {}
inline void products_commit() {
  auto& fiber = emulated::fibers[emulated::current];
  fiber.product_groups.push_back(std::move(fiber.products));
  fiber.products.clear();
}

template <int pending>
void products_wait() {
  using namespace emulated;
  int first = current / 128 * 128;
  meet(warpgroups[current / 128], 128, [&] {
    while (fibers[first].product_groups.size() > pending) {
      for (size_t i = 0; i < fibers[first].product_groups[0].size(); i++) execute(first, 0, i);
      for (int t = 0; t < 128; t++) fibers[first + t].product_groups.pop_front();
    }
  });
}

inline int uniform(int x) {
  int y = __shfl_sync(0xFFFFFFFFu, x, 0);
  if (x != y) emulated::fail("what should be uniform is not");
  return y;
}
inline int opaque(int x) { return x; }

template <int n>
void pin(float (&)[n]) {}

template <int n>
void multiply(float* d, uint64_t a, uint64_t b, bool add) {
  emulated::fibers[emulated::current].products.push_back({d, {0, 0, 0, 0}, a, b, n, false, false, add});
}

template <int n, bool across>
void multiply(float* d, const uint32_t (&a)[4], uint64_t b, bool add) {
  emulated::fibers[emulated::current].products.push_back({d, {a[0], a[1], a[2], a[3]}, 0, b, n, true, across, add});
}

}  // namespace ssd
}  // namespace streamrank
