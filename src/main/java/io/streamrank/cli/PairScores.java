package io.streamrank.cli;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import io.streamrank.replay.QueryPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

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
    static PairScores of(Reranker reranker, List<QueryPair> pairs, Terminal terminal) {
        long start = System.nanoTime();
        List<EncodedPair> encoded = encode(reranker, pairs);
        long between = System.nanoTime();
        double[] scores = score(reranker, encoded, terminal);
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

    /** Batch by batch, pairs of like length together. */
    private static double[] score(Reranker reranker, List<EncodedPair> pairs, Terminal terminal) {
        int budget = reranker.device().startsWith("gpu")
                ? BatchPolicy.DEFAULT_GPU_BATCH_TOKENS
                : BatchPolicy.DEFAULT_CPU_BATCH_TOKENS;
        int[] order = IntStream.range(0, pairs.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> pairs.get(i).tokens()))
                .mapToInt(i -> i)
                .toArray();
        double[] scores = new double[order.length];
        int from = 0;
        while (from < order.length) {
            int to = from;
            long tokens = 0;
            do {
                tokens += pairs.get(order[to++]).tokens();
            } while (to < order.length
                    && to - from < BatchPolicy.DEFAULT_BATCH_PAIRS
                    && tokens + pairs.get(order[to]).tokens() <= budget);
            int[] batch = Arrays.copyOfRange(order, from, to);
            float[] part =
                    reranker.score(Arrays.stream(batch).mapToObj(pairs::get).toList());
            for (int i = 0; i < batch.length; i++) {
                scores[batch[i]] = part[i];
            }
            from = to;
            terminal.progress(
                    "  scored %,d of %,d pairs by %s",
                    from, order.length, reranker.model().id());
        }
        return scores;
    }
}
