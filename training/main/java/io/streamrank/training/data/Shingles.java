package io.streamrank.training.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A text as the set of its runs of three words, by which near-duplicates are told: words are letters and digits, in lower
 * case, so that punctuation and white space make no difference. Shorter texts are one run.
 */
final class Shingles {
    private static final int WORDS = 3;
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");

    /** Sorted, each once. */
    private final long[] hashes;

    private Shingles(long[] hashes) {
        this.hashes = hashes;
    }

    static Shingles of(String text) {
        long[] words = BETWEEN_WORDS
                .splitAsStream(text.toLowerCase(Locale.ROOT))
                .filter(word -> !word.isEmpty())
                .mapToLong(Shingles::hash)
                .toArray();
        int runs = Math.max(1, words.length - WORDS + 1);
        return new Shingles(IntStream.range(0, runs)
                .mapToLong(run -> Seeds.of(Arrays.copyOfRange(words, run, Math.min(words.length, run + WORDS))))
                .sorted()
                .distinct()
                .toArray());
    }

    private static long hash(String word) {
        long hash = 0;
        for (int i = 0; i < word.length(); i++) {
            hash = Seeds.mixed(hash * 31 + word.charAt(i) + 1);
        }
        return hash;
    }

    /** Jaccard's measure: what both have, by what either has; 1 for equal sets, 0 for disjoint ones. */
    double similarity(Shingles other) {
        int common = 0;
        int i = 0;
        int j = 0;
        while (i < hashes.length && j < other.hashes.length) {
            int order = Long.compare(hashes[i], other.hashes[j]);
            common += order == 0 ? 1 : 0;
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        return (double) common / (hashes.length + other.hashes.length - common);
    }
}
