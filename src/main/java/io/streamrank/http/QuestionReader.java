package io.streamrank.http;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.http.RerankQuestion.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads one question, and gives up at the first document beyond those that may be ranked. */
final class QuestionReader {
    private final int maxDocuments;

    private @Nullable String query;
    private @Nullable String model;
    private @Nullable List<Candidate> documents;
    private @Nullable List<Candidate> texts;
    private @Nullable Integer topN;
    private boolean returnDocuments;
    private boolean returnText;
    private boolean rawScores;
    private boolean wholeOnly;

    /** What is wrong with fields that only one of the languages has. */
    private final Map<Shape, ApiException> wrong = new EnumMap<>(Shape.class);

    QuestionReader(int maxDocuments) {
        this.maxDocuments = maxDocuments;
    }

    /** @throws ApiException naming the place where the body is not as it must be */
    RerankQuestion read(byte[] bytes) {
        JsonBody.read(bytes, body -> body.object(name -> read(body, name)));
        boolean ofTexts = texts != null;
        if (documents != null && ofTexts) {
            throw ApiException.badRequest("documents, texts: expected one of them, as Cohere and Jina or as"
                    + " text-embeddings-inference have it, not both");
        }
        Shape shape = ofTexts ? Shape.TEXTS : Shape.DOCUMENTS;
        ApiException refused = wrong.get(shape);
        if (refused != null) {
            throw refused;
        }
        List<Candidate> candidates =
                ofTexts ? required(texts, "texts", "a list") : required(documents, "documents", "a list");
        RerankRequest request = new RerankRequest(
                UUID.randomUUID().toString(),
                new Query(null, required(query, "query", "a string")),
                candidates,
                model,
                ofTexts ? null : topN,
                null,
                Map.of());
        return new RerankQuestion(
                request, shape, ofTexts ? returnText : returnDocuments, ofTexts && rawScores, ofTexts && wholeOnly);
    }

    private static <T> T required(@Nullable T value, String name, String what) {
        if (value == null) {
            throw ApiException.badRequest(name + ": is missing, expected " + what);
        }
        return value;
    }

    private void read(JsonBody body, String name) throws IOException {
        switch (name) {
            case "query" -> query = body.text();
            case "model" -> model = body.isNull() ? null : body.text();
            case "documents" -> documents = body.isNull() ? null : candidates(body, QuestionReader::document);
            case "texts" -> texts = body.isNull() ? null : candidates(body, JsonBody::text);
            case "top_n" -> field(body, Shape.DOCUMENTS, () -> topN = body.count());
            case "return_documents" -> field(body, Shape.DOCUMENTS, () -> returnDocuments = body.flag());
            case "rank_fields" -> field(body, Shape.DOCUMENTS, () -> requireTextAlone(body));
            case "return_text" -> field(body, Shape.TEXTS, () -> returnText = body.flag());
            case "raw_scores" -> field(body, Shape.TEXTS, () -> rawScores = body.flag());
            case "truncate" -> field(body, Shape.TEXTS, () -> wholeOnly = !body.flag());
            case "truncation_direction" -> field(body, Shape.TEXTS, () -> requireRight(body));
            default -> body.skip();
        }
    }

    private interface Taking {
        void take() throws IOException;
    }

    /** What stands in a field of the other language does not matter, but which it is may be known only later. */
    private void field(JsonBody body, Shape shape, Taking taking) throws IOException {
        if (body.isNull()) {
            return;
        }
        try {
            taking.take();
        } catch (ApiException e) {
            wrong.putIfAbsent(shape, e);
        }
    }

    private interface Text {
        String of(JsonBody body) throws IOException;
    }

    private List<Candidate> candidates(JsonBody body, Text text) throws IOException {
        List<Candidate> candidates = new ArrayList<>();
        body.list(index -> {
            if (index == maxDocuments) {
                throw new ApiException(
                        ApiException.TOO_LARGE,
                        body.place() + ": is one more than the " + maxDocuments
                                + " of streamrank.limits.max-candidates");
            }
            candidates.add(new Candidate(Integer.toString(index), text.of(body), null));
        });
        return candidates;
    }

    private static String document(JsonBody body) throws IOException {
        if (body.isObject()) {
            return body.textOf("text");
        }
        if (!body.isText()) {
            throw body.expected("a string or an object with a text");
        }
        return body.text();
    }

    /** A choice of fields would change what is ranked. */
    private static void requireTextAlone(JsonBody body) throws IOException {
        String place = body.place();
        List<String> fields = new ArrayList<>();
        body.list(index -> {
            if (index < 2) {
                fields.add(body.isText() ? body.text() : "");
            }
        });
        if (!fields.equals(List.of("text"))) {
            throw ApiException.badRequest(
                    place + ": only [\"text\"] can be ranked; put what else belongs to it into the text");
        }
    }

    private static void requireRight(JsonBody body) throws IOException {
        if (!body.text().equalsIgnoreCase("right")) {
            throw ApiException.badRequest(body.place() + ": documents are cut at their end alone, \"right\"");
        }
    }
}
