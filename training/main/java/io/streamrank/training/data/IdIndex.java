package io.streamrank.training.data;

import java.io.IOException;
import java.util.Arrays;

/**
 * Finds rows by their ids without holding the ids: 16 bytes a row. Ids are told apart by 64 bits of hash; where these are
 * equal the ids themselves are read and compared.
 */
final class IdIndex {
    static final int ABSENT = -1;

    private final Ids ids;
    private long[] hashes = new long[1024];
    private int rows;

    /** A table of row + 1, at most half full; 0 is an empty slot. */
    private int[] slots = new int[4096];

    /** Reads the id of a row that was added before. */
    @FunctionalInterface
    interface Ids {
        String id(int row) throws IOException;
    }

    IdIndex(Ids ids) {
        this.ids = ids;
    }

    int size() {
        return rows;
    }

    /**
     * Adds the next row.
     *
     * @return {@link #ABSENT}, or the row that has this id already; then nothing was added
     */
    int add(String id) throws IOException {
        long hash = hash(id);
        for (int slot = slot(hash); ; slot = slot + 1 & slots.length - 1) {
            int row = slots[slot] - 1;
            if (row == ABSENT) {
                append(hash, slot);
                return ABSENT;
            }
            if (hashes[row] == hash && ids.id(row).equals(id)) {
                return row;
            }
        }
    }

    /** The row of an id, or {@link #ABSENT}. */
    int row(String id) throws IOException {
        long hash = hash(id);
        for (int slot = slot(hash); slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            int row = slots[slot] - 1;
            if (hashes[row] == hash && ids.id(row).equals(id)) {
                return row;
            }
        }
        return ABSENT;
    }

    private void append(long hash, int slot) {
        if (rows == hashes.length) {
            hashes = Arrays.copyOf(hashes, rows * 2);
        }
        hashes[rows] = hash;
        slots[slot] = ++rows;
        if (rows > slots.length / 2) {
            grow();
        }
    }

    private void grow() {
        slots = new int[slots.length * 2];
        for (int row = 0; row < rows; row++) {
            int slot = slot(hashes[row]);
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = row + 1;
        }
    }

    private int slot(long hash) {
        return (int) hash & slots.length - 1;
    }

    private static long hash(String id) {
        long hash = 0;
        for (int i = 0; i < id.length(); i++) {
            hash = Seeds.mixed(hash * 31 + id.charAt(i) + 1);
        }
        return hash;
    }
}
