package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Framing;
import io.streamrank.contract.RerankRequest;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;

/** Writes candidate events, idempotently, keyed by the query's id or, lacking one, the request's. */
final class CandidateSender implements AutoCloseable {
    private final RecordSender sender;
    private final CandidateListCodec codec;

    CandidateSender(Map<String, Object> clientConfig, String topic, int maxEventBytes, Framing framing) {
        codec = new CandidateListCodec(framing);
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxEventBytes);
        sender = new RecordSender(config, topic, "events");
    }

    /**
     * Sends a request; returns before it has arrived.
     *
     * @throws KafkaException if an earlier one could not be sent
     */
    void send(RerankRequest request) {
        String key = request.query().id() == null
                ? request.requestId()
                : request.query().id();
        sender.send(null, key.getBytes(UTF_8), codec.encode(request));
    }

    /** Waits until all has arrived. */
    void flush() {
        sender.flush();
    }

    /** Events that have arrived. */
    long acknowledged() {
        return sender.acknowledged();
    }

    @Override
    public void close() {
        sender.close();
    }
}
