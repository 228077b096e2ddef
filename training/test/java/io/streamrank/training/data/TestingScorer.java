package io.streamrank.training.data;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.model.EncodedPair;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Scores without a model: a document's score is the number that its text ends with. */
final class TestingScorer {
    private final AtomicInteger scored = new AtomicInteger();
    private int failAfter = Integer.MAX_VALUE;

    /** Fails once so many pairs have been scored. */
    TestingScorer failingAfter(int pairs) {
        failAfter = pairs;
        return this;
    }

    int scored() {
        return scored.get();
    }

    /** Forward passes of a few pairs, so that lists are split over several. */
    ListScorer scorer() {
        return new ListScorer(
                (query, documents) ->
                        documents.stream().map(TestingScorer::encode).toList(),
                this::score,
                new BatchPolicy(3, 3));
    }

    private static EncodedPair encode(String document) {
        float score = Float.parseFloat(document.substring(document.lastIndexOf(' ') + 1));
        return new EncodedPair(new int[] {Float.floatToIntBits(score)}, new int[0], false);
    }

    private float[] score(List<EncodedPair> pairs) {
        if (scored.addAndGet(pairs.size()) > failAfter) {
            throw new IllegalStateException("the device is gone");
        }
        float[] scores = new float[pairs.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Float.intBitsToFloat(pairs.get(i).ids()[0]);
        }
        return scores;
    }
}
