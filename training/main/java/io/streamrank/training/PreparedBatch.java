package io.streamrank.training;

import io.streamrank.model.EncodedPair;
import io.streamrank.model.PackedBatch;
import io.streamrank.model.Trainable;
import java.util.ArrayList;
import java.util.List;

/**
 * A batch cut into micro-batches and packed, so that the device need not wait for that.
 *
 * @param groups how many it has
 * @param pairs how many they have together
 * @param tokens of all pairs
 * @param parts the micro-batches
 */
record PreparedBatch(int groups, int pairs, long tokens, List<Part> parts) {
    /**
     * Whole groups.
     *
     * @param groups which
     * @param packed one batch; several where a single group does not fit into one
     * @param table where the groups' scores are among those of all packed batches
     */
    record Part(List<Group> groups, List<PackedBatch> packed, GroupTable table) {
        boolean scoredAtOnce() {
            return packed.size() == 1;
        }

        /** Tokens of its largest pass. */
        int tokensOfAPass() {
            return packed.stream().mapToInt(PackedBatch::tokens).max().orElse(0);
        }

        boolean canBeHalved() {
            return packed.stream().anyMatch(batch -> batch.order().length > 1);
        }

        int pairs() {
            return packed.stream().mapToInt(batch -> batch.order().length).sum();
        }
    }

    PreparedBatch {
        parts = List.copyOf(parts);
    }

    /** @param microBatchTokens tokens of one pass */
    static PreparedBatch of(List<Group> batch, int microBatchTokens, Trainable trainable) {
        List<Part> parts = new ArrayList<>();
        for (List<Group> part : MicroBatches.of(batch, microBatchTokens)) {
            boolean tooLarge = part.size() == 1 && part.get(0).tokens() > microBatchTokens;
            parts.add(tooLarge ? inParts(part.get(0), microBatchTokens, trainable) : atOnce(part, trainable));
        }
        return new PreparedBatch(
                batch.size(),
                batch.stream().mapToInt(Group::size).sum(),
                batch.stream().mapToLong(Group::tokens).sum(),
                parts);
    }

    /** Groups in one packed batch, whatever their size. */
    static Part atOnce(List<Group> groups, Trainable trainable) {
        PackedBatch packed = trainable.pack(
                groups.stream().flatMap(group -> group.pairs().stream()).toList());
        int[] places = new int[packed.order().length];
        place(packed, 0, places);
        return new Part(List.copyOf(groups), List.of(packed), GroupTable.of(groups, places));
    }

    private static Part inParts(Group group, int microBatchTokens, Trainable trainable) {
        List<PackedBatch> parts = new ArrayList<>();
        int[] places = new int[group.size()];
        int from = 0;
        for (int to : cuts(group.pairs(), microBatchTokens)) {
            PackedBatch packed = trainable.pack(group.pairs().subList(from, to));
            place(packed, from, places);
            parts.add(packed);
            from = to;
        }
        return new Part(List.of(group), List.copyOf(parts), GroupTable.of(List.of(group), places));
    }

    /** Of each pair from one on, where its score is among all scores. */
    private static void place(PackedBatch packed, int from, int[] places) {
        for (int i = 0; i < packed.order().length; i++) {
            places[from + packed.order()[i]] = from + i;
        }
    }

    /** Ends of runs of pairs that keep to a budget of tokens, one pair at least. */
    static List<Integer> cuts(List<EncodedPair> pairs, int budget) {
        List<Integer> cuts = new ArrayList<>();
        int tokens = 0;
        for (int i = 0; i < pairs.size(); i++) {
            if (tokens > 0 && tokens + pairs.get(i).tokens() > budget) {
                cuts.add(i);
                tokens = 0;
            }
            tokens += pairs.get(i).tokens();
        }
        cuts.add(pairs.size());
        return cuts;
    }
}
