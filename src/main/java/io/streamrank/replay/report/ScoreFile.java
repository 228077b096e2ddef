package io.streamrank.replay.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.replay.LineReader;
import io.streamrank.replay.ReplayDataException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A model's scores, a line for each list in the lists' order. */
final class ScoreFile implements Closeable {
    private final Path path;
    private final LineReader lines;
    private long first = -1;

    /** A list's scores, in the candidates' order, and how long they took. */
    record Line(double[] scores, double millis) {}

    private ScoreFile(Path path, LineReader lines) {
        this.path = path;
        this.lines = lines;
    }

    static ScoreFile open(Path path) throws IOException {
        return new ScoreFile(path, LineReader.open(path));
    }

    Path path() {
        return path;
    }

    /** The scores of the next list; null at the end. */
    @Nullable Line next(int index, int candidates) throws IOException {
        String text = lines.next();
        if (text == null) {
            return null;
        }
        JsonNode node = ReplayFolder.parse(lines.place(), text);
        if (index == 0) {
            first = node.path("line").asLong(-1);
        }
        if (first < 0 || node.path("line").asLong(-1) != first + index) {
            throw lines.place()
                    .expected("\"line\" " + (Math.max(0, first) + index) + ", not "
                            + node.path("line").asText("none"));
        }
        JsonNode scores = node.path("scores");
        if (!scores.isArray() || scores.size() != candidates) {
            throw lines.place().expected(candidates + " scores, one for each candidate, not " + scores.size());
        }
        double[] values = new double[candidates];
        for (int i = 0; i < candidates; i++) {
            values[i] = score(scores.get(i));
        }
        JsonNode millis = node.path("millis");
        return new Line(values, millis.isNumber() ? millis.doubleValue() : Double.NaN);
    }

    private double score(JsonNode score) throws ReplayDataException {
        if (!score.isNumber() || !Double.isFinite(score.doubleValue())) {
            throw lines.place().expected("finite numbers as scores, not " + score);
        }
        return score.doubleValue();
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
