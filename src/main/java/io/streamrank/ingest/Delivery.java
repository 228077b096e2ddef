package io.streamrank.ingest;

import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * How records and the offsets they answer get into Kafka: what the worker promises hangs on it. Methods throw what the
 * producer throws. For the publishing thread alone.
 */
interface Delivery {
    /** What one attempt delivers. */
    interface Content {
        /** Hands all records to the producer, in their order. */
        void sendAll(Producer<byte[], byte[]> producer);

        /** What failed of those sent, once they are flushed; null if nothing did. */
        @Nullable RuntimeException sendFailure();

        /** The offset after the last answered event of each partition. */
        Map<TopicPartition, OffsetAndMetadata> offsets();

        /** From here on a failure leaves open whether the delivery took place. */
        void decide();
    }

    /** Readies a new producer. */
    void open(Producer<byte[], byte[]> producer);

    /** Delivers it all, and returns when it is there. */
    void deliver(Producer<byte[], byte[]> producer, Content content);

    /**
     * Cleans up after a delivery that failed.
     *
     * @return whether the producer is fit for another
     */
    boolean undo(Producer<byte[], byte[]> producer);

    /** Whether a delivery did take place of which that was left open. */
    boolean tookPlace(Content content);
}
