package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * OPT with a one-row {@code score} head over the last token, as transformers' {@code OPTForSequenceClassification} saves
 * it. The {@code model.} prefix may be missing. Zhang et al., https://arxiv.org/abs/2205.01068
 */
final class OptFamily implements Family {
    /** The position table begins with two rows that no token uses. */
    private static final int FIRST_POSITION = 2;

    private static final String DECODER = "decoder.";
    private static final String WORDS = "embed_tokens.weight";

    @Override
    public String modelType() {
        return "opt";
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        for (String key : List.of("enable_bias", "layer_norm_elementwise_affine")) {
            if (config.has(key) && !config.flag(key)) {
                throw config.unsupported(key, "true");
            }
        }
        return new Architecture(
                modelType(),
                List.of("blocks.py", "causal.py", "decoder.py", "opt.py"),
                Map.of(
                        "layers", config.count("num_hidden_layers"),
                        "heads", Encoder.heads(config),
                        "activation",
                                config.has("activation_function")
                                        ? Encoder.activation(config, "activation_function")
                                        : "relu",
                        "norm_before", normBefore(config),
                        "norm_epsilon", 1e-5),
                weights(config, weights),
                config.count("max_position_embeddings"),
                FIRST_POSITION,
                config.count("vocab_size"),
                0,
                Memory.TOKEN);
    }

    private static boolean normBefore(Config config) {
        return !config.has("do_layer_norm_before") || config.flag("do_layer_norm_before");
    }

    private static List<Weight> weights(Config config, Safetensors file) {
        String prefix = file.has(DECODER + WORDS) ? DECODER : "model." + DECODER;
        Dimension hidden = Dimension.of(config, "hidden_size");
        Dimension narrow = config.has("word_embed_proj_dim") ? Dimension.of(config, "word_embed_proj_dim") : hidden;
        Dimension positions = new Dimension(
                "max_position_embeddings + " + FIRST_POSITION,
                config.count("max_position_embeddings") + (long) FIRST_POSITION);
        List<Weight> all = new ArrayList<>();
        all.add(new Weight("embeddings.weight", prefix + WORDS, List.of(Dimension.of(config, "vocab_size"), narrow)));
        all.add(new Weight(
                "embeddings.position.weight", prefix + "embed_positions.weight", List.of(positions, hidden)));
        if (narrow.size() != hidden.size()) {
            Encoder.linear(all, "embeddings.in", prefix + "project_in", hidden, narrow, false);
            Encoder.linear(all, "embeddings.out", prefix + "project_out", narrow, hidden, false);
        }
        for (int i = 0; i < config.count("num_hidden_layers"); i++) {
            layer(all, config, "layer." + i + ".", prefix + "layers." + i + ".");
        }
        if (normBefore(config) && !config.flag("_remove_final_layer_norm")) {
            Encoder.norm(all, "norm", prefix + "final_layer_norm", hidden);
        }
        Causal.head(all, config, file, narrow);
        return all;
    }

    private static void layer(List<Weight> all, Config config, String name, String stored) {
        Dimension hidden = Dimension.of(config, "hidden_size");
        Dimension inner = Dimension.of(config, "ffn_dim");
        Encoder.norm(all, name + "attention.norm", stored + "self_attn_layer_norm", hidden);
        Encoder.linear(all, name + "attention.query", stored + "self_attn.q_proj", hidden, hidden);
        Encoder.linear(all, name + "attention.key", stored + "self_attn.k_proj", hidden, hidden);
        Encoder.linear(all, name + "attention.value", stored + "self_attn.v_proj", hidden, hidden);
        Encoder.linear(all, name + "attention.output", stored + "self_attn.out_proj", hidden, hidden);
        Encoder.norm(all, name + "feedforward.norm", stored + "final_layer_norm", hidden);
        Encoder.linear(all, name + "feedforward.up", stored + "fc1", inner, hidden);
        Encoder.linear(all, name + "feedforward.down", stored + "fc2", hidden, inner);
    }
}
