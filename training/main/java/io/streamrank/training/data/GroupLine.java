package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.LinePlace;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.training.data.ListScorer.Unscored;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A labelled list as a line of JSON: {@code {"query_id", "query", "positives": […], "negatives": […]}}. A document is
 * its text, or an object with {@code "id"}, {@code "title"}, {@code "text"}, {@code "grade"} and {@code "score"}; one without
 * a text is looked up by its id in a collection. Scores are a teacher's; they may also stand beside the documents as
 * {@code "scores": […]}, those of the positives and then of the negatives.
 *
 * @param queryId null where the line has none
 * @param query the query's text
 * @param positives the relevant documents
 * @param negatives the others
 * @param scores empty, or one for each document
 */
record GroupLine(
        @Nullable String queryId, String query, List<Doc> positives, List<Doc> negatives, List<Double> scores) {
    private static final List<String> FIELDS = List.of("query_id", "query", "positives", "negatives", "scores");
    private static final List<String> DOCUMENT_FIELDS = List.of("id", "title", "text", "grade", "score");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /**
     * A document of a list; it has an id, a text, or both.
     *
     * @param id its name in a collection
     * @param text what a model reads: its title, if it has one, and its text
     * @param grade 0 for a negative, else 1 or more
     */
    record Doc(@Nullable String id, @Nullable String text, double grade) {
        /** What tells it from the others of its list. */
        String key() {
            return id != null ? id : requireNonNull(text, "a document has an id or a text");
        }
    }

    GroupLine {
        requireNonNull(query, "query");
        positives = List.copyOf(positives);
        negatives = List.copyOf(negatives);
        scores = List.copyOf(scores);
        if (!scores.isEmpty() && scores.size() != positives.size() + negatives.size()) {
            throw new IllegalArgumentException("expected a score for each of the "
                    + (positives.size() + negatives.size()) + " documents, not " + scores.size() + " \"scores\"");
        }
    }

    /** Positives, then negatives: the order of the scores. */
    List<Doc> documents() {
        return Stream.concat(positives.stream(), negatives.stream()).toList();
    }

    /** The list as a model reads it; every document must have its text. */
    Unscored unscored() {
        return new Unscored(
                query,
                documents().stream()
                        .map(document -> requireNonNull(document.text, "text"))
                        .toList());
    }

    /** The same list with a teacher's scores. */
    GroupLine withScores(List<Double> teacherScores) {
        return new GroupLine(queryId, query, positives, negatives, teacherScores);
    }

    /**
     * Reads a line.
     *
     * @throws ReplayDataException if it is something else; names file, line and the place in it
     */
    static GroupLine parse(LinePlace place, String line) throws ReplayDataException {
        try {
            return of(JSON.readTree(line));
        } catch (JsonProcessingException e) {
            int column = e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
            throw place.expected("one JSON object: " + e.getOriginalMessage(), column);
        } catch (IllegalArgumentException e) {
            throw place.wrong(String.valueOf(e.getMessage()));
        }
    }

    private static GroupLine of(JsonNode node) {
        require(node.isObject(), "expected an object with \"query\", \"positives\" and \"negatives\"");
        requireKnown(node, FIELDS, "");
        String query = text(node, "query", "");
        require(query != null, "expected a string as \"query\"");
        return new GroupLine(
                text(node, "query_id", ""),
                requireNonNull(query),
                documents(node, "positives", 1),
                documents(node, "negatives", 0),
                scores(node));
    }

    private static List<Double> scores(JsonNode node) {
        List<JsonNode> own = new ArrayList<>();
        for (String field : List.of("positives", "negatives")) {
            node.path(field).forEach(document -> own.add(document.path("score")));
        }
        long given = own.stream().filter(score -> !score.isMissingNode()).count();
        if (given == 0) {
            return scores("scores", node.path("scores"));
        }
        require(given == own.size(), given + " of " + own.size() + " documents have a \"score\", expected all or none");
        require(node.path("scores").isMissingNode(), "expected either \"scores\" or a \"score\" in each document");
        return scores("score of document", own);
    }

    private static List<Doc> documents(JsonNode node, String field, double grade) {
        JsonNode list = node.path(field);
        require(list.isArray(), "expected a list of documents as \"" + field + "\"");
        List<Doc> documents = new ArrayList<>();
        for (JsonNode document : list) {
            documents.add(document(document, field + "[" + documents.size() + "]", grade));
        }
        return documents;
    }

    private static Doc document(JsonNode node, String where, double grade) {
        if (node.isTextual()) {
            return new Doc(null, node.textValue(), grade);
        }
        require(node.isObject(), where + ": expected a text, or an object with \"id\" or \"text\"");
        requireKnown(node, DOCUMENT_FIELDS, where + ": ");
        String id = text(node, "id", where + ": ");
        String title = text(node, "title", where + ": ");
        String text = text(node, "text", where + ": ");
        require(id != null || text != null, where + ": expected \"id\" or \"text\"");
        JsonNode own = node.path("grade");
        require(
                own.isMissingNode() || (grade > 0 && own.isNumber() && own.doubleValue() > 0),
                where + ": " + (grade > 0 ? "expected a number above 0 as \"grade\"" : "a negative has no \"grade\""));
        String whole = title == null || title.isBlank() || text == null ? text : title + " " + text;
        return new Doc(id, whole, own.isNumber() ? own.doubleValue() : grade);
    }

    private static List<Double> scores(String field, JsonNode list) {
        require(list.isMissingNode() || list.isArray(), "expected a list of numbers as \"" + field + "\"");
        List<JsonNode> scores = new ArrayList<>();
        list.forEach(scores::add);
        return scores(field, scores);
    }

    private static List<Double> scores(String field, List<JsonNode> list) {
        List<Double> scores = new ArrayList<>();
        for (JsonNode score : list) {
            require(
                    score.isNumber() && Double.isFinite(score.doubleValue()),
                    field + "[" + scores.size() + "]: expected a finite number, not " + score);
            scores.add(score.doubleValue());
        }
        return scores;
    }

    private static @Nullable String text(JsonNode node, String field, String where) {
        JsonNode value = node.path(field);
        require(
                value.isMissingNode() || value.isNull() || value.isTextual(),
                where + "expected a string as \"" + field + "\", not " + value.getNodeType());
        return value.isTextual() ? value.textValue() : null;
    }

    private static void requireKnown(JsonNode node, List<String> known, String where) {
        node.fieldNames()
                .forEachRemaining(name ->
                        require(known.contains(name), where + "unknown field \"" + name + "\", known are " + known));
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** The line as JSON, without its end. */
    String toJson() {
        ObjectNode node = JSON.createObjectNode();
        if (queryId != null) {
            node.put("query_id", queryId);
        }
        node.put("query", query);
        write(node.putArray("positives"), positives, 0);
        write(node.putArray("negatives"), negatives, positives.size());
        return node.toString();
    }

    /** @param first the place of the first document's score */
    private void write(ArrayNode list, List<Doc> documents, int first) {
        for (Doc document : documents) {
            ObjectNode node = list.addObject();
            if (document.id != null) {
                node.put("id", document.id);
            }
            if (document.text != null) {
                node.put("text", document.text);
            }
            if (document.grade > 0 && document.grade != 1) {
                node.put("grade", document.grade);
            }
            if (!scores.isEmpty()) {
                node.put("score", scores.get(first + list.size() - 1));
            }
        }
    }
}
