package io.streamrank.batch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Cuts the pairs in hand into forward passes, across requests: ordered by length, so that attention meets runs of equal
 * length, and cut by the token budget into batches of about equal size, so that none is a mere remainder.
 */
public final class BatchPlanner {
    private BatchPlanner() {}

    /**
     * Plans the forward passes for pairs of the given lengths.
     *
     * @param lengths tokens of each pair
     * @return batches that together hold each index exactly once
     */
    public static List<PlannedBatch> plan(int[] lengths, BatchPolicy policy) {
        long total = IntStream.of(lengths).asLongStream().sum();
        long batchesNeeded = ceilDiv(total, policy.maxBatchTokens());
        long evenShare = batchesNeeded == 0 ? 0 : ceilDiv(total, batchesNeeded);

        List<PlannedBatch> batches = new ArrayList<>();
        List<Integer> pairs = new ArrayList<>();
        int tokens = 0;
        for (int index : longestFirst(lengths)) {
            boolean full = tokens + lengths[index] > policy.maxBatchTokens() || pairs.size() == policy.maxBatchPairs();
            if (!pairs.isEmpty() && (full || tokens >= evenShare)) {
                batches.add(new PlannedBatch(pairs, tokens));
                pairs.clear();
                tokens = 0;
            }
            pairs.add(index);
            tokens += lengths[index];
        }
        if (!pairs.isEmpty()) {
            batches.add(new PlannedBatch(pairs, tokens));
        }
        return batches;
    }

    private static List<Integer> longestFirst(int[] lengths) {
        return IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer index) -> -lengths[index]))
                .toList();
    }

    private static long ceilDiv(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }
}
