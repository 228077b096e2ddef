package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * BERT with a classification head, as transformers' {@code BertForSequenceClassification} saves it. The {@code bert.}
 * prefix may be missing. Devlin et al., https://arxiv.org/abs/1810.04805
 */
final class BertFamily implements Family {
    private static final String CLASSIFIER = "classifier";

    @Override
    public String modelType() {
        return "bert";
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        BertLayers.check(config);
        Dimension labels = Encoder.labels(config, weights, CLASSIFIER + ".weight");
        return new Architecture(
                modelType(),
                List.of("blocks.py", "postnorm.py", "sublayers.py", "bert.py"),
                Map.of(
                        "layers", config.count("num_hidden_layers"),
                        "heads", Encoder.heads(config),
                        "activation", Encoder.activation(config, "hidden_act"),
                        "norm_epsilon", config.positive("layer_norm_eps", 1e-12)),
                weights(config, Encoder.prefix(weights, "bert.", BertLayers.WORDS), labels),
                config.count("max_position_embeddings"),
                0,
                config.count("vocab_size"),
                config.count("type_vocab_size", 2));
    }

    private static List<Weight> weights(Config config, String prefix, Dimension labels) {
        Dimension hidden = Dimension.of(config, "hidden_size");
        List<Weight> all = new ArrayList<>();
        BertLayers.embeddings(all, config, prefix, hidden);
        BertLayers.layers(all, config, prefix, "");
        Encoder.linear(all, "head.pooler", prefix + "pooler.dense", hidden, hidden);
        Encoder.linear(all, "head.score", CLASSIFIER, labels, hidden);
        return all;
    }
}
