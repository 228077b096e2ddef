package io.streamrank.http;

import io.streamrank.contract.RerankRequest;

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

    /**
     * Reads it from a request's body.
     *
     * @param maxDocuments the most that can be ranked
     * @throws ApiException naming the place where the body is not as it must be
     */
    static RerankQuestion parse(byte[] bytes, int maxDocuments) {
        return new QuestionReader(maxDocuments).read(bytes);
    }
}
