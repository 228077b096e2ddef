// streamrank::conv_silu and streamrank::conv_tail
#include "operators.h"

namespace streamrank {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Arguments {
  at::Tensor x;
  at::Tensor weight;
  std::optional<at::Tensor> bias;
  at::Tensor borders;
  std::optional<at::Tensor> tail;
  std::optional<at::Tensor> rows;
  Activations type;
  Convolution in;

  Arguments(
      const at::Tensor& x_given,
      const at::Tensor& weight_given,
      const std::optional<at::Tensor>& bias_given,
      const at::Tensor& borders_given,
      int64_t longest,
      const std::optional<at::Tensor>& tail_given,
      const std::optional<at::Tensor>& rows_given,
      const char* operation) {
    TORCH_CHECK(x_given.dim() == 2, "streamrank::", operation, ": x has ", x_given.dim(), " dimensions, expected 2");
    const int64_t channels = x_given.size(1);
    const int64_t taps = weight_given.size(0);
    check_channels(channels, operation);
    TORCH_CHECK(
        taps >= 2 && taps <= CONVOLUTION_TAPS_MAX, "streamrank::", operation, ": ", taps, " taps, expected 2 to ",
        CONVOLUTION_TAPS_MAX);
    type = activations_of(x_given, operation, "x");
    x = rows_of(x_given, x_given.sizes(), x_given, operation, "x");
    weight = whole(weight_given, {taps, channels}, x, operation, "weight");
    if (bias_given.has_value()) {
      bias = whole(*bias_given, {channels}, x, operation, "bias");
    }
    borders = borders_of(borders_given, x, operation);
    const int64_t sequences = borders.size(0) - 1;
    rows = places_of(rows_given, sequences, x, operation);
    if (tail_given.has_value()) {
      const int64_t count = rows.has_value() ? tail_given->size(0) : sequences;
      tail = whole(*tail_given, {count, taps - 1, channels}, x, operation, "tail");
    }
    in = Convolution{
        x.const_data_ptr(),
        x.stride(0),
        weight.const_data_ptr<float>(),
        data_of<float>(bias),
        borders.const_data_ptr<int>(),
        data_of<float>(tail),
        data_of<int64_t>(rows),
        static_cast<int>(sequences),
        static_cast<int>(longest),
        static_cast<int>(channels),
        static_cast<int>(taps)};
  }

