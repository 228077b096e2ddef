package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Sends Avro events to a topic, idempotently and many at a time, and counts those that have arrived. */
final class RecordSender implements AutoCloseable {
    private static final int LINGER_MILLIS = 20;

    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;
    private final String what;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    /**
     * @param clientConfig of the producer, which compresses
     * @param what the events are, in the plural, for messages
     */
    RecordSender(Map<String, Object> clientConfig, String topic, String what) {
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        config.put(ProducerConfig.LINGER_MS_CONFIG, LINGER_MILLIS);
        this.producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        this.topic = topic;
        this.what = what;
    }

    /**
     * Sends an event; returns before it has arrived.
     *
     * @param timestamp of the record in milliseconds; null is now
     * @throws KafkaException if an earlier one could not be sent
     */
    void send(@Nullable Long timestamp, byte[] key, byte[] value) {
        throwFailure();
        RecordHeaders headers = new RecordHeaders();
        headers.add("content-type", "application/avro".getBytes(UTF_8));
        var unused =
                producer.send(new ProducerRecord<>(topic, null, timestamp, key, value, headers), (metadata, error) -> {
                    if (error == null) {
                        acknowledged.incrementAndGet();
                    } else {
                        failure.compareAndSet(null, error);
                    }
                });
    }

    /** Waits until all has arrived. */
    void flush() {
        producer.flush();
        throwFailure();
    }

    /** Events that have arrived. */
    long acknowledged() {
        return acknowledged.get();
    }

    private void throwFailure() {
        Exception error = failure.get();
        if (error != null) {
            throw new KafkaException(
                    "after %d %s, one could not be sent to %s: %s"
                            .formatted(acknowledged.get(), what, topic, error.getMessage()),
                    error);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
