// streamrank::add_layer_norm, streamrank::embed_layer_norm and streamrank::bias_gelu
#include "operators.h"

namespace streamrank {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void check_norm_width(int64_t width, const char* operation) {
  TORCH_CHECK(
      width % 8 == 0 && width > 0 && width <= NORM_WIDTH_MAX, "streamrank::", operation, ": rows of ", width,
      " numbers, expected a multiple of 8 up to ", NORM_WIDTH_MAX);
}

// A parameter of so many numbers, of the activations' type.
at::Tensor vector_of(
    const at::Tensor& x, int64_t size, const at::Tensor& beside, const char* operation, const char* name) {
  return rows_of(x.unsqueeze(0), {1, size}, beside, operation, name).contiguous().squeeze(0);
}

struct Normed {
  at::Tensor x;
  at::Tensor delta;
  at::Tensor weight;
  at::Tensor bias;
  Activations type;
  LayerNorm in;

  Normed(
      const at::Tensor& x_given,
      const at::Tensor& delta_given,
      const at::Tensor& weight_given,
      const at::Tensor& bias_given,
      double epsilon) {
    constexpr const char* NAME = "add_layer_norm";
    TORCH_CHECK(x_given.dim() == 2, "streamrank::", NAME, ": x has ", x_given.dim(), " dimensions, expected 2");
    check_norm_width(x_given.size(1), NAME);
    type = activations_of(x_given, NAME, "x");
    x = rows_of(x_given, x_given.sizes(), x_given, NAME, "x").contiguous();
    delta = rows_of(delta_given, x.sizes(), x, NAME, "delta").contiguous();
    weight = vector_of(weight_given, x.size(1), x, NAME, "weight");
    bias = vector_of(bias_given, x.size(1), x, NAME, "bias");
    in = LayerNorm{
        weight.const_data_ptr(), bias.const_data_ptr(), static_cast<float>(epsilon), static_cast<int>(x.size(0)),
        static_cast<int>(x.size(1))};
  }
};

at::Tensor normed_sum(
    const at::Tensor& x, const at::Tensor& delta, const at::Tensor& weight, const at::Tensor& bias, double epsilon) {
  const DeviceGuard guard(x.device());
  const Normed given(x, delta, weight, bias, epsilon);
  at::Tensor y = at::empty(given.x.sizes(), given.x.options());
  if (given.in.rows > 0) {
    check_launch(
        add_layer_norm(
            given.in, given.x.const_data_ptr(), given.delta.const_data_ptr(), y.mutable_data_ptr(), given.type,
            stream_of(given.x)),
        "add_layer_norm");
  }
  return y;
}

struct AddLayerNorm : torch::autograd::Function<AddLayerNorm> {
  static at::Tensor forward(
      AutogradContext* context,
      const at::Tensor& x,
      const at::Tensor& delta,
      const at::Tensor& weight,
      const at::Tensor& bias,
      double epsilon) {
    const at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x, delta, weight, bias});
    context->saved_data["epsilon"] = epsilon;
    return normed_sum(x, delta, weight, bias, epsilon);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const DeviceGuard guard(saved[0].device());
    const Normed given(saved[0], saved[1], saved[2], saved[3], context->saved_data["epsilon"].toDouble());
    at::Tensor dx = at::empty(given.x.sizes(), given.x.options());
    if (given.in.rows == 0) {
      return {dx, dx, at::zeros_like(given.weight), at::zeros_like(given.bias), at::Tensor()};
    }
    const at::Tensor dy = rows_of(gradients[0], given.x.sizes(), given.x, "add_layer_norm", "dy").contiguous();
    at::Tensor partial =
        at::empty({2, layer_norm_partials(given.in), given.in.width}, given.x.options().dtype(at::kFloat));
    check_launch(
        add_layer_norm_backward(
            given.in, given.x.const_data_ptr(), given.delta.const_data_ptr(), dy.const_data_ptr(),
            dx.mutable_data_ptr(), partial[0].mutable_data_ptr<float>(), partial[1].mutable_data_ptr<float>(), given.type,
            stream_of(given.x)),
        "add_layer_norm");
    const at::Tensor sums = partial.sum(1).to(given.weight.scalar_type());
    return {dx, dx, sums[0], sums[1], at::Tensor()};
  }
};

