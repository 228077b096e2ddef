// streamrank::rms_norm, streamrank::add_rms_norm and streamrank::gated_rms_norm
#include "operators.h"

namespace streamrank {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void check_width(int64_t width, const char* operation) {
  TORCH_CHECK(
      width % 8 == 0 && width > 0 && width <= NORM_WIDTH_MAX, "streamrank::", operation, ": rows of ", width,
      " numbers, expected a multiple of 8 up to ", NORM_WIDTH_MAX);
}

Norm norm_of(const at::Tensor& weight, double epsilon, const at::Tensor& x) {
  return Norm{
      weight.const_data_ptr(), static_cast<float>(epsilon), static_cast<int>(x.size(0)), static_cast<int>(x.size(1))};
}

at::Tensor weight_of(const at::Tensor& weight, const at::Tensor& x, const char* operation) {
  check_device(weight, x, operation, "weight");
  check_shape(weight, {x.size(1)}, operation, "weight");
  return weight.contiguous();
}

// The sum of a row for each weight, (d), in the weight's type.
at::Tensor weight_gradient(const at::Tensor& partial, const at::Tensor& weight) {
  return partial.sum(0).to(weight.scalar_type());
}

std::tuple<at::Tensor, at::Tensor> normed(
    const at::Tensor& x_given,
    const std::optional<at::Tensor>& delta_given,
    const at::Tensor& weight_given,
    double epsilon,
    const char* operation) {
  const DeviceGuard guard(x_given.device());
  TORCH_CHECK(x_given.dim() == 2, "streamrank::", operation, ": x has ", x_given.dim(), " dimensions, expected 2");
  check_width(x_given.size(1), operation);
  const at::Tensor x = whole(x_given, x_given.sizes(), x_given, operation, "x");
  const at::Tensor weight = weight_of(weight_given, x, operation);
  const Activations type = activations_of(weight, operation, "weight");
  at::Tensor y = at::empty(x.sizes(), weight.options());
  at::Tensor delta;
  at::Tensor sum;
  if (delta_given.has_value()) {
    delta = rows_of(*delta_given, x.sizes(), weight.unsqueeze(0), operation, "delta").contiguous();
    sum = at::empty(x.sizes(), x.options());
  }
  if (x.size(0) > 0) {
    check_launch(
        norm(
            norm_of(weight, epsilon, x), x.const_data_ptr<float>(), delta.defined() ? delta.const_data_ptr() : nullptr,
            sum.defined() ? sum.mutable_data_ptr<float>() : nullptr, y.mutable_data_ptr(), type, stream_of(x)),
        operation);
  }
  return {sum, y};
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  return std::get<1>(normed(x, std::nullopt, weight, epsilon, "rms_norm"));
}

std::tuple<at::Tensor, at::Tensor> add_rms_norm(
    const at::Tensor& x, const at::Tensor& delta, const at::Tensor& weight, double epsilon) {
  return normed(x, delta, weight, epsilon, "add_rms_norm");
}

// Gradients by x, by delta where wanted, and by the weight.
variable_list norm_gradients(
    const at::Tensor& x,
    const at::Tensor& weight_given,
    double epsilon,
    const at::Tensor& dy_given,
    const at::Tensor& dsum_given,
    bool delta,
    const char* operation) {
  const DeviceGuard guard(x.device());
  const at::Tensor weight = weight_given.contiguous();
  if (x.size(0) == 0) {
    return {at::zeros_like(x), delta ? at::zeros(x.sizes(), weight.options()) : at::Tensor(), at::zeros_like(weight)};
  }
  const at::Tensor dy = dy_given.defined() ? dy_given.contiguous() : at::zeros(x.sizes(), weight.options());
  const at::Tensor dsum = dsum_given.defined() ? dsum_given.contiguous() : at::Tensor();
  const Norm in = norm_of(weight, epsilon, x);
  at::Tensor dx = at::empty(x.sizes(), x.options());
  at::Tensor ddelta = delta ? at::empty(x.sizes(), weight.options()) : at::Tensor();
  at::Tensor partial = at::empty({norm_partials(in), in.width}, x.options());
  check_launch(
      norm_backward(
          in, x.const_data_ptr<float>(), dy.const_data_ptr(), dsum.defined() ? dsum.const_data_ptr<float>() : nullptr,
          dx.mutable_data_ptr<float>(), ddelta.defined() ? ddelta.mutable_data_ptr() : nullptr,
          partial.mutable_data_ptr<float>(), activations_of(weight, operation, "weight"), stream_of(x)),
      operation);
  return {dx, ddelta, weight_gradient(partial, weight)};
}

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, double epsilon) {
    const at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x, weight});
    context->saved_data["epsilon"] = epsilon;
    return rms_norm(x, weight, epsilon);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const variable_list found = norm_gradients(
        saved[0].contiguous(), saved[1], context->saved_data["epsilon"].toDouble(), gradients[0], at::Tensor(), false,
        "rms_norm");
    return {found[0], found[2], at::Tensor()};
  }
};

