package io.streamrank.replay;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * Pairs of queries and documents from a file, with the scores and token ids that a model should give them.
 *
 * @param maxLength the longest pair in tokens that these were made with; empty where the file does not say
 * @param pairs the pairs in the file's order, at least one
 */
public record QueryPairs(Optional<Integer> maxLength, List<QueryPair> pairs) {
    private static final List<String> FIELDS = List.of("query", "document", "score", "input_ids", "token_type_ids");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    public QueryPairs {
        pairs = List.copyOf(pairs);
    }

    /**
     * Reads JSON Lines, gzip or not: {@code {"query", "document"}} and, where they are known, {@code "score"} and
     * {@code "input_ids"}.
     *
     * @throws ReplayDataException if a line is something else or there is none; names file and line
     */
    public static QueryPairs read(Path file) throws IOException {
        List<QueryPair> pairs = new ArrayList<>();
        try (LineReader lines = LineReader.open(file)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                try {
                    pairs.add(pair(JSON.readTree(line)));
                } catch (JsonProcessingException e) {
                    throw lines.wrong("expected one JSON object: " + e.getOriginalMessage());
                } catch (IllegalArgumentException e) {
                    throw lines.wrong(String.valueOf(e.getMessage()));
                }
            }
        }
        return checked(file, new QueryPairs(Optional.empty(), pairs));
    }

    /**
     * Reads one JSON object with {@code "max_length"} and {@code "pairs"}, each as a line of {@link #read}.
     *
     * @throws ReplayDataException if it is something else; names the file and the pair
     */
    public static QueryPairs readGolden(Path file) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new ReplayDataException(file, "there is no such file");
        } catch (JsonProcessingException e) {
            throw new ReplayDataException(file, e.getLocation().getLineNr(), "expected JSON", e);
        }
        List<QueryPair> pairs = new ArrayList<>();
        for (JsonNode pair : root.path("pairs")) {
            try {
                pairs.add(pair(pair));
            } catch (IllegalArgumentException e) {
                throw new ReplayDataException(file, "pairs[" + pairs.size() + "]: " + e.getMessage());
            }
        }
        JsonNode length = root.path("max_length");
        if (!length.isMissingNode() && !(length.isInt() && length.intValue() > 0)) {
            throw new ReplayDataException(file, "max_length is " + length + ", expected a positive whole number");
        }
        Optional<Integer> maxLength = length.isInt() ? Optional.of(length.intValue()) : Optional.empty();
        return checked(file, new QueryPairs(maxLength, pairs));
    }

    private static QueryPairs checked(Path file, QueryPairs pairs) throws ReplayDataException {
        if (pairs.pairs().isEmpty()) {
            throw new ReplayDataException(file, "holds no pairs");
        }
        return pairs;
    }

    private static QueryPair pair(JsonNode node) {
        require(node.isObject(), "expected an object with \"query\" and \"document\"");
        node.fieldNames()
                .forEachRemaining(
                        name -> require(FIELDS.contains(name), "unknown field \"" + name + "\", known are " + FIELDS));
        JsonNode score = node.path("score");
        require(
                score.isMissingNode() || score.isNull() || (score.isNumber() && Double.isFinite(score.doubleValue())),
                "expected a finite number as \"score\"");
        return new QueryPair(
                text(node, "query"),
                text(node, "document"),
                score.isNumber() ? Optional.of(score.doubleValue()) : Optional.empty(),
                ids(node.path("input_ids")));
    }

    private static String text(JsonNode node, String field) {
        require(node.path(field).isTextual(), "expected a string as \"" + field + "\"");
        return node.path(field).textValue();
    }

    private static Optional<List<Integer>> ids(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        require(
                node.isArray()
                        && StreamSupport.stream(node.spliterator(), false)
                                .allMatch(id -> id.isInt() && id.intValue() >= 0),
                "expected a list of token ids as \"input_ids\"");
        return Optional.of(StreamSupport.stream(node.spliterator(), false)
                .map(JsonNode::intValue)
                .toList());
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
