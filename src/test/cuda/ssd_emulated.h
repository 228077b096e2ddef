#pragma once
// More of the hardware for the kernels of state space duality, beside emulated.h: shared memory with its swizzles,
// copies and matrix products that take effect only when they are waited for, descriptors decoded as the hardware does.
// Shared memory starts as NaN. What depends on fences does not show here.

#include <cstdio>
#include <cstring>
#include <deque>
#include <map>

#include "emulated.h"

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline float2 make_float2(float x, float y) { return {x, y}; }

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

// What a thread has asked for and not waited for.
struct Asked {
  std::vector<Copy> copies;
  std::deque<std::vector<Copy>> copy_groups;
  std::vector<Product> products;
  std::deque<std::vector<Product>> product_groups;
  uint64_t shuffled;
};

constexpr uint32_t SHARED_BASE = 1024;
constexpr size_t SHARED_BYTES = 232448;

// In shared memory on the device.
struct Phases {
  int arrivals, pending;
  unsigned phase;
};

inline std::map<uint32_t, Phases> phases;
inline std::vector<Asked> asked;
inline std::vector<Barrier> warpgroups, named;
inline unsigned char* shared_memory;

[[noreturn]] inline void fail(const char* what) {
  fprintf(stderr, "emulation: %s\n", what);
  abort();
}

inline Asked& mine() { return asked[fiber->place]; }

inline void wait_for_warpgroup(Barrier& barrier) {
  const int first = fiber->place / 128 * 128;
  wait(barrier, first, first + 128);
}

inline unsigned char* at(uint32_t address) {
  if (address < SHARED_BASE || address >= SHARED_BASE + SHARED_BYTES) fail("address outside of shared memory");
  return shared_memory + (address - SHARED_BASE);
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
  const uint32_t beside = (tile >> 16 & 0x3FFF) << 4;
  int r = across ? k : i;
  int e = across ? i % 64 : k;
  if (across) start += i / 64 * beside;
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
  auto of = [&](int thread) -> Product& { return asked[first + thread].product_groups[group][index]; };
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

// A block begins.
inline void forget(size_t count) {
  memset(shared_memory, 0xFF, SHARED_BYTES);
  asked.assign(count, Asked());
  phases.clear();
  warpgroups.assign((count + 127) / 128, Barrier());
  named.assign(16, Barrier());
}

// A thread ends.
inline void check_waited() {
  for (auto& group : mine().copy_groups) {
    if (!group.empty()) fail("a thread ends with copies not waited for");
  }
  if (!mine().copies.empty() || !mine().products.empty() || !mine().product_groups.empty()) {
    fail("a thread ends with products or copies not waited for");
  }
}

template <typename T>
T shuffle(T x, int from) {
  static_assert(sizeof(T) <= 8);
  memcpy(&mine().shuffled, &x, sizeof(T));
  wait_for_warp();
  T y;
  memcpy(&y, &asked[fiber->place / LANES * LANES + from].shuffled, sizeof(T));
  wait_for_warp();
  return y;
}

inline int lane() { return fiber->place % LANES; }

}  // namespace emulated

template <typename T>
T __shfl_sync(unsigned, T x, int from) {
  return emulated::shuffle(x, from);
}
template <typename T>
T __shfl_up_sync(unsigned, T x, int by) {
  const int lane = emulated::lane();
  return emulated::shuffle(x, lane >= by ? lane - by : lane);
}
template <typename T>
T __shfl_down_sync(unsigned, T x, int by) {
  const int lane = emulated::lane();
  return emulated::shuffle(x, lane + by < 32 ? lane + by : lane);
}

#define SSD_SHARED(name) unsigned char* name = emulated::shared_memory

