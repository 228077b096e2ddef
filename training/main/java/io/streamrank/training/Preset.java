package io.streamrank.training;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Settings under a name, which stand where a {@link RunFile} says nothing else. {@code docs/training.md} says whose they are. */
enum Preset {
    /** Passages, as in "State Space Models are Strong Text Rerankers", https://arxiv.org/abs/2412.14354 */
    SSM_RERANKERS("15"),
    /** Documents, as there. */
    SSM_RERANKERS_DOCUMENTS("7");

    private final Map<String, String> settings = new LinkedHashMap<>();

    Preset(String negatives) {
        settings.put("negatives", negatives);
        settings.put("in-batch-negatives", "0");
        settings.put("loss.softmax", "1");
        settings.put("freeze-embeddings", "false");
        settings.put("batch-size", "8");
        settings.put("epochs", "1");
        settings.put("max-length", "512");
        settings.put("query-length", "64");
        settings.put("learning-rate", "2e-5");
        settings.put("schedule", "linear");
        settings.put("warm-up", "0.1");
        settings.put("weight-decay", "0.01");
        settings.put("clip-norm", "1");
        settings.put("dtype", "auto");
    }

    /** As settings call it. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Keys with their values. */
    Map<String, String> settings() {
        return Map.copyOf(settings);
    }

    static Optional<Preset> named(String key) {
        return Arrays.stream(values())
                .filter(preset -> preset.key().equals(key))
                .findFirst();
    }

    static List<String> keys() {
        return Arrays.stream(values()).map(Preset::key).toList();
    }
}
