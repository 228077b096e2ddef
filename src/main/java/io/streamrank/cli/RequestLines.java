package io.streamrank.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Candidate lists as JSON Lines, one request a line, with the event's own field names:
 *
 * <pre>
 * {"requestId": "r1", "query": {"id": "q1", "text": "…"}, "candidates": [{"id": "d1", "text": "…", "score": 12.3}],
 *  "model": "…", "topK": 10, "deadline": "2026-11-22T10:00:00Z", "attributes": {"tenant": "a"}}
 * </pre>
 *
 * {@code query} may be a plain string; {@code requestId} is the line's number where it is missing; all but query and
 * candidates may be missing.
 */
final class RequestLines {
    private static final Set<String> FIELDS =
            Set.of("requestId", "query", "candidates", "model", "topK", "deadline", "attributes");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String file;

    /** @param file what errors call the input */
    RequestLines(String file) {
        this.file = file;
    }

    /**
     * Reads request by request, as long as the consumer wants more.
     *
     * @throws IOException naming file, line and what was expected
     */
    void forEach(BufferedReader reader, Predicate<RerankRequest> wantsMore) throws IOException {
        int number = 0;
        boolean more = true;
        for (String line = reader.readLine(); more && line != null; line = reader.readLine()) {
            number++;
            more = line.isBlank() || wantsMore.test(parse(line, number));
        }
    }

    private RerankRequest parse(String line, int number) throws IOException {
        try {
            return request(JSON.readTree(line), number);
        } catch (JsonProcessingException e) {
            throw bad(number, "is not JSON: " + e.getOriginalMessage());
        } catch (IllegalArgumentException | DateTimeException e) {
            throw bad(number, e.getMessage());
        }
    }

    private static RerankRequest request(JsonNode node, int number) {
        require(node.isObject(), "is not a JSON object");
        node.fieldNames()
                .forEachRemaining(name ->
                        require(FIELDS.contains(name), "has an unknown field '" + name + "'; known are " + FIELDS));
        JsonNode topK = node.get("topK");
        require(topK == null || topK.isNull() || topK.canConvertToInt(), "has a topK that is not a whole number");
        String deadline = text(node, "deadline");
        String requestId = text(node, "requestId");
        return new RerankRequest(
                requestId == null ? Integer.toString(number) : requestId,
                query(node.get("query")),
                candidates(node.get("candidates")),
                text(node, "model"),
                topK == null || topK.isNull() ? null : topK.intValue(),
                deadline == null ? null : Instant.parse(deadline),
                attributes(node.get("attributes")));
    }

    private static Query query(@Nullable JsonNode node) {
        if (node != null && node.isTextual()) {
            return new Query(null, node.textValue());
        }
        if (node == null || !node.isObject()) {
            throw new IllegalArgumentException("lacks 'query', a string or an object with 'text'");
        }
        return new Query(text(node, "id"), required(node, "text", "query"));
    }

    private static List<Candidate> candidates(@Nullable JsonNode node) {
        if (node == null || !node.isArray()) {
            throw new IllegalArgumentException("lacks 'candidates', an array of objects with 'id' and 'text'");
        }
        List<Candidate> candidates = new ArrayList<>(node.size());
        for (JsonNode candidate : node) {
            String where = "candidate " + candidates.size();
            require(candidate.isObject(), "has a " + where + " that is not an object");
            JsonNode score = candidate.get("score");
            require(
                    score == null || score.isNull() || score.isNumber(),
                    "has a " + where + " whose score is no number");
            candidates.add(new Candidate(
                    required(candidate, "id", where),
                    required(candidate, "text", where),
                    score == null || score.isNull() ? null : score.doubleValue()));
        }
        return candidates;
    }

    private static Map<String, String> attributes(@Nullable JsonNode node) {
        Map<String, String> attributes = new LinkedHashMap<>();
        if (node != null && !node.isNull()) {
            require(node.isObject(), "has attributes that are not an object of strings");
            node.properties().forEach(entry -> {
                require(entry.getValue().isTextual(), "has an attribute '" + entry.getKey() + "' that is no string");
                attributes.put(entry.getKey(), entry.getValue().textValue());
            });
        }
        return attributes;
    }

    private static String required(JsonNode node, String field, String where) {
        String text = text(node, field);
        if (text == null) {
            throw new IllegalArgumentException("has a " + where + " without '" + field + "'");
        }
        return text;
    }

    private static @Nullable String text(JsonNode node, String field) {
        JsonNode value = node.get(field);
        require(value == null || value.isNull() || value.isTextual(), "has a '" + field + "' that is no string");
        return value == null || value.isNull() ? null : value.textValue();
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    private IOException bad(int number, @Nullable String message) {
        return new IOException(file + ", line " + number + ": " + message);
    }
}
