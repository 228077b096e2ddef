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
        int hidden = config.count("hidden_size");
        int heads = config.count("num_attention_heads");
        if (hidden % heads != 0) {
            throw new CheckpointException(
                    config.file(),
                    "num_attention_heads is " + heads + ", expected a divisor of hidden_size " + hidden,
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

    /** A cross-encoder's head gives one number; anything else is no ranking. */
    static void checkSingleLabel(Config config, Safetensors weights, String head) {
        StoredTensor tensor = weights.find(head);
        if (tensor == null) {
            throw new CheckpointException(
                    weights.file(),
                    "tensor " + head + " is missing: a model without a ranking head",
                    "Fine-tune it as a cross-encoder first");
        }
        if (!tensor.shape().isEmpty() && tensor.shape().get(0) != 1) {
            throw new CheckpointException(
                    weights.file(),
                    "tensor " + head + " has shape " + tensor.shapeText() + ": "
                            + tensor.shape().get(0) + " labels, expected 1",
                    "Use a checkpoint with one label (num_labels=1)");
        }
        int labels = config.has("id2label") ? config.json().path("id2label").size() : config.count("num_labels", 1);
        if (labels != 1) {
            throw new CheckpointException(
                    config.file(), "has " + labels + " labels, expected 1", "Use a checkpoint with num_labels=1");
        }
    }

    static void linear(List<Weight> all, String name, String stored, Dimension out, Dimension in) {
        all.add(new Weight(name + ".weight", stored + ".weight", List.of(out, in)));
        all.add(new Weight(name + ".bias", stored + ".bias", List.of(out)));
    }

    static void norm(List<Weight> all, String name, String stored, Dimension width) {
        all.add(new Weight(name + ".weight", stored + ".weight", List.of(width)));
        all.add(new Weight(name + ".bias", stored + ".bias", List.of(width)));
    }
}
