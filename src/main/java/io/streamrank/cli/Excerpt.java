package io.streamrank.cli;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The part of a text that says most about a query, on one line, cut between words. */
final class Excerpt {
    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final int SHORTEST_TELLING_WORD = 4;
    private static final String CUT = "…";

    private Excerpt() {}

    /**
     * The stretch of whole words with the most different words of the query in it, the first one of several.
     *
     * @param width the most characters, marks of what was cut included
     */
    static String of(String text, String query, int width) {
        List<String> words = List.of(SPACE.split(text.strip(), -1));
        Set<String> telling = telling(query);
        int bestStart = 0;
        int bestEnd = 0;
        int most = -1;
        for (int start = 0; start < words.size(); start++) {
            int end = end(words, start, width);
            int found = found(words.subList(start, end), telling);
            if (found > most) {
                most = found;
                bestStart = start;
                bestEnd = end;
            }
        }
        return cut(words, bestStart, Math.max(bestEnd, bestStart + 1), width);
    }

    private static Set<String> telling(String query) {
        return Arrays.stream(NO_WORD.split(query.toLowerCase(Locale.ROOT)))
                .filter(word -> word.length() >= SHORTEST_TELLING_WORD)
                .collect(Collectors.toSet());
    }

    /** The end of the longest stretch from a start that fits with its marks. */
    private static int end(List<String> words, int start, int width) {
        int length = start == 0 ? 0 : CUT.length();
        int end = start;
        while (end < words.size()) {
            length += words.get(end).length() + (end > start ? 1 : 0);
            if (length + (end + 1 < words.size() ? CUT.length() : 0) > width) {
                break;
            }
            end++;
        }
        return end;
    }

    private static int found(List<String> words, Set<String> telling) {
        Set<String> found = new HashSet<>();
        for (String word : words) {
            for (String part : NO_WORD.split(word.toLowerCase(Locale.ROOT), -1)) {
                if (telling.contains(part)) {
                    found.add(part);
                }
            }
        }
        return found.size();
    }

    private static String cut(List<String> words, int start, int end, int width) {
        String stretch =
                (start > 0 ? CUT : "") + String.join(" ", words.subList(start, end)) + (end < words.size() ? CUT : "");
        // A single word may be longer than the line.
        return stretch.length() <= width ? stretch : stretch.substring(0, width - CUT.length()) + CUT;
    }
}
