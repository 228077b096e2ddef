package io.streamrank.model;

/**
 * One expected dimension of a weight.
 *
 * @param key what says so, a key of {@code config.json} or a plain phrase
 * @param size the size
 */
record Dimension(String key, long size) {
    /** A dimension that a configuration key gives. */
    static Dimension of(Config config, String key) {
        return new Dimension(key, config.count(key));
    }

    @Override
    public String toString() {
        return key + " " + size;
    }
}