// Which row of a table each token has, int32.
at::Tensor numbers_of(const at::Tensor& x, int64_t tokens, const at::Tensor& beside, const char* name) {
  check_device(x, beside, "embed_layer_norm", name);
  check_shape(x, {tokens}, "embed_layer_norm", name);
  TORCH_CHECK(
      x.scalar_type() == at::kInt, "streamrank::embed_layer_norm: ", name, " is ", x.scalar_type(), ", expected int32");
  return x.contiguous();
}

at::Tensor table_of(const at::Tensor& x, const at::Tensor& beside, const char* name) {
  TORCH_CHECK(x.dim() == 2, "streamrank::embed_layer_norm: ", name, " has ", x.dim(), " dimensions, expected 2");
  return rows_of(x, {x.size(0), beside.size(1)}, beside, "embed_layer_norm", name).contiguous();
}

at::Tensor normed_embeddings(
    const at::Tensor& ids_given,
    const at::Tensor& positions_given,
    const at::Tensor& segments_given,
    const at::Tensor& words_given,
    const std::optional<at::Tensor>& position_table_given,
    const std::optional<at::Tensor>& segment_table_given,
    const at::Tensor& weight_given,
    const at::Tensor& bias_given,
    double epsilon) {
  constexpr const char* NAME = "embed_layer_norm";
  const DeviceGuard guard(words_given.device());
  TORCH_CHECK(words_given.dim() == 2, "streamrank::", NAME, ": words has ", words_given.dim(), " dimensions, expected 2");
  check_norm_width(words_given.size(1), NAME);
  const Activations type = activations_of(words_given, NAME, "words");
  const at::Tensor words = table_of(words_given, words_given, "words");
  const int64_t tokens = ids_given.numel();
  const at::Tensor ids = numbers_of(ids_given, tokens, words, "ids");
  at::Tensor position_table;
  at::Tensor positions;
  at::Tensor segment_table;
  at::Tensor segments;
  if (position_table_given.has_value()) {
    position_table = table_of(*position_table_given, words, "position_table");
    positions = numbers_of(positions_given, tokens, words, "positions");
  }
  if (segment_table_given.has_value()) {
    segment_table = table_of(*segment_table_given, words, "segment_table");
    segments = numbers_of(segments_given, tokens, words, "segments");
  }
  const at::Tensor weight = vector_of(weight_given, words.size(1), words, NAME, "weight");
  const at::Tensor bias = vector_of(bias_given, words.size(1), words, NAME, "bias");
  at::Tensor y = at::empty({tokens, words.size(1)}, words.options());
  const LayerNorm in{
      weight.const_data_ptr(), bias.const_data_ptr(), static_cast<float>(epsilon), static_cast<int>(tokens),
      static_cast<int>(words.size(1))};
  const Embeddings embeddings{
      words.const_data_ptr(),
      position_table.defined() ? position_table.const_data_ptr() : nullptr,
      segment_table.defined() ? segment_table.const_data_ptr() : nullptr,
      ids.const_data_ptr<int>(),
      positions.defined() ? positions.const_data_ptr<int>() : nullptr,
      segments.defined() ? segments.const_data_ptr<int>() : nullptr};
  if (tokens > 0) {
    check_launch(embed_layer_norm(in, embeddings, y.mutable_data_ptr(), type, stream_of(words)), NAME);
  }
  return y;
}

struct Activated {
  at::Tensor x;
  at::Tensor bias;
  Activations type;
  Biased in;

  Activated(const at::Tensor& x_given, const std::optional<at::Tensor>& bias_given) {
    constexpr const char* NAME = "bias_gelu";
    TORCH_CHECK(x_given.dim() == 2, "streamrank::", NAME, ": x has ", x_given.dim(), " dimensions, expected 2");
    check_channels(x_given.size(1), NAME);
    type = activations_of(x_given, NAME, "x");
    x = rows_of(x_given, x_given.sizes(), x_given, NAME, "x").contiguous();
    if (bias_given.has_value() && bias_given->defined()) {
      bias = vector_of(*bias_given, x.size(1), x, NAME, "bias");
    }
    in = Biased{
        bias.defined() ? bias.const_data_ptr() : nullptr, static_cast<int>(x.size(0)), static_cast<int>(x.size(1))};
  }
};

at::Tensor activated(const at::Tensor& x, const std::optional<at::Tensor>& bias) {
  const DeviceGuard guard(x.device());
  const Activated given(x, bias);
  at::Tensor y = at::empty(given.x.sizes(), given.x.options());
  if (given.in.rows > 0) {
    check_launch(
        bias_gelu(given.in, given.x.const_data_ptr(), y.mutable_data_ptr(), given.type, stream_of(given.x)), "bias_gelu");
  }
  return y;
}

