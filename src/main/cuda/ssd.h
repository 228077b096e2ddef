// Mamba-2's state space duality over packed sequences, forward and backward: launchers without PyTorch. Sequence s is
// the tokens borders[s] to borders[s + 1]; strides are in elements. Per token and head, with dt = clamp(softplus(raw dt
// + bias)):
//   h = exp(dt a) h + dt x b',  y = h c + d x
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef STREAMRANK_EMULATED
#include "emulated.h"
#else
#include <cuda_runtime_api.h>
#endif

namespace streamrank {

struct SsdShape {
  int tokens;
  int sequences;
  int heads;
  int groups;   // heads share b and c in groups
  int width;    // of a head, up to 128
  int state;    // up to 128
  int longest;  // no sequence is longer
};

// What both directions read. x, b and c are float32 if wide, else bfloat16; dt likewise.
struct SsdInputs {
  SsdShape shape;
  const int* borders;  // (sequences + 1)
  const void* x;       // (tokens, heads, width), heads side by side
  const void* b;       // (tokens, groups, state), groups side by side
  const void* c;       // (tokens, groups, state)
  const void* dt;      // (tokens, heads), before bias and softplus
  int64_t x_row, b_row, c_row, dt_row;
  bool wide;
  bool dt_wide;
  const float* dt_bias;  // (heads)
  const float* a;        // (heads), negative
  const float* d;        // (heads)
  const float* h0;       // (rows, heads, width, state): before each sequence; null: zeros
  const int64_t* rows;   // (sequences) of h0; null: 0 to sequences - 1
  float dt_least, dt_most;
};

struct SsdOutputs {
  void* y;   // (tokens, heads, width)
  float* h;  // (sequences, heads, width, state) after each sequence; null: not wanted
};

struct SsdGradients {
  const void* dy;   // (tokens, heads, width)
  const float* dh;  // with respect to h; null: zeros
  void* dx;         // (tokens, heads, width)
  void* db;         // (tokens, groups, state)
  void* dc;         // (tokens, groups, state)
  void* ddt;        // (tokens, heads), with respect to raw dt
  float* heads;     // (3, heads): of dt_bias, a, d
  float* dh0;       // (sequences, heads, width, state); null: not wanted
};

constexpr int SSD_WIDTH_MAX = 128;
constexpr int SSD_STATE_MAX = 128;

// Whether the tensor cores of the current device compute this; otherwise the plain recurrence does.
bool ssd_on_tensor_cores(const SsdInputs& in);

// Bytes of scratch memory, aligned to 16, that a call needs.
size_t ssd_forward_scratch(const SsdInputs& in);
size_t ssd_backward_scratch(const SsdInputs& in);

cudaError_t ssd_forward(const SsdInputs& in, const SsdOutputs& out, void* scratch, cudaStream_t stream);

// Without rows.
cudaError_t ssd_backward(const SsdInputs& in, const SsdGradients& g, void* scratch, cudaStream_t stream);

}  // namespace streamrank
