package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * GPT-NeoX (Pythia) with a one-row {@code score} head over the last token, as transformers'
 * {@code GPTNeoXForSequenceClassification} saves it. The {@code gpt_neox.} prefix may be missing. Black et al.,
 * https://arxiv.org/abs/2204.06745
 */
final class GptNeoxFamily implements Family {
    private static final String WORDS = "embed_in.weight";

    @Override
    public String modelType() {
        return "gpt_neox";
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        int heads = Encoder.heads(config);
        int width = config.count("hidden_size") / heads;
        return new Architecture(
                modelType(),
                List.of("blocks.py", "causal.py", "decoder.py", "gpt_neox.py"),
                Map.of(
                        "layers", config.count("num_hidden_layers"),
                        "heads", heads,
                        "activation", Encoder.activation(config, "hidden_act"),
                        "parallel_residual",
                                !config.has("use_parallel_residual") || config.flag("use_parallel_residual"),
                        "norm_epsilon", config.positive("layer_norm_eps", 1e-5),
                        "rotary_frequencies", Rotary.frequencies(config, width, "rotary_emb_base", "rotary_pct", 0.25)),
                weights(config, weights),
                config.count("max_position_embeddings"),
                0,
                config.count("vocab_size"),
                0,
                Memory.TOKEN);
    }

    private static List<Weight> weights(Config config, Safetensors file) {
        String prefix = file.has("gpt_neox." + WORDS) || !file.has(WORDS) ? "gpt_neox." : "";
        Dimension hidden = Dimension.of(config, "hidden_size");
        Dimension inner = Dimension.of(config, "intermediate_size");
        Dimension triple = new Dimension("3 x hidden_size", 3 * hidden.size());
        boolean bias = !config.has("attention_bias") || config.flag("attention_bias");
        List<Weight> all = new ArrayList<>();
        all.add(new Weight("embeddings.weight", prefix + WORDS, List.of(Dimension.of(config, "vocab_size"), hidden)));
        for (int i = 0; i < config.count("num_hidden_layers"); i++) {
            String name = "layer." + i + ".";
            String stored = prefix + "layers." + i + ".";
            Encoder.norm(all, name + "attention.norm", stored + "input_layernorm", hidden);
            Encoder.linear(all, name + "attention.qkv", stored + "attention.query_key_value", triple, hidden, bias);
            Encoder.linear(all, name + "attention.output", stored + "attention.dense", hidden, hidden, bias);
            Encoder.norm(all, name + "feedforward.norm", stored + "post_attention_layernorm", hidden);
            Encoder.linear(all, name + "feedforward.up", stored + "mlp.dense_h_to_4h", inner, hidden);
            Encoder.linear(all, name + "feedforward.down", stored + "mlp.dense_4h_to_h", hidden, inner);
        }
        Encoder.norm(all, "norm", prefix + "final_layer_norm", hidden);
        Causal.head(all, config, file, hidden);
        return all;
    }
}