struct AddRmsNorm : torch::autograd::Function<AddRmsNorm> {
  static variable_list forward(
      AutogradContext* context, const at::Tensor& x, const at::Tensor& delta, const at::Tensor& weight, double epsilon) {
    const at::AutoDispatchBelowADInplaceOrView below;
    auto [sum, y] = add_rms_norm(x, delta, weight, epsilon);
    context->save_for_backward({sum, weight});
    context->saved_data["epsilon"] = epsilon;
    return {sum, y};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const variable_list found = norm_gradients(
        saved[0], saved[1], context->saved_data["epsilon"].toDouble(), gradients[1], gradients[0], true,
        "add_rms_norm");
    return {found[0], found[1], found[2], at::Tensor()};
  }
};

struct Gated {
  at::Tensor y;
  at::Tensor z;
  at::Tensor weight;
  Activations type;
  Gate gate;

  Gated(const at::Tensor& y_given, const at::Tensor& z_given, const at::Tensor& weight_given) {
    constexpr const char* NAME = "gated_rms_norm";
    TORCH_CHECK(z_given.dim() == 2, "streamrank::", NAME, ": z has ", z_given.dim(), " dimensions, expected 2");
    check_width(z_given.size(1), NAME);
    type = activations_of(z_given, NAME, "z");
    z = rows_of(z_given, z_given.sizes(), z_given, NAME, "z");
    check_device(y_given, z, NAME, "y");
    const Activations y_type = activations_of(y_given, NAME, "y");
    y = rows_of(y_given, z.sizes(), y_given, NAME, "y");
    weight = weight_of(weight_given, z, NAME);
    TORCH_CHECK(
        weight.scalar_type() == z.scalar_type(), "streamrank::", NAME, ": weight is ", weight.scalar_type(),
        ", expected ", z.scalar_type());
    TORCH_CHECK(
        y_type == type || y_type == Activations::FLOAT32, "streamrank::", NAME, ": y is ", y.scalar_type(),
        ", expected float32 or ", z.scalar_type());
    gate = Gate{y.const_data_ptr(), y.stride(0), y_type, z.const_data_ptr(), z.stride(0)};
  }
};

at::Tensor gated_rms_norm(const at::Tensor& y, const at::Tensor& z, const at::Tensor& weight, double epsilon) {
  const DeviceGuard guard(z.device());
  const Gated given(y, z, weight);
  at::Tensor out = at::empty(z.sizes(), z.options());
  if (z.size(0) > 0) {
    check_launch(
        gated_norm(norm_of(given.weight, epsilon, z), given.gate, out.mutable_data_ptr(), given.type, stream_of(z)),
        "gated_rms_norm");
  }
  return out;
}

