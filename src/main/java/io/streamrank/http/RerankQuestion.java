package io.streamrank.http;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a client wants ranked, and which client's language it speaks.
 *
 * @param request as the worker takes it; a candidate's id is its index
 * @param shape of the request, and so of the answer
 * @param returnTexts whether the answer repeats the documents
 * @param rawScores whether scores are to be as the model gives them
 * @param wholeOnly whether a document that would be cut is an error
 */
record RerankQuestion(RerankRequest request, Shape shape, boolean returnTexts, boolean rawScores, boolean wholeOnly) {

    /** Whose language it is. */
    enum Shape {
        /** Cohere's and Jina's. */
        DOCUMENTS,
        /** That of text-embeddings-inference. */
        TEXTS
    }

    /** @throws ApiException naming the place where the body is not as it must be */
    static RerankQuestion parse(byte[] bytes) {
        JsonPlace body = JsonPlace.object(bytes);
        JsonPlace documents = body.field("documents");
        JsonPlace texts = body.field("texts");
        if (documents.isGiven() && texts.isGiven()) {
            throw ApiException.badRequest("documents, texts: expected one of them, as Cohere and Jina or as"
                    + " text-embeddings-inference have it, not both");
        }
        return texts.isGiven() ? ofTexts(body, texts) : ofDocuments(body, documents);
    }

    private static RerankQuestion ofDocuments(JsonPlace body, JsonPlace documents) {
        requireTextAlone(body.field("rank_fields"));
        JsonPlace top = body.field("top_n");
        List<String> texts = new ArrayList<>();
        documents.items().forEach(document -> texts.add(documentText(document)));
        return new RerankQuestion(
                request(body, texts, top.isGiven() ? top.count() : null),
                Shape.DOCUMENTS,
                body.field("return_documents").flag(),
                false,
                false);
    }

    private static String documentText(JsonPlace document) {
        if (document.node().isObject()) {
            return document.field("text").text();
        }
        if (!document.node().isTextual()) {
            throw document.expected("a string or an object with a text");
        }
        return document.text();
    }

    /** A choice of fields would change what is ranked. */
    private static void requireTextAlone(JsonPlace fields) {
        if (!fields.isGiven()) {
            return;
        }
        List<JsonPlace> items = fields.items();
        if (items.size() != 1 || !items.get(0).text().equals("text")) {
            throw ApiException.badRequest(
                    fields.place() + ": only [\"text\"] can be ranked; put what else belongs to it into the text");
        }
    }

    private static RerankQuestion ofTexts(JsonPlace body, JsonPlace texts) {
        requireRight(body.field("truncation_direction"));
        JsonPlace truncate = body.field("truncate");
        return new RerankQuestion(
                request(body, texts.items().stream().map(JsonPlace::text).toList(), null),
                Shape.TEXTS,
                body.field("return_text").flag(),
                body.field("raw_scores").flag(),
                truncate.isGiven() && !truncate.flag());
    }

    private static void requireRight(JsonPlace direction) {
        if (direction.isGiven() && !direction.text().equalsIgnoreCase("right")) {
            throw ApiException.badRequest(direction.place() + ": documents are cut at their end alone, \"right\"");
        }
    }

    private static RerankRequest request(JsonPlace body, List<String> documents, @Nullable Integer topN) {
        List<Candidate> candidates = new ArrayList<>(documents.size());
        documents.forEach(text -> candidates.add(new Candidate(Integer.toString(candidates.size()), text, null)));
        JsonPlace model = body.field("model");
        return new RerankRequest(
                UUID.randomUUID().toString(),
                new Query(null, body.field("query").text()),
                candidates,
                model.isGiven() ? model.text() : null,
                topN,
                null,
                Map.of());
    }
}
