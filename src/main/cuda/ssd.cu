#include "ssd_parts.h"

namespace streamrank {

static bool aligned(const void* p, int64_t row) { return reinterpret_cast<uintptr_t>(p) % 16 == 0 && row % 8 == 0; }

bool ssd_on_tensor_cores(const SsdInputs& in, int capability) {
  const SsdShape& shape = in.shape;
  return capability == 90 && !in.wide && shape.width == 64 && (shape.state == 64 || shape.state == 128) &&
      aligned(in.x, in.x_row) && aligned(in.b, in.b_row) && aligned(in.c, in.c_row);
}

size_t ssd_forward_scratch(const SsdInputs& in, int capability, int processors) {
  return ssd_on_tensor_cores(in, capability) ? ssd::forward_scratch_on_tensor_cores(in, processors) : 0;
}

size_t ssd_backward_scratch(const SsdInputs& in, int capability, int processors) {
  return ssd_on_tensor_cores(in, capability) ? ssd::backward_scratch_on_tensor_cores(in, processors)
                                             : ssd::backward_scratch_by_recurrence(in);
}

cudaError_t ssd_forward(
    const SsdInputs& in, const SsdOutputs& out, void* scratch, int capability, int processors, cudaStream_t stream) {
  if (in.shape.sequences == 0) return cudaSuccess;
  return ssd_on_tensor_cores(in, capability) ? ssd::forward_on_tensor_cores(in, out, scratch, processors, stream)
                                             : ssd::forward_by_recurrence(in, out, stream);
}

cudaError_t ssd_backward(
    const SsdInputs& in, const SsdGradients& g, void* scratch, int capability, int processors, cudaStream_t stream) {
  if (in.shape.sequences == 0) return cudaSuccess;
  return ssd_on_tensor_cores(in, capability) ? ssd::backward_on_tensor_cores(in, g, scratch, processors, stream)
                                             : ssd::backward_by_recurrence(in, g, scratch, processors, stream);
}

}  // namespace streamrank
