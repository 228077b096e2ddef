package io.streamrank.batch;

/**
 * What a pair asks of the forward pass it is in.
 *
 * @param tokens its length
 * @param prefix key, from 0 on, of the leading tokens that it shares with all pairs of this key, or {@link #NO_PREFIX}
 * @param prefixTokens how many these are, the same for all pairs of the key: a forward pass reads them once
 * @param knownTokens how many of them the model remembers and does not read at all, the same for all pairs of the key too
 */
public record PairTokens(int tokens, int prefix, int prefixTokens, int knownTokens) {
    /** The key of a pair that shares nothing. */
    public static final int NO_PREFIX = -1;

    public PairTokens {
        if (knownTokens < 0 || knownTokens > prefixTokens || prefixTokens > tokens) {
            throw new IllegalArgumentException(
                    knownTokens + " known of " + prefixTokens + " prefix tokens of " + tokens + " tokens");
        }
        if (prefix < NO_PREFIX || (prefix == NO_PREFIX && prefixTokens > 0)) {
            throw new IllegalArgumentException(prefixTokens + " prefix tokens under the key " + prefix);
        }
    }

    /** A pair that shares nothing. */
    public static PairTokens alone(int tokens) {
        return new PairTokens(tokens, NO_PREFIX, 0, 0);
    }

    /** Tokens that are read for this pair alone. */
    int own() {
        return tokens - prefixTokens;
    }

    /** Tokens that are read once for all pairs of the key in a forward pass. */
    int shared() {
        return prefixTokens - knownTokens;
    }
}
