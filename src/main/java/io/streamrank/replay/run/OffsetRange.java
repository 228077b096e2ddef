package io.streamrank.replay.run;

/**
 * A stretch of a partition.
 *
 * @param from the first offset
 * @param to the offset after the last; not before the first
 */
public record OffsetRange(long from, long to) {
    public OffsetRange {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("offsets " + from + " to " + to + " are no range");
        }
    }

    /** Nothing lies in it. */
    public boolean isEmpty() {
        return from == to;
    }

    long length() {
        return to - from;
    }
}
