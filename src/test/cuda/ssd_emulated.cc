// The launchers of ssd.h with the kernels emulated, for check_ssd.py.

#include "ssd.h"

using namespace streamrank;

static void* scratch(size_t bytes) {
  void* memory = aligned_alloc(1024, bytes + 1024);
  memset(memory, 0xFF, bytes + 1024);
  return memory;
}

extern "C" int emulated_forward(const SsdInputs* in, const SsdOutputs* out, int capability, int processors) {
  void* memory = scratch(ssd_forward_scratch(*in, capability, processors));
  int error = ssd_forward(*in, *out, memory, capability, processors, nullptr);
  free(memory);
  return error;
}

extern "C" int emulated_backward(const SsdInputs* in, const SsdGradients* g, int capability, int processors) {
  void* memory = scratch(ssd_backward_scratch(*in, capability, processors));
  int error = ssd_backward(*in, *g, memory, capability, processors, nullptr);
  free(memory);
  return error;
}
