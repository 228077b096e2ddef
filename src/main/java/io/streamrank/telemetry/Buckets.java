package io.streamrank.telemetry;

import java.time.Duration;
import java.util.stream.DoubleStream;

/** Upper ends of the histograms' buckets. Part of what docs/metrics.md promises: dashboards and alerts count on them. */
final class Buckets {
    /** Work on a batch: milliseconds to a minute. */
    static final Duration[] STAGE =
            seconds(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);

    /** Waiting: also for hours, where work piles up. */
    static final Duration[] WAIT =
            seconds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400);

    /** Shares of a whole, in percent: the library rounds up to whole numbers before it looks for the bucket. */
    static final double[] PERCENT = {10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100};

    /** Counts of things put together. */
    static final double[] COUNT = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000};

    private Buckets() {}

    private static Duration[] seconds(double... ends) {
        return DoubleStream.of(ends)
                .mapToObj(end -> Duration.ofNanos(Math.round(end * 1e9)))
                .toArray(Duration[]::new);
    }
}
