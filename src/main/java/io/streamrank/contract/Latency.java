package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;

/**
 * How long something took, over many requests: a histogram, and what is read from it. Histograms of other windows,
 * workers or models merge with it exactly, for all have the same borders.
 *
 * @param count of how many requests
 * @param sum all their times
 * @param p50 what half of them did not exceed; up to 0.8 % above the exact value, never below
 * @param p90 what 90 % of them did not exceed, as exactly
 * @param p99 what 99 % of them did not exceed, as exactly
 * @param max the longest, exact
 * @param buckets the histogram, shortest times first, without the empty ones
 */
public record Latency(
        long count, Duration sum, Duration p50, Duration p90, Duration p99, Duration max, List<Bucket> buckets) {
    /** Of no requests. */
    public static final Latency NONE =
            new Latency(0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, List.of());

    /**
     * Requests whose times are nearly equal.
     *
     * @param upTo the longest time, in whole microseconds, that falls into it
     * @param count how many did
     */
    public record Bucket(Duration upTo, long count) {
        public Bucket {
            requireNonNull(upTo, "upTo");
        }
    }

    public Latency {
        requireNonNull(sum, "sum");
        requireNonNull(p50, "p50");
        requireNonNull(p90, "p90");
        requireNonNull(p99, "p99");
        requireNonNull(max, "max");
        buckets = List.copyOf(buckets);
    }
}
