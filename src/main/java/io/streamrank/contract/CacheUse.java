package io.streamrank.contract;

/**
 * How one transaction's worth of work used a cache.
 *
 * @param hits how often it held what was asked for
 * @param misses how often it did not
 * @param evictions entries given up to make room for others
 * @param bytes what its entries took in the end
 */
public record CacheUse(long hits, long misses, long evictions, long bytes) {
    /** It was not asked. */
    public static final CacheUse NONE = new CacheUse(0, 0, 0, 0);
}
