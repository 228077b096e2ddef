// streamrank::ssd
#include "operators.h"
#include "ssd.h"

namespace streamrank {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr const char* NAME = "ssd";

struct Arguments {
  at::Tensor x;
  at::Tensor dt;
  at::Tensor b;
  at::Tensor c;
  at::Tensor a;
  at::Tensor d;
  at::Tensor dt_bias;
  at::Tensor borders;
  std::optional<at::Tensor> before;
  std::optional<at::Tensor> rows;
  SsdInputs in;

  Arguments(
      const at::Tensor& x_given,
      const at::Tensor& dt_given,
      const at::Tensor& a_given,
      const at::Tensor& b_given,
      const at::Tensor& c_given,
      const at::Tensor& d_given,
      const at::Tensor& dt_bias_given,
      const at::Tensor& borders_given,
      int64_t longest,
      double dt_least,
      double dt_most,
      const std::optional<at::Tensor>& before_given,
      const std::optional<at::Tensor>& rows_given) {
    TORCH_CHECK(x_given.dim() == 3, "streamrank::", NAME, ": x has ", x_given.dim(), " dimensions, expected 3");
    TORCH_CHECK(
        b_given.dim() == 2 || b_given.dim() == 3, "streamrank::", NAME, ": b has ", b_given.dim(),
        " dimensions, expected 2 or 3");
    const int64_t tokens = x_given.size(0);
    const int64_t heads = x_given.size(1);
    const int64_t width = x_given.size(2);
    const int64_t groups = b_given.dim() == 3 ? b_given.size(1) : 1;
    const int64_t state = b_given.size(-1);
    TORCH_CHECK(
        width > 0 && width <= SSD_WIDTH_MAX && state > 0 && state <= SSD_STATE_MAX, "streamrank::", NAME,
        ": heads of width ", width, " with states of ", state, ", expected up to ", SSD_WIDTH_MAX, " and ",
        SSD_STATE_MAX);
    TORCH_CHECK(
        groups > 0 && heads > 0 && heads % groups == 0, "streamrank::", NAME, ": ", heads, " heads in ", groups,
        " groups of b, expected a multiple");
    const Activations type = activations_of(x_given, NAME, "x");
    const Activations dt_type = activations_of(dt_given, NAME, "dt");
    check_shape(c_given, b_given.sizes(), NAME, "c");
    x = rows_of(x_given.reshape({tokens, heads * width}), {tokens, heads * width}, x_given, NAME, "x");
    b = rows_of(b_given.reshape({tokens, groups * state}), {tokens, groups * state}, x_given, NAME, "b");
    c = rows_of(c_given.reshape({tokens, groups * state}), {tokens, groups * state}, x_given, NAME, "c");
    check_device(dt_given, x, NAME, "dt");
    dt = narrow_rows_of(dt_given, {tokens, heads}, dt_given, NAME, "dt");
    a = whole(a_given, {heads}, x, NAME, "a");
    d = whole(d_given, {heads}, x, NAME, "d");
    dt_bias = whole(dt_bias_given, {heads}, x, NAME, "dt_bias");
    borders = borders_of(borders_given, x, NAME);
    const int64_t sequences = borders.size(0) - 1;
    rows = places_of(rows_given, sequences, x, NAME);
    if (before_given.has_value()) {
      const int64_t count = rows.has_value() ? before_given->size(0) : sequences;
      before = whole(*before_given, {count, heads, width, state}, x, NAME, "before");
    }
    in = SsdInputs{
        SsdShape{
            static_cast<int>(tokens), static_cast<int>(sequences), static_cast<int>(heads), static_cast<int>(groups),
            static_cast<int>(width), static_cast<int>(state), static_cast<int>(longest)},
        borders.const_data_ptr<int>(),
        x.const_data_ptr(),
        b.const_data_ptr(),
        c.const_data_ptr(),
        dt.const_data_ptr(),
        x.stride(0),
        b.stride(0),
        c.stride(0),
        dt.stride(0),
        type == Activations::FLOAT32,
        dt_type == Activations::FLOAT32,
        dt_bias.const_data_ptr<float>(),
        a.const_data_ptr<float>(),
        d.const_data_ptr<float>(),
        data_of<float>(before),
        data_of<int64_t>(rows),
        static_cast<float>(dt_least),
        static_cast<float>(dt_most)};
  }

  at::Tensor empty_states(bool wanted) const {
    const SsdShape& shape = in.shape;
    return at::empty({wanted ? shape.sequences : 0, shape.heads, shape.width, shape.state}, d.options());
  }

