package io.streamrank.replay;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What documents without a judgment count as. */
public enum UnjudgedPolicy {
    /** Not relevant, as trec_eval has it. */
    NOT_RELEVANT,

    /** Nothing: they are taken out of every ranking first (trec_eval's {@code -J}; condensed lists, Sakai 2007). */
    CONDENSED,

    /** A reason to leave the query out, for all systems, if one of them has such a document in its first ten ranks. */
    SKIP;

    /** How many first ranks must be judged under {@link #SKIP}. */
    public static final int SKIP_DEPTH = 10;

    /** As the command line has it: {@code not-relevant}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The policy of a word.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static UnjudgedPolicy of(String word) {
        return Arrays.stream(values())
                .filter(policy -> policy.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "unknown policy '" + word + "' for unjudged documents; known are " + words()));
    }

    private static List<String> words() {
        return Arrays.stream(values()).map(UnjudgedPolicy::word).toList();
    }
}
