package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * RoBERTa and XLM-R with a classification head, as transformers' {@code RobertaForSequenceClassification} and
 * {@code XLMRobertaForSequenceClassification} save them. The {@code roberta.} prefix may be missing. Positions start
 * behind the padding id, so the table has that many more rows than a pair may have tokens. Liu et al.,
 * https://arxiv.org/abs/1907.11692; Conneau et al., https://arxiv.org/abs/1911.02116
 */
final class RobertaFamily implements Family {
    private static final String OUTPUT = "classifier.out_proj";

    private final String modelType;

    /** @param modelType {@code roberta} or {@code xlm-roberta}, which differ in nothing but the tokenizer */
    RobertaFamily(String modelType) {
        this.modelType = modelType;
    }

    @Override
    public String modelType() {
        return modelType;
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        BertLayers.check(config);
        Dimension labels = Encoder.labels(config, weights, OUTPUT + ".weight");
        int padding = config.index("pad_token_id", 1);
        int rows = config.count("max_position_embeddings");
        if (rows <= padding + 1) {
            throw config.unsupported("max_position_embeddings", "more than pad_token_id " + padding + " plus 1");
        }
        return new Architecture(
                modelType,
                List.of("blocks.py", "postnorm.py", "sublayers.py", "roberta.py"),
                Map.of(
                        "layers", config.count("num_hidden_layers"),
                        "heads", Encoder.heads(config),
                        "activation", Encoder.activation(config, "hidden_act"),
                        "norm_epsilon", config.positive("layer_norm_eps", 1e-12),
                        "padding", padding),
                weights(config, Encoder.prefix(weights, "roberta.", BertLayers.WORDS), labels),
                rows - padding - 1,
                padding + 1,
                config.count("vocab_size"),
                BertLayers.segments(config));
    }

    private static List<Weight> weights(Config config, String prefix, Dimension labels) {
        Dimension hidden = Dimension.of(config, "hidden_size");
        List<Weight> all = new ArrayList<>();
        BertLayers.embeddings(all, config, prefix, hidden);
        BertLayers.layers(all, config, prefix, "");
        Encoder.linear(all, "head.dense", "classifier.dense", hidden, hidden);
        Encoder.linear(all, "head.score", OUTPUT, labels, hidden);
        return all;
    }
}
