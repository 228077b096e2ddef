package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.replay.LinePlace;
import io.streamrank.replay.LineReader;
import io.streamrank.replay.ListPlace;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.replay.run.FolderJson;
import io.streamrank.replay.run.FolderNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a replay has written: {@code replay.json}, {@code lists.jsonl} and for each model {@code
 * scores.<model>.jsonl} and, if it is there, {@code timings.<model>.jsonl}, line by line beside each other. One list is
 * held at a time. Of a replay that has not ended it reads what {@code progress.json} says is set down: lines after that
 * may be half written, or be written again otherwise.
 */
public final class ReplayReader {
    private static final int VERSION = 1;
    private static final ObjectMapper JSON = FolderJson.mapper();

    /** No text can hold this: its quotation marks would be escaped. */
    private static final Pattern LIVE = Pattern.compile("\"ranking\"\\s*:\\s*\\[\\s*\\{");

    private final Path root;
    private final JsonNode header;
    private final List<ReplayedModel> models;
    private final long setDown;

    private ReplayReader(Path root, JsonNode header, List<ReplayedModel> models, long setDown) {
        this.root = root;
        this.header = header;
        this.models = models;
        this.setDown = setDown;
    }

    /** A list with what each model made of it. */
    @FunctionalInterface
    interface Visitor {
        /**
         * Takes a list.
         *
         * @param index counted from 0
         * @param scores of each model, in the candidates' order
         * @param millis how long each model took for it; NaN where that is not told
         */
        void visit(int index, ReplayedList list, List<double[]> scores, double[] millis) throws IOException;
    }

    /**
     * Opens a folder by its {@code replay.json}.
     *
     * @throws ReplayDataException if that is missing, malformed, of a later version or names no models
     */
    public static ReplayReader open(Path root) throws IOException {
        Path file = root.resolve(FolderNames.REPLAY);
        if (!Files.isRegularFile(file)) {
            throw new ReplayDataException(root, "is no replay's folder: it has no " + FolderNames.REPLAY);
        }
        JsonNode header = read(file);
        JsonNode progress = JSON.createObjectNode();
        try {
            progress = isFinished(header) ? progress : read(root.resolve(FolderNames.PROGRESS));
        } catch (NoSuchFileException e) {
            // Nothing is set down yet; or all is, since the header was read.
            header = read(file);
        }
        if (header.path("version").asInt() != VERSION) {
            throw new ReplayDataException(
                    file,
                    "expected version " + VERSION + ", not "
                            + header.path("version").asText("none"));
        }
        long setDown =
                isFinished(header) ? Long.MAX_VALUE : progress.path("lists").asLong();
        return new ReplayReader(root, header, models(file, header), setDown);
    }

    private static JsonNode read(Path file) throws IOException {
        try {
            return JSON.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new ReplayDataException(file, "is not JSON: " + e.getOriginalMessage());
        }
    }

    private static boolean isFinished(JsonNode header) {
        return header.path("finished").asBoolean(false);
    }

    private static List<ReplayedModel> models(Path file, JsonNode header) throws ReplayDataException {
        List<ReplayedModel> models = new ArrayList<>();
        Set<String> names = new HashSet<>(Set.of(Contender.FIRST_STAGE, Contender.LIVE));
        for (JsonNode model : header.path("models")) {
            String name = model.path("name").asText("");
            if (name.isEmpty() || !names.add(name)) {
                throw new ReplayDataException(
                        file,
                        "a model is called '" + name + "': expected names that differ, and"
                                + " neither first-stage nor live");
            }
            models.add(ReplayedModel.of(name, model));
        }
        if (models.isEmpty()) {
            throw new ReplayDataException(file, "names no models");
        }
        return List.copyOf(models);
    }

    /** Where it is. */
    public Path root() {
        return root;
    }

    /** The models, in the order in which the replay names them. */
    public List<ReplayedModel> models() {
        return models;
    }

    /** {@code replay.json} as it is. */
    JsonNode header() {
        return header;
    }

    /** Whether the replay came to its end. */
    public boolean isFinished() {
        return isFinished(header);
    }

