package io.streamrank.replay.report;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * A model that a replay scored with, as its {@code replay.json} tells it. Numbers are NaN, and texts empty, where it does
 * not.
 *
 * @param name what requests call it
 * @param revision the first 12 hexadecimal digits of the checkpoint's SHA-256
 * @param parameters how many numbers its weights are
 * @param memoryBytes what it took on its device
 * @param scoringSeconds time in forward passes
 */
public record ReplayedModel(
        String name,
        String folder,
        String family,
        String revision,
        String device,
        String dtype,
        double maxLength,
        double parameters,
        double memoryBytes,
        double pairs,
        double tokens,
        double scoringSeconds,
        double pairsPerSecond) {

    static ReplayedModel of(String name, JsonNode node) {
        return new ReplayedModel(
                name,
                node.path("folder").asText(""),
                node.path("family").asText(""),
                node.path("revision").asText(""),
                node.path("device").asText(""),
                node.path("dtype").asText(""),
                number(node.get("maxLength")),
                number(node.get("parameters")),
                number(node.get("memoryBytes")),
                number(node.get("pairs")),
                number(node.get("tokens")),
                number(node.get("scoringSeconds")),
                number(node.get("pairsPerSecond")));
    }

    private static double number(@Nullable JsonNode node) {
        return node == null || !node.isNumber() ? Double.NaN : node.doubleValue();
    }
}
