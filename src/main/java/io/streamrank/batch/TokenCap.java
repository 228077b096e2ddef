package io.streamrank.batch;

/**
 * The token budget that a device has shown it can hold. Where a forward pass ran out of memory the budget falls to half
 * of that pass; after many that fitted it grows again by an eighth, for the memory may have been another's, and a pass
 * too large costs no more than its repetition in halves. Not thread-safe.
 */
public final class TokenCap {
    static final int PASSES_BEFORE_GROWTH = 256;
    private static final int GROWTH_DIVISOR = 8;

    private int maxTokens = Integer.MAX_VALUE;
    private int held;

    /** The policy as far as the device can hold it. */
    public BatchPolicy limit(BatchPolicy wanted) {
        return new BatchPolicy(
                Math.min(wanted.maxBatchTokens(), maxTokens), wanted.maxBatchPairs(), wanted.passesInFlight());
    }

    /** Takes note that a forward pass of so many tokens ran out of memory. */
    public void ranOut(int tokens) {
        maxTokens = Math.max(1, Math.min(maxTokens, tokens / 2));
        held = 0;
    }

    /** Takes note that a forward pass of so many tokens fitted. Small ones say nothing about a larger budget. */
    public void held(int tokens) {
        if (maxTokens == Integer.MAX_VALUE || tokens < maxTokens / 2) {
            return;
        }
        held++;
        if (held == PASSES_BEFORE_GROWTH) {
            held = 0;
            long grown = (long) maxTokens + Math.max(1, maxTokens / GROWTH_DIVISOR);
            maxTokens = (int) Math.min(grown, Integer.MAX_VALUE);
        }
    }
}
