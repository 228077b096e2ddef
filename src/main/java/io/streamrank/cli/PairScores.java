package io.streamrank.cli;

import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.ingest.PrefixSharing;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import io.streamrank.replay.QueryPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model makes of pairs.
 *
 * @param pairs as token ids, in the given order
 * @param scores in the same order
 * @param tokenizing how long it took to make the ids
 * @param scoring how long it took to score them
 */
@SuppressWarnings("ArrayRecordComponent") // shown once, never compared
record PairScores(List<EncodedPair> pairs, double[] scores, Duration tokenizing, Duration scoring) {
    /** @param policy how much goes into one forward pass */
    static PairScores of(Reranker reranker, List<QueryPair> pairs, BatchPolicy policy, Terminal terminal) {
        long start = System.nanoTime();
        List<EncodedPair> encoded = encode(reranker, pairs);
        long between = System.nanoTime();
        double[] scores = score(reranker, encoded, policy, terminal);
        return new PairScores(
                encoded, scores, Duration.ofNanos(between - start), Duration.ofNanos(System.nanoTime() - between));
    }

    double pairsPerSecond() {
        return pairs.size() / Math.max(1e-9, scoring.toNanos() / 1e9);
    }

    double tokensPerSecond() {
        return tokens() / Math.max(1e-9, scoring.toNanos() / 1e9);
    }

    long tokens() {
        return pairs.stream().mapToLong(EncodedPair::tokens).sum();
    }

    private static List<EncodedPair> encode(Reranker reranker, List<QueryPair> pairs) {
        EncodedPair[] encoded = new EncodedPair[pairs.size()];
        byQuery(pairs).forEach((query, indices) -> {
            List<EncodedPair> made = reranker.encode(
                    query, indices.stream().map(i -> pairs.get(i).document()).toList());
            for (int i = 0; i < made.size(); i++) {
                encoded[indices.get(i)] = made.get(i);
            }
        });
        return List.of(encoded);
    }

    /** The pairs' indices, query by query in the order of their first pairs. */
    static Map<String, List<Integer>> byQuery(List<QueryPair> pairs) {
        Map<String, List<Integer>> byQuery = new LinkedHashMap<>();
        for (int i = 0; i < pairs.size(); i++) {
            byQuery.computeIfAbsent(pairs.get(i).query(), query -> new ArrayList<>())
                    .add(i);
        }
        return byQuery;
    }

    /** In the forward passes that the worker would plan. */
    private static double[] score(Reranker reranker, List<EncodedPair> pairs, BatchPolicy policy, Terminal terminal) {
        double[] scores = new double[pairs.size()];
        int scored = 0;
        for (PlannedBatch batch : BatchPlanner.plan(PrefixSharing.of(reranker, pairs), policy)) {
            float[] part = reranker.score(batch.pairs().stream().map(pairs::get).toList());
            for (int i = 0; i < part.length; i++) {
                scores[batch.pairs().get(i)] = part[i];
            }
            scored += part.length;
            terminal.progress(
                    "  scored %,d of %,d pairs by %s",
                    scored, pairs.size(), reranker.model().id());
        }
        return scores;
    }
}
