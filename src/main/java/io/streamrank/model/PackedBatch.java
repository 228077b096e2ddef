package io.streamrank.model;

import java.util.Arrays;
import java.util.List;

/**
 * Pairs laid end to end without padding, shortest first, in the one int32 buffer that {@code forward} takes: pairs,
 * longest, borders (pairs + 1), ids, positions, segments. Order by length makes runs of equal length, which attention on
 * the CPU takes in one call.
 */
@SuppressWarnings("ArrayRecordComponent") // handed straight to native memory, never compared
record PackedBatch(int[] buffer, int[] order) {

    /** @param firstPosition position id of each pair's first token */
    static PackedBatch of(List<EncodedPair> pairs, int firstPosition) {
        int n = pairs.size();
        int[] order = byLength(pairs);
        int tokens =
                Math.toIntExact(pairs.stream().mapToLong(EncodedPair::tokens).sum());
        int[] buffer = new int[Math.toIntExact(3L + n + 3L * tokens)];
        buffer[0] = n;
        buffer[1] = pairs.get(order[n - 1]).tokens();
        int ids = 3 + n;
        int at = 0;
        for (int i = 0; i < n; i++) {
            EncodedPair pair = pairs.get(order[i]);
            int length = pair.tokens();
            System.arraycopy(pair.ids(), 0, buffer, ids + at, length);
            for (int j = 0; j < length; j++) {
                buffer[ids + tokens + at + j] = firstPosition + j;
            }
            System.arraycopy(pair.typeIds(), 0, buffer, ids + 2 * tokens + at, pair.typeIds().length);
            at += length;
            buffer[3 + i] = at;
        }
        return new PackedBatch(buffer, order);
    }

    private static int[] byLength(List<EncodedPair> pairs) {
        long[] keys = new long[pairs.size()];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = (long) pairs.get(i).tokens() << 32 | i;
        }
        Arrays.sort(keys);
        return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
    }

    /** Scores in the packed order, put back into the pairs' own. */
    float[] inCallersOrder(float[] packed) {
        float[] scores = new float[packed.length];
        for (int i = 0; i < packed.length; i++) {
            scores[order[i]] = packed[i];
        }
        return scores;
    }
}
