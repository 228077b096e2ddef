// What every kernel needs: activations of two types, 16-byte loads, fast elementary functions, reductions.
//
// Kernels compile with nvcc, and with a C++ compiler under src/test/cuda/emulated.h, which runs a block's threads one
// after the other on the CPU. So they launch by STREAMRANK_LAUNCH and take what differs from here.
#pragma once

#include <cmath>
#include <cstdint>

#ifdef STREAMRANK_EMULATED
#include "emulated.h"
#else
#include <cuda_runtime.h>
#define STREAMRANK_LAUNCH(kernel, grid, block, stream, ...) (kernel)<<<grid, block, 0, stream>>>(__VA_ARGS__)
#endif

namespace streamrank {

constexpr float LOG2E = 1.44269504088896341f;
constexpr float LN2 = 0.69314718055994531f;
constexpr unsigned ALL_LANES = 0xffffffffu;

// bfloat16 as its bits.
struct Bf16 {
  uint16_t bits;
};

__device__ __forceinline__ float float_of(uint32_t bits) {
#ifdef __CUDA_ARCH__
  return __uint_as_float(bits);
#else
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
#endif
}

__device__ __forceinline__ uint32_t bits_of(float value) {
#ifdef __CUDA_ARCH__
  return __float_as_uint(value);
#else
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  return bits;
#endif
}

// Two numbers rounded to bfloat16, the first in the lower half.
__device__ __forceinline__ uint32_t rounded_pair(float low, float high) {
#ifdef __CUDA_ARCH__
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
#else
  auto round = [](float value) {
    uint32_t bits = bits_of(value);
    return value != value ? 0x7fc0u : (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  };
  return round(low) | round(high) << 16;
#endif
}

__device__ __forceinline__ float widened(float value) { return value; }

__device__ __forceinline__ float widened(Bf16 value) { return float_of(static_cast<uint32_t>(value.bits) << 16); }

// V neighbouring activations as they lie in memory, in registers; aligned to their size there, or to 16 bytes.
template <typename T, int V>
struct Pack {
  static constexpr int WORDS = V * static_cast<int>(sizeof(T)) / 4;
  static_assert(WORDS == 2 || WORDS % 4 == 0, "packs are 8 bytes, or multiples of 16");
  uint32_t words[WORDS];

  __device__ __forceinline__ void load(const T* from) {
    if constexpr (WORDS == 2) {
      const uint2 part = *reinterpret_cast<const uint2*>(from);
      words[0] = part.x;
      words[1] = part.y;
    } else {
#pragma unroll
      for (int i = 0; i < WORDS / 4; i++) {
        const uint4 part = reinterpret_cast<const uint4*>(from)[i];
        words[4 * i] = part.x;
        words[4 * i + 1] = part.y;
        words[4 * i + 2] = part.z;
        words[4 * i + 3] = part.w;
      }
    }
  }

  // From memory that nothing writes while the kernel runs, so that stores before it need not be waited for.
  __device__ __forceinline__ void fetch(const T* from) {
    if constexpr (WORDS == 2) {
      const uint2 part = __ldg(reinterpret_cast<const uint2*>(from));
      words[0] = part.x;
      words[1] = part.y;
    } else {
#pragma unroll
      for (int i = 0; i < WORDS / 4; i++) {
        const uint4 part = __ldg(reinterpret_cast<const uint4*>(from) + i);
        words[4 * i] = part.x;
        words[4 * i + 1] = part.y;
        words[4 * i + 2] = part.z;
        words[4 * i + 3] = part.w;
      }
    }
  }

  __device__ __forceinline__ void store(T* to) const {
    if constexpr (WORDS == 2) {
      *reinterpret_cast<uint2*>(to) = make_uint2(words[0], words[1]);
    } else {
#pragma unroll
      for (int i = 0; i < WORDS / 4; i++) {
        reinterpret_cast<uint4*>(to)[i] =
            make_uint4(words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3]);
      }
    }
  }

  __device__ __forceinline__ void clear() {
#pragma unroll
    for (int i = 0; i < WORDS; i++) {
      words[i] = 0;
    }
  }

  // The i-th number; i is known when compiling.
  __device__ __forceinline__ float get(int i) const {
    if constexpr (sizeof(T) == 4) {
      return float_of(words[i]);
    } else {
      return float_of(i % 2 == 0 ? words[i / 2] << 16 : words[i / 2] & 0xffff0000u);
    }
  }

  __device__ __forceinline__ void set(const float (&values)[V]) {
    if constexpr (sizeof(T) == 4) {
#pragma unroll
      for (int i = 0; i < V; i++) {
        words[i] = bits_of(values[i]);
      }
    } else {
#pragma unroll
      for (int i = 0; i < V / 2; i++) {
        words[i] = rounded_pair(values[2 * i], values[2 * i + 1]);
      }
    }
  }
};

template <int V>
__device__ __forceinline__ void load_floats(const float* from, float (&values)[V]) {
  Pack<float, V> pack;
  pack.load(from);
#pragma unroll
  for (int i = 0; i < V; i++) {
    values[i] = pack.get(i);
  }
}

// Numbers as float32, from memory that nothing writes while the kernel runs.
template <typename T, int V>
__device__ __forceinline__ void fetch_floats(const T* from, float (&values)[V]) {
  Pack<T, V> pack;
  pack.fetch(from);
#pragma unroll
  for (int i = 0; i < V; i++) {
    values[i] = pack.get(i);
  }
}

template <typename T, int V>
__device__ __forceinline__ void store_floats(T* to, const float (&values)[V]) {
  Pack<T, V> pack;
  pack.set(values);
  pack.store(to);
}

// 2 to the power of x, within 2 units in the last place; 0 where that would be subnormal.
__device__ __forceinline__ float power_of_2(float x) {
#ifdef __CUDA_ARCH__
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return std::exp2(x);
#endif
}

__device__ __forceinline__ float reciprocal(float x) {
#ifdef __CUDA_ARCH__
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return 1.f / x;
#endif
}

__device__ __forceinline__ float logarithm_2(float x) {
#ifdef __CUDA_ARCH__
  float y;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return std::log2(x);
#endif
}

__device__ __forceinline__ float sigmoid(float x) { return reciprocal(1.f + power_of_2(-LOG2E * x)); }

__device__ __forceinline__ float silu(float x) { return x * sigmoid(x); }

// The derivative of silu.
__device__ __forceinline__ float silu_slope(float x) {
  const float s = sigmoid(x);
  return s * (1.f + x * (1.f - s));
}

// log(1 + exp(x)), and x itself above 20, as PyTorch. Where exp(x) is small the sum would round it off.
__device__ __forceinline__ float softplus(float x) {
  const float e = power_of_2(LOG2E * x);
  const float series = e * (1.f - e * (1.f / 2 - e * (1.f / 3 - e * (1.f / 4 - e * (1.f / 5)))));
  const float whole = LN2 * logarithm_2(1.f + e);
  const float y = e < 0.0625f ? series : whole;
  return x > 20.f ? x : y;
}

__device__ __forceinline__ float softplus_slope(float x) { return x > 20.f ? 1.f : sigmoid(x); }

// The sum over a warp, in every lane.
__device__ __forceinline__ float warp_sum(float x) {
#pragma unroll
  for (int apart = 16; apart > 0; apart /= 2) {
    x += __shfl_xor_sync(ALL_LANES, x, apart);
  }
  return x;
}

}  // namespace streamrank
