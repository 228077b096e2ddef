package io.streamrank.replay.scale;

import io.streamrank.replay.ListPlace;
import java.util.Locale;

/** Keys of lists in their store: those of a query stand together, in the order of their places. */
final class ListKeys {
    private static final char SEPARATOR = '\0';
    private static final char ESCAPE = '\1';

    private ListKeys() {}

    static String of(String query, ListPlace place) {
        return prefix(query)
                + String.format(Locale.ROOT, "%016x%08x%016x", place.timestamp(), place.partition(), place.offset())
                + place.topic();
    }

    /** Greater than the keys of all lists of a query. */
    static String afterAll(String query) {
        return prefix(query) + "g";
    }

    private static String prefix(String query) {
        return query.replace(String.valueOf(ESCAPE), ESCAPE + "2").replace(String.valueOf(SEPARATOR), ESCAPE + "1")
                + SEPARATOR;
    }
}
