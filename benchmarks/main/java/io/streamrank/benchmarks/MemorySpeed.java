package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.ingest.PrefixSharing;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.util.List;

/** Pairs whose documents the model read before, under another query, in a given share: scored once, then measured. */
final class MemorySpeed {
    private static final double NANOS = 1e9;
    private static final int PERCENT = 100;

    private final Reranker reranker;
    private final List<EncodedPair> first;
    private final List<EncodedPair> again;
    private final BatchPolicy policy;

    /**
     * @param first a pair of each document
     * @param again the same documents in the same order under another query
     */
    MemorySpeed(Reranker reranker, List<EncodedPair> first, List<EncodedPair> again, int budget) {
        this.reranker = reranker;
        this.first = first;
        this.again = again;
        this.policy = new BatchPolicy(budget, BatchPolicy.DEFAULT_BATCH_PAIRS);
    }

    /**
     * Rounds of all pairs, each from the same memory, for so long at least.
     *
     * @param percent of the documents are known to begin with
     */
    void measure(int percent, double seconds, ObjectNode node) {
        int known = first.size() * percent / PERCENT;
        long nanos = 0;
        long rounds = -1;
        CacheStatistics used = CacheStatistics.NONE;
        // The first round is not counted.
        while (rounds < 1 || nanos < seconds * NANOS) {
            reranker.forgetDocuments();
            if (known > 0) {
                score(first.subList(0, known));
            }
            CacheStatistics before = reranker.stateCache();
            long began = System.nanoTime();
            score(again);
            if (rounds >= 0) {
                nanos += System.nanoTime() - began;
            }
            rounds++;
            used = reranker.stateCache().since(before);
        }
        long tokens = again.stream().mapToLong(EncodedPair::tokens).sum();
        new Speed(rounds * again.size(), rounds * tokens, rounds, nanos / NANOS).tell(node);
        node.put("hits", used.hits()).put("misses", used.misses());
    }

    private void score(List<EncodedPair> pairs) {
        for (PlannedBatch batch : BatchPlanner.plan(PrefixSharing.of(reranker, pairs), policy)) {
            reranker.score(batch.pairs().stream().map(pairs::get).toList());
        }
    }
}
