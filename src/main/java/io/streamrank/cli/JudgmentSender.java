package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.Judgment;
import io.streamrank.contract.JudgmentCodec;
import io.streamrank.contract.JudgmentKeys;
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

/** Writes judgments, idempotently, keyed by query and document. */
final class JudgmentSender implements AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer;
    private final JudgmentCodec codec = new JudgmentCodec();
    private final String topic;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    JudgmentSender(Map<String, Object> clientConfig, String topic) {
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        config.put(ProducerConfig.LINGER_MS_CONFIG, 20);
        this.producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        this.topic = topic;
    }

    /**
     * Sends a judgment; returns before it has arrived. The record's timestamp is the judgment's time.
     *
     * @throws KafkaException if an earlier one could not be sent
     */
    void send(Judgment judgment) {
        throwFailure();
        RecordHeaders headers = new RecordHeaders();
        headers.add("content-type", "application/avro".getBytes(UTF_8));
        byte[] key = JudgmentKeys.encode(judgment.queryId(), judgment.candidateId());
        var unused = producer.send(
                new ProducerRecord<>(topic, null, judgment.time().toEpochMilli(), key, codec.encode(judgment), headers),
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

    /** Judgments that have arrived. */
    long acknowledged() {
        return acknowledged.get();
    }

    private void throwFailure() {
        Exception error = failure.get();
        if (error != null) {
            throw new KafkaException(
                    "after " + acknowledged.get() + " judgments, one could not be sent to " + topic + ": "
                            + error.getMessage(),
                    error);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
