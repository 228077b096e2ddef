package io.streamrank.fetch;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code sha256sum} prints: a line for each file, with its SHA-256 and its name. */
final class Sums {
    /** What such a file is called at a location. */
    static final String NAME = "SHA256SUMS";

    static final int BYTES_MAX = 1 << 20;

    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{64}) [ *](?:\\./)?(.+)");

    private Sums() {}

    /**
     * Reads them.
     *
     * @param where they are from
     * @return SHA-256 by name
     */
    static Map<String, String> parse(String text, String where) throws IOException {
        Map<String, String> sums = new TreeMap<>();
        int number = 0;
        for (String line : text.split("\\R")) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            Matcher sum = LINE.matcher(line);
            if (!sum.matches()) {
                throw new FetchException(
                        where,
                        "line " + number + " is no checksum, expected 64 hexadecimal digits, two spaces and a name",
                        "Write it by 'sha256sum *' in the checkpoint's folder");
            }
            String name = FileNames.require(sum.group(2), where);
            String before = sums.put(name, sum.group(1).toLowerCase(Locale.ROOT));
            if (before != null && !before.equalsIgnoreCase(sum.group(1))) {
                throw new FetchException(
                        where, "has two checksums of " + name, "Write it by 'sha256sum *' in the checkpoint's folder");
            }
        }
        return sums;
    }
}
