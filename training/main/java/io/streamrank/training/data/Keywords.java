package io.streamrank.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is left of an English question where its stop and question words are left out, as people type into search boxes. */
final class Keywords {
    private static final String STOP_WORDS = "english-stop-words.txt";

    /** Letters, digits and underscores of any script, with what joins parts of a word. */
    private static final Pattern WORD = Pattern.compile("[\\w'-]+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final Set<String> STOP = stopWords();

    private Keywords() {}

    private static Set<String> stopWords() {
        try (InputStream in = Keywords.class.getResourceAsStream(STOP_WORDS)) {
            if (in == null) {
                throw new IllegalStateException(STOP_WORDS + " is not on the class path");
            }
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
                return lines.lines()
                        .filter(line -> !line.startsWith("#"))
                        .flatMap(line -> Stream.of(line.split(" ")))
                        .collect(Collectors.toUnmodifiableSet());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The keywords of a question, in their order; empty if it has none. */
    static String of(String question) {
        return WORD.matcher(question)
                .results()
                .map(MatchResult::group)
                .filter(word -> !STOP.contains(word.toLowerCase(Locale.ROOT)))
                .collect(Collectors.joining(" "));
    }
}
