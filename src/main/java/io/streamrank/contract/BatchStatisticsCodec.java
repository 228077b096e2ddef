package io.streamrank.contract;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@link BatchStatistics} to and from the bytes of a {@code BatchStatistics} event. Thread-safe. */
public final class BatchStatisticsCodec {
    private final EventFormat<io.streamrank.events.BatchStatistics> format;

    /** Reads all released versions, writes the last, framed by fingerprint. */
    public BatchStatisticsCodec() {
        this(Framing.SINGLE_OBJECT);
    }

    /**
     * Reads all released versions and those that are registered; writes the last release.
     *
     * <p>Where schemas are looked up without waiting, decoding may throw a {@link SchemaAwaitedException}.
     */
    public BatchStatisticsCodec(Framing framing) {
        format = new EventFormat<>(EventKind.BATCH_STATISTICS, io.streamrank.events.BatchStatistics.class, framing);
    }

    /** Encodes statistics. The time is cut to milliseconds, durations to microseconds. */
    public byte[] encode(BatchStatistics statistics) {
        return format.encode(new io.streamrank.events.BatchStatistics(
                EventModel.event(statistics.model()),
                statistics.worker(),
                statistics.device(),
                statistics.dtype(),
                statistics.time(),
                statistics.requests(),
                statistics.expired(),
                statistics.candidates(),
                statistics.pairs(),
                statistics.duplicates(),
                statistics.tokens(),
                statistics.cachedTokens(),
                statistics.tokensRead(),
                statistics.truncated(),
                statistics.batches(),
                statistics.tokenBudget(),
                statistics.splits(),
                Micros.of(statistics.queueMax()),
                Micros.of(statistics.queue()),
                Micros.of(statistics.endToEnd()),
                Micros.of(statistics.tokenize()),
                statistics.tokenCache().hits(),
                statistics.tokenCache().misses(),
                statistics.tokenCache().evictions(),
                statistics.tokenCache().bytes(),
                statistics.stateCache().hits(),
                statistics.stateCache().misses(),
                statistics.stateCache().evictions(),
                statistics.stateCache().bytes(),
                Micros.of(statistics.inference()),
                Micros.of(statistics.publish()),
                words(statistics.rejections())));
    }

    /**
     * Decodes one event. Rejections for reasons this version does not know are left out: a newer worker's other counts
     * are still good.
     *
     * @param value the record's value
     * @throws RejectedException with one of EMPTY_VALUE, UNKNOWN_FORMAT, UNKNOWN_SCHEMA, UNDECODABLE
     */
    public BatchStatistics decode(byte @Nullable [] value) throws RejectedException {
        io.streamrank.events.BatchStatistics event = format.decode(value);
        return new BatchStatistics(
                EventModel.domain(event.getModel()),
                event.getWorker(),
                event.getDevice(),
                event.getDtype(),
                event.getTime(),
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
                Micros.duration(event.getQueueMaxMicros()),
                Micros.durations(event.getQueueMicros()),
                Micros.durations(event.getEndToEndMicros()),
                Micros.duration(event.getTokenizeMicros()),
                new CacheUse(
                        event.getTokenCacheHits(),
                        event.getTokenCacheMisses(),
                        event.getTokenCacheEvictions(),
                        event.getTokenCacheBytes()),
                new CacheUse(
                        event.getStateCacheHits(),
                        event.getStateCacheMisses(),
                        event.getStateCacheEvictions(),
                        event.getStateCacheBytes()),
                Micros.duration(event.getInferenceMicros()),
                Micros.duration(event.getPublishMicros()),
                reasons(event.getRejections()));
    }

    private static Map<String, Integer> words(Map<Rejection.Reason, Integer> rejections) {
        Map<String, Integer> words = new TreeMap<>();
        rejections.forEach((reason, count) -> words.put(reason.word(), count));
        return words;
    }

    private static Map<Rejection.Reason, Integer> reasons(Map<String, Integer> words) {
        Map<Rejection.Reason, Integer> rejections = new EnumMap<>(Rejection.Reason.class);
        for (Rejection.Reason reason : Rejection.Reason.values()) {
            Integer count = words.get(reason.word());
            if (count != null) {
                rejections.put(reason, count);
            }
        }
        return rejections;
    }
}
