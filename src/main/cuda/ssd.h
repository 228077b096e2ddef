#pragma once
// Mamba-2's state space duality over packed sequences, forward and backward. Launchers without PyTorch; all pointers are
// device memory, all strides are in elements. Per token and head, with dt = clamp(softplus(raw dt + bias)):
//   h = exp(dt a) h + dt x b',  y = h c + d x

#ifdef SSD_EMULATED
#include "ssd_emulated.h"
#else
#include <cuda_runtime_api.h>
#endif
#include <cstddef>
#include <cstdint>

namespace streamrank {

struct SsdShape {
  int tokens;
  int sequences;
  int heads;
  int groups;   // heads share b and c in groups
  int width;    // of a head
  int state;
  int longest;  // no sequence is longer
};

// What both directions read. Values are float32 if wide, else bfloat16.
struct SsdInputs {
  SsdShape shape;
  const int* borders;     // (sequences + 1)
  const void* x;          // (tokens, heads, width), heads next to each other
  const void* b;          // (tokens, groups, state)
  const void* c;          // (tokens, groups, state)
  const void* dt;         // (tokens, heads), before bias and softplus
  int64_t x_row, b_row, c_row, dt_row;
  bool wide;
  bool dt_wide;
  const float* dt_bias;   // (heads)
  const float* a;         // (heads), negative
  const float* d;         // (heads)
  const float* h0;        // (sequences, heads, width, state); null: zeros
  float dt_least, dt_most;
};

struct SsdOutputs {
  void* y;                // (tokens, heads, width)
  float* h;               // (sequences, heads, width, state) after each sequence; null: not wanted
};

struct SsdGradients {
  const void* dy;         // (tokens, heads, width)
  const float* dh;        // with respect to h; null: zeros
  void* dx;               // (tokens, heads, width)
  void* db;               // (tokens, groups, state)
  void* dc;               // (tokens, groups, state)
  void* ddt;              // (tokens, heads), with respect to raw dt
  float* heads;           // (3, heads): dt_bias, a, d
  float* dh0;             // null: not wanted
};

// Whether the tensor cores of this device compute this; otherwise the plain recurrence does.
bool ssd_on_tensor_cores(const SsdInputs& in, int capability);

// Bytes of scratch memory, aligned to 1024, that a call needs.
size_t ssd_forward_scratch(const SsdInputs& in, int capability, int processors);
size_t ssd_backward_scratch(const SsdInputs& in, int capability, int processors);

// capability is 10 times the device's major version of its instructions, plus the minor one.
cudaError_t ssd_forward(
    const SsdInputs& in, const SsdOutputs& out, void* scratch, int capability, int processors, cudaStream_t stream);
cudaError_t ssd_backward(
    const SsdInputs& in, const SsdGradients& g, void* scratch, int capability, int processors, cudaStream_t stream);

}  // namespace streamrank
