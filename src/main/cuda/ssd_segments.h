#pragma once
// Few long sequences would leave most of the chip idle, since a sequence's chunks come one after the other. They are
// cut into segments then, which are sequences to the kernels: a first pass finds what each segment adds to a state,
// these are handed on from segment to segment, and every segment knows what enters it. Where sequences are many,
// nothing is cut.

#include "ssd_parts.h"

namespace streamrank {
namespace ssd {

class Segments {
 public:
  Segments(const SsdInputs& in, int processors, Scratch& scratch);

  bool cut() const { return most_ > 0; }

  // The inputs with segments as sequences, or as they were.
  SsdInputs pieces(const SsdInputs& in) const;

  // Room for a state of each segment.
  float* take_states(Scratch& scratch) const;

  // Finds the segments and what enters each of them; and what leaves the sequences, if wanted.
  cudaError_t enter(const SsdInputs& in, float* after, int processors, cudaStream_t stream) const;

  // The same for the gradient, backwards; after enter.
  cudaError_t enter_back(
      const SsdInputs& in, const SsdGradients& g, float* behind, int processors, cudaStream_t stream) const;

 private:
  SsdShape shape_;
  int tokens_ = 0;          // of a segment, a multiple of a chunk's
  int most_ = 0;            // segments there can be; those behind the last are empty
  int* borders_ = nullptr;  // (most + 1)
  int* first_ = nullptr;    // (sequences + 1): each one's first segment
  float* left_ = nullptr;   // (most, heads): how much of a state is left after a segment
  float* states_ = nullptr;
};

}  // namespace ssd
}  // namespace streamrank
