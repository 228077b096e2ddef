// streamrank::selective_scan
#include "operators.h"

namespace streamrank {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr const char* NAME = "selective_scan";

struct Arguments {
  at::Tensor x;
  at::Tensor dt;
  at::Tensor a;
  at::Tensor b;
  at::Tensor c;
  at::Tensor d;
  at::Tensor dt_bias;
  std::optional<at::Tensor> z;
  at::Tensor borders;
  std::optional<at::Tensor> before;
  std::optional<at::Tensor> rows;
  Activations type;
  Scan in;

  Arguments(
      const at::Tensor& x_given,
      const at::Tensor& dt_given,
      const at::Tensor& a_given,
      const at::Tensor& b_given,
      const at::Tensor& c_given,
      const at::Tensor& d_given,
      const at::Tensor& dt_bias_given,
      const std::optional<at::Tensor>& z_given,
      const at::Tensor& borders_given,
      const std::optional<at::Tensor>& before_given,
      const std::optional<at::Tensor>& rows_given) {
    TORCH_CHECK(x_given.dim() == 2, "streamrank::", NAME, ": x has ", x_given.dim(), " dimensions, expected 2");
    const int64_t tokens = x_given.size(0);
    const int64_t channels = x_given.size(1);
    check_channels(channels, NAME);
    type = activations_of(x_given, NAME, "x");
    x = rows_of(x_given, {tokens, channels}, x_given, NAME, "x");
    dt = rows_of(dt_given, {tokens, channels}, x, NAME, "dt");
    a = whole(a_given, {channels, SCAN_STATE}, x, NAME, "a");
    b = narrow_rows_of(b_given, {tokens, SCAN_STATE}, x, NAME, "b");
    c = narrow_rows_of(c_given, {tokens, SCAN_STATE}, x, NAME, "c");
    d = whole(d_given, {channels}, x, NAME, "d");
    dt_bias = whole(dt_bias_given, {channels}, x, NAME, "dt_bias");
    if (z_given.has_value()) {
      z = rows_of(*z_given, {tokens, channels}, x, NAME, "z");
    }
    borders = borders_of(borders_given, x, NAME);
    const int64_t sequences = borders.size(0) - 1;
    rows = places_of(rows_given, sequences, x, NAME);
    if (before_given.has_value()) {
      const int64_t count = rows.has_value() ? before_given->size(0) : sequences;
      before = whole(*before_given, {count, channels, SCAN_STATE}, x, NAME, "before");
    }
    in = Scan{
        x.const_data_ptr(),
        x.stride(0),
        dt.const_data_ptr(),
        dt.stride(0),
        z.has_value() ? z->const_data_ptr() : nullptr,
        z.has_value() ? z->stride(0) : 0,
        b.const_data_ptr(),
        b.stride(0),
        c.const_data_ptr(),
        c.stride(0),
        a.const_data_ptr<float>(),
        d.const_data_ptr<float>(),
        dt_bias.const_data_ptr<float>(),
        borders.const_data_ptr<int>(),
        data_of<float>(before),
        data_of<int64_t>(rows),
        static_cast<int>(tokens),
        static_cast<int>(sequences),
        static_cast<int>(channels)};
  }

  at::Tensor run(at::Tensor& after, float* chunks) const {
    at::Tensor y = at::empty(x.sizes(), x.options());
    check_launch(
        scan(
            in, y.mutable_data_ptr(), after.numel() == 0 ? nullptr : after.mutable_data_ptr<float>(), chunks, type,
            stream_of(x)),
        NAME);
    return y;
  }