namespace streamrank {
namespace ssd {

template <typename... Parameters, typename... Arguments>
cudaError_t launch(
    void (*kernel)(Parameters...), dim3 grid, int count, int shared, cudaStream_t, Arguments... arguments) {
  if (size_t(shared) > emulated::SHARED_BYTES) emulated::fail("too much shared memory");
  std::vector<unsigned char> memory(emulated::SHARED_BYTES + 1024);
  emulated::shared_memory = memory.data() + (1024 - reinterpret_cast<uintptr_t>(memory.data()) % 1024);
  emulated::launch(grid, dim3(count), [&] {
    if (emulated::fiber->place == 0) emulated::forget(count);
    kernel(Parameters(arguments)...);
    emulated::check_waited();
  });
  return cudaSuccess;
}

struct Device {
  int processors;
  bool hopper;
};

inline Device current_device() { return {3, true}; }

inline uint32_t shared_address(const void* p) {
  return uint32_t(static_cast<const unsigned char*>(p) - emulated::shared_memory) + emulated::SHARED_BASE;
}

inline void copy16(uint32_t to, const void* from, bool there) {
  if (to % 16 != 0 || reinterpret_cast<uintptr_t>(from) % 16 != 0) emulated::fail("copy of 16 bytes not aligned");
  emulated::mine().copies.push_back({emulated::at(to), from, there});
}

inline void copies_commit() {
  auto& fiber = emulated::mine();
  fiber.copy_groups.push_back(std::move(fiber.copies));
  fiber.copies.clear();
}

template <int pending>
void copies_wait() {
  auto& groups = emulated::mine().copy_groups;
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

inline void warpgroup_barrier(int id) { emulated::wait_for_warpgroup(emulated::named[id]); }

inline void barrier_make(uint32_t barrier, int arrivals) {
  emulated::at(barrier);
  emulated::phases[barrier] = {arrivals, arrivals, 0};
}

inline void barrier_arrive(uint32_t barrier) {
  auto& phases = emulated::phases.at(barrier);
  if (--phases.pending == 0) {
    phases.pending = phases.arrivals;
    phases.phase ^= 1;
  }
}

inline void barrier_wait(uint32_t barrier, unsigned phase) {
  while (emulated::phases.at(barrier).phase == phase) emulated::give_way();
}

template <int count>
void registers_take() {}
template <int count>
void registers_give() {}

// The matrices' rows as all lanes gave them; transposed or not, a lane has elements (lane / 4, 2 (lane mod 4) ..).
template <bool transposed, bool store>
void move_matrices(uint32_t (&r)[4], uint32_t row) {
  using namespace emulated;
  const int lane = emulated::lane();
  uint32_t addresses[32];
  if (row % 16 != 0) fail("matrix row not aligned");
  mine().shuffled = row;
  __syncwarp();
  for (int i = 0; i < 32; i++) addresses[i] = uint32_t(asked[fiber->place / 32 * 32 + i].shuffled);
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
  auto& fiber = emulated::mine();
  fiber.product_groups.push_back(std::move(fiber.products));
  fiber.products.clear();
}

template <int pending>
void products_wait() {
  using namespace emulated;
  const int first = fiber->place / 128 * 128;
  Barrier& barrier = warpgroups[fiber->place / 128];
  wait_for_warpgroup(barrier);
  // The first to go on works for all.
  while (asked[first].product_groups.size() > pending) {
    for (size_t i = 0; i < asked[first].product_groups[0].size(); i++) execute(first, 0, i);
    for (int t = 0; t < 128; t++) asked[first + t].product_groups.pop_front();
  }
  wait_for_warpgroup(barrier);
}

inline int uniform(int x) {
  int y = __shfl_sync(0xFFFFFFFFu, x, 0);
  if (x != y) emulated::fail("what should be uniform is not");
  return y;
}
inline int opaque(int x) { return x; }
inline void in_order() {}

template <int n>
void pin(float (&)[n]) {}

template <int n>
void multiply(float* d, uint64_t a, uint64_t b, bool add) {
  emulated::mine().products.push_back({d, {0, 0, 0, 0}, a, b, n, false, false, add});
}

template <int n, bool across>
void multiply(float* d, const uint32_t (&a)[4], uint64_t b, bool add) {
  emulated::mine().products.push_back({d, {a[0], a[1], a[2], a[3]}, 0, b, n, true, across, add});
}

}  // namespace ssd
}  // namespace streamrank