  at::Tensor scratch(size_t bytes) const {
    return at::empty({static_cast<int64_t>(bytes)}, x.options().dtype(at::kByte));
  }
};

std::tuple<at::Tensor, at::Tensor> ssd_plain(
    const at::Tensor& x,
    const at::Tensor& dt,
    const at::Tensor& a,
    const at::Tensor& b,
    const at::Tensor& c,
    const at::Tensor& d,
    const at::Tensor& dt_bias,
    const at::Tensor& borders,
    int64_t longest,
    double dt_least,
    double dt_most,
    const std::optional<at::Tensor>& before,
    const std::optional<at::Tensor>& rows,
    bool after_wanted) {
  const DeviceGuard guard(x.device());
  const Arguments given(x, dt, a, b, c, d, dt_bias, borders, longest, dt_least, dt_most, before, rows);
  at::Tensor y = at::empty(given.x.sizes(), x.options());
  at::Tensor after = given.empty_states(after_wanted);
  const at::Tensor scratch = given.scratch(ssd_forward_scratch(given.in));
  const SsdOutputs out{y.mutable_data_ptr(), after_wanted ? after.mutable_data_ptr<float>() : nullptr};
  check_launch(ssd_forward(given.in, out, scratch.mutable_data_ptr(), stream_of(x)), NAME);
  return {y, after};
}

struct Ssd : torch::autograd::Function<Ssd> {
  static variable_list forward(
      AutogradContext* context,
      const at::Tensor& x,
      const at::Tensor& dt,
      const at::Tensor& a,
      const at::Tensor& b,
      const at::Tensor& c,
      const at::Tensor& d,
      const at::Tensor& dt_bias,
      const at::Tensor& borders,
      int64_t longest,
      double dt_least,
      double dt_most,
      const std::optional<at::Tensor>& before,
      bool after_wanted) {
    const at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x, dt, a, b, c, d, dt_bias, borders, before.value_or(at::Tensor())});
    context->saved_data["longest"] = longest;
    context->saved_data["dt_least"] = dt_least;
    context->saved_data["dt_most"] = dt_most;
    at::Tensor y, after;
    std::tie(y, after) = ssd_plain(
        x, dt, a, b, c, d, dt_bias, borders, longest, dt_least, dt_most, before, std::nullopt, after_wanted);
    return {y, after};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor& b = saved[3];
    const DeviceGuard guard(x.device());
    const Arguments given(
        x, saved[1], saved[2], b, saved[4], saved[5], saved[6], saved[7], context->saved_data["longest"].toInt(),
        context->saved_data["dt_least"].toDouble(), context->saved_data["dt_most"].toDouble(),
        saved[8].defined() ? std::optional(saved[8]) : std::nullopt, std::nullopt);
    const at::Tensor dy =
        gradients[0].defined() ? gradients[0].contiguous() : at::zeros(given.x.sizes(), x.options());
    const bool after = gradients[1].defined() && gradients[1].numel() > 0;
    const at::Tensor dafter = after ? gradients[1].to(at::kFloat).contiguous() : at::Tensor();
    at::Tensor dx = at::empty(x.sizes(), x.options());
    at::Tensor db = at::empty(b.sizes(), x.options());
    at::Tensor dc = at::empty(b.sizes(), x.options());
    at::Tensor ddt = at::empty(given.dt.sizes(), given.dt.options());
    at::Tensor heads = at::empty({3, given.in.shape.heads}, given.d.options());
    const bool before = saved[8].defined();
    at::Tensor dbefore = given.empty_states(before);
    const at::Tensor scratch = given.scratch(ssd_backward_scratch(given.in));
    const SsdGradients out{
        dy.const_data_ptr(),
        after ? dafter.const_data_ptr<float>() : nullptr,
        dx.mutable_data_ptr(),
        db.mutable_data_ptr(),
        dc.mutable_data_ptr(),
        ddt.mutable_data_ptr(),
        heads.mutable_data_ptr<float>(),
        before ? dbefore.mutable_data_ptr<float>() : nullptr};
    check_launch(ssd_backward(given.in, out, scratch.mutable_data_ptr(), stream_of(x)), NAME);
    const at::Tensor none;
    return {dx, ddt, heads[1], db, dc, heads[2], heads[0], none, none, none, none, before ? dbefore : none, none};
  }
};

std::tuple<at::Tensor, at::Tensor> ssd_with_gradients(
    const at::Tensor& x,
    const at::Tensor& dt,
    const at::Tensor& a,
    const at::Tensor& b,
    const at::Tensor& c,
    const at::Tensor& d,
    const at::Tensor& dt_bias,
    const at::Tensor& borders,
    int64_t longest,
    double dt_least,
    double dt_most,
    const std::optional<at::Tensor>& before,
    const std::optional<at::Tensor>& rows,
    bool after_wanted) {
  if (!gradients_flow(x, dt, a, b, c, d, dt_bias) && !(before.has_value() && gradients_flow(*before))) {
    const at::AutoDispatchBelowADInplaceOrView below;
    return ssd_plain(x, dt, a, b, c, d, dt_bias, borders, longest, dt_least, dt_most, before, rows, after_wanted);
  }
  TORCH_CHECK(!rows.has_value(), "streamrank::", NAME, ": gradients do not flow into rows of a table");
  const variable_list out =
      Ssd::apply(x, dt, a, b, c, d, dt_bias, borders, longest, dt_least, dt_most, before, after_wanted);
  return {out[0], out[1]};
}

}  // namespace
}  // namespace streamrank

TORCH_LIBRARY_FRAGMENT(streamrank, m) {
  // Mamba-2's recurrence in each sequence with the step's bias, softplus and limits and the way past the states: x is
  // (t, heads, width), dt (t, heads), b and c (t, state) or (t, groups, state). Returns y (t, heads width), and the
  // states after each sequence if wanted, (n, heads, width, state), else nothing of it. before is like these, or a
  // table whose rows are named; longest is at least the longest sequence's tokens.
  m.def(
      "ssd(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c, Tensor d, Tensor dt_bias, Tensor borders, int longest,"
      " float dt_least, float dt_most, Tensor? before, Tensor? rows, bool after_wanted) -> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(streamrank, STREAMRANK_DEVICE, m) {
  m.impl("ssd", TORCH_FN(streamrank::ssd_plain));
}

TORCH_LIBRARY_IMPL(streamrank, Autograd, m) {
  m.impl("ssd", TORCH_FN(streamrank::ssd_with_gradients));
}
