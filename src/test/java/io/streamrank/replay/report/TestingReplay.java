package io.streamrank.replay.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.TrecRun;
import io.streamrank.replay.TrecRun.Entry;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A replay's folder as a replay would write it, list by list. */
public final class TestingReplay {
    /** JSON can say what UTF-8 cannot: half a surrogate pair. */
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private final List<String> models;
    private final List<ObjectNode> lists = new ArrayList<>();
    private final Map<String, List<ObjectNode>> scores = new LinkedHashMap<>();
    private final Map<String, List<ObjectNode>> timings = new LinkedHashMap<>();
    private boolean finished = true;
    private int setDown;

    /** A replay with these models. */
    public TestingReplay(String... models) {
        this.models = List.of(models);
        for (String model : models) {
            scores.put(model, new ArrayList<>());
            timings.put(model, new ArrayList<>());
        }
    }

    /** A list on its way. */
    public final class Building {
        private final ObjectNode node = JSON.createObjectNode();
        private final ArrayNode candidates;

        private Building(@Nullable String queryId, String query) {
            node.put("topic", "rerank.candidates").put("partition", 0).put("offset", lists.size());
            node.put("timestamp", 1_790_000_000_000L + lists.size());
            node.put("requestId", "r" + lists.size());
            if (queryId != null) {
                node.put("queryId", queryId);
            }
            node.put("query", query);
            candidates = node.putArray("candidates");
        }

        /** Adds a candidate. */
        public Building candidate(String id, String text, @Nullable Double score) {
            ObjectNode candidate = candidates.addObject().put("id", id).put("text", text);
            if (score != null) {
                candidate.put("score", score);
            }
            return this;
        }

        /** Adds what the live worker made of it. */
        public Building live(Entry... ranking) {
            ArrayNode live = node.putObject("live")
                    .put("model", "old")
                    .put("revision", "0a1b2c3d4e5f")
                    .putArray("ranking");
            for (Entry entry : ranking) {
                live.addObject().put("id", entry.documentId()).put("score", entry.score());
            }
            return this;
        }

        /** Ends the list with each model's scores, in the candidates' order. */
        public TestingReplay scored(double[]... byModel) {
            int line = lists.size();
            lists.add(node);
            for (int i = 0; i < byModel.length; i++) {
                ObjectNode scored = JSON.createObjectNode().put("line", line);
                ArrayNode values = scored.putArray("scores");
                for (double score : byModel[i]) {
                    values.add(score);
                }
                requireNonNull(scores.get(models.get(i))).add(scored);
                requireNonNull(timings.get(models.get(i)))
                        .add(JSON.createObjectNode().put("line", line).put("millis", 10.0 * (i + 1) + line % 7));
            }
            return TestingReplay.this;
        }
    }

    /** Begins a list. */
    public Building list(@Nullable String queryId, String query) {
        return new Building(queryId, query);
    }

    /** Leaves the replay without an end, with so many lists set down. */
    public TestingReplay unfinished(int lists) {
        finished = false;
        setDown = lists;
        return this;
    }

    /** A replay of a run, with models that score as it does. */
    static TestingReplay of(TrecRun run, String... models) {
        TestingReplay replay = new TestingReplay(models);
        for (String query : run.queries()) {
            Building list = replay.list(query, "text of " + query);
            double[] scores = new double[run.ranking(query).size()];
            for (Entry entry : run.ranking(query)) {
                scores[list.candidates.size()] = entry.score();
                list.candidate(entry.documentId(), "text of " + entry.documentId(), entry.score());
            }
            double[][] all = new double[models.length][];
            Arrays.fill(all, scores);
            list.scored(all);
        }
        return replay;
    }

    /** Writes it. */
    public Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        ObjectNode header = JSON.createObjectNode()
                .put("version", 1)
                .put("created", "2026-11-22T10:00:00Z")
                .put("streamrank", "0.1.0");
        header.putObject("source").put("kind", "topic").put("topic", "rerank.candidates");
        header.put("sample", 1.0).put("lists", lists.size()).put("finished", finished);
        header.putObject("skipped").put("undecodable", 2);
        ArrayNode described = header.putArray("models");
        for (int i = 0; i < models.size(); i++) {
            described
                    .addObject()
                    .put("name", models.get(i))
                    .put("folder", "models/" + models.get(i))
                    .put("family", "bert")
                    .put("revision", "eea19b5c570" + i)
                    .put("device", "cpu")
                    .put("dtype", "float32")
                    .put("maxLength", 512)
                    .put("parameters", 22_713_601L * (i + 1))
                    .put("memoryBytes", 90_900_000L * (i + 1))
                    .put("pairs", 20L * lists.size())
                    .put("tokens", 3_900L * lists.size())
                    .put("scoringSeconds", 0.5 * (i + 1) * lists.size())
                    .put("pairsPerSecond", 40.0 / (i + 1));
        }
        Files.writeString(
                folder.resolve("replay.json"),
                JSON.writerWithDefaultPrettyPrinter().writeValueAsString(header));
        if (!finished) {
            Files.writeString(
                    folder.resolve("progress.json"),
                    JSON.createObjectNode().put("lists", setDown).toString());
        }
        write(folder.resolve("lists.jsonl"), lists);
        for (String model : models) {
            write(folder.resolve("scores." + model + ".jsonl"), requireNonNull(scores.get(model)));
            write(folder.resolve("timings." + model + ".jsonl"), requireNonNull(timings.get(model)));
        }
        return folder;
    }

    private static void write(Path file, List<ObjectNode> lines) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(file, UTF_8)) {
            for (ObjectNode line : lines) {
                writer.write(JSON.writeValueAsString(line));
                writer.write('\n');
            }
        }
    }
}