struct BiasGelu : torch::autograd::Function<BiasGelu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const std::optional<at::Tensor>& bias) {
    const at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x, bias.value_or(at::Tensor())});
    return activated(x, bias);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const DeviceGuard guard(saved[0].device());
    const Activated given(saved[0], saved[1]);
    at::Tensor dx = at::empty(given.x.sizes(), given.x.options());
    at::Tensor partial;
    if (given.bias.defined()) {
      partial = at::empty({bias_gelu_partials(given.in), given.in.width}, given.x.options().dtype(at::kFloat));
    }
    if (given.in.rows > 0) {
      const at::Tensor dy = rows_of(gradients[0], given.x.sizes(), given.x, "bias_gelu", "dy").contiguous();
      check_launch(
          bias_gelu_backward(
              given.in, given.x.const_data_ptr(), dy.const_data_ptr(), dx.mutable_data_ptr(),
              partial.defined() ? partial.mutable_data_ptr<float>() : nullptr, given.type, stream_of(given.x)),
          "bias_gelu");
    }
    return {dx, partial.defined() ? partial.sum(0).to(given.bias.scalar_type()) : at::Tensor()};
  }
};

at::Tensor add_layer_norm_with_gradients(
    const at::Tensor& x, const at::Tensor& delta, const at::Tensor& weight, const at::Tensor& bias, double epsilon) {
  if (!gradients_flow(x, delta, weight, bias)) {
    const at::AutoDispatchBelowADInplaceOrView below;
    return normed_sum(x, delta, weight, bias, epsilon);
  }
  return AddLayerNorm::apply(x, delta, weight, bias, epsilon);
}

at::Tensor bias_gelu_with_gradients(const at::Tensor& x, const std::optional<at::Tensor>& bias) {
  if (!gradients_flow(x) && !(bias.has_value() && gradients_flow(*bias))) {
    const at::AutoDispatchBelowADInplaceOrView below;
    return activated(x, bias);
  }
  return BiasGelu::apply(x, bias);
}

at::Tensor embed_layer_norm_without_gradients(
    const at::Tensor& ids,
    const at::Tensor& positions,
    const at::Tensor& segments,
    const at::Tensor& words,
    const std::optional<at::Tensor>& position_table,
    const std::optional<at::Tensor>& segment_table,
    const at::Tensor& weight,
    const at::Tensor& bias,
    double epsilon) {
  const auto flows = [](const std::optional<at::Tensor>& x) { return x.has_value() && gradients_flow(*x); };
  TORCH_CHECK(
      !gradients_flow(words, weight, bias) && !flows(position_table) && !flows(segment_table),
      "streamrank::embed_layer_norm has no gradients: sum the embeddings by PyTorch's own operations");
  const at::AutoDispatchBelowADInplaceOrView below;
  return normed_embeddings(
      ids, positions, segments, words, position_table, segment_table, weight, bias, epsilon);
}

}  // namespace
}  // namespace streamrank

TORCH_LIBRARY_FRAGMENT(streamrank, m) {
  // All of one type, with float32 statistics. The layer norm of x + delta, (t, d).
  m.def("add_layer_norm(Tensor x, Tensor delta, Tensor weight, Tensor bias, float epsilon) -> Tensor");
  // The layer norm of each token's rows of the tables, added up: (t, d). Numbers of rows are int32. It has no gradients.
  m.def(
      "embed_layer_norm(Tensor ids, Tensor positions, Tensor segments, Tensor words, Tensor? position_table, "
      "Tensor? segment_table, Tensor weight, Tensor bias, float epsilon) -> Tensor");
  // The GELU of x + bias by the error function, (t, c).
  m.def("bias_gelu(Tensor x, Tensor? bias) -> Tensor");
}

TORCH_LIBRARY_IMPL(streamrank, STREAMRANK_DEVICE, m) {
  m.impl("add_layer_norm", TORCH_FN(streamrank::normed_sum));
  m.impl("embed_layer_norm", TORCH_FN(streamrank::normed_embeddings));
  m.impl("bias_gelu", TORCH_FN(streamrank::activated));
}

TORCH_LIBRARY_IMPL(streamrank, Autograd, m) {
  m.impl("add_layer_norm", TORCH_FN(streamrank::add_layer_norm_with_gradients));
  m.impl("embed_layer_norm", TORCH_FN(streamrank::embed_layer_norm_without_gradients));
  m.impl("bias_gelu", TORCH_FN(streamrank::bias_gelu_with_gradients));
}
