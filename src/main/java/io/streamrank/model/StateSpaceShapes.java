package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A Mamba checkpoint's dimensions, in the Hugging Face layout or in mamba_ssm's own. Published configurations contradict
 * their weights, and some carry both layouts' keys: the tensors decide, and the configuration must agree.
 *
 * @param config {@code config.json}
 * @param weights the tensors
 */
record StateSpaceShapes(Config config, Safetensors weights) {
    static final String MAMBA = "mamba";
    static final String MAMBA2 = "mamba2";

    private static final String EMBEDDINGS = "backbone.embeddings.weight";
    private static final String ORIGINAL_EMBEDDINGS = "backbone.embedding.weight";
    private static final int ORIGINAL_PADDING = 8;

    /** The family of a configuration in mamba_ssm's own layout, which has no model_type; empty for any other. */
    static String originalType(Config config) {
        if (config.has("model_type") || !config.has("d_model") || !config.has("n_layer")) {
            return "";
        }
        return config.json().at("/ssm_cfg/layer").asText().equals("Mamba2") ? MAMBA2 : MAMBA;
    }

    /** Source files of both families, and then a family's own. */
    static List<String> sources(String... own) {
        return Stream.concat(
                        Stream.of("blocks.py", "causal.py", "recurrent.py", "chunks.py", "recurrent_layers.py"),
                        Arrays.stream(own))
                .toList();
    }

    /** Refuses what neither family's source computes. */
    void checkOptions() {
        if (config.has("rms_norm") && !config.flag("rms_norm")) {
            throw config.unsupported("rms_norm", "true");
        }
        if (!config.json().path("attn_layer_idx").isEmpty()) {
            throw config.unsupported("attn_layer_idx", "[], a model without attention layers");
        }
        if (config.json().path("d_intermediate").asInt() != 0) {
            throw config.unsupported("d_intermediate", "0, a model without feed-forward layers");
        }
        String activation = config.text("hidden_act", "silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw config.unsupported("hidden_act", "silu, swish");
        }
    }

    /** The name of the token embedding, which alone differs between the layouts. */
    String embeddings() {
        return weights.has(ORIGINAL_EMBEDDINGS) ? ORIGINAL_EMBEDDINGS : EMBEDDINGS;
    }

    static String mixer(int layer) {
        return "backbone.layers." + layer + ".mixer.";
    }

    Dimension vocabulary() {
        long rows = size(embeddings(), 2, 0);
        int words = config.count("vocab_size");
        int multiple = config.count("pad_vocab_size_multiple", ORIGINAL_PADDING);
        if (rows != words && rows != (words + multiple - 1L) / multiple * multiple) {
            throw contradiction("vocab_size", words, rows, embeddings());
        }
        return new Dimension("vocab_size", rows);
    }

    Dimension hidden() {
        return agreed(size(embeddings(), 2, 1), embeddings(), "/hidden_size", "/d_model");
    }

    /** Some published configurations have a wrong d_inner, which transformers does not read either. */
    Dimension inner(Dimension hidden, String tensor) {
        Dimension inner = agreed(size(tensor, 1, 0), tensor, "/intermediate_size");
        for (String key : List.of("/expand", "/ssm_cfg/expand")) {
            double expand = config.json().at(key).asDouble(0);
            if (expand != 0 && (long) (expand * hidden.size()) != inner.size()) {
                throw contradiction(name(key), expand, inner.size() / hidden.size(), tensor);
            }
        }
        return new Dimension("expand x " + hidden.key(), inner.size());
    }

    Dimension taps() {
        return agreed(
                size(mixer(0) + "conv1d.weight", 3, 2), mixer(0) + "conv1d.weight", "/conv_kernel", "/ssm_cfg/d_conv");
    }

    int layers() {
        int layers = 0;
        while (weights.has("backbone.layers." + layers + ".norm.weight")) {
            layers++;
        }
        agreed(
                layers,
                "backbone.layers." + layers + ".norm.weight, the first missing,",
                "/num_hidden_layers",
                "/n_layer");
        return layers;
    }

    /** A flag under its Hugging Face or its original key. */
    boolean flag(String key, String original, boolean absent) {
        return config.json().path(key).asBoolean(config.json().at(original).asBoolean(absent));
    }

    /** One dimension of a tensor that must be there and have a rank. */
    long size(String tensor, int rank, int axis) {
        StoredTensor stored = weights.find(tensor);
        if (stored == null) {
            throw new CheckpointException(
                    weights.file(), "tensor " + tensor + " is missing", "Fetch the complete checkpoint");
        }
        if (stored.shape().size() != rank || stored.shape().contains(0L)) {
            throw new CheckpointException(
                    weights.file(),
                    "tensor " + tensor + " has shape " + stored.shapeText() + ", expected " + rank + " dimensions",
                    "Fetch the weights that belong to config.json");
        }
        return stored.shape().get(axis);
    }

    /**
     * A dimension that the configuration gives as well: where it has several of the keys, one must be right.
     *
     * @param keys JSON pointers
     */
    Dimension agreed(long size, String tensor, String... keys) {
        List<String> present = Arrays.stream(keys)
                .filter(key -> config.json().at(key).isNumber())
                .toList();
        String named = present.isEmpty() ? keys[0] : present.get(0);
        for (String key : present) {
            JsonNode value = config.json().at(key);
            if (value.asDouble() == (double) size) {
                return new Dimension(name(key), size);
            }
        }
        if (!present.isEmpty()) {
            throw contradiction(name(named), config.json().at(named).asDouble(), size, tensor);
        }
        return new Dimension(name(named), size);
    }

    private static String name(String pointer) {
        return pointer.substring(1).replace('/', '.');
    }

    private CheckpointException contradiction(String key, double value, long size, String tensor) {
        String text = value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
        return new CheckpointException(
                config.file(),
                key + " is " + text + ", but by tensor " + tensor + " of "
                        + weights.file().getFileName() + " it is " + size,
                "Correct config.json, or fetch the weights that belong to it");
    }
}
