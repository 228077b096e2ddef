package io.streamrank.batch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Cuts the pairs in hand into forward passes, across requests: ordered by length, so that attention meets runs of equal
 * length, and cut by the token budget into batches of about equal size, so that none is a mere remainder. Pairs with the
 * same prefix go into the same batch, which reads the prefix once; only where a batch cannot hold them all are they
 * spread over several, as few as possible.
 */
public final class BatchPlanner {
    private final List<PairTokens> pairs;
    private final BatchPolicy policy;
    private final List<PlannedBatch> batches = new ArrayList<>();
    private OpenBatch open = new OpenBatch();

    private BatchPlanner(List<PairTokens> pairs, BatchPolicy policy) {
        this.pairs = pairs;
        this.policy = policy;
    }

    /**
     * Plans the forward passes for pairs of the given lengths that share nothing.
     *
     * @param lengths tokens of each pair
     * @return batches that together hold each index exactly once
     */
    public static List<PlannedBatch> plan(int[] lengths, BatchPolicy policy) {
        return plan(IntStream.of(lengths).mapToObj(PairTokens::alone).toList(), policy);
    }

    /**
     * Plans the forward passes for pairs that may share prefixes.
     *
     * @return batches that together hold each index exactly once
     */
    public static List<PlannedBatch> plan(List<PairTokens> pairs, BatchPolicy policy) {
        return new BatchPlanner(pairs, policy).plan();
    }

    private List<PlannedBatch> plan() {
        List<SharingPairs> groups = groups();
        long total = groups.stream().mapToLong(SharingPairs::tokens).sum();
        long evenShare = evenShare(total, policy.maxBatchTokens());
        for (SharingPairs group : groups) {
            if (!open.isEmpty() && (open.tokens >= evenShare || !fits(group, open))) {
                close();
            }
            if (fits(group, open)) {
                group.indices.forEach(open::add);
            } else {
                spread(group);
            }
        }
        if (!open.isEmpty()) {
            close();
        }
        return batches;
    }

    /** Pairs with the same prefix, the longest first; of the longest pairs first. */
    private List<SharingPairs> groups() {
        Map<Integer, SharingPairs> groups = new LinkedHashMap<>();
        IntStream.range(0, pairs.size())
                .boxed()
                .sorted(Comparator.comparingInt(
                        (Integer index) -> -pairs.get(index).tokens()))
                .forEach(index -> groups.computeIfAbsent(key(index), any -> new SharingPairs())
                        .add(index));
        return List.copyOf(groups.values());
    }

    /** A pair that shares nothing is a group of its own, under a key that is no prefix's. */
    private int key(int index) {
        int prefix = pairs.get(index).prefix();
        return prefix == PairTokens.NO_PREFIX ? ~index : prefix;
    }

    private boolean fits(SharingPairs group, OpenBatch batch) {
        return batch.tokens + group.tokens() <= policy.maxBatchTokens()
                && batch.pairs.size() + group.indices.size() <= policy.maxBatchPairs();
    }

    /** A group that no batch can hold begins a batch, and leaves its last part open to others. */
    private void spread(SharingPairs group) {
        long room = (long) policy.maxBatchTokens() - group.shared;
        long evenShare = room <= 0 ? 0 : group.shared + evenShare(group.own, room);
        for (int index : group.indices) {
            boolean full = open.tokens + open.cost(index) > policy.maxBatchTokens()
                    || open.pairs.size() == policy.maxBatchPairs();
            if (!open.isEmpty() && (full || open.tokens >= evenShare)) {
                close();
            }
            open.add(index);
        }
    }

    private void close() {
        batches.add(new PlannedBatch(open.pairs, Math.toIntExact(open.tokens)));
        open = new OpenBatch();
    }

    /** What each of the fewest batches gets. */
    private static long evenShare(long tokens, long budget) {
        long batchesNeeded = ceilDiv(tokens, budget);
        return batchesNeeded == 0 ? 0 : ceilDiv(tokens, batchesNeeded);
    }

    private static long ceilDiv(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }

    /** Pairs that share a prefix, or one that shares none. */
    private final class SharingPairs {
        private final List<Integer> indices = new ArrayList<>();
        private long own;
        private int shared;

        void add(int index) {
            indices.add(index);
            own += pairs.get(index).own();
            shared = pairs.get(index).shared();
        }

        long tokens() {
            return own + shared;
        }
    }

    /** The batch that is being filled; pairs of one prefix come one after the other. */
    private final class OpenBatch {
        private final List<Integer> pairs = new ArrayList<>();
        private long tokens;
        private int lastPrefix = PairTokens.NO_PREFIX;

        boolean isEmpty() {
            return pairs.isEmpty();
        }

        int cost(int index) {
            PairTokens pair = BatchPlanner.this.pairs.get(index);
            boolean read = pair.prefix() != PairTokens.NO_PREFIX && pair.prefix() == lastPrefix;
            return read ? pair.own() : pair.own() + pair.shared();
        }

        void add(int index) {
            tokens += cost(index);
            pairs.add(index);
            lastPrefix = BatchPlanner.this.pairs.get(index).prefix();
        }
    }
}
