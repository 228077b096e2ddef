package io.streamrank.replay.report;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** Numbers, one after the other, without a box around each. */
final class DoubleList {
    private static final int FIRST = 64;

    private double[] values = new double[FIRST];
    private int size;

    void add(double value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
    }

    double get(int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException(index + " of " + size);
        }
        return values[index];
    }

    void set(int index, double value) {
        if (index >= size) {
            throw new IndexOutOfBoundsException(index + " of " + size);
        }
        values[index] = value;
    }

    int size() {
        return size;
    }

    /** Those that are numbers. */
    DoubleStream present() {
        return Arrays.stream(values, 0, size).filter(value -> !Double.isNaN(value));
    }

    /** Those that are numbers, ascending. */
    double[] sorted() {
        return present().sorted().toArray();
    }

    /** The mean of those that are numbers; NaN where none is. */
    double mean() {
        return present().average().orElse(Double.NaN);
    }
}
