package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * DistilBERT with a classification head, as transformers' {@code DistilBertForSequenceClassification} saves it. The
 * {@code distilbert.} prefix may be missing. Sanh et al., https://arxiv.org/abs/1910.01108
 */
final class DistilBertFamily implements Family {
    private static final String CLASSIFIER = "classifier";

    /** No configuration key says it. */
    private static final double NORM_EPSILON = 1e-12;

    @Override
    public String modelType() {
        return "distilbert";
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        Dimension labels = Encoder.labels(config, weights, CLASSIFIER + ".weight");
        return new Architecture(
                modelType(),
                List.of("blocks.py", "postnorm.py", "sublayers.py", "distilbert.py"),
                Map.of(
                        "layers", config.count("n_layers"),
                        "heads", Encoder.heads(config, "n_heads", "dim"),
                        "activation", Encoder.activation(config, "activation"),
                        "norm_epsilon", NORM_EPSILON),
                weights(config, Encoder.prefix(weights, "distilbert.", BertLayers.WORDS), labels),
                config.count("max_position_embeddings"),
                0,
                config.count("vocab_size"),
                0);
    }

    private static List<Weight> weights(Config config, String prefix, Dimension labels) {
        Dimension width = Dimension.of(config, "dim");
        Dimension inner = Dimension.of(config, "hidden_dim");
        List<Weight> all = new ArrayList<>();
        all.add(new Weight(
                "embeddings.word.weight",
                prefix + BertLayers.WORDS,
                List.of(Dimension.of(config, "vocab_size"), width)));
        all.add(new Weight(
                "embeddings.position.weight",
                prefix + "embeddings.position_embeddings.weight",
                List.of(Dimension.of(config, "max_position_embeddings"), width)));
        Encoder.norm(all, "embeddings.norm", prefix + "embeddings.LayerNorm", width);
        for (int i = 0; i < config.count("n_layers"); i++) {
            layer(all, "layer." + i + ".", prefix + "transformer.layer." + i + ".", width, inner);
        }
        Encoder.linear(all, "head.dense", "pre_classifier", width, width);
        Encoder.linear(all, "head.score", CLASSIFIER, labels, width);
        return all;
    }

    private static void layer(List<Weight> all, String name, String stored, Dimension width, Dimension inner) {
        Encoder.linear(all, name + "attention.query", stored + "attention.q_lin", width, width);
        Encoder.linear(all, name + "attention.key", stored + "attention.k_lin", width, width);
        Encoder.linear(all, name + "attention.value", stored + "attention.v_lin", width, width);
        Encoder.linear(all, name + "attention.output", stored + "attention.out_lin", width, width);
        Encoder.norm(all, name + "attention.norm", stored + "sa_layer_norm", width);
        Encoder.linear(all, name + "feedforward.up", stored + "ffn.lin1", inner, width);
        Encoder.linear(all, name + "feedforward.down", stored + "ffn.lin2", width, inner);
        Encoder.norm(all, name + "feedforward.norm", stored + "output_layer_norm", width);
    }
}