struct GatedRmsNorm : torch::autograd::Function<GatedRmsNorm> {
  static at::Tensor forward(
      AutogradContext* context, const at::Tensor& y, const at::Tensor& z, const at::Tensor& weight, double epsilon) {
    const at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({y, z, weight});
    context->saved_data["epsilon"] = epsilon;
    return gated_rms_norm(y, z, weight, epsilon);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const DeviceGuard guard(saved[1].device());
    const Gated given(saved[0], saved[1], saved[2]);
    at::Tensor dy = at::empty(given.z.sizes(), given.y.options());
    at::Tensor dz = at::empty(given.z.sizes(), given.z.options());
    if (given.z.size(0) == 0) {
      return {dy, dz, at::zeros_like(given.weight), at::Tensor()};
    }
    const at::Tensor dout = gradients[0].contiguous();
    const Norm in = norm_of(given.weight, context->saved_data["epsilon"].toDouble(), given.z);
    at::Tensor partial = at::empty({norm_partials(in), in.width}, given.z.options().dtype(at::kFloat));
    check_launch(
        gated_norm_backward(
            in, given.gate, dout.const_data_ptr(), dy.mutable_data_ptr(), dz.mutable_data_ptr(),
            partial.mutable_data_ptr<float>(), given.type, stream_of(given.z)),
        "gated_rms_norm");
    return {dy, dz, weight_gradient(partial, given.weight), at::Tensor()};
  }
};

at::Tensor rms_norm_with_gradients(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  if (!gradients_flow(x, weight)) {
    const at::AutoDispatchBelowADInplaceOrView below;
    return rms_norm(x, weight, epsilon);
  }
  return RmsNorm::apply(x, weight, epsilon);
}

std::tuple<at::Tensor, at::Tensor> add_rms_norm_with_gradients(
    const at::Tensor& x, const at::Tensor& delta, const at::Tensor& weight, double epsilon) {
  if (!gradients_flow(x, delta, weight)) {
    const at::AutoDispatchBelowADInplaceOrView below;
    return add_rms_norm(x, delta, weight, epsilon);
  }
  const variable_list out = AddRmsNorm::apply(x, delta, weight, epsilon);
  return {out[0], out[1]};
}

at::Tensor gated_rms_norm_with_gradients(
    const at::Tensor& y, const at::Tensor& z, const at::Tensor& weight, double epsilon) {
  if (!gradients_flow(y, z, weight)) {
    const at::AutoDispatchBelowADInplaceOrView below;
    return gated_rms_norm(y, z, weight, epsilon);
  }
  return GatedRmsNorm::apply(y, z, weight, epsilon);
}

}  // namespace
}  // namespace streamrank

TORCH_LIBRARY_FRAGMENT(streamrank, m) {
  // Norms over rows, with float32 statistics. x is a residual, (t, d) in float32; y is of the weight's type.
  m.def("rms_norm(Tensor x, Tensor weight, float epsilon) -> Tensor");
  // x + delta, and its norm.
  m.def("add_rms_norm(Tensor x, Tensor delta, Tensor weight, float epsilon) -> (Tensor, Tensor)");
  // The norm of y silu(z), (t, d). y is float32 or of z's type, which is the weight's and the result's.
  m.def("gated_rms_norm(Tensor y, Tensor z, Tensor weight, float epsilon) -> Tensor");
}

TORCH_LIBRARY_IMPL(streamrank, STREAMRANK_DEVICE, m) {
  m.impl("rms_norm", TORCH_FN(streamrank::rms_norm));
  m.impl("add_rms_norm", TORCH_FN(streamrank::add_rms_norm));
  m.impl("gated_rms_norm", TORCH_FN(streamrank::gated_rms_norm));
}

TORCH_LIBRARY_IMPL(streamrank, Autograd, m) {
  m.impl("rms_norm", TORCH_FN(streamrank::rms_norm_with_gradients));
  m.impl("add_rms_norm", TORCH_FN(streamrank::add_rms_norm_with_gradients));
  m.impl("gated_rms_norm", TORCH_FN(streamrank::gated_rms_norm_with_gradients));
}
