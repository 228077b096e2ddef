#pragma once
// A chunk of 64 tokens as tiles of 64 x 64 bfloat16 in shared memory: rows of 128 bytes, whose 16-byte pieces are swizzled
// as the tensor cores expect (piece i of row r lies at i ^ (r mod 8)). A state of 128 values takes two tiles.

#include "ssd.h"
#include "ssd_device.h"

namespace streamrank {
namespace ssd {

constexpr int CHUNK = 64;
constexpr int WIDTH = 64;
constexpr int TILE = 64 * 128;
constexpr float kLog2e = 1.4426950408889634f;

// A descriptor for the tensor cores. Groups of 8 rows are 1024 bytes apart, whichever way the tile is read.
__device__ __forceinline__ uint64_t tile_at(uint32_t address) {
  return uint64_t((address & 0x3FFFF) >> 4) | uint64_t(64) << 16 | uint64_t(64) << 32 | uint64_t(1) << 62;
}

// 16 columns of a tile or several, the k-th such.
__device__ __forceinline__ uint64_t columns(uint32_t tile, int k) { return tile_at(tile + (k / 4) * TILE + (k % 4) * 32); }

// 16 rows of a tile, the k-th such.
__device__ __forceinline__ uint64_t rows(uint32_t tile, int k) { return tile_at(tile + k * 2048); }

__device__ __forceinline__ uint32_t piece(uint32_t tile, int row, int i) {
  return tile + row * 128 + ((i ^ (row & 7)) << 4);
}

__device__ __forceinline__ float first(uint32_t both) { return float_of(both << 16); }
__device__ __forceinline__ float second(uint32_t both) { return float_of(both & 0xFFFF0000u); }

// Rows begin .. end of a matrix of `columns` bfloat16, 64 at most, into tiles; zeros behind the end.
template <int columns, int threads>
__device__ __forceinline__ void load_rows(uint32_t tile, const uint16_t* from, int64_t row, int begin, int end, int thread) {
  constexpr int pieces = columns / 8;
#pragma unroll
  for (int i = thread; i < 64 * pieces; i += threads) {
    int r = i / pieces;
    int p = i % pieces;
    bool there = begin + r < end;
    const uint16_t* source = there ? from + (begin + r) * row + p * 8 : from;
    copy16(piece(tile + (p / 8) * TILE, r, p % 8), source, there);
  }
}

// Fragments of a 64 x 64 tile as the products' first operand, this warp's 16 rows of it, or of its transpose.
__device__ __forceinline__ void fragments(uint32_t (&a)[4][4], uint32_t tile, int warp, int lane) {
#pragma unroll
  for (int k = 0; k < 4; k++) load_matrices(a[k], piece(tile, 16 * warp + lane % 16, 2 * k + lane / 16));
}

__device__ __forceinline__ void transposed_fragments(uint32_t (&a)[4][4], uint32_t tile, int warp, int lane) {
#pragma unroll
  for (int k = 0; k < 4; k++) {
    load_transposed(a[k], piece(tile, 16 * k + (lane / 16) * 8 + lane % 8, 2 * warp + (lane / 8) % 2));
  }
}

// Per chunk and head, all of it 0 or 1 behind the end: time steps, and what they do to states.
struct Steps {
  float dt[CHUNK];
  float s[CHUNK];     // log2 of how much is left after a token of what entered the chunk
  float rise[CHUNK];  // exp2(s)
  float keep[CHUNK];  // how much is left at the chunk's end of what a token added
};

__device__ __forceinline__ float raw_step(const SsdInputs& in, int token, int head) {
  int64_t at = token * in.dt_row + head;
  if (in.dt_wide) return static_cast<const float*>(in.dt)[at];
  return float_of(uint32_t(static_cast<const uint16_t*>(in.dt)[at]) << 16);
}

__device__ __forceinline__ float step(const SsdInputs& in, float raw, float bias) {
  return fminf(fmaxf(softplus(raw + bias), in.dt_least), in.dt_most);
}

// How the step follows its raw value: not at all where it is cut.
__device__ __forceinline__ float step_slope(const SsdInputs& in, float raw, float bias) {
  const float x = raw + bias;
  const float dt = softplus(x);
  if (dt < in.dt_least || dt > in.dt_most) return 0.f;
  return softplus_slope(x);
}

// The raw steps of a lane's two tokens.
struct RawSteps {
  float first, second;
};

__device__ __forceinline__ RawSteps load_steps(const SsdInputs& in, int begin, int end, int head, int lane) {
  int token = begin + 2 * lane;
  RawSteps raw;
  raw.first = token < end ? raw_step(in, token, head) : 0.f;
  raw.second = token + 1 < end ? raw_step(in, token + 1, head) : 0.f;
  return raw;
}

// By one warp.
__device__ __forceinline__ void write_steps(
    Steps& out, const SsdInputs& in, RawSteps raw, int begin, int end, float bias, float a, int lane) {
  int token = begin + 2 * lane;
  float dt0 = token < end ? step(in, raw.first, bias) : 0.f;
  float dt1 = token + 1 < end ? step(in, raw.second, bias) : 0.f;
  float a0 = dt0 * (a * kLog2e);
  float a1 = dt1 * (a * kLog2e);
  float sum = a0 + a1;
#pragma unroll
  for (int i = 1; i < 32; i *= 2) {
    float before = __shfl_up_sync(ALL_LANES, sum, i);
    if (lane >= i) sum += before;
  }
  float last = __shfl_sync(ALL_LANES, sum, 31);
  float s0 = fminf(sum - a1, 0.f);
  out.dt[2 * lane] = dt0;
  out.dt[2 * lane + 1] = dt1;
  out.s[2 * lane] = s0;
  out.s[2 * lane + 1] = sum;
  out.rise[2 * lane] = power_of_2(s0);
  out.rise[2 * lane + 1] = power_of_2(sum);
  out.keep[2 * lane] = power_of_2(fminf(last - s0, 0.f));
  out.keep[2 * lane + 1] = power_of_2(fminf(last - sum, 0.f));
}

// Scales columns of fragments: factor[j] for column j.
template <typename Factor>
__device__ __forceinline__ void scale_columns(uint32_t (&a)[4][4], int lane, Factor factor) {
#pragma unroll
  for (int k = 0; k < 4; k++) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      int j = 16 * k + 8 * half + 2 * (lane % 4);
      float f0 = factor(j);
      float f1 = factor(j + 1);
#pragma unroll
      for (int r = 0; r < 2; r++) {
        uint32_t& v = a[k][2 * half + r];
        v = rounded_pair(first(v) * f0, second(v) * f1);
      }
    }
  }
}

