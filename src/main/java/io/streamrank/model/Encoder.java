package io.streamrank.model;

import java.util.List;
import java.util.Map;

/** What the encoder families read alike. */
final class Encoder {
    /** transformers' names of the activations that the sources compute, and what the sources call them. */
    private static final Map<String, String> ACTIVATIONS =
            Map.of("gelu", "gelu", "gelu_new", "gelu_tanh", "gelu_pytorch_tanh", "gelu_tanh", "relu", "relu");

    private Encoder() {}

    static int heads(Config config) {
        return heads(config, "num_attention_heads", "hidden_size");
    }

    static int heads(Config config, String headsKey, String widthKey) {
        int width = config.count(widthKey);
        int heads = config.count(headsKey);
        if (width % heads != 0) {
            throw new CheckpointException(
                    config.file(),
                    headsKey + " is " + heads + ", expected a divisor of " + widthKey + " " + width,
                    "Correct config.json");
        }
        return heads;
    }

    /** transformers takes {@code gelu}, the erf form, where the key is absent. */
    static String activation(Config config, String key) {
        String activation = ACTIVATIONS.get(config.text(key, "gelu"));
        if (activation == null) {
            throw config.unsupported(
                    key,
                    String.join(", ", ACTIVATIONS.keySet().stream().sorted().toList()));
        }
        return activation;
    }

    /**
     * How many rows the ranking head has: one, or two that rank by their difference.
     *
     * @param head the head's last matrix, one row a label
     */
    static Dimension labels(Config config, Safetensors weights, String head) {
        StoredTensor tensor = weights.find(head);
        if (tensor == null) {
            // Said with whatever else is missing, when the weights are looked for.
            return new Dimension("labels", 1);
        }
        long rows = tensor.shape().isEmpty() ? 1 : tensor.shape().get(0);
        if (rows != 1 && rows != 2) {
            throw new CheckpointException(
                    weights.file(),
                    "tensor " + head + " has shape " + tensor.shapeText() + ": " + rows + " labels, expected 1 or 2",
                    "Use a checkpoint with one label (num_labels=1), or with two, of which the second is relevant");
        }
        long labels = config.has("id2label")
                ? config.json().path("id2label").size()
                : config.has("num_labels") ? config.count("num_labels") : rows;
        if (labels != rows) {
            throw new CheckpointException(
                    config.file(),
                    "has " + labels + " labels, expected " + rows + " as tensor " + head + " has rows",
                    "Correct config.json, or fetch the weights that belong to it");
        }
        return new Dimension("labels", rows);
    }

    /** The prefix of the encoder's tensors, which checkpoints of the bare encoder lack. */
    static String prefix(Safetensors weights, String prefix, String tensor) {
        return weights.has(prefix + tensor) || !weights.has(tensor) ? prefix : "";
    }

    static void linear(List<Weight> all, String name, String stored, Dimension out, Dimension in) {
        linear(all, name, stored, out, in, true);
    }

    static void linear(List<Weight> all, String name, String stored, Dimension out, Dimension in, boolean bias) {
        all.add(new Weight(name + ".weight", stored + ".weight", List.of(out, in)));
        if (bias) {
            all.add(new Weight(name + ".bias", stored + ".bias", List.of(out)));
        }
    }

    static void norm(List<Weight> all, String name, String stored, Dimension width) {
        norm(all, name, stored, width, true);
    }

    static void norm(List<Weight> all, String name, String stored, Dimension width, boolean bias) {
        all.add(new Weight(name + ".weight", stored + ".weight", List.of(width)));
        if (bias) {
            all.add(new Weight(name + ".bias", stored + ".bias", List.of(width)));
        }
    }
}
