package io.streamrank.replay.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How far a replay has come, and its sums. */
final class Progress {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Lines of each file of a line a list. */
    long lists;

    /** Lists taken of the source: those that a model failed on too. */
    long taken;

    /** Pairs in them. */
    long pairs;

    /** Records or lines read, whatever they held. */
    long read;

    /** Lists that the sample leaves out. */
    long notSampled;

    /** Lists with a live ranking. */
    long live;

    /** Portions that are done. */
    long portions;

    /** Rankings that could not be published. */
    long unpublished;

    /** What was left out, by reason. */
    final Map<String, Long> skipped = new TreeMap<>();

    /** What each model has done. */
    final Map<String, Done> models = new LinkedHashMap<>();

    /** How long each file is. */
    final Map<String, Long> files = new TreeMap<>();

    /** Where the source goes on; absent at its beginning. */
    @Nullable JsonNode position;

    /** A model's sums. */
    static final class Done {
        long pairs;
        long tokens;
        Duration tokenizing = Duration.ZERO;
        Duration scoring = Duration.ZERO;

        private ObjectNode json() {
            return JSON.createObjectNode()
                    .put("pairs", pairs)
                    .put("tokens", tokens)
                    .put("tokenizingNanos", tokenizing.toNanos())
                    .put("scoringNanos", scoring.toNanos());
        }

        private static Done of(JsonNode node) {
            Done done = new Done();
            done.pairs = node.path("pairs").asLong();
            done.tokens = node.path("tokens").asLong();
            done.tokenizing = Duration.ofNanos(node.path("tokenizingNanos").asLong());
            done.scoring = Duration.ofNanos(node.path("scoringNanos").asLong());
            return done;
        }
    }

    Done of(String model) {
        return models.computeIfAbsent(model, any -> new Done());
    }

    long length(String file) {
        return files.getOrDefault(file, 0L);
    }

    void skip(String reason) {
        skipped.merge(reason, 1L, Long::sum);
    }

    ObjectNode json() {
        ObjectNode node = JSON.createObjectNode();
        node.put("lists", lists);
        node.put("taken", taken);
        node.put("pairs", pairs);
        node.put("read", read);
        node.put("notSampled", notSampled);
        node.put("live", live);
        node.put("portions", portions);
        node.put("unpublished", unpublished);
        ObjectNode reasons = node.putObject("skipped");
        skipped.forEach(reasons::put);
        ObjectNode done = node.putObject("models");
        models.forEach((name, sums) -> done.set(name, sums.json()));
        ObjectNode lengths = node.putObject("files");
        files.forEach(lengths::put);
        node.set("position", position);
        return node;
    }

    static Progress of(JsonNode node) {
        Progress progress = new Progress();
        progress.lists = node.path("lists").asLong();
        progress.taken = node.path("taken").asLong();
        progress.pairs = node.path("pairs").asLong();
        progress.read = node.path("read").asLong();
        progress.notSampled = node.path("notSampled").asLong();
        progress.live = node.path("live").asLong();
        progress.portions = node.path("portions").asLong();
        progress.unpublished = node.path("unpublished").asLong();
        node.path("skipped")
                .properties()
                .forEach(reason ->
                        progress.skipped.put(reason.getKey(), reason.getValue().asLong()));
        node.path("models")
                .properties()
                .forEach(model -> progress.models.put(model.getKey(), Done.of(model.getValue())));
        node.path("files")
                .properties()
                .forEach(file ->
                        progress.files.put(file.getKey(), file.getValue().asLong()));
        JsonNode position = node.get("position");
        progress.position = position == null || position.isNull() ? null : position;
        return progress;
    }
}