// Scales rows of fragments, those of the upper and the lower 8.
__device__ __forceinline__ void scale_rows(uint32_t (&a)[4][4], float upper, float lower) {
#pragma unroll
  for (int k = 0; k < 4; k++) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float f = i % 2 == 0 ? upper : lower;
      a[k][i] = rounded_pair(first(a[k][i]) * f, second(a[k][i]) * f);
    }
  }
}

// An accumulator's columns 16 k to 16 k + 15 as the first operand of another product.
__device__ __forceinline__ void as_operand(uint32_t (&a)[4], const float* d, int k) {
#pragma unroll
  for (int i = 0; i < 4; i++) a[i] = rounded_pair(d[8 * k + 2 * i], d[8 * k + 2 * i + 1]);
}

// Heads a block of 3 warpgroups works on: 3 of one group, the last block of a group perhaps fewer.
constexpr int HEADS = 3;

struct HeadBlocks {
  int per_group, blocks;
  __host__ __device__ explicit HeadBlocks(const SsdShape& shape)
      : per_group(shape.heads / shape.groups), blocks(shape.groups * ((per_group + HEADS - 1) / HEADS)) {}
  __host__ __device__ int group(int block) const { return block / ((per_group + HEADS - 1) / HEADS); }
  // The head of one of the block's warpgroups, or -1.
  __host__ __device__ int head(int block, int warpgroup) const {
    int in_group = block % ((per_group + HEADS - 1) / HEADS) * HEADS + warpgroup;
    return in_group < per_group ? group(block) * per_group + in_group : -1;
  }
};

// A chunk of one sequence, and the block of heads.
struct Work {
  int block, sequence;
  int begin, end;  // of its tokens
  int number;      // within the sequence
  int flags;
  static constexpr int THERE = 1, ENTERS = 2, LEAVES = 4;
  __device__ __forceinline__ bool there() const { return flags & THERE; }
  __device__ __forceinline__ bool enters() const { return flags & ENTERS; }
  __device__ __forceinline__ bool leaves() const { return flags & LEAVES; }
};

constexpr int AHEAD = 4;

// Walks through the chunks of all (sequence, block of heads) that are a thread block's to do, one after the other. An
// empty sequence has one chunk without tokens. Backwards, a sequence's last chunk comes first. One thread walks.
template <bool backwards>
struct Walk {
  int item, items, blocks, stride;
  int first, last;  // the sequence's borders
  int begin;
  __device__ Walk(const int* borders, int blocks, int items)
      : item(blockIdx.x), items(items), blocks(blocks), stride(gridDim.x), first(0), last(0), begin(0) {
    open(borders);
  }
  __device__ void open(const int* borders) {
    if (item >= items) return;
    first = borders[item / blocks];
    last = borders[item / blocks + 1];
    begin = first;
    if (backwards && last > first) begin += (last - first - 1) / CHUNK * CHUNK;
  }
  // The chunk it is at; then it goes on.
  __device__ Work next(const int* borders) {
    Work work = {0, 0, 0, 0, 0, 0};
    if (item >= items) return work;
    const bool at_first = begin == first;
    const bool at_last = begin + CHUNK >= last;
    work.block = item % blocks;
    work.sequence = item / blocks;
    work.begin = begin;
    work.end = at_last ? last : begin + CHUNK;
    work.number = (begin - first) / CHUNK;
    work.flags = Work::THERE | (at_first ? backwards ? Work::LEAVES : Work::ENTERS : 0) |
        (at_last ? backwards ? Work::ENTERS : Work::LEAVES : 0);
    if (work.leaves()) {
      item += stride;
      open(borders);
    } else {
      begin += backwards ? -CHUNK : CHUNK;
    }
    return work;
  }
};

}  // namespace ssd
}  // namespace streamrank
