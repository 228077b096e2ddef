package io.streamrank.ingest;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.ToLongFunction;

/** The last of many, bounded by count and bytes. Not thread-safe. */
final class NewestFirst<T> {
    private final int maxCount;
    private final long maxBytes;
    private final ToLongFunction<T> bytesOf;
    private final Deque<T> entries = new ArrayDeque<>();
    private long bytes;

    NewestFirst(int maxCount, long maxBytes, ToLongFunction<T> bytesOf) {
        this.maxCount = maxCount;
        this.maxBytes = maxBytes;
        this.bytesOf = bytesOf;
    }

    void add(T entry) {
        entries.addFirst(entry);
        bytes += bytesOf.applyAsLong(entry);
        while (entries.size() > maxCount || bytes > maxBytes) {
            bytes -= bytesOf.applyAsLong(entries.removeLast());
        }
    }

    List<T> first(int limit) {
        return entries.stream().limit(limit).toList();
    }
}
