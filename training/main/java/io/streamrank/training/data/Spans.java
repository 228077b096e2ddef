package io.streamrank.training.data;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/** Short runs of a passage's words, to be asked for as if they were queries. */
final class Spans {
    /** Drawn with even chances: mostly as few words as keywords have, now and then a clause. */
    private static final int[] LENGTHS = {1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12};

    /** Words after which models that read 256 tokens may have stopped. */
    private static final int WORDS_MAX = 150;

    /** What has fewer characters asks for nothing. */
    private static final int CHARACTERS_MIN = 4;

    private static final Pattern SPACE = Pattern.compile("\\s+");

    private static final Pattern EDGES = Pattern.compile("^[\\s.,;:()\"-]+|[\\s.,;:()\"-]+$");

    private Spans() {}

    /** A span by chance; empty where what was drawn is too short. */
    static String of(String text, SplittableRandom random) {
        String[] words = SPACE.split(text.strip());
        int length = Math.min(words.length, LENGTHS[random.nextInt(LENGTHS.length)]);
        int first = random.nextInt(Math.max(1, Math.min(words.length, WORDS_MAX) - length + 1));
        String span = EDGES.matcher(String.join(" ", Arrays.asList(words).subList(first, first + length)))
                .replaceAll("");
        return span.length() < CHARACTERS_MIN ? "" : span;
    }
}
