package io.streamrank.benchmarks;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A scorer that takes a fixed time for each pair, asleep, so that many of them share few cores. */
final class PacedReranker implements Reranker {
    private static final int MAX_LENGTH = 64;

    private final long nanosPerPair;

    PacedReranker(long microsPerPair) {
        nanosPerPair = TimeUnit.MICROSECONDS.toNanos(microsPerPair);
    }

    @Override
    public ModelRef model() {
        return new ModelRef("paced", "0123456789ab", "paced");
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
        return MAX_LENGTH;
    }

    @Override
    public List<EncodedPair> encode(String query, List<String> documents) {
        return documents.stream()
                .map(document -> new EncodedPair((query + document).chars().toArray(), new int[0], false, 0))
                .toList();
    }

    @Override
    public List<EncodedPair> encode(RerankRequest request) {
        return encode(
                request.query().text(),
                request.candidates().stream().map(Candidate::text).toList());
    }

    @Override
    public float[] score(List<EncodedPair> pairs) {
        long end = System.nanoTime() + nanosPerPair * pairs.size();
        try {
            // In short sleeps a busy machine's late wake-ups would add up.
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.sleep(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while scoring", e);
        }
        float[] scores = new float[pairs.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Arrays.hashCode(pairs.get(i).ids());
        }
        return scores;
    }

    @Override
    public void close() {}
}
