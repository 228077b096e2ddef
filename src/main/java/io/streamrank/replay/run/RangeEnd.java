package io.streamrank.replay.run;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a range of a topic begins, or where it ends. */
public sealed interface RangeEnd {
    /** The beginning, or the end, of what the topic holds. */
    RangeEnd OPEN = new Open();

    /** How {@link #offsets} reads one partition's. */
    Pattern OFFSET = Pattern.compile("(\\d{1,9}):(\\d{1,18})");

    /** Not limited. */
    record Open() implements RangeEnd {
        @Override
        public String toString() {
            return "";
        }
    }

    /** An offset for each of some partitions; the others are not limited. */
    record Offsets(Map<Integer, Long> byPartition) implements RangeEnd {
        public Offsets {
            byPartition = Map.copyOf(byPartition);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            new TreeMap<>(byPartition)
                    .forEach((partition, offset) -> text.append(text.isEmpty() ? "" : ",")
                            .append(partition)
                            .append(':')
                            .append(offset));
            return text.toString();
        }
    }

    /** The first record of this time or later. */
    record Time(Instant time) implements RangeEnd {
        @Override
        public String toString() {
            return time.toString();
        }
    }

    /**
     * Reads {@code 0:100,1:200}.
     *
     * @throws IllegalArgumentException if it is something else, or names a partition twice
     */
    static Offsets offsets(String text) {
        Map<Integer, Long> offsets = new TreeMap<>();
        for (String part : text.split(",", -1)) {
            Matcher matcher = OFFSET.matcher(part.trim());
            if (!matcher.matches()) {
                throw new IllegalArgumentException(
                        "expected offsets by partition such as 0:100,1:200, not '" + text + "'");
            }
            int partition = Integer.parseInt(matcher.group(1));
            if (offsets.put(partition, Long.parseLong(matcher.group(2))) != null) {
                throw new IllegalArgumentException("'" + text + "' names partition " + partition + " twice");
            }
        }
        return new Offsets(offsets);
    }
}
