package io.streamrank.contract;

import java.util.Map;
import java.util.TreeMap;

/** Puts a map's entries in order, so that equal maps are written as equal bytes. */
final class SortedEntries {
    private SortedEntries() {}

    static <V> Map<String, V> of(Map<String, V> map) {
        return map.size() < 2 ? map : new TreeMap<>(map);
    }
}
