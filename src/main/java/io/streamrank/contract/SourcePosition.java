package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

/** Where a candidate list stood in Kafka: the identity of its one outcome. */
public record SourcePosition(String topic, int partition, long offset) {
    public SourcePosition {
        requireNonNull(topic, "topic");
    }

    @Override
    public String toString() {
        return topic + "-" + partition + "@" + offset;
    }
}
