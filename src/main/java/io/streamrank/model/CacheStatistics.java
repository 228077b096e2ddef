package io.streamrank.model;

/**
 * What a cache has been good for since its model was loaded.
 *
 * @param hits how often it held what was asked for
 * @param misses how often it did not
 * @param evictions entries given up to make room for others
 * @param bytes what its entries take at present
 */
public record CacheStatistics(long hits, long misses, long evictions, long bytes) {
    /** Of a cache that is switched off, or was never asked. */
    public static final CacheStatistics NONE = new CacheStatistics(0, 0, 0, 0);

    public CacheStatistics {
        if (hits < 0 || misses < 0 || evictions < 0 || bytes < 0) {
            throw new IllegalArgumentException("counts cannot be negative: " + hits + " hits, " + misses + " misses, "
                    + evictions + " evictions, " + bytes + " bytes");
        }
    }

    /**
     * What it has been good for since an earlier moment; its bytes are the present ones. Counts that have started anew
     * meanwhile, as on another device, count from there.
     */
    public CacheStatistics since(CacheStatistics earlier) {
        boolean anew = hits < earlier.hits || misses < earlier.misses || evictions < earlier.evictions;
        return anew
                ? this
                : new CacheStatistics(
                        hits - earlier.hits, misses - earlier.misses, evictions - earlier.evictions, bytes);
    }
}
