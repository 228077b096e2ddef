package io.streamrank.ingest;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** What the group has committed, as the broker says: asked where a commit's own answer was lost. */
@FunctionalInterface
interface CommittedOffsets {
    /**
     * The committed offset of each partition that has one, once no transaction on it is pending.
     *
     * @throws org.apache.kafka.common.KafkaException if the broker does not answer, or a transaction is still pending
     */
    Map<TopicPartition, Long> of(Set<TopicPartition> partitions);
}
