#include "ssd_segments.h"

#include "ssd_tiles.h"

namespace streamrank {
namespace ssd {

constexpr int CUT_THREADS = 256;

// Each sequence has at least one segment.
__global__ void __launch_bounds__(CUT_THREADS)
    cut_kernel(const int* borders, int sequences, int tokens, int most, int* segments, int* first) {
  SSD_SHARED(shared);
  int* counts = reinterpret_cast<int*>(shared);
  const int thread = threadIdx.x;
  const int each = (sequences + CUT_THREADS - 1) / CUT_THREADS;
  const int from = thread * each < sequences ? thread * each : sequences;
  const int until = from + each < sequences ? from + each : sequences;
  auto segments_of = [&](int sequence) {
    const int count = (borders[sequence + 1] - borders[sequence] + tokens - 1) / tokens;
    return count > 0 ? count : 1;
  };
  int count = 0;
  for (int i = from; i < until; i++) count += segments_of(i);
  counts[thread] = count;
  __syncthreads();
  if (thread == 0) {
    int sum = 0;
    for (int i = 0; i < CUT_THREADS; i++) {
      const int own = counts[i];
      counts[i] = sum;
      sum += own;
    }
    counts[CUT_THREADS] = sum;
    first[sequences] = sum;
  }
  __syncthreads();
  int at = counts[thread];
  for (int i = from; i < until; i++) {
    first[i] = at;
    const int own = segments_of(i);
    for (int k = 0; k < own; k++) segments[at++] = borders[i] + k * tokens;
  }
  for (int i = counts[CUT_THREADS] + thread; i <= most; i += CUT_THREADS) segments[i] = borders[sequences];
}

// Hands states on from segment to segment of a sequence: what each adds comes in, what enters each goes out in its
// place.
__global__ void __launch_bounds__(CUT_THREADS) hand_on_kernel(SsdShape shape, const int* first, const float* left,
    const float* start, const int64_t* rows, float* states, float* end, bool backwards) {
  const int head = blockIdx.x % shape.heads;
  const int sequence = blockIdx.x / shape.heads;
  const int values = shape.width * shape.state;
  const int count = first[sequence + 1] - first[sequence];
  const int64_t row = rows ? rows[sequence] : sequence;
  for (int i = threadIdx.x; i < values; i += CUT_THREADS) {
    float h = start ? start[(row * shape.heads + head) * values + i] : 0.f;
    for (int k = 0; k < count; k++) {
      const int64_t segment = first[sequence] + (backwards ? count - 1 - k : k);
      const int64_t at = segment * shape.heads + head;
      const float added = states[at * values + i];
      states[at * values + i] = h;
      h = left[at] * h + added;
    }
    if (end) end[(int64_t(sequence) * shape.heads + head) * values + i] = h;
  }
}

Segments::Segments(const SsdInputs& in, int processors, Scratch& scratch) : shape_(in.shape) {
  const int64_t blocks = head_blocks(shape_);
  const int64_t chunks = shape_.sequences + shape_.tokens / CHUNK;
  // Of each processor, if all had the same to do.
  const int64_t share = (chunks * blocks + processors - 1) / processors;
  if (shape_.longest <= 2 * share * CHUNK || shape_.longest <= 4 * CHUNK) return;
  tokens_ = int(share < 2 ? 2 : share) * CHUNK;
  most_ = shape_.sequences + shape_.tokens / tokens_;
  borders_ = scratch.take<int>(most_ + 1);
  first_ = scratch.take<int>(shape_.sequences + 1);
  left_ = scratch.take<float>(size_t(most_) * shape_.heads);
  states_ = take_states(scratch);
}

float* Segments::take_states(Scratch& scratch) const {
  return scratch.take<float>(size_t(most_) * shape_.heads * shape_.width * shape_.state);
}

SsdInputs Segments::pieces(const SsdInputs& in) const {
  SsdInputs pieces = in;
  if (cut()) {
    pieces.shape.sequences = most_;
    pieces.shape.longest = tokens_;
    pieces.borders = borders_;
    pieces.h0 = states_;
    pieces.rows = nullptr;
  }
  return pieces;
}

cudaError_t Segments::enter(const SsdInputs& in, float* after, int processors, cudaStream_t stream) const {
  cudaError_t error = launch(cut_kernel, dim3(1), CUT_THREADS, (CUT_THREADS + 1) * 4, stream, in.borders,
      shape_.sequences, tokens_, most_, borders_, first_);
  if (error != cudaSuccess) return error;
  error = pass_states(pieces(in), {nullptr, nullptr, states_, left_, nullptr, nullptr}, processors, stream);
  if (error != cudaSuccess) return error;
  return launch(hand_on_kernel, dim3(shape_.sequences * shape_.heads), CUT_THREADS, 0, stream, shape_, first_, left_,
      in.h0, in.rows, states_, after, false);
}

cudaError_t Segments::enter_back(
    const SsdInputs& in, const SsdGradients& g, float* behind, int processors, cudaStream_t stream) const {
  cudaError_t error =
      pass_states_back(pieces(in), g.dy, {nullptr, nullptr, behind, nullptr, nullptr, nullptr}, processors, stream);
  if (error != cudaSuccess) return error;
  return launch(hand_on_kernel, dim3(shape_.sequences * shape_.heads), CUT_THREADS, 0, stream, shape_, first_, left_,
      g.dh, static_cast<const int64_t*>(nullptr), behind, g.dh0, true);
}

}  // namespace ssd
}  // namespace streamrank
