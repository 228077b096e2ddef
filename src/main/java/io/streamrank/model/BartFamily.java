package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * BART with a classification head, as transformers' {@code BartForSequenceClassification} saves it. The {@code model.}
 * prefix may be missing. Positions start at 2, a habit of its first implementation. Lewis et al.,
 * https://arxiv.org/abs/1910.13461
 */
final class BartFamily implements Family {
    private static final String WORDS = "shared.weight";
    private static final String OUTPUT = "classification_head.out_proj";
    private static final int FIRST_POSITION = 2;

    /** No configuration key says it. */
    private static final double NORM_EPSILON = 1e-5;

    @Override
    public String modelType() {
        return "bart";
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        check(config);
        Dimension labels = Encoder.labels(config, weights, OUTPUT + ".weight");
        return new Architecture(
                modelType(),
                List.of("blocks.py", "postnorm.py", "sublayers.py", "bart.py"),
                Map.of(
                        "layers", config.count("encoder_layers"),
                        "decoder_layers", config.count("decoder_layers"),
                        "heads", Encoder.heads(config, "encoder_attention_heads", "d_model"),
                        "activation", Encoder.activation(config, "activation_function"),
                        "norm_epsilon", NORM_EPSILON,
                        "embedding_scale", config.flag("scale_embedding") ? Math.sqrt(config.count("d_model")) : 1.0,
                        "start", start(config),
                        "first_position", FIRST_POSITION),
                weights(config, Encoder.prefix(weights, "model.", WORDS), labels),
                config.count("max_position_embeddings"),
                FIRST_POSITION,
                config.count("vocab_size"),
                0);
    }

    private static void check(Config config) {
        int heads = config.count("encoder_attention_heads");
        if (config.count("decoder_attention_heads") != heads) {
            throw config.unsupported("decoder_attention_heads", "encoder_attention_heads " + heads);
        }
        for (String key : List.of("normalize_before", "add_final_layer_norm", "static_position_embeddings")) {
            if (config.flag(key)) {
                throw config.unsupported(key, "false");
            }
        }
    }

    private static int start(Config config) {
        int start = config.index("decoder_start_token_id", 2);
        if (start >= config.count("vocab_size")) {
            throw config.unsupported("decoder_start_token_id", "less than vocab_size " + config.count("vocab_size"));
        }
        return start;
    }

    private static List<Weight> weights(Config config, String prefix, Dimension labels) {
        Dimension width = Dimension.of(config, "d_model");
        List<Weight> all = new ArrayList<>();
        all.add(new Weight(
                "embeddings.word.weight", prefix + WORDS, List.of(Dimension.of(config, "vocab_size"), width)));
        placed(all, config, "embeddings.", prefix + "encoder.", width);
        placed(all, config, "decoder.", prefix + "decoder.", width);
        for (int i = 0; i < config.count("encoder_layers"); i++) {
            layer(all, "layer." + i + ".", prefix + "encoder.layers." + i + ".", width, inner(config, "encoder"));
        }
        for (int i = 0; i < config.count("decoder_layers"); i++) {
            String stored = prefix + "decoder.layers." + i + ".";
            attention(all, "decoder." + i + ".cross.", stored + "encoder_attn", width);
            layer(all, "decoder." + i + ".", stored, width, inner(config, "decoder"));
        }
        Encoder.linear(all, "head.dense", "classification_head.dense", width, width);
        Encoder.linear(all, "head.score", OUTPUT, labels, width);
        return all;
    }

    private static Dimension inner(Config config, String side) {
        return Dimension.of(config, side + "_ffn_dim");
    }

    private static void placed(List<Weight> all, Config config, String name, String stored, Dimension width) {
        Dimension rows = new Dimension(
                "max_position_embeddings + " + FIRST_POSITION,
                config.count("max_position_embeddings") + (long) FIRST_POSITION);
        all.add(new Weight(name + "position.weight", stored + "embed_positions.weight", List.of(rows, width)));
        Encoder.norm(all, name + "norm", stored + "layernorm_embedding", width);
    }

    private static void layer(List<Weight> all, String name, String stored, Dimension width, Dimension inner) {
        attention(all, name + "attention.", stored + "self_attn", width);
        Encoder.linear(all, name + "feedforward.up", stored + "fc1", inner, width);
        Encoder.linear(all, name + "feedforward.down", stored + "fc2", width, inner);
        Encoder.norm(all, name + "feedforward.norm", stored + "final_layer_norm", width);
    }

    private static void attention(List<Weight> all, String name, String stored, Dimension width) {
        Encoder.linear(all, name + "query", stored + ".q_proj", width, width);
        Encoder.linear(all, name + "key", stored + ".k_proj", width, width);
        Encoder.linear(all, name + "value", stored + ".v_proj", width, width);
        Encoder.linear(all, name + "output", stored + ".out_proj", width, width);
        Encoder.norm(all, name + "norm", stored + "_layer_norm", width);
    }
}
