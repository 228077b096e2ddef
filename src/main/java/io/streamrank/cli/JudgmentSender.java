package io.streamrank.cli;

import io.streamrank.contract.Framing;
import io.streamrank.contract.Judgment;
import io.streamrank.contract.JudgmentCodec;
import io.streamrank.contract.JudgmentKeys;
import java.util.Map;
import org.apache.kafka.common.KafkaException;

/** Writes judgments, idempotently, keyed by query and document. */
final class JudgmentSender implements AutoCloseable {
    private final RecordSender sender;
    private final JudgmentCodec codec;

    JudgmentSender(Map<String, Object> clientConfig, String topic, Framing framing) {
        codec = new JudgmentCodec(framing);
        sender = new RecordSender(clientConfig, topic, "judgments");
    }

    /**
     * Sends a judgment; returns before it has arrived. The record's timestamp is the judgment's time.
     *
     * @throws KafkaException if an earlier one could not be sent
     */
    void send(Judgment judgment) {
        byte[] key = JudgmentKeys.encode(judgment.queryId(), judgment.candidateId());
        sender.send(judgment.time().toEpochMilli(), key, codec.encode(judgment));
    }

    /** Waits until all has arrived. */
    void flush() {
        sender.flush();
    }

    /** Judgments that have arrived. */
    long acknowledged() {
        return sender.acknowledged();
    }

    @Override
    public void close() {
        sender.close();
    }
}