    /** What was left out, by reason. */
    Map<String, Long> skipped() {
        Map<String, Long> skipped = new TreeMap<>();
        header.path("skipped")
                .properties()
                .forEach(
                        reason -> skipped.put(reason.getKey(), reason.getValue().asLong()));
        return skipped;
    }

    /**
     * Visits the lists that are set down, in the replay's order.
     *
     * @throws ReplayDataException if a line is not what it should be, or lines are missing; names file and line
     */
    void forEach(Visitor visitor) throws IOException {
        List<ScoreFile> files = new ArrayList<>();
        try (LineReader lists = lists()) {
            for (ReplayedModel model : models) {
                files.add(ScoreFile.open(root, model.name()));
            }
            int index = 0;
            for (String line = next(lists, index); line != null; line = next(lists, index)) {
                JsonNode node = parse(lists.place(), line);
                ReplayedList list = list(lists.place(), node);
                List<double[]> scores = new ArrayList<>();
                double[] millis = new double[files.size()];
                for (ScoreFile file : files) {
                    ScoreFile.Line scored = file.next(index, list.candidates().size());
                    if (scored == null) {
                        throw lists.place().wrong("has no line of scores in " + file.path());
                    }
                    millis[scores.size()] = scored.millis();
                    scores.add(scored.scores());
                }
                visitor.visit(index++, list, scores, millis);
            }
        } finally {
            for (ScoreFile file : files) {
                file.close();
            }
        }
    }

    /** Whether there are live rankings of any of the lists; reads on to the first. */
    boolean hasLiveRankings() throws IOException {
        try (LineReader lists = lists()) {
            long index = 0;
            for (String line = next(lists, index); line != null; line = next(lists, ++index)) {
                if (LIVE.matcher(line).find()) {
                    return true;
                }
            }
        }
        return false;
    }

    private LineReader lists() throws IOException {
        return LineReader.open(root.resolve(FolderNames.LISTS), FolderNames.LINE_BYTES_MAX);
    }

    private @Nullable String next(LineReader lists, long index) throws IOException {
        return index < setDown ? lists.next() : null;
    }

    static JsonNode parse(LinePlace place, String line) throws ReplayDataException {
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw place.expected("a JSON object: " + e.getOriginalMessage());
        }
        if (!node.isObject()) {
            throw place.expected("a JSON object");
        }
        return node;
    }

    private static ReplayedList list(LinePlace place, JsonNode node) throws ReplayDataException {
        List<ReplayedList.Item> candidates = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (JsonNode candidate : node.path("candidates")) {
            JsonNode id = candidate.path("id");
            if (!id.isTextual() || !ids.add(id.textValue())) {
                throw place.expected("candidates with an \"id\" each of its own");
            }
            JsonNode score = candidate.path("score");
            candidates.add(new ReplayedList.Item(
                    id.textValue(),
                    candidate.path("title").asText(""),
                    candidate.path("text").asText(""),
                    score.isNumber() ? Double.valueOf(score.doubleValue()) : null));
        }
        JsonNode queryId = node.path("queryId");
        return new ReplayedList(
                queryId.isTextual() ? queryId.textValue() : null,
                node.path("requestId").asText(""),
                node.path("query").asText(""),
                timestamp(node.path("timestamp")),
                candidates,
                node.path("live").isObject() ? live(place, node.path("live").path("ranking")) : null,
                new ListPlace(
                        node.path("timestamp").asLong(),
                        node.path("topic").asText(),
                        node.path("partition").asInt(),
                        node.path("offset").asLong()));
    }

    /** Written as milliseconds since 1970. */
    private static String timestamp(JsonNode node) {
        return node.isIntegralNumber() ? Instant.ofEpochMilli(node.longValue()).toString() : node.asText("");
    }

    private static @Nullable List<Entry> live(LinePlace place, JsonNode ranking) throws ReplayDataException {
        List<Entry> entries = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (JsonNode entry : ranking) {
            String id = entry.path("id").asText("");
            if (!ids.add(id) || !entry.path("score").isNumber()) {
                throw place.expected("a live ranking of an \"id\" and a \"score\" each");
            }
            entries.add(new Entry(id, requireNonNull(entry.get("score")).doubleValue()));
        }
        return entries.isEmpty() ? null : entries;
    }
}
