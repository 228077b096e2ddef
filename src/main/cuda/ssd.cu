#include "ssd_device.h"
#include "ssd_parts.h"

namespace streamrank {
namespace {

bool aligned(const void* p, int64_t row) { return reinterpret_cast<uintptr_t>(p) % 16 == 0 && row % 8 == 0; }

}  // namespace

bool ssd_on_tensor_cores(const SsdInputs& in) {
  const SsdShape& shape = in.shape;
  return !in.wide && shape.width == 64 && (shape.state == 64 || shape.state == 128) && aligned(in.x, in.x_row) &&
         aligned(in.b, in.b_row) && aligned(in.c, in.c_row) && ssd::current_device().hopper;
}

size_t ssd_forward_scratch(const SsdInputs& in) {
  return ssd_on_tensor_cores(in) ? ssd::forward_scratch_on_tensor_cores(in, ssd::current_device().processors) : 0;
}

size_t ssd_backward_scratch(const SsdInputs& in) {
  return ssd_on_tensor_cores(in) ? ssd::backward_scratch_on_tensor_cores(in, ssd::current_device().processors)
                                 : ssd::backward_scratch_by_recurrence(in);
}

cudaError_t ssd_forward(const SsdInputs& in, const SsdOutputs& out, void* scratch, cudaStream_t stream) {
  return ssd_on_tensor_cores(in)
             ? ssd::forward_on_tensor_cores(in, out, scratch, ssd::current_device().processors, stream)
             : ssd::forward_by_recurrence(in, out, stream);
}

cudaError_t ssd_backward(const SsdInputs& in, const SsdGradients& g, void* scratch, cudaStream_t stream) {
  const int processors = ssd::current_device().processors;
  return ssd_on_tensor_cores(in) ? ssd::backward_on_tensor_cores(in, g, scratch, processors, stream)
                                 : ssd::backward_by_recurrence(in, g, scratch, processors, stream);
}

}  // namespace streamrank