  bool empty() const { return x.size(0) == 0 || in.longest == 0; }
};

at::Tensor conv_silu(
    const at::Tensor& x,
    const at::Tensor& weight,
    const std::optional<at::Tensor>& bias,
    const at::Tensor& borders,
    int64_t longest,
    const std::optional<at::Tensor>& tail,
    const std::optional<at::Tensor>& rows) {
  const DeviceGuard guard(x.device());
  const Arguments given(x, weight, bias, borders, longest, tail, rows, "conv_silu");
  at::Tensor y = at::empty(x.sizes(), x.options());
  if (!given.empty()) {
    check_launch(convolve(given.in, y.mutable_data_ptr(), given.type, stream_of(x)), "conv_silu");
  }
  return y;
}

at::Tensor conv_tail(
    const at::Tensor& x,
    const at::Tensor& borders,
    int64_t taps,
    const std::optional<at::Tensor>& tail,
    const std::optional<at::Tensor>& rows) {
  const DeviceGuard guard(x.device());
  const at::Tensor unused = at::empty({taps, x.size(1)}, x.options().dtype(at::kFloat));
  const Arguments given(x, unused, std::nullopt, borders, 0, tail, rows, "conv_tail");
  at::Tensor after = at::empty({given.in.sequences, taps - 1, x.size(1)}, unused.options());
  check_launch(convolution_tail(given.in, after.mutable_data_ptr<float>(), given.type, stream_of(x)), "conv_tail");
  return after;
}

struct ConvSilu : torch::autograd::Function<ConvSilu> {
  static at::Tensor forward(
      AutogradContext* context,
      const at::Tensor& x,
      const at::Tensor& weight,
      const std::optional<at::Tensor>& bias,
      const at::Tensor& borders,
      int64_t longest,
      const std::optional<at::Tensor>& tail) {
    const at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward(
        {x, weight, bias.value_or(at::Tensor()), borders, tail.value_or(at::Tensor())});
    context->saved_data["longest"] = longest;
    return conv_silu(x, weight, bias, borders, longest, tail, std::nullopt);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto optional = [](const at::Tensor& x) { return x.defined() ? std::optional(x) : std::nullopt; };
    const at::Tensor& x = saved[0];
    const DeviceGuard guard(x.device());
    const Arguments given(
        x, saved[1], optional(saved[2]), saved[3], context->saved_data["longest"].toInt(), optional(saved[4]),
        std::nullopt, "conv_silu");
    const at::Tensor dy = gradients[0].contiguous();
    const at::TensorOptions wide = x.options().dtype(at::kFloat);
    at::Tensor dx = at::empty(x.sizes(), x.options());
    at::Tensor dtail = given.tail.has_value() ? at::zeros(given.tail->sizes(), wide) : at::Tensor();
    at::Tensor sums = at::zeros({given.in.taps + 1, given.in.channels}, wide);
    if (!given.empty()) {
      at::Tensor partial = at::empty({convolution_partials(given.in), given.in.taps + 1, given.in.channels}, wide);
      check_launch(
          convolve_backward(
              given.in, dy.const_data_ptr(), dx.mutable_data_ptr(), partial.mutable_data_ptr<float>(),
              dtail.defined() ? dtail.mutable_data_ptr<float>() : nullptr, given.type, stream_of(x)),
          "conv_silu");
      sums = partial.sum(0);
    }
    const at::Tensor dbias = given.bias.has_value() ? sums[given.in.taps] : at::Tensor();
    return {dx, sums.slice(0, 0, given.in.taps), dbias, at::Tensor(), at::Tensor(), dtail};
  }
};

at::Tensor conv_silu_with_gradients(
    const at::Tensor& x,
    const at::Tensor& weight,
    const std::optional<at::Tensor>& bias,
    const at::Tensor& borders,
    int64_t longest,
    const std::optional<at::Tensor>& tail,
    const std::optional<at::Tensor>& rows) {
  const bool flow = gradients_flow(x, weight) || (bias.has_value() && gradients_flow(*bias)) ||
      (tail.has_value() && gradients_flow(*tail));
  if (!flow) {
    const at::AutoDispatchBelowADInplaceOrView below;
    return conv_silu(x, weight, bias, borders, longest, tail, rows);
  }
  TORCH_CHECK(!rows.has_value(), "streamrank::conv_silu: gradients do not flow into rows of a table");
  return ConvSilu::apply(x, weight, bias, borders, longest, tail);
}

}  // namespace
}  // namespace streamrank

TORCH_LIBRARY_FRAGMENT(streamrank, m) {
  // silu of a depthwise causal convolution inside each sequence, (t, c). tail is what came before each, (n, taps - 1, c)
  // or a table whose rows are named; longest is the longest sequence's tokens.
  m.def(
      "conv_silu(Tensor x, Tensor weight, Tensor? bias, Tensor borders, int longest, Tensor? tail, Tensor? rows)"
      " -> Tensor");
  // What comes before whatever follows each sequence: its last taps - 1 inputs, (n, taps - 1, c). Without gradients.
  m.def("conv_tail(Tensor x, Tensor borders, int taps, Tensor? tail, Tensor? rows) -> Tensor");
}

TORCH_LIBRARY_IMPL(streamrank, STREAMRANK_DEVICE, m) {
  m.impl("conv_silu", TORCH_FN(streamrank::conv_silu));
  m.impl("conv_tail", TORCH_FN(streamrank::conv_tail));
}

TORCH_LIBRARY_IMPL(streamrank, Autograd, m) {
  m.impl("conv_silu", TORCH_FN(streamrank::conv_silu_with_gradients));
}
