// What the operators' bindings share: checks that say what was wrong, and rows of activations as the kernels take them.
//
// An operator is declared with TORCH_LIBRARY_FRAGMENT(streamrank, m), implemented for STREAMRANK_DEVICE without gradients and
// for the key Autograd with them. The kernels themselves know nothing of PyTorch; see kernels.h.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "kernels.h"

// Kernels that src/test/cuda runs on the CPU are the operators' implementation for the CPU there.
#ifdef STREAMRANK_EMULATED
#define STREAMRANK_DEVICE CPU
#else
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#define STREAMRANK_DEVICE CUDA
#endif

namespace streamrank {

#ifdef STREAMRANK_EMULATED
struct DeviceGuard {
  explicit DeviceGuard(at::Device) {}
};

inline cudaStream_t stream_of(const at::Tensor&) { return nullptr; }
#else
using DeviceGuard = c10::cuda::CUDAGuard;

inline cudaStream_t stream_of(const at::Tensor& x) {
  return c10::cuda::getCurrentCUDAStream(x.get_device()).stream();
}
#endif

inline Activations activations_of(const at::Tensor& x, const char* operation, const char* name) {
  TORCH_CHECK(
      x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16, "streamrank::", operation, ": ", name, " is ",
      x.scalar_type(), ", expected float32 or bfloat16");
  return x.scalar_type() == at::kBFloat16 ? Activations::BFLOAT16 : Activations::FLOAT32;
}

inline void check_device(const at::Tensor& x, const at::Tensor& beside, const char* operation, const char* name) {
  TORCH_CHECK(
      x.device() == beside.device(), "streamrank::", operation, ": ", name, " is on ", x.device(), ", expected ",
      beside.device());
}

inline void check_shape(const at::Tensor& x, at::IntArrayRef shape, const char* operation, const char* name) {
  TORCH_CHECK(
      x.sizes() == shape, "streamrank::", operation, ": ", name, " has shape ", x.sizes(), ", expected ", shape);
}

// A tensor of parameters or states: float32, of this shape, without gaps.
inline at::Tensor whole(
    const at::Tensor& x, at::IntArrayRef shape, const at::Tensor& beside, const char* operation, const char* name) {
  check_device(x, beside, operation, name);
  check_shape(x, shape, operation, name);
  TORCH_CHECK(
      x.scalar_type() == at::kFloat, "streamrank::", operation, ": ", name, " is ", x.scalar_type(),
      ", expected float32");
  return x.contiguous();
}

// Rows whose numbers lie side by side. Where wide loads could not read them in place they are copied.
inline at::Tensor rows_of(
    const at::Tensor& x, at::IntArrayRef shape, const at::Tensor& beside, const char* operation, const char* name) {
  check_device(x, beside, operation, name);
  check_shape(x, shape, operation, name);
  TORCH_CHECK(
      x.scalar_type() == beside.scalar_type(), "streamrank::", operation, ": ", name, " is ", x.scalar_type(),
      ", expected ", beside.scalar_type());
  const bool side_by_side = x.stride(1) == 1 || x.size(1) == 1;
  const bool aligned = reinterpret_cast<uintptr_t>(x.const_data_ptr()) % 16 == 0 &&
      (x.size(0) <= 1 || x.stride(0) * x.element_size() % 16 == 0);
  return side_by_side && aligned ? x : x.clone(at::MemoryFormat::Contiguous);
}

// Rows of any alignment whose numbers lie side by side.
inline at::Tensor narrow_rows_of(
    const at::Tensor& x, at::IntArrayRef shape, const at::Tensor& beside, const char* operation, const char* name) {
  check_device(x, beside, operation, name);
  check_shape(x, shape, operation, name);
  TORCH_CHECK(
      x.scalar_type() == beside.scalar_type(), "streamrank::", operation, ": ", name, " is ", x.scalar_type(),
      ", expected ", beside.scalar_type());
  return x.stride(1) == 1 ? x : x.contiguous();
}

// Where each sequence begins, and where the last one ends: (n + 1), int32.
inline at::Tensor borders_of(const at::Tensor& borders, const at::Tensor& beside, const char* operation) {
  check_device(borders, beside, operation, "borders");
  TORCH_CHECK(
      borders.dim() == 1 && borders.size(0) > 1 && borders.scalar_type() == at::kInt, "streamrank::", operation,
      ": borders is ", borders.scalar_type(), " of shape ", borders.sizes(), ", expected int32 of one more than sequences");
  return borders.contiguous();
}

// Which row of a table each sequence has: (n), int64; none means the table has a row a sequence, in their order.
inline std::optional<at::Tensor> places_of(
    const std::optional<at::Tensor>& rows, int64_t sequences, const at::Tensor& beside, const char* operation) {
  if (!rows.has_value()) {
    return std::nullopt;
  }
  check_device(*rows, beside, operation, "rows");
  check_shape(*rows, {sequences}, operation, "rows");
  TORCH_CHECK(
      rows->scalar_type() == at::kLong, "streamrank::", operation, ": rows is ", rows->scalar_type(), ", expected int64");
  return rows->contiguous();
}

inline void check_channels(int64_t channels, const char* operation) {
  TORCH_CHECK(
      channels % 8 == 0 && channels > 0, "streamrank::", operation, ": ", channels,
      " channels, expected a multiple of 8");
}

template <typename T>
const T* data_of(const std::optional<at::Tensor>& x) {
  return x.has_value() ? x->const_data_ptr<T>() : nullptr;
}

inline void check_launch(cudaError_t error, const char* operation) {
  TORCH_CHECK(error == cudaSuccess, "streamrank::", operation, ": ", cudaGetErrorString(error));
}

// Whether a call has to remember what its gradients need.
template <typename... Tensors>
bool gradients_flow(const Tensors&... tensors) {
  return at::GradMode::is_enabled() && (tensors.requires_grad() || ...);
}

}  // namespace streamrank