  at::Tensor states(bool wanted) const {
    return at::empty({wanted ? in.sequences : 0, in.channels, SCAN_STATE}, x.options().dtype(at::kFloat));
  }
};

std::tuple<at::Tensor, at::Tensor> selective_scan(
    const at::Tensor& x,
    const at::Tensor& dt,
    const at::Tensor& a,
    const at::Tensor& b,
    const at::Tensor& c,
    const at::Tensor& d,
    const at::Tensor& dt_bias,
    const std::optional<at::Tensor>& z,
    const at::Tensor& borders,
    const std::optional<at::Tensor>& before,
    const std::optional<at::Tensor>& rows,
    bool after_wanted) {
  const DeviceGuard guard(x.device());
  const Arguments given(x, dt, a, b, c, d, dt_bias, z, borders, before, rows);
  at::Tensor after = given.states(after_wanted);
  at::Tensor y = given.run(after, nullptr);
  return {y, after};
}

struct SelectiveScan : torch::autograd::Function<SelectiveScan> {
  static variable_list forward(
      AutogradContext* context,
      const at::Tensor& x,
      const at::Tensor& dt,
      const at::Tensor& a,
      const at::Tensor& b,
      const at::Tensor& c,
      const at::Tensor& d,
      const at::Tensor& dt_bias,
      const std::optional<at::Tensor>& z,
      const at::Tensor& borders,
      const std::optional<at::Tensor>& before,
      bool after_wanted) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const DeviceGuard guard(x.device());
    const Arguments given(x, dt, a, b, c, d, dt_bias, z, borders, before, std::nullopt);
    at::Tensor after = given.states(after_wanted);
    at::Tensor chunks =
        at::empty({scan_chunks(given.in), SCAN_STATE, given.in.channels}, x.options().dtype(at::kFloat));
    at::Tensor y = given.run(after, chunks.mutable_data_ptr<float>());
    context->save_for_backward(
        {x, dt, a, b, c, d, dt_bias, z.value_or(at::Tensor()), borders, before.value_or(at::Tensor()), chunks});
    return {y, after};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto optional = [](const at::Tensor& x) { return x.defined() ? std::optional(x) : std::nullopt; };
    const at::Tensor& x = saved[0];
    const DeviceGuard guard(x.device());
    const Arguments given(
        x, saved[1], saved[2], saved[3], saved[4], saved[5], saved[6], optional(saved[7]), saved[8], optional(saved[9]),
        std::nullopt);
    const Scan& in = given.in;
    const at::TensorOptions wide = x.options().dtype(at::kFloat);
    const at::Tensor dy =
        gradients[0].defined() ? gradients[0].contiguous() : at::zeros(x.sizes(), x.options());
    const bool after = gradients[1].defined() && gradients[1].numel() > 0;
    const at::Tensor dafter = after ? gradients[1].to(at::kFloat).contiguous() : at::Tensor();
    const int64_t groups = scan_sequence_groups(in);
    at::Tensor dx = at::empty(x.sizes(), x.options());
    at::Tensor ddt = at::empty(x.sizes(), x.options());
    at::Tensor dz = given.z.has_value() ? at::empty(x.sizes(), x.options()) : at::Tensor();
    at::Tensor partial = at::empty({scan_channel_groups(in), in.tokens, 2 * SCAN_STATE}, wide);
    at::Tensor da = at::empty({groups, in.channels, SCAN_STATE}, wide);
    at::Tensor dd = at::empty({groups, in.channels}, wide);
    at::Tensor ddt_bias = at::empty({groups, in.channels}, wide);
    at::Tensor dbefore = given.before.has_value() ? at::empty(given.before->sizes(), wide) : at::Tensor();
    const ScanGradients out{
        dy.const_data_ptr(),
        after ? dafter.const_data_ptr<float>() : nullptr,
        saved[10].const_data_ptr<float>(),
        dx.mutable_data_ptr(),
        ddt.mutable_data_ptr(),
        dz.defined() ? dz.mutable_data_ptr() : nullptr,
        partial.mutable_data_ptr<float>(),
        da.mutable_data_ptr<float>(),
        dd.mutable_data_ptr<float>(),
        ddt_bias.mutable_data_ptr<float>(),
        dbefore.defined() ? dbefore.mutable_data_ptr<float>() : nullptr};
    check_launch(scan_backward(in, out, given.type, stream_of(x)), NAME);
    const at::Tensor steered = partial.sum(0).to(x.scalar_type());
    return {
        dx,
        ddt,
        da.sum(0),
        steered.slice(1, 0, SCAN_STATE),
        steered.slice(1, SCAN_STATE),
        dd.sum(0),
        ddt_bias.sum(0),
        dz,
        at::Tensor(),
        dbefore,
        at::Tensor()};
  }
};

std::tuple<at::Tensor, at::Tensor> selective_scan_with_gradients(
    const at::Tensor& x,
    const at::Tensor& dt,
    const at::Tensor& a,
    const at::Tensor& b,
    const at::Tensor& c,
    const at::Tensor& d,
    const at::Tensor& dt_bias,
    const std::optional<at::Tensor>& z,
    const at::Tensor& borders,
    const std::optional<at::Tensor>& before,
    const std::optional<at::Tensor>& rows,
    bool after_wanted) {
  const bool flow = gradients_flow(x, dt, a, b, c, d, dt_bias) || (z.has_value() && gradients_flow(*z)) ||
      (before.has_value() && gradients_flow(*before));
  if (!flow) {
    const at::AutoDispatchBelowADInplaceOrView below;
    return selective_scan(x, dt, a, b, c, d, dt_bias, z, borders, before, rows, after_wanted);
  }
  TORCH_CHECK(!rows.has_value(), "streamrank::", NAME, ": gradients do not flow into rows of a table");
  const variable_list out = SelectiveScan::apply(x, dt, a, b, c, d, dt_bias, z, borders, before, after_wanted);
  return {out[0], out[1]};
}

}  // namespace
}  // namespace streamrank

TORCH_LIBRARY_FRAGMENT(streamrank, m) {
  // Mamba's scan of each sequence with the step's softplus, the way past the states and the gate: y (t, c), and the
  // states after each sequence if wanted, (n, c, 16), else nothing of it. before is (n, c, 16), or a table whose rows are
  // named.
  m.def(
      "selective_scan(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c, Tensor d, Tensor dt_bias, Tensor? z,"
      " Tensor borders, Tensor? before, Tensor? rows, bool after_wanted) -> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(streamrank, STREAMRANK_DEVICE, m) {
  m.impl("selective_scan", TORCH_FN(streamrank::selective_scan));
}

TORCH_LIBRARY_IMPL(streamrank, Autograd, m) {
  m.impl("selective_scan", TORCH_FN(streamrank::selective_scan_with_gradients));
}
