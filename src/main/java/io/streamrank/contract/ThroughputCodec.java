package io.streamrank.contract;

import static io.streamrank.contract.Rejection.Reason.INVALID;

import io.streamrank.events.LatencyBucket;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@link Throughput} to and from the bytes of a {@code Throughput} event. Thread-safe. */
public final class ThroughputCodec {
    private final EventFormat<io.streamrank.events.Throughput> format;

    /** Reads all released versions, writes the last, framed by fingerprint. */
    public ThroughputCodec() {
        this(Framing.SINGLE_OBJECT);
    }

    /**
     * Reads all released versions and those that are registered; writes the last release.
     *
     * <p>Where schemas are looked up without waiting, decoding may throw a {@link SchemaAwaitedException}.
     */
    public ThroughputCodec(Framing framing) {
        format = new EventFormat<>(EventKind.THROUGHPUT, io.streamrank.events.Throughput.class, framing);
    }

    /** Encodes a window, and with it the figures that follow from its sums. Equal windows give equal bytes. */
    public byte[] encode(Throughput throughput) {
        return format.encode(new io.streamrank.events.Throughput(
                throughput.scope().model(),
                throughput.scope().revision(),
                throughput.scope().worker(),
                throughput.start(),
                throughput.size().duration().toMillis(),
                event(throughput.work()),
                event(throughput.late()),
                throughput.devices().stream().map(ThroughputCodec::event).toList(),
                throughput.cost(),
                event(throughput.queue()),
                event(throughput.inference()),
                event(throughput.endToEnd()),
                throughput.pairsPerSecond(),
                throughput.tokensPerSecond(),
                throughput.batchFill(),
                throughput.busyShare(),
                throughput.costPer1000Pairs()));
    }

    /**
     * Decodes one event. Rejections for reasons this version does not know are left out.
     *
     * @param value the record's value
     * @throws RejectedException with one of EMPTY_VALUE, UNKNOWN_FORMAT, UNKNOWN_SCHEMA, UNDECODABLE; or INVALID for a
     *     window of a size that this version does not know
     */
    public Throughput decode(byte @Nullable [] value) throws RejectedException {
        io.streamrank.events.Throughput event = format.decode(value);
        WindowSize size =
                WindowSize.of(Duration.ofMillis(event.getWindowMillis())).orElse(null);
        if (size == null) {
            String message = "no known window is " + event.getWindowMillis() + " ms long";
            throw EventFormat.rejected(INVALID, message, null);
        }
        return new Throughput(
                new ThroughputScope(event.getModel(), event.getRevision(), event.getWorker()),
                size,
                event.getWindowStart(),
                domain(event.getWork()),
                domain(event.getLate()),
                event.getDevices().stream().map(ThroughputCodec::domain).toList(),
                event.getCost(),
                domain(event.getQueue()),
                domain(event.getInference()),
                domain(event.getEndToEnd()));
    }

    private static io.streamrank.events.Work event(Work work) {
        Map<String, Long> rejections = new TreeMap<>();
        work.rejections().forEach((reason, count) -> rejections.put(reason.word(), count));
        return new io.streamrank.events.Work(
                work.statistics(),
                work.requests(),
                work.expired(),
                work.candidates(),
                work.pairs(),
                work.duplicates(),
                work.tokens(),
                work.cachedTokens(),
                work.tokensRead(),
                work.truncated(),
                work.batches(),
                work.tokenBudget(),
                work.splits(),
                work.tokenCacheHits(),
                work.tokenCacheMisses(),
                work.stateCacheHits(),
                work.stateCacheMisses(),
                Micros.of(work.inference()),
                work.publishes(),
                Micros.of(work.publish()),
                rejections);
    }

    private static Work domain(io.streamrank.events.Work event) {
        Map<Rejection.Reason, Long> rejections = new EnumMap<>(Rejection.Reason.class);
        for (Rejection.Reason reason : Rejection.Reason.values()) {
            Long count = event.getRejections().get(reason.word());
            if (count != null) {
                rejections.put(reason, count);
            }
        }
        return new Work(
                event.getStatistics(),
                event.getRequests(),
                event.getExpired(),
                event.getCandidates(),
                event.getPairs(),
                event.getDuplicates(),
                event.getTokens(),
                event.getCachedTokens(),
                event.getTokensRead(),
                event.getTruncated(),
                event.getBatches(),
                event.getTokenBudget(),
                event.getSplits(),
                event.getTokenCacheHits(),
                event.getTokenCacheMisses(),
                event.getStateCacheHits(),
                event.getStateCacheMisses(),
                Micros.duration(event.getInferenceMicros()),
                event.getPublishes(),
                Micros.duration(event.getPublishMicros()),
                rejections);
    }

    private static io.streamrank.events.Latency event(Latency latency) {
        List<LatencyBucket> buckets = latency.buckets().stream()
                .map(bucket -> new LatencyBucket(Micros.of(bucket.upTo()), bucket.count()))
                .toList();
        return new io.streamrank.events.Latency(
                latency.count(),
                Micros.of(latency.sum()),
                Micros.of(latency.p50()),
                Micros.of(latency.p90()),
                Micros.of(latency.p99()),
                Micros.of(latency.max()),
                buckets);
    }

    private static Latency domain(io.streamrank.events.Latency event) {
        List<Latency.Bucket> buckets = event.getBuckets().stream()
                .map(bucket -> new Latency.Bucket(Micros.duration(bucket.getUpToMicros()), bucket.getCount()))
                .toList();
        return new Latency(
                event.getCount(),
                Micros.duration(event.getSumMicros()),
                Micros.duration(event.getP50Micros()),
                Micros.duration(event.getP90Micros()),
                Micros.duration(event.getP99Micros()),
                Micros.duration(event.getMaxMicros()),
                buckets);
    }

    private static io.streamrank.events.DeviceUse event(DeviceUse use) {
        return new io.streamrank.events.DeviceUse(use.worker(), use.device(), Micros.of(use.inference()));
    }

    private static DeviceUse domain(io.streamrank.events.DeviceUse event) {
        return new DeviceUse(event.getWorker(), event.getDevice(), Micros.duration(event.getInferenceMicros()));
    }
}
