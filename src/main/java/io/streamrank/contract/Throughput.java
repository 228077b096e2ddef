package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model did in one window. docs/throughput.md says what each figure means.
 *
 * @param scope whose work this is
 * @param size how long the window is
 * @param start when it begins
 * @param work what was done, of the statistics whose time lies in the window
 * @param late what was done in earlier windows and told too late for them, while this was the current one
 * @param devices which workers' devices did it, ordered by worker and device
 * @param cost what the devices' inference time cost, in the currency that prices are set in; null where none was set
 * @param queue from being polled to being taken into a batch
 * @param inference the forward passes of the transaction that a request was in
 * @param endToEnd from the request's record to its answer being sent
 */
public record Throughput(
        ThroughputScope scope,
        WindowSize size,
        Instant start,
        Work work,
        Work late,
        List<DeviceUse> devices,
        @Nullable Double cost,
        Latency queue,
        Latency inference,
        Latency endToEnd) {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int PAIRS = 1_000;

    public Throughput {
        requireNonNull(scope, "scope");
        requireNonNull(size, "size");
        requireNonNull(start, "start");
        requireNonNull(work, "work");
        requireNonNull(late, "late");
        devices = List.copyOf(devices);
        requireNonNull(queue, "queue");
        requireNonNull(inference, "inference");
        requireNonNull(endToEnd, "endToEnd");
    }

    /** A window in which nothing has been done yet. */
    public static Throughput none(ThroughputScope scope, WindowSize size, Instant start) {
        return new Throughput(
                scope, size, start, Work.NONE, Work.NONE, List.of(), null, Latency.NONE, Latency.NONE, Latency.NONE);
    }

    /** When the window ends: the first moment that is not in it. */
    public Instant end() {
        return start.plus(size.duration());
    }

    /** Pairs scored a second, over the whole window. */
    public double pairsPerSecond() {
        return work.pairs() / seconds();
    }

    /** Tokens of those pairs a second, over the whole window. */
    public double tokensPerSecond() {
        return work.tokens() / seconds();
    }

    /** Which part of the token budget of forward passes was filled; 0 where there were none. */
    public double batchFill() {
        return work.tokenBudget() == 0 ? 0 : (double) work.tokensRead() / work.tokenBudget();
    }

    /**
     * Which part of the window the devices that took part were busy with this model, on average. A transaction counts
     * where it ended: above 1 where it began in an earlier window.
     */
    public double busyShare() {
        return devices.isEmpty() ? 0 : work.inference().toNanos() / NANOS_PER_SECOND / seconds() / devices.size();
    }

    /** What the inference time of 1,000 pairs cost; null where no price was set or no pair scored. */
    public @Nullable Double costPer1000Pairs() {
        return cost == null || work.pairs() == 0 ? null : cost / work.pairs() * PAIRS;
    }

    private double seconds() {
        return size.duration().toNanos() / NANOS_PER_SECOND;
    }
}
