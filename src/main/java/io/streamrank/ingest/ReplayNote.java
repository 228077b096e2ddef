package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What stands beside the group's offset of a partition that is replayed: {@code replay 0 to 1234 with dtype=float32
 * max-length=512}.
 *
 * @param from the first offset
 * @param to the offset after the last
 * @param terms what all workers of the group have alike, by name; values as {@link #of} makes them
 */
record ReplayNote(long from, long to, Map<String, String> terms) {
    private static final Pattern FORM = Pattern.compile("replay (\\d{1,18}) to (\\d{1,18}) with((?: [^ =]+=[^ ]+)*)");

    /** Brokers keep some thousand bytes beside an offset. */
    private static final int VALUE_CHARS_MAX = 100;

    private static final int DIGEST_BYTES = 8;

    ReplayNote {
        terms = new TreeMap<>(terms);
    }

    /** A note of terms with any values: white space is taken out of them, and of long ones a digest stands for them. */
    static ReplayNote of(RecordedRange.Stretch stretch, Map<String, String> terms) {
        Map<String, String> noted = new TreeMap<>();
        terms.forEach((name, value) -> noted.put(name, shortened(value)));
        return new ReplayNote(stretch.from(), stretch.to(), noted);
    }

    private static String shortened(String value) {
        String whole = value.replaceAll("\\s", "");
        if (whole.isEmpty()) {
            return "none";
        }
        return whole.length() <= VALUE_CHARS_MAX ? whole : "sha256:" + digest(whole);
    }

    private static String digest(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Reads {@link #text}; empty for anything else. */
    static Optional<ReplayNote> parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        Map<String, String> terms = new TreeMap<>();
        for (String term : parts.group(3).split(" ", -1)) {
            int equals = term.indexOf('=');
            if (equals > 0) {
                terms.put(term.substring(0, equals), term.substring(equals + 1));
            }
        }
        return Optional.of(new ReplayNote(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2)), terms));
    }

    String text() {
        return "replay " + from + " to " + to + " with"
                + terms.entrySet().stream()
                        .map(term -> " " + term.getKey() + "=" + term.getValue())
                        .collect(Collectors.joining());
    }

    /** What is otherwise in another note's terms, in words; empty where nothing is. */
    List<String> differences(ReplayNote own) {
        TreeSet<String> names = new TreeSet<>(terms.keySet());
        names.addAll(own.terms.keySet());
        List<String> differences = new ArrayList<>();
        for (String name : names) {
            String there = terms.getOrDefault(name, "none");
            String here = own.terms.getOrDefault(name, "none");
            if (!there.equals(here)) {
                differences.add(name + " is " + there + " there and " + here + " here");
            }
        }
        return differences;
    }
}
