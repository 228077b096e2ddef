package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * Work done, in sums. Those of {@link BatchStatistics} by the same names.
 *
 * @param statistics how many {@link BatchStatistics} were added up
 * @param publishes how many of them told a {@code publish} time
 * @param publish the sum of those times
 */
public record Work(
        long statistics,
        long requests,
        long expired,
        long candidates,
        long pairs,
        long duplicates,
        long tokens,
        long cachedTokens,
        long tokensRead,
        long truncated,
        long batches,
        long tokenBudget,
        long splits,
        long tokenCacheHits,
        long tokenCacheMisses,
        long stateCacheHits,
        long stateCacheMisses,
        Duration inference,
        long publishes,
        Duration publish,
        Map<Rejection.Reason, Long> rejections) {
    /** Nothing yet. */
    public static final Work NONE =
            new Work(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Duration.ZERO, 0, Duration.ZERO, Map.of());

    public Work {
        requireNonNull(inference, "inference");
        requireNonNull(publish, "publish");
        rejections = Map.copyOf(rejections);
    }

    /** What one event tells. */
    public static Work of(BatchStatistics told) {
        Map<Rejection.Reason, Long> rejections = new EnumMap<>(Rejection.Reason.class);
        told.rejections().forEach((reason, count) -> rejections.put(reason, (long) count));
        return new Work(
                1,
                told.requests(),
                told.expired(),
                told.candidates(),
                told.pairs(),
                told.duplicates(),
                told.tokens(),
                told.cachedTokens(),
                told.tokensRead(),
                told.truncated(),
                told.batches(),
                told.tokenBudget(),
                told.splits(),
                told.tokenCache().hits(),
                told.tokenCache().misses(),
                told.stateCache().hits(),
                told.stateCache().misses(),
                told.inference(),
                told.publish().isZero() ? 0 : 1,
                told.publish(),
                rejections);
    }

    /** Both together. */
    public Work plus(Work other) {
        Map<Rejection.Reason, Long> all = new EnumMap<>(Rejection.Reason.class);
        all.putAll(rejections);
        other.rejections.forEach((reason, count) -> all.merge(reason, count, Long::sum));
        return new Work(
                statistics + other.statistics,
                requests + other.requests,
                expired + other.expired,
                candidates + other.candidates,
                pairs + other.pairs,
                duplicates + other.duplicates,
                tokens + other.tokens,
                cachedTokens + other.cachedTokens,
                tokensRead + other.tokensRead,
                truncated + other.truncated,
                batches + other.batches,
                tokenBudget + other.tokenBudget,
                splits + other.splits,
                tokenCacheHits + other.tokenCacheHits,
                tokenCacheMisses + other.tokenCacheMisses,
                stateCacheHits + other.stateCacheHits,
                stateCacheMisses + other.stateCacheMisses,
                inference.plus(other.inference),
                publishes + other.publishes,
                publish.plus(other.publish),
                all);
    }

    /** Dead letters of every reason. */
    public long failures() {
        return rejections.values().stream().mapToLong(Long::longValue).sum();
    }
}
