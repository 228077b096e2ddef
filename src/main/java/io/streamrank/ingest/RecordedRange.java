package io.streamrank.ingest;

import org.apache.kafka.common.TopicPartition;

/** Which part of a recorded topic a group of workers replays. */
@FunctionalInterface
public interface RecordedRange {
    /**
     * A part of a partition.
     *
     * @param from the first offset
     * @param to the offset after the last, not before the first
     */
    record Stretch(long from, long to) {
        public Stretch {
            if (from < 0 || to < from) {
                throw new IllegalArgumentException("offsets " + from + " to " + to + " are no stretch");
            }
        }
    }

    /** Decides what is replayed of a partition: asked once for the whole group, which then remembers it. */
    Stretch of(TopicPartition partition);
}
