package io.streamrank.batch;

/**
 * How much goes into one forward pass.
 *
 * @param maxBatchTokens the token budget; a single pair longer than it still gets a batch of its own
 * @param maxBatchPairs the most pairs, whatever their length
 */
public record BatchPolicy(int maxBatchTokens, int maxBatchPairs) {
    /** On two cores 1k to 16k tokens run equally fast; this keeps a forward pass under a second. ScorerBenchmark compares. */
    public static final int DEFAULT_CPU_BATCH_TOKENS = 4_096;

    /** Where an H200 reaches its matrix rate. */
    public static final int DEFAULT_GPU_BATCH_TOKENS = 65_536;

    public static final int DEFAULT_BATCH_PAIRS = 4_096;

    public BatchPolicy {
        requirePositive(maxBatchTokens, "maxBatchTokens");
        requirePositive(maxBatchPairs, "maxBatchPairs");
    }

    /**
     * What suits a device.
     *
     * @param device {@code cpu}, or {@code gpu(0)} and the like
     */
    public static BatchPolicy of(String device) {
        return new BatchPolicy(
                device.startsWith("gpu") ? DEFAULT_GPU_BATCH_TOKENS : DEFAULT_CPU_BATCH_TOKENS, DEFAULT_BATCH_PAIRS);
    }

    private static void requirePositive(int value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }
}
