package io.streamrank.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One line of a JSON Lines file: a query, documents that answer it, and documents that do not.
 *
 * <p>{@code {"query": "…", "positives": ["…"], "negatives": ["…", {"text": "…", "score": 1.5}]}}: a document is a text, or an
 * object that also has a teacher's score.
 *
 * @param query the query
 * @param positives documents that answer it, one at least
 * @param negatives documents that do not
 */
record TrainingLine(String query, List<Passage> positives, List<Passage> negatives) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    TrainingLine {
        positives = List.copyOf(positives);
        negatives = List.copyOf(negatives);
    }

    /** @throws TrainingException naming file and line of what cannot be read */
    static List<TrainingLine> read(Path file) throws IOException {
        List<TrainingLine> lines = new ArrayList<>();
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            int number = 0;
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                number++;
                if (!text.isBlank()) {
                    lines.add(parse(text, file + ", line " + number));
                }
            }
        }
        if (lines.isEmpty()) {
            throw new TrainingException(file + ": has no lines, expected one query with its documents a line");
        }
        return lines;
    }

    private static TrainingLine parse(String text, String where) {
        JsonNode json;
        try {
            json = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new TrainingException(where + ": is not JSON: " + e.getOriginalMessage());
        }
        String query = json.path("query").asText("");
        List<Passage> positives = passages(json.path("positives"), 1, where + ": positives");
        List<Passage> negatives = passages(json.path("negatives"), 0, where + ": negatives");
        if (query.isEmpty() || positives.isEmpty() || negatives.isEmpty()) {
            throw new TrainingException(
                    where + ": expected a query, one of positives at least, and one of negatives at least");
        }
        return new TrainingLine(query, positives, negatives);
    }

    private static List<Passage> passages(JsonNode array, float label, String where) {
        List<Passage> passages = new ArrayList<>();
        for (JsonNode document : array) {
            JsonNode text = document.isObject() ? document.path("text") : document;
            if (!text.isTextual()) {
                throw new TrainingException(where + " has " + document + ", expected a text or an object with a text");
            }
            JsonNode score = document.path("score");
            passages.add(new Passage(text.asText(), label, score.isNumber() ? score.floatValue() : Float.NaN));
        }
        return passages;
    }

    /** With all documents. */
    Example whole() {
        List<Passage> all = new ArrayList<>(positives);
        all.addAll(negatives);
        return new Example(query, all);
    }
}
