package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * Rotary position frequencies. transformers 5 keeps all of it under {@code rope_parameters}; version 4 kept base and
 * rotated part at the top and the rest under {@code rope_scaling}. Su et al., https://arxiv.org/abs/2104.09864
 */
final class Rotary {
    private static final String PARAMETERS = "rope_parameters";
    private static final String SCALING = "rope_scaling";
    private static final double BASE = 10_000;

    private final Config config;
    private final String key;
    private final JsonNode parameters;

    private Rotary(Config config) {
        this.config = config;
        this.key = config.has(PARAMETERS) ? PARAMETERS : SCALING;
        this.parameters = config.has(key) ? config.json().path(key) : JsonNodeFactory.instance.objectNode();
    }

    /**
     * Radians a token for each pair of rotated dimensions.
     *
     * @param width dimensions of a head
     * @param baseKey what the family's old configurations call the base
     * @param partKey what they call the rotated part of a head
     * @param part the rotated part where nothing is said
     */
    static List<Double> frequencies(Config config, int width, String baseKey, String partKey, double part) {
        Rotary rotary = new Rotary(config);
        double base = rotary.value("rope_theta", config.positive(baseKey, BASE));
        double rotated = rotary.value("partial_rotary_factor", config.positive(partKey, part));
        int dimensions = (int) (width * rotated);
        if (dimensions < 1 || dimensions > width) {
            throw config.unsupported(config.has(partKey) ? partKey : rotary.key, "a rotated part of up to 1");
        }
        List<Double> frequencies = new ArrayList<>();
        for (int i = 0; i < dimensions; i += 2) {
            frequencies.add(rotary.scaled(Math.pow(base, -i / (double) dimensions)));
        }
        return frequencies;
    }

    private double scaled(double frequency) {
        String type =
                parameters.path("rope_type").asText(parameters.path("type").asText("default"));
        return switch (type) {
            case "default" -> frequency;
            case "linear" -> frequency / required("factor");
            case "llama3" -> llama3(frequency);
            default -> throw config.unsupported(key, "rope_type default, linear, llama3");
        };
    }

    /** Long waves are stretched by the factor, short ones stay, those between are blended. */
    private double llama3(double frequency) {
        double factor = required("factor");
        double low = required("low_freq_factor");
        double high = required("high_freq_factor");
        double wave = 2 * Math.PI / frequency;
        double turns = required("original_max_position_embeddings") / wave;
        if (turns < low) {
            return frequency / factor;
        }
        if (turns > high) {
            return frequency;
        }
        double blend = (turns - low) / (high - low);
        return (1 - blend) * frequency / factor + blend * frequency;
    }

    private double required(String name) {
        double value = value(name, 0);
        if (value == 0) {
            throw config.unsupported(key, "with a positive " + name);
        }
        return value;
    }

    private double value(String name, double absent) {
        JsonNode value = parameters.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isNumber() || !(value.asDouble() > 0) || Double.isInfinite(value.asDouble())) {
            throw config.unsupported(key, "with a positive " + name);
        }
        return value.asDouble();
    }
}
