package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.RerankRequest;
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

/** Writes candidate events, idempotently, keyed by the query's id or, lacking one, the request's. */
final class CandidateSender implements AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer;

    private final CandidateListCodec codec = new CandidateListCodec();
    private final String topic;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    CandidateSender(Map<String, Object> clientConfig, String topic, int maxEventBytes) {
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        config.put(ProducerConfig.LINGER_MS_CONFIG, 20);
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxEventBytes);
        this.producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        this.topic = topic;
    }

    /**
     * Sends a request; returns before it has arrived.
     *
     * @throws KafkaException if an earlier one could not be sent
     */
    void send(RerankRequest request) {
        throwFailure();
        String key = request.query().id() == null
                ? request.requestId()
                : request.query().id();
        RecordHeaders headers = new RecordHeaders();
        headers.add("content-type", "application/avro".getBytes(UTF_8));
        var unused = producer.send(
                new ProducerRecord<>(topic, null, key.getBytes(UTF_8), codec.encode(request), headers),
                (metadata, error) -> {
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
                    "after " + acknowledged.get() + " events, one could not be sent to " + topic + ": "
                            + error.getMessage(),
                    error);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
