package io.streamrank.model;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which leading tokens a model remembers, and in which rows of its tables: a bounded number of rows, given to new
 * prefixes at the cost of those not used for longest. Only keeps the books; the rows themselves are the model's.
 * Thread-safe.
 */
final class StateCache {
    private final Map<Prefix, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final int[] free;
    private final long rowBytes;
    private int freeRows;
    private long hits;
    private long misses;
    private long evictions;

    /**
     * @param rows rows of the model's tables
     * @param rowBytes what one row takes in all tables together
     */
    StateCache(int rows, long rowBytes) {
        this.free = new int[rows];
        this.rowBytes = rowBytes;
        for (int i = 0; i < rows; i++) {
            free[i] = rows - 1 - i;
        }
        freeRows = rows;
    }

    /** Leading tokens of a pair; equal by their ids. */
    static final class Prefix {
        private final int[] ids;
        private final int length;
        private final int hash;

        /** @param pair whose {@link EncodedPair#prefixTokens} these are */
        Prefix(EncodedPair pair) {
            ids = pair.ids();
            length = pair.prefixTokens();
            int code = 1;
            for (int i = 0; i < length; i++) {
                code = 31 * code + ids[i];
            }
            hash = code;
        }

        int tokens() {
            return length;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Prefix prefix
                    && hash == prefix.hash
                    && Arrays.equals(ids, 0, length, prefix.ids, 0, prefix.length);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** A remembered prefix. Pinned while a batch needs it: its rows are then nobody else's. */
    static final class Entry {
        private final int[] rows;
        private boolean pinned = true;

        private Entry(int[] rows) {
            this.rows = rows;
        }

        int[] rows() {
            return rows;
        }
    }

    /** All rows there are. */
    int rows() {
        return free.length;
    }

    /** Whether the prefix is remembered now; counts as no use of it. */
    synchronized boolean holds(Prefix prefix) {
        return entries.containsKey(prefix);
    }

    /** The rows of a remembered prefix, pinned; null where it is not remembered. */
    synchronized @Nullable Entry pin(Prefix prefix) {
        Entry entry = entries.get(prefix);
        if (entry != null) {
            entry.pinned = true;
        }
        return entry;
    }

    /**
     * Finds rows for a prefix that is not remembered yet; the caller fills them.
     *
     * @return the rows, pinned; null where what is pinned leaves too few, and nothing was given up then
     */
    synchronized @Nullable Entry reserve(Prefix prefix, int rows) {
        if (!makeRoom(rows)) {
            return null;
        }
        freeRows -= rows;
        Entry entry = new Entry(Arrays.copyOfRange(free, freeRows, freeRows + rows));
        entries.put(prefix, entry);
        return entry;
    }

    private boolean makeRoom(int rows) {
        int reachable = freeRows;
        for (Iterator<Entry> eldest = entries.values().iterator(); reachable < rows && eldest.hasNext(); ) {
            Entry entry = eldest.next();
            reachable += entry.pinned ? 0 : entry.rows.length;
        }
        if (reachable < rows) {
            return false;
        }
        for (Iterator<Entry> eldest = entries.values().iterator(); freeRows < rows; ) {
            Entry entry = eldest.next();
            if (!entry.pinned) {
                eldest.remove();
                release(entry);
                evictions++;
            }
        }
        return true;
    }

    private void release(Entry entry) {
        System.arraycopy(entry.rows, 0, free, freeRows, entry.rows.length);
        freeRows += entry.rows.length;
    }

    /** Forgets a prefix whose rows could not be filled. */
    synchronized void forget(Prefix prefix) {
        Entry entry = entries.remove(prefix);
        if (entry != null) {
            release(entry);
        }
    }

    /** Forgets everything, the counts included, as after a warm-up. Nothing may be pinned. */
    synchronized void clear() {
        entries.values().forEach(this::release);
        entries.clear();
        hits = 0;
        misses = 0;
        evictions = 0;
    }

    /** Lets an entry go, which may be given up from now on. */
    synchronized void unpin(Entry used) {
        used.pinned = false;
    }

    /** Counts pairs: a hit's leading tokens were known, a miss's had to be read. */
    synchronized void count(long newHits, long newMisses) {
        hits += newHits;
        misses += newMisses;
    }

    synchronized CacheStatistics statistics() {
        return new CacheStatistics(hits, misses, evictions, (free.length - freeRows) * rowBytes);
    }
}
