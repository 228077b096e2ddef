package io.streamrank.benchmarks;

import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A model from texts to scores without Kafka, as fast as it goes: while one part of the lists is scored, the next is
 * tokenized.
 */
final class ScorerAlone {
    /** About what a transaction of the worker holds on two cores. */
    private static final int LISTS_AT_A_TIME = 4;

    private ScorerAlone() {}

    static double seconds(Reranker reranker, List<RerankRequest> requests) {
        long start = System.nanoTime();
        CompletableFuture<List<EncodedPair>> next = encoded(reranker, requests, 0);
        for (int from = 0; from < requests.size(); from += LISTS_AT_A_TIME) {
            List<EncodedPair> pairs = next.join();
            next = encoded(reranker, requests, from + LISTS_AT_A_TIME);
            score(reranker, pairs);
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static CompletableFuture<List<EncodedPair>> encoded(
            Reranker reranker, List<RerankRequest> requests, int from) {
        List<RerankRequest> part =
                requests.subList(Math.min(from, requests.size()), Math.min(from + LISTS_AT_A_TIME, requests.size()));
        return CompletableFuture.supplyAsync(() -> {
            List<EncodedPair> pairs = new ArrayList<>();
            part.forEach(request -> pairs.addAll(reranker.encode(request)));
            return pairs;
        });
    }

    /** In the batches that the worker would make of them. */
    static float[] score(Reranker reranker, List<EncodedPair> pairs) {
        int[] lengths = pairs.stream().mapToInt(EncodedPair::tokens).toArray();
        float[] scores = new float[pairs.size()];
        for (PlannedBatch batch : BatchPlanner.plan(lengths, BatchPolicy.of(reranker.device()))) {
            float[] part = reranker.score(batch.pairs().stream().map(pairs::get).toList());
            for (int i = 0; i < part.length; i++) {
                scores[batch.pairs().get(i)] = part[i];
            }
        }
        return scores;
    }
}
