package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * The worker's bounds: whatever arrives, and whatever breaks, stays inside them.
 *
 * @param maxEventBytes a larger event is a dead letter
 * @param maxCandidates an event with more candidates is a dead letter
 * @param maxResultBytes above it a ranking is oversize
 * @param oversizeResults what becomes of an oversize ranking
 * @param maxInFlightBytes polling pauses while the events in hand hold more; one poll's worth may come on top
 * @param maxBatchRequests the most events one transaction answers
 * @param maxDirectRequests the most requests in hand that callers wait for; together they hold no more bytes than
 *     maxInFlightBytes, or are one
 * @param linger how long an event may wait for company while the device is idle
 * @param transactionTarget how long scoring one transaction's worth should take
 * @param transactionTimeout after which the broker aborts a transaction that its worker has left open
 * @param publishTimeout after which a worker that cannot get its results into Kafka gives up and ends
 * @param drainTimeout how long a rebalance or a stop waits for what is being scored
 * @param joinTimeout how long a start waits for the session of a predecessor of the same name to end
 * @param maxAge how old a request may be, by its record's timestamp, to be still worth scoring; zero for any age
 * @param device what is borne of a failing model or device
 */
public record Limits(
        int maxEventBytes,
        int maxCandidates,
        int maxResultBytes,
        OversizeResults oversizeResults,
        long maxInFlightBytes,
        int maxBatchRequests,
        int maxDirectRequests,
        Duration linger,
        Duration transactionTarget,
        Duration transactionTimeout,
        Duration publishTimeout,
        Duration drainTimeout,
        Duration joinTimeout,
        Duration maxAge,
        DeviceLimits device) {
    /** As many entries as Avro lets a reader take in one array, unless told otherwise. */
    private static final int MAX_BATCH_REQUESTS = 100_000;

    public static final Limits DEFAULT = new Limits(
            16 << 20,
            10_000,
            1_000_000,
            OversizeResults.DEAD_LETTER,
            64L << 20,
            1_000,
            32,
            Duration.ZERO,
            Duration.ofMillis(500),
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ofSeconds(20),
            Duration.ofSeconds(60),
            Duration.ZERO,
            DeviceLimits.DEFAULT);

    /** What becomes of a ranking that is larger than a result may be. */
    public enum OversizeResults {
        /** Its event becomes a dead letter. */
        DEAD_LETTER,
        /**
         * It is sent: the producer compresses it, and the broker, which counts compressed bytes, takes it or not. Only
         * where it does not, the event becomes a dead letter.
         */
        COMPRESS
    }

    public Limits {
        requirePositive(maxEventBytes, "maxEventBytes");
        requirePositive(maxCandidates, "maxCandidates");
        requirePositive(maxResultBytes, "maxResultBytes");
        requireNonNull(oversizeResults, "oversizeResults");
        requirePositive(maxInFlightBytes, "maxInFlightBytes");
        requirePositive(maxBatchRequests, "maxBatchRequests");
        if (maxBatchRequests > MAX_BATCH_REQUESTS) {
            throw new IllegalArgumentException("maxBatchRequests must be at most " + MAX_BATCH_REQUESTS
                    + ", as statistics name the waiting time of each, not " + maxBatchRequests);
        }
        requirePositive(maxDirectRequests, "maxDirectRequests (streamrank.http.max-rerank-requests)");
        requireNonNull(linger, "linger");
        requirePositive(transactionTarget.toNanos(), "transactionTarget");
        requirePositive(transactionTimeout.toMillis(), "transactionTimeout");
        requirePositive(publishTimeout.toMillis(), "publishTimeout");
        requirePositive(drainTimeout.toMillis(), "drainTimeout");
        requireNonNull(joinTimeout, "joinTimeout");
        if (maxAge.isNegative()) {
            throw new IllegalArgumentException("maxAge must not be negative, not " + maxAge);
        }
        requireNonNull(device, "device");
    }

    /** The same, but for requests of any age. */
    public Limits withoutMaxAge() {
        return new Limits(
                maxEventBytes,
                maxCandidates,
                maxResultBytes,
                oversizeResults,
                maxInFlightBytes,
                maxBatchRequests,
                maxDirectRequests,
                linger,
                transactionTarget,
                transactionTimeout,
                publishTimeout,
                drainTimeout,
                joinTimeout,
                Duration.ZERO,
                device);
    }

    private static void requirePositive(long value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be positive, not " + value);
        }
    }
}
