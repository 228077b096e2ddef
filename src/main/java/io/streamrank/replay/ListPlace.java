package io.streamrank.replay;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;
import static java.util.Comparator.comparingLong;
import static java.util.Objects.requireNonNull;

import java.util.Comparator;

/**
 * Where a candidate list stands, and since when. Of several lists of a query the first counts, and the order of places
 * says which one that is: the earliest, of one time that of the lower partition, and in that of the lower offset. So it
 * is the same one whatever order the lists are read in.
 *
 * @param timestamp of its record, in milliseconds since 1970; 0 where it has none
 * @param topic the topic, or the name of a file
 */
public record ListPlace(long timestamp, String topic, int partition, long offset) implements Comparable<ListPlace> {
    private static final Comparator<ListPlace> ORDER = comparingLong(ListPlace::timestamp)
            .thenComparing(comparingInt(ListPlace::partition))
            .thenComparing(comparingLong(ListPlace::offset))
            .thenComparing(comparing(ListPlace::topic));

    public ListPlace {
        requireNonNull(topic, "topic");
    }

    @Override
    public int compareTo(ListPlace other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return topic + "-" + partition + "@" + offset;
    }
}
