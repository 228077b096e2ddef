package io.streamrank.throughput;

import io.streamrank.contract.Latency;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * Adds to latencies, and merges them, without loss: all are HdrHistograms of one layout, whose borders don't depend on
 * what was added. Times under 256 µs have buckets of their own; above, a bucket is at most 1/128 of its times wide.
 */
public final class LatencySketch {
    private static final int SIGNIFICANT_DIGITS = 2;

    /** Longer times, which only a clock gone wrong can tell, count as a day. */
    private static final long MICROS_MAX = TimeUnit.DAYS.toMicros(1);

    private static final double HALF = 50;
    private static final double MOST = 90;
    private static final double NEARLY_ALL = 99;

    private final Histogram histogram = new Histogram(SIGNIFICANT_DIGITS);
    private long sum;
    private long max;

    private LatencySketch() {}

    /** What it is with these times of one request each. */
    public static Latency plus(Latency latency, List<Duration> times) {
        if (times.isEmpty()) {
            return latency;
        }
        LatencySketch sketch = new LatencySketch();
        sketch.add(latency);
        times.forEach(time -> sketch.add(time, 1));
        return sketch.toLatency();
    }

    /** What it is with so many requests that took this time each. */
    public static Latency plus(Latency latency, Duration time, long requests) {
        if (requests <= 0) {
            return latency;
        }
        LatencySketch sketch = new LatencySketch();
        sketch.add(latency);
        sketch.add(time, requests);
        return sketch.toLatency();
    }

    /** Of all requests of both: other windows, workers or models. */
    public static Latency merged(Latency one, Latency other) {
        LatencySketch sketch = new LatencySketch();
        sketch.add(one);
        sketch.add(other);
        return sketch.toLatency();
    }

    private void add(Duration time, long requests) {
        long micros = micros(time);
        histogram.recordValueWithCount(micros, requests);
        sum += micros * requests;
        max = Math.max(max, micros);
    }

    private void add(Latency latency) {
        latency.buckets().forEach(bucket -> histogram.recordValueWithCount(micros(bucket.upTo()), bucket.count()));
        sum += TimeUnit.MICROSECONDS.convert(latency.sum());
        max = Math.max(max, micros(latency.max()));
    }

    private static long micros(Duration time) {
        return Math.min(Math.max(TimeUnit.MICROSECONDS.convert(time), 0), MICROS_MAX);
    }

    private Latency toLatency() {
        List<Latency.Bucket> buckets = new ArrayList<>();
        for (HistogramIterationValue value : histogram.recordedValues()) {
            buckets.add(new Latency.Bucket(duration(value.getValueIteratedTo()), value.getCountAtValueIteratedTo()));
        }
        return new Latency(
                histogram.getTotalCount(),
                duration(sum),
                percentile(HALF),
                percentile(MOST),
                percentile(NEARLY_ALL),
                duration(max),
                buckets);
    }

    private Duration percentile(double percent) {
        return duration(Math.min(histogram.getValueAtPercentile(percent), max));
    }

    private static Duration duration(long micros) {
        return Duration.of(micros, ChronoUnit.MICROS);
    }
}
