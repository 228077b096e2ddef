#pragma once
// The launchers behind those of ssd.h.

#include "ssd.h"

namespace streamrank {
namespace ssd {

// Hands out parts of a buffer, or only counts them where there is none.
class Scratch {
 public:
  explicit Scratch(void* memory) : memory_(static_cast<unsigned char*>(memory)) {}
  template <typename T>
  T* take(size_t count) {
    unsigned char* at = memory_ ? memory_ + taken_ : nullptr;
    taken_ += (count * sizeof(T) + 255) / 256 * 256;
    return reinterpret_cast<T*>(at);
  }
  size_t bytes() const { return taken_; }

 private:
  unsigned char* memory_;
  size_t taken_ = 0;
};

// (rows, heads, 3) to (3, heads)
cudaError_t sum_heads(const float* parts, float* out, int rows, int heads, cudaStream_t stream);

// (tokens, heads, state) to (tokens, groups, state)
cudaError_t sum_groups(
    const float* parts, void* out, const SsdShape& shape, bool wide, int processors, cudaStream_t stream);

cudaError_t forward_by_recurrence(const SsdInputs& in, const SsdOutputs& out, cudaStream_t stream);
size_t backward_scratch_by_recurrence(const SsdInputs& in);
cudaError_t backward_by_recurrence(
    const SsdInputs& in, const SsdGradients& g, void* scratch, int processors, cudaStream_t stream);

// Where a pass over states begins and ends.
struct States {
  const float* start;   // (sequences or rows, heads, width, state); null: zeros
  const int64_t* rows;  // of start; null: 0 to sequences - 1
  float* end;           // (sequences, heads, width, state); null: not wanted
  float* left;          // (sequences, heads): how much is left of what entered; null: not wanted
  const int* first;     // (sequences): each one's first chunk in kept
  uint16_t* kept;       // (chunks, heads, width, state): what enters each chunk, unless it is zeros; null: not wanted
};

// h = exp(s_end) h + (x dt exp(s_end - s))' b
cudaError_t pass_states(const SsdInputs& in, const States& io, int processors, cudaStream_t stream);

// The gradient backwards, dh = exp(s_end) dh + (dy exp(s))' c: start is behind the last chunk.
cudaError_t pass_states_back(
    const SsdInputs& in, const void* dy, const States& io, int processors, cudaStream_t stream);

size_t forward_scratch_on_tensor_cores(const SsdInputs& in, int processors);
cudaError_t forward_on_tensor_cores(
    const SsdInputs& in, const SsdOutputs& out, void* scratch, int processors, cudaStream_t stream);
size_t backward_scratch_on_tensor_cores(const SsdInputs& in, int processors);
cudaError_t backward_on_tensor_cores(
    const SsdInputs& in, const SsdGradients& g, void* scratch, int processors, cudaStream_t stream);

}  // namespace ssd
}  // namespace streamrank
