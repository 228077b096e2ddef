package io.streamrank.benchmarks;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.util.List;

/** A model that costs nothing, so that all there is to measure is the way to it and from it. */
final class FreeScorer implements Reranker {
    private static final int[] ONE_SEGMENT = {};

    @Override
    public ModelRef model() {
        return new ModelRef("free", "none", "none");
    }

    @Override
    public String device() {
        return "cpu";
    }

    @Override
    public String dtype() {
        return "float32";
    }

    @Override
    public int maxLength() {
        return 2;
    }

    @Override
    public List<EncodedPair> encode(String query, List<String> documents) {
        return documents.stream().map(document -> pair(query, document)).toList();
    }

    @Override
    public List<EncodedPair> encode(RerankRequest request) {
        String query = request.requestId();
        return request.candidates().stream()
                .map(Candidate::id)
                .map(document -> pair(query, document))
                .toList();
    }

    private static EncodedPair pair(String query, String document) {
        return new EncodedPair(new int[] {query.hashCode(), document.hashCode()}, ONE_SEGMENT, false);
    }

    @Override
    public float[] score(List<EncodedPair> pairs) {
        float[] scores = new float[pairs.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = pairs.get(i).ids()[1];
        }
        return scores;
    }

    @Override
    public void close() {}
}
