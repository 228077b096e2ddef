package io.streamrank.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.cli.TextLines.BadLineException;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.TokenIds;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Candidate lists as JSON Lines, one request a line, with the event's own field names:
 *
 * <pre>
 * {"requestId": "r1", "query": {"id": "q1", "text": "…"}, "candidates": [{"id": "d1", "text": "…", "score": 12.3}],
 *  "tokenizer": "…", "model": "…", "topK": 10, "deadline": "2026-11-22T10:00:00Z", "attributes": {"tenant": "a"}}
 * </pre>
 *
 * {@code query} may be a plain string; {@code requestId} is the line's number where it is missing; a document may
 * come as {@code tokenIds} instead of text, or beside it; all but query and candidates may be missing.
 */
final class RequestLines {
    private static final List<String> REQUEST =
            List.of("requestId", "query", "candidates", "tokenizer", "model", "topK", "deadline", "attributes");
    private static final List<String> QUERY = List.of("id", "text");
    private static final List<String> CANDIDATE = List.of("id", "text", "score", "tokenIds");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final TextLines lines;

    RequestLines(TextLines lines) {
        this.lines = lines;
    }

    /**
     * Reads request by request, as long as the consumer wants more. Blank lines are passed over.
     *
     * @throws IOException naming file, line and what was expected; also if there is no request at all
     */
    void forEach(Predicate<RerankRequest> wantsMore) throws IOException {
        boolean any = false;
        boolean more = true;
        for (String line = lines.next(); more && line != null; line = more ? lines.next() : null) {
            if (!line.isBlank()) {
                any = true;
                more = wantsMore.test(parse(line));
            }
        }
        if (!any) {
            throw new IOException(lines.name() + ": holds no requests");
        }
    }

    /**
     * What the line read last says.
     *
     * @throws BadLineException naming file, line and what was expected
     */
    RerankRequest parse(String line) throws BadLineException {
        try {
            return request(JSON.readTree(line), lines.number());
        } catch (JsonProcessingException e) {
            throw lines.bad("is not one JSON object: " + e.getOriginalMessage());
        } catch (DateTimeParseException e) {
            throw lines.bad("has a deadline '" + e.getParsedString() + "', expected the form 2026-11-22T10:00:00Z");
        } catch (IllegalArgumentException e) {
            throw lines.bad(e.getMessage());
        }
    }

    private static RerankRequest request(JsonNode node, long number) {
        require(node.isObject(), "is not a JSON object");
        requireKnown(node, REQUEST, "");
        JsonNode topK = node.get("topK");
        require(
                topK == null
                        || topK.isNull()
                        || (topK.isIntegralNumber() && topK.canConvertToInt() && topK.intValue() >= 1),
                "has a 'topK' that is no whole number from 1 on");
        String deadline = text(node, "deadline", "");
        String requestId = text(node, "requestId", "");
        return new RerankRequest(
                requestId == null ? Long.toString(number) : requestId,
                query(node.get("query")),
                candidates(node.get("candidates")),
                text(node, "tokenizer", ""),
                text(node, "model", ""),
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
        requireKnown(node, QUERY, "query.");
        return new Query(text(node, "id", "query."), required(node, "text", "query."));
    }

    private static List<Candidate> candidates(@Nullable JsonNode node) {
        if (node == null || !node.isArray()) {
            throw new IllegalArgumentException("lacks 'candidates', an array of objects with 'id' and 'text'");
        }
        List<Candidate> candidates = new ArrayList<>(node.size());
        for (JsonNode candidate : node) {
            String where = "candidates[" + candidates.size() + "]";
            require(candidate.isObject(), "has a " + where + " that is not an object");
            requireKnown(candidate, CANDIDATE, where + ".");
            JsonNode score = candidate.get("score");
            require(
                    score == null || score.isNull() || score.isNumber(),
                    "has a '" + where + ".score' that is no number");
            TokenIds ids = tokenIds(candidate.get("tokenIds"), where);
            String text = text(candidate, "text", where + ".");
            require(text != null || ids != null, "lacks '" + where + ".text'");
            candidates.add(new Candidate(
                    required(candidate, "id", where + "."),
                    text == null ? "" : text,
                    score == null || score.isNull() ? null : score.doubleValue(),
                    ids));
        }
        return candidates;
    }

    private static @Nullable TokenIds tokenIds(@Nullable JsonNode node, String where) {
        if (node == null || node.isNull()) {
            return null;
        }
        boolean ids = node.isArray();
        for (JsonNode id : node) {
            ids = ids && id.isIntegralNumber() && id.canConvertToInt();
        }
        require(ids, "has '" + where + ".tokenIds' that are no array of whole numbers");
        require(!node.isEmpty(), "has empty '" + where + ".tokenIds': send 'text' of a document without tokens");
        return new TokenIds(StreamSupport.stream(node.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray());
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

    private static void requireKnown(JsonNode node, List<String> known, String where) {
        node.fieldNames()
                .forEachRemaining(name -> require(
                        known.contains(name), "has an unknown field '" + where + name + "'; known are " + known));
    }

    private static String required(JsonNode node, String field, String where) {
        String text = text(node, field, where);
        if (text == null) {
            throw new IllegalArgumentException("lacks '" + where + field + "'");
        }
        return text;
    }

    private static @Nullable String text(JsonNode node, String field, String where) {
        JsonNode value = node.get(field);
        require(
                value == null || value.isNull() || value.isTextual(),
                "has a '" + where + field + "' that is no string");
        return value == null || value.isNull() ? null : value.textValue();
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
