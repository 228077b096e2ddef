package io.streamrank.ingest;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records and offsets in one transaction, or neither. */
final class ExactlyOnce implements Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(ExactlyOnce.class);

    private final CommittedOffsets committedOffsets;
    private final Supplier<ConsumerGroupMetadata> group;

    ExactlyOnce(CommittedOffsets committedOffsets, Supplier<ConsumerGroupMetadata> group) {
        this.committedOffsets = committedOffsets;
        this.group = group;
    }

    /** Fences earlier incarnations of this worker and settles what they left open. */
    @Override
    public void open(Producer<byte[], byte[]> producer) {
        producer.initTransactions();
    }

    @Override
    public void deliver(Producer<byte[], byte[]> producer, Content content) {
        producer.beginTransaction();
        content.sendAll(producer);
        // Refusals are known then, before anything is decided. Any other failed send fails the transaction.
        producer.flush();
        producer.sendOffsetsToTransaction(content.offsets(), group.get());
        content.decide();
        producer.commitTransaction();
    }

    @Override
    public boolean undo(Producer<byte[], byte[]> producer) {
        try {
            producer.abortTransaction();
            return true;
        } catch (KafkaException | IllegalStateException e) {
            LOG.debug("Abort failed, renewing the producer", e);
            return false;
        }
    }

    @Override
    public boolean tookPlace(Content content) {
        Map<TopicPartition, OffsetAndMetadata> wanted = content.offsets();
        Map<TopicPartition, Long> committed = committedOffsets.of(wanted.keySet());
        return wanted.entrySet().stream()
                .allMatch(entry -> committed.getOrDefault(entry.getKey(), -1L)
                        >= entry.getValue().offset());
    }
}
