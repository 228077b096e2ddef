package io.streamrank.ingest;

import org.apache.kafka.clients.producer.Producer;

/**
 * Records first, and once all are acknowledged the offsets, by the consumer: nothing waits for a transaction, and what a
 * worker had sent but not yet noted when it died is sent again by its successor. The producer is idempotent, so its own
 * repetitions neither double nor reorder anything.
 */
final class AtLeastOnce implements Delivery {
    private final AnsweredOffsets answered;

    AtLeastOnce(AnsweredOffsets answered) {
        this.answered = answered;
    }

    @Override
    public void open(Producer<byte[], byte[]> producer) {
        // An idempotent producer needs no introduction.
    }

    @Override
    public void deliver(Producer<byte[], byte[]> producer, Content content) {
        content.sendAll(producer);
        producer.flush();
        RuntimeException failure = content.sendFailure();
        if (failure != null) {
            throw failure;
        }
        answered.add(content.offsets());
    }

    @Override
    public boolean undo(Producer<byte[], byte[]> producer) {
        return true;
    }

    @Override
    public boolean tookPlace(Content content) {
        return false;
    }
}
