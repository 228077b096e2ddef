#pragma once
// A chunk of 64 tokens as tiles of 64 x 64 bfloat16 in shared memory: rows of 128 bytes, whose 16-byte pieces are
// swizzled as the tensor cores expect (piece i of row r lies at i ^ (r mod 8)). A state of 128 values takes two tiles.

#include "ssd.h"
#include "ssd_device.h"

namespace streamrank {
namespace ssd {

constexpr int CHUNK = 64;
constexpr int WIDTH = 64;
constexpr int TILE = 64 * 128;
constexpr float kLog2e = 1.4426950408889634f;

// A descriptor for the tensor cores: groups of 8 rows are 1024 bytes apart, tiles side by side TILE bytes.
__device__ __forceinline__ uint64_t tile_at(uint32_t address) {
  return uint64_t((address & 0x3FFFF) >> 4) | uint64_t(TILE >> 4) << 16 | uint64_t(64) << 32 | uint64_t(1) << 62;
}

// 16 columns of a tile or several, the k-th such.
__device__ __forceinline__ uint64_t columns(uint32_t tile, int k) {
  return tile_at(tile + (k / 4) * TILE + (k % 4) * 32);
}

// 16 rows of a tile, the k-th such.
__device__ __forceinline__ uint64_t rows(uint32_t tile, int k) { return tile_at(tile + k * 2048); }

__device__ __forceinline__ uint32_t piece(uint32_t tile, int row, int i) {
  return tile + row * 128 + ((i ^ (row & 7)) << 4);
}

__device__ __forceinline__ float first(uint32_t both) { return float_of(both << 16); }
__device__ __forceinline__ float second(uint32_t both) { return float_of(both & 0xFFFF0000u); }

// Rows begin .. end of a matrix of so many columns, 64 rows at most, into tiles; zeros behind the end. Each of the
// warps brings its share; a lane's rows are 8 or a multiple of it apart, so that the swizzle is the same for all of
// them.
template <int columns, int warps>
__device__ __forceinline__ void load_rows(
    uint32_t tile, const uint16_t* from, int64_t row, int begin, int end, int warp, int lane) {
  constexpr int pieces = columns / 8;
  constexpr int apart = warps * 32 / pieces;
  static_assert(apart % 8 == 0 && apart <= 64);
  const int r = 32 / pieces * warp + lane / pieces;
  const int p = lane % pieces;
  const uint32_t to = piece(tile + p / 8 * TILE, r, p % 8);
  const uint16_t* source = from + (begin + r) * row + 8 * p;
  const int left = end - begin - r;
#pragma unroll
  for (int k = 0; k < 64 / apart; k++) {
    copy16(to + k * apart * 128, source, left > k * apart);
    source += apart * row;
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

// Per chunk and head: time steps, and what they do to states. Behind the end steps are 0.
struct Steps {
  float dt[CHUNK];
  float s[CHUNK];     // log2 of how much is left after a token of what entered the chunk
  float late[CHUNK];  // log2(dt) - s: what a token leaves to one behind it is exp2(late + its s)
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
  const int token = begin + 2 * lane;
  const float dt0 = token < end ? step(in, raw.first, bias) : 0.f;
  const float dt1 = token + 1 < end ? step(in, raw.second, bias) : 0.f;
  const float a1 = dt1 * (a * LOG2E);
  float sum = dt0 * (a * LOG2E) + a1;
#pragma unroll
  for (int i = 1; i < 32; i *= 2) {
    const float before = __shfl_up_sync(ALL_LANES, sum, i);
    if (lane >= i) sum += before;
  }
  const float last = __shfl_sync(ALL_LANES, sum, 31);
  const float s0 = fminf(sum - a1, 0.f);
  const int at = 2 * lane;
  *reinterpret_cast<float2*>(out.dt + at) = make_float2(dt0, dt1);
  *reinterpret_cast<float2*>(out.s + at) = make_float2(s0, sum);
  *reinterpret_cast<float2*>(out.late + at) = make_float2(logarithm_2(dt0) - s0, logarithm_2(dt1) - sum);
  *reinterpret_cast<float2*>(out.rise + at) = make_float2(power_of_2(s0), power_of_2(sum));
  *reinterpret_cast<float2*>(out.keep + at) =
      make_float2(power_of_2(fminf(last - s0, 0.f)), power_of_2(fminf(last - sum, 0.f)));
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

inline int head_blocks(const SsdShape& shape) {
  return shape.groups * ((shape.heads / shape.groups + HEADS - 1) / HEADS);
}

// A chunk of one sequence and its heads.
struct Work {
  int sequence;
  int begin, end;  // of its tokens
  int number;      // within the sequence
  int group;
  int head, heads;  // the first one, and how many
  int flags;
  static constexpr int THERE = 1, ENTERS = 2, LEAVES = 4;
  __device__ __forceinline__ bool there() const { return flags & THERE; }
  __device__ __forceinline__ bool enters() const { return flags & ENTERS; }
  __device__ __forceinline__ bool leaves() const { return flags & LEAVES; }
};

// Walks through the chunks of all (sequence, block of heads) that are a thread block's to do, one after the other. An
// empty sequence has one chunk without tokens. Backwards, a sequence's last chunk comes first.
template <bool backwards>
class Walk {
 public:
  __device__ __forceinline__ Walk(const SsdInputs& in, int blocks, int items)
      : item_(blockIdx.x), items_(items), blocks_(blocks) {
    open(in);
  }
  // The chunk it is at; then it goes on.
  __device__ __forceinline__ Work next(const SsdInputs& in) {
    Work work = work_;
    if (item_ >= items_) {
      work.flags = 0;
      return work;
    }
    const bool at_first = begin_ == first_;
    const bool at_last = begin_ + CHUNK >= last_;
    work.begin = begin_;
    work.end = at_last ? last_ : begin_ + CHUNK;
    work.number = (begin_ - first_) / CHUNK;
    work.flags = Work::THERE | (at_first ? backwards ? Work::LEAVES : Work::ENTERS : 0) |
                 (at_last ? backwards ? Work::ENTERS : Work::LEAVES : 0);
    if (work.leaves()) {
      item_ += gridDim.x;
      open(in);
    } else {
      begin_ += backwards ? -CHUNK : CHUNK;
    }
    return work;
  }

 private:
  __device__ __forceinline__ void open(const SsdInputs& in) {
    if (item_ >= items_) return;
    const int per_group = in.shape.heads / in.shape.groups;
    const int blocks_of_group = blocks_ / in.shape.groups;
    const int block = item_ % blocks_;
    work_.sequence = item_ / blocks_;
    work_.group = block / blocks_of_group;
    const int within = block % blocks_of_group * HEADS;
    work_.head = work_.group * per_group + within;
    work_.heads = per_group - within < HEADS ? per_group - within : HEADS;
    first_ = in.borders[work_.sequence];
    last_ = in.borders[work_.sequence + 1];
    begin_ = first_;
    if (backwards && last_ > first_) begin_ += (last_ - first_ - 1) / CHUNK * CHUNK;
  }

  int item_, items_, blocks_;
  Work work_ = {};
  int first_ = 0, last_ = 0;  // the sequence's borders
  int begin_ = 0;
};

// Of 512 threads' 65,536 registers.
constexpr int CONSUMER_REGISTERS = 160;
constexpr int FILLER_REGISTERS = 32;

// Lanes of a warp that arrive where the warp is done: one for all, which racecheck does not see through.
#ifdef STREAMRANK_RACECHECK
constexpr int ARRIVING = 32;
#else
constexpr int ARRIVING = 1;
#endif

// A pipeline of chunks through shared memory. A warpgroup fills stages, and others, of a head each, read them; barriers
// tell which are full and which may be filled again.
template <int state, bool reads>
struct Pipeline {
  static constexpr int STAGES = 3;
  static constexpr int CONSUMERS = 128 * HEADS;
  static constexpr int THREADS = CONSUMERS + 128;
  static constexpr int BYTES_OF_ROWS = state / 64 * TILE;
  static constexpr int C = BYTES_OF_ROWS;                    // what states are read by, where anything reads
  static constexpr int X = C + (reads ? BYTES_OF_ROWS : 0);  // a tile a head
  static constexpr int STEPS = X + HEADS * TILE;
  static constexpr int WORK = STEPS + HEADS * int(sizeof(Steps));
  static constexpr int STAGE = (WORK + int(sizeof(Work)) + 1023) / 1024 * 1024;
  static constexpr int BARRIERS = STAGES * STAGE;
  static constexpr int ALL = BARRIERS + 2 * STAGES * 8;
  static constexpr int ALL_ALIGNED = (ALL + 1023) / 1024 * 1024;

  static __device__ __forceinline__ uint32_t full(uint32_t base, int stage) { return base + BARRIERS + 8 * stage; }
  static __device__ __forceinline__ uint32_t empty(uint32_t base, int stage) {
    return base + BARRIERS + 8 * (STAGES + stage);
  }

  // A warp of a reading warpgroup is done with a stage.
  static __device__ __forceinline__ void release(uint32_t base, int stage, int lane) {
    __syncwarp();
    if (lane < ARRIVING) barrier_arrive(empty(base, stage));
  }

  static __device__ __forceinline__ void begin(uint32_t base) {
    if (threadIdx.x == 0) {
      for (int i = 0; i < STAGES; i++) {
        barrier_make(full(base, i), 128);
        barrier_make(empty(base, i), CONSUMERS / 32 * ARRIVING);
      }
    }
    __syncthreads();
  }
};

// What flows through it: forward x, b and c, backwards other things in their places.
struct Flow {
  const uint16_t* x;
  const uint16_t* b;
  const uint16_t* c;
  int64_t x_row, b_row, c_row;
};

// The filling warpgroup: all its warps bring a share of everything, and three of them work out a head's steps each.
template <int state, bool reads, bool backwards>
__device__ __forceinline__ void fill(
    const SsdInputs& in, const Flow& flow, unsigned char* shared, int blocks, int items, int warp) {
  using Stages = Pipeline<state, reads>;
  const uint32_t base = shared_address(shared);
  const int lane = threadIdx.x % 32;
  Walk<backwards> walk(in, blocks, items);
  int stage = 0;
  unsigned round = 0;
  bool announced = true;
  auto announce = [&](int which) {
    publish_shared();
    barrier_arrive(Stages::full(base, which));
  };
  for (;;) {
    const Work work = walk.next(in);
    const int own = warp - 1;
    const bool busy = work.there() && own >= 0 && own < work.heads;
    const int head = work.head + own;
    RawSteps raw = {0.f, 0.f};
    if (busy) raw = load_steps(in, work.begin, work.end, head, lane);
    barrier_wait(Stages::empty(base, stage), (round & 1) ^ 1);
    const uint32_t to = base + stage * Stages::STAGE;
    unsigned char* here = shared + stage * Stages::STAGE;
    if (work.there()) {
      load_rows<state, 4>(to, flow.b + work.group * state, flow.b_row, work.begin, work.end, warp, lane);
      if (reads) {
        load_rows<state, 4>(to + Stages::C, flow.c + work.group * state, flow.c_row, work.begin, work.end, warp, lane);
      }
#pragma unroll 1
      for (int i = 0; i < work.heads; i++) {
        const uint16_t* x = flow.x + (work.head + i) * WIDTH;
        load_rows<WIDTH, 4>(to + Stages::X + i * TILE, x, flow.x_row, work.begin, work.end, warp, lane);
      }
    }
    if (busy) {
      Steps* steps = reinterpret_cast<Steps*>(here + Stages::STEPS);
      write_steps(steps[own], in, raw, work.begin, work.end, in.dt_bias[head], in.a[head], lane);
    }
    if (warp == 0 && lane == 0) *reinterpret_cast<Work*>(here + Stages::WORK) = work;
    copies_commit();
    // A stage is told to be full once the next one's copies are on their way too.
    if (!announced) {
      copies_wait<1>();
      announce(stage == 0 ? Stages::STAGES - 1 : stage - 1);
    }
    announced = false;
    if (!work.there()) break;
    if (++stage == Stages::STAGES) {
      stage = 0;
      round++;
    }
  }
  copies_wait<0>();
  announce(stage);
}

// State fragments of a warpgroup from (width, state) in float32, and to there.
template <int state>
__device__ __forceinline__ void read_state(float (&h)[state / 2], const float* from, int row, int column) {
#pragma unroll
  for (int i = 0; i < state / 8; i++) {
#pragma unroll
    for (int r = 0; r < 2; r++) {
      float2 both = make_float2(0.f, 0.f);
      if (from) both = *reinterpret_cast<const float2*>(from + (row + 8 * r) * state + 8 * i + column);
      h[4 * i + 2 * r] = both.x;
      h[4 * i + 2 * r + 1] = both.y;
    }
  }
}

template <int state>
__device__ __forceinline__ void write_state(const float (&h)[state / 2], float* to, int row, int column) {
#pragma unroll
  for (int i = 0; i < state / 8; i++) {
#pragma unroll
    for (int r = 0; r < 2; r++) {
      *reinterpret_cast<float2*>(to + (row + 8 * r) * state + 8 * i + column) =
          make_float2(h[4 * i + 2 * r], h[4 * i + 2 * r + 1]);
    }
  }
}

}  // namespace ssd
}  // namespace streamrank
