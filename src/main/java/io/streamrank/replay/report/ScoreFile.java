package io.streamrank.replay.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.replay.LineReader;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.replay.run.FolderNames;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A model's scores and, where they are told, how long they took: a line for each list in the lists' order. */
final class ScoreFile implements Closeable {
    private final Path path;
    private final LineReader scores;
    private final @Nullable LineReader timings;

    /** What the first line calls itself: lines are counted from 0 or from 1. */
    private long first = -1;

    /** A list's scores, in the candidates' order, and how long they took; NaN where that is not told. */
    record Line(double[] scores, double millis) {}

    private ScoreFile(Path path, LineReader scores, @Nullable LineReader timings) {
        this.path = path;
        this.scores = scores;
        this.timings = timings;
    }

    static ScoreFile open(Path folder, String model) throws IOException {
        Path path = folder.resolve(FolderNames.scores(model));
        Path timings = folder.resolve(FolderNames.timings(model));
        LineReader reader = open(path);
        try {
            return new ScoreFile(path, reader, Files.exists(timings) ? open(timings) : null);
        } catch (IOException e) {
            reader.close();
            throw e;
        }
    }

    private static LineReader open(Path file) throws IOException {
        return LineReader.open(file, FolderNames.LINE_BYTES_MAX);
    }

    Path path() {
        return path;
    }

    /** The scores of the next list; null at the end. */
    @Nullable Line next(int index, int candidates) throws IOException {
        JsonNode node = line(scores, index);
        if (node == null) {
            return null;
        }
        JsonNode values = node.path("scores");
        if (!values.isArray() || values.size() != candidates) {
            throw scores.place().expected(candidates + " scores, one for each candidate, not " + values.size());
        }
        double[] all = new double[candidates];
        for (int i = 0; i < candidates; i++) {
            all[i] = score(values.get(i));
        }
        JsonNode timing = timings == null ? node : line(timings, index);
        JsonNode millis = timing == null ? null : timing.get("millis");
        return new Line(all, millis == null || !millis.isNumber() ? Double.NaN : millis.doubleValue());
    }

    private @Nullable JsonNode line(LineReader lines, int index) throws IOException {
        String text = lines.next();
        if (text == null) {
            return null;
        }
        JsonNode node = ReplayReader.parse(lines.place(), text);
        long number = node.path("line").asLong(-1);
        if (first < 0 && (number == 0 || number == 1)) {
            first = number;
        }
        long expected = Math.max(0, first) + index;
        if (number != expected) {
            throw lines.place()
                    .expected("\"line\": " + expected + ", not "
                            + node.path("line").asText("none"));
        }
        return node;
    }

    private double score(JsonNode score) throws ReplayDataException {
        if (!score.isNumber() || !Double.isFinite(score.doubleValue())) {
            throw scores.place().expected("finite numbers as scores, not " + score);
        }
        return score.doubleValue();
    }

    @Override
    public void close() throws IOException {
        try {
            scores.close();
        } finally {
            if (timings != null) {
                timings.close();
            }
        }
    }
}
