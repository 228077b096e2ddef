package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Which layers of a ModernBERT look how far, and how they turn positions into angles.
 *
 * @param kinds one letter a layer: {@code g} for global attention, {@code l} for local
 * @param window how many tokens a local layer looks to either side
 * @param globalTheta base of the rotary angles in global layers
 * @param localTheta base of the rotary angles in local layers
 */
record ModernBertAttention(String kinds, int window, double globalTheta, double localTheta) {
    private static final double GLOBAL_THETA = 160_000;
    private static final double LOCAL_THETA = 10_000;
    private static final String GLOBAL = "full_attention";
    private static final String LOCAL = "sliding_attention";

    /**
     * Reads transformers 5's {@code layer_types} and {@code rope_parameters}, and where they are absent transformers 4's
     * {@code global_attn_every_n_layers}, {@code global_rope_theta} and {@code local_rope_theta}.
     */
    static ModernBertAttention read(Config config) {
        if (config.has("rope_scaling")) {
            throw config.unsupported("rope_scaling", "null");
        }
        double global = theta(config, GLOBAL, config.positive("global_rope_theta", GLOBAL_THETA));
        // Since transformers 4.48 a null here means the global base; an absent key means the default.
        boolean same = config.json().has("local_rope_theta") && !config.has("local_rope_theta");
        double local = theta(config, LOCAL, config.positive("local_rope_theta", same ? global : LOCAL_THETA));
        return new ModernBertAttention(kinds(config), config.count("local_attention", 128) / 2, global, local);
    }

    private static String kinds(Config config) {
        int layers = config.count("num_hidden_layers");
        StringBuilder kinds = new StringBuilder();
        if (!config.has("layer_types")) {
            int every = config.count("global_attn_every_n_layers", 3);
            for (int i = 0; i < layers; i++) {
                kinds.append(i % every == 0 ? 'g' : 'l');
            }
            return kinds.toString();
        }
        for (JsonNode type : config.json().path("layer_types")) {
            if (!type.asText().equals(GLOBAL) && !type.asText().equals(LOCAL)) {
                throw config.unsupported("layer_types", "a list of \"" + GLOBAL + "\" and \"" + LOCAL + "\"");
            }
            kinds.append(type.asText().equals(GLOBAL) ? 'g' : 'l');
        }
        if (kinds.length() != layers) {
            throw config.unsupported("layer_types", "one entry for each of num_hidden_layers " + layers);
        }
        return kinds.toString();
    }

    private static double theta(Config config, String kind, double absent) {
        JsonNode node = config.json().path("rope_parameters").path(kind);
        if (!node.isObject()) {
            return absent;
        }
        Config rope = new Config(config.file(), node);
        if (!rope.text("rope_type", "default").equals("default")) {
            throw config.unsupported("rope_parameters", "rope_type \"default\"");
        }
        return rope.positive("rope_theta", absent);
    }
}
