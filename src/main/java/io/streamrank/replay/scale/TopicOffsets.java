package io.streamrank.replay.scale;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** What a cluster tells of topics and of how far an application has read them. */
interface TopicOffsets extends AutoCloseable {
    /**
     * Where topics end, what open transactions have written included.
     *
     * @throws org.apache.kafka.common.KafkaException if the cluster does not say
     */
    Map<TopicPartition, Long> ends(Set<String> topics);

    /**
     * The application's offset of each partition that it has one of.
     *
     * @throws org.apache.kafka.common.KafkaException if the cluster does not say
     */
    Map<TopicPartition, Long> committed();

    /**
     * Whether a record is left before the end, or that cannot be said yet.
     *
     * @param from the offset to look from; negative for the partition's beginning
     */
    boolean holdsMore(TopicPartition partition, long from, long end);

    @Override
    void close();
}
