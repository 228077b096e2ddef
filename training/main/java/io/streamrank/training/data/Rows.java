package io.streamrank.training.data;

import java.util.Arrays;

/** A growing list of row numbers, 4 bytes each. */
final class Rows {
    private int[] rows = new int[2];
    private int size;

    void add(int row) {
        if (size == rows.length) {
            rows = Arrays.copyOf(rows, size * 2);
        }
        rows[size++] = row;
    }

    boolean contains(int row) {
        for (int i = 0; i < size; i++) {
            if (rows[i] == row) {
                return true;
            }
        }
        return false;
    }

    int size() {
        return size;
    }

    int get(int place) {
        if (place >= size) {
            throw new IndexOutOfBoundsException("place " + place + " of " + size);
        }
        return rows[place];
    }
}
