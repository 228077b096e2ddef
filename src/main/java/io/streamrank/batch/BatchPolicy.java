package io.streamrank.batch;

/**
 * How much goes into one forward pass, and how many there are at a time.
 *
 * @param maxBatchTokens the token budget; a single pair longer than it still gets a batch of its own
 * @param maxBatchPairs the most pairs, whatever their length
 * @param passesInFlight how many passes are under way at a time: with two, a GPU computes one while the next is packed,
 *     sent and queued; on a CPU they would share its cores
 */
public record BatchPolicy(int maxBatchTokens, int maxBatchPairs, int passesInFlight) {
    /** On two cores 1k to 16k tokens run equally fast; this keeps a forward pass under a second. ScorerBenchmark compares. */
    public static final int DEFAULT_CPU_BATCH_TOKENS = 4_096;

    /** Where an H200 reaches its matrix rate. */
    public static final int DEFAULT_GPU_BATCH_TOKENS = 65_536;

    public static final int DEFAULT_BATCH_PAIRS = 4_096;

    public static final int DEFAULT_GPU_PASSES_IN_FLIGHT = 2;

    /** More would wait behind each other, and each takes its memory. */
    private static final int PASSES_IN_FLIGHT_MAX = 16;

    public BatchPolicy {
        requirePositive(maxBatchTokens, "maxBatchTokens");
        requirePositive(maxBatchPairs, "maxBatchPairs");
        requirePositive(passesInFlight, "passesInFlight");
        if (passesInFlight > PASSES_IN_FLIGHT_MAX) {
            throw new IllegalArgumentException(
                    "passesInFlight must be at most " + PASSES_IN_FLIGHT_MAX + ", not " + passesInFlight);
        }
    }

    /** One pass at a time. */
    public BatchPolicy(int maxBatchTokens, int maxBatchPairs) {
        this(maxBatchTokens, maxBatchPairs, 1);
    }

    /**
     * What suits a device.
     *
     * @param device {@code cpu}, or {@code gpu(0)} and the like
     */
    public static BatchPolicy of(String device) {
        return device.startsWith("gpu")
                ? new BatchPolicy(DEFAULT_GPU_BATCH_TOKENS, DEFAULT_BATCH_PAIRS, DEFAULT_GPU_PASSES_IN_FLIGHT)
                : new BatchPolicy(DEFAULT_CPU_BATCH_TOKENS, DEFAULT_BATCH_PAIRS);
    }

    private static void requirePositive(int value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }
}
