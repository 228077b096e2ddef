package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * ELECTRA's discriminator with a classification head, as transformers' {@code ElectraForSequenceClassification} saves
 * it. The {@code electra.} prefix may be missing. Clark et al., https://arxiv.org/abs/2003.10555
 */
final class ElectraFamily implements Family {
    private static final String OUTPUT = "classifier.out_proj";

    @Override
    public String modelType() {
        return "electra";
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        BertLayers.check(config);
        Dimension labels = Encoder.labels(config, weights, OUTPUT + ".weight");
        return new Architecture(
                modelType(),
                List.of("blocks.py", "postnorm.py", "sublayers.py", "electra.py"),
                Map.of(
                        "layers", config.count("num_hidden_layers"),
                        "heads", Encoder.heads(config),
                        "activation", Encoder.activation(config, "hidden_act"),
                        "norm_epsilon", config.positive("layer_norm_eps", 1e-12)),
                weights(config, Encoder.prefix(weights, "electra.", BertLayers.WORDS), labels),
                config.count("max_position_embeddings"),
                0,
                config.count("vocab_size"),
                config.count("type_vocab_size", 2));
    }

    private static List<Weight> weights(Config config, String prefix, Dimension labels) {
        Dimension hidden = Dimension.of(config, "hidden_size");
        Dimension width = new Dimension("embedding_size", config.count("embedding_size", 128));
        List<Weight> all = new ArrayList<>();
        BertLayers.embeddings(all, config, prefix, width);
        if (width.size() != hidden.size()) {
            Encoder.linear(all, "embeddings.project", prefix + "embeddings_project", hidden, width);
        }
        BertLayers.layers(all, config, prefix, "");
        Encoder.linear(all, "head.dense", "classifier.dense", hidden, hidden);
        Encoder.linear(all, "head.score", OUTPUT, labels, hidden);
        return all;
    }
}
