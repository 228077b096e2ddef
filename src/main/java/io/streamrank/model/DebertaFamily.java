package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * DeBERTa-v2 and v3 with a classification head, as transformers' {@code DebertaV2ForSequenceClassification} saves them.
 * The {@code deberta.} prefix may be missing. He et al., https://arxiv.org/abs/2006.03654,
 * https://arxiv.org/abs/2111.09543
 */
final class DebertaFamily implements Family {
    private static final String CLASSIFIER = "classifier";
    private static final String CONTENT_TO_POSITION = "c2p";
    private static final String POSITION_TO_CONTENT = "p2c";

    @Override
    public String modelType() {
        return "deberta-v2";
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        check(config);
        Dimension labels = Encoder.labels(config, weights, CLASSIFIER + ".weight");
        int positions = config.count("max_position_embeddings");
        List<String> kinds = kinds(config);
        return new Architecture(
                modelType(),
                List.of("blocks.py", "postnorm.py", "sublayers.py", "deberta.py"),
                Map.ofEntries(
                        Map.entry("layers", config.count("num_hidden_layers")),
                        Map.entry("heads", Encoder.heads(config)),
                        Map.entry("activation", Encoder.activation(config, "hidden_act")),
                        Map.entry("head_activation", Encoder.activation(config, "pooler_hidden_act")),
                        Map.entry("norm_epsilon", config.positive("layer_norm_eps", 1e-7)),
                        Map.entry("positions", positions),
                        Map.entry("farthest", farthest(config)),
                        Map.entry("buckets", buckets(config)),
                        Map.entry("span", span(config)),
                        Map.entry("content_to_position", kinds.contains(CONTENT_TO_POSITION)),
                        Map.entry("position_to_content", kinds.contains(POSITION_TO_CONTENT))),
                weights(config, Encoder.prefix(weights, "deberta.", BertLayers.WORDS), labels),
                positions,
                0,
                config.count("vocab_size"),
                config.index("type_vocab_size", 0));
    }

    private static void check(Config config) {
        if (!config.flag("relative_attention")) {
            throw config.unsupported("relative_attention", "true");
        }
        if (config.index("conv_kernel_size", 0) > 0) {
            throw config.unsupported("conv_kernel_size", "0");
        }
        int hidden = config.count("hidden_size");
        for (String key : List.of("embedding_size", "pooler_hidden_size")) {
            if (config.count(key, hidden) != hidden) {
                throw config.unsupported(key, "hidden_size " + hidden);
            }
        }
        int width = hidden / Encoder.heads(config);
        if (config.count("attention_head_size", width) != width) {
            throw config.unsupported("attention_head_size", "hidden_size by num_attention_heads, " + width);
        }
        if (buckets(config) > 0 && (buckets(config) < 4 || farthest(config) <= buckets(config) / 2 + 1)) {
            throw config.unsupported("position_buckets", "4 or more, and half of it below max_relative_positions - 1");
        }
    }

    /** A list, or in older configurations one string: {@code p2c|c2p}. */
    private static List<String> kinds(Config config) {
        JsonNode node = config.json().path("pos_att_type");
        List<String> kinds = node.isTextual()
                ? Arrays.stream(node.asText().split("\\|")).map(String::strip).toList()
                : StreamSupport.stream(node.spliterator(), false)
                        .map(JsonNode::asText)
                        .toList();
        if (!List.of(CONTENT_TO_POSITION, POSITION_TO_CONTENT).containsAll(kinds)) {
            throw config.unsupported("pos_att_type", "\"c2p\", \"p2c\"");
        }
        return kinds;
    }

    /** transformers writes -1 where the positions' number holds. */
    private static int farthest(Config config) {
        int own = config.json().path("max_relative_positions").asInt(-1);
        return own > 0 ? own : config.count("max_position_embeddings");
    }

    /** transformers writes -1 for a row a distance. */
    private static int buckets(Config config) {
        return Math.max(config.json().path("position_buckets").asInt(-1), 0);
    }

    /** Rows of the relative embedding to either side. */
    private static int span(Config config) {
        return buckets(config) > 0 ? buckets(config) : farthest(config);
    }

    private static List<Weight> weights(Config config, String prefix, Dimension labels) {
        Dimension hidden = Dimension.of(config, "hidden_size");
        List<Weight> all = new ArrayList<>();
        embeddings(all, config, prefix, hidden);
        BertLayers.layers(all, config, prefix, "_proj");
        String key = buckets(config) > 0 ? "2 position_buckets" : "2 max_relative_positions";
        all.add(new Weight(
                "relative.weight",
                prefix + "encoder.rel_embeddings.weight",
                List.of(new Dimension(key, 2L * span(config)), hidden)));
        if (normalises(config)) {
            Encoder.norm(all, "relative.norm", prefix + "encoder.LayerNorm", hidden);
        }
        if (!config.flag("share_att_key")) {
            projections(all, config, prefix, hidden);
        }
        Encoder.linear(all, "head.pooler", "pooler.dense", hidden, hidden);
        Encoder.linear(all, "head.score", CLASSIFIER, labels, hidden);
        return all;
    }

    private static boolean normalises(Config config) {
        String norm = config.text("norm_rel_ebd", "none");
        if (!norm.equals("none") && !norm.equals("layer_norm")) {
            throw config.unsupported("norm_rel_ebd", "\"none\", \"layer_norm\"");
        }
        return norm.equals("layer_norm");
    }

    private static void embeddings(List<Weight> all, Config config, String prefix, Dimension hidden) {
        String embeddings = prefix + "embeddings.";
        all.add(new Weight(
                "embeddings.word.weight",
                prefix + BertLayers.WORDS,
                List.of(Dimension.of(config, "vocab_size"), hidden)));
        if (!config.has("position_biased_input") || config.flag("position_biased_input")) {
            all.add(new Weight(
                    "embeddings.position.weight",
                    embeddings + "position_embeddings.weight",
                    List.of(Dimension.of(config, "max_position_embeddings"), hidden)));
        }
        if (config.index("type_vocab_size", 0) > 0) {
            all.add(new Weight(
                    "embeddings.segment.weight",
                    embeddings + "token_type_embeddings.weight",
                    List.of(Dimension.of(config, "type_vocab_size"), hidden)));
        }
        Encoder.norm(all, "embeddings.norm", embeddings + "LayerNorm", hidden);
    }

    /** Projections of relative positions apart from the content's. */
    private static void projections(List<Weight> all, Config config, String prefix, Dimension hidden) {
        List<String> kinds = kinds(config);
        for (int i = 0; i < config.count("num_hidden_layers"); i++) {
            String name = "layer." + i + ".attention.position.";
            String stored = prefix + "encoder.layer." + i + ".attention.self.pos_";
            if (kinds.contains(CONTENT_TO_POSITION)) {
                Encoder.linear(all, name + "key", stored + "key_proj", hidden, hidden);
            }
            if (kinds.contains(POSITION_TO_CONTENT)) {
                Encoder.linear(all, name + "query", stored + "query_proj", hidden, hidden);
            }
        }
    }
}
