package io.streamrank.ingest;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts outcomes into Kafka exactly once: results, statistics, dead letters and the offsets they answer, all in one
 * transaction or not at all. A failed transaction is aborted and tried again with the same outcomes, so nothing is
 * scored twice; outcomes whose lease has ended meanwhile are left out, for the partition's next owner redoes them.
 *
 * <p>Used by the publishing thread alone, but for {@link #awaitRunningTransaction}.
 */
final class Publisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final Supplier<? extends Producer<byte[], byte[]>> producers;
    private final CommittedOffsets committedOffsets;
    private final OutgoingRecords outgoing;
    private final Supplier<ConsumerGroupMetadata> group;
    private final Duration publishTimeout;
    private final ReentrantLock transaction = new ReentrantLock(true);
    private volatile @Nullable Producer<byte[], byte[]> producer;

    Publisher(
            Supplier<? extends Producer<byte[], byte[]>> producers,
            CommittedOffsets committedOffsets,
            OutgoingRecords outgoing,
            Supplier<ConsumerGroupMetadata> group,
            Duration publishTimeout) {
        this.producers = producers;
        this.committedOffsets = committedOffsets;
        this.outgoing = outgoing;
        this.group = group;
        this.publishTimeout = publishTimeout;
    }

    /** Fences earlier incarnations of this worker and settles what they left open. Called before the first poll. */
    void start() {
        producer = newProducer();
    }

    /**
     * Publishes a batch's outcomes, trying until it is done or hopeless.
     *
     * @return what was committed; empty if every lease had ended
     * @throws PublishFailedException if trying again cannot help, or the time for it is over
     */
    Optional<CommitReport> publish(ScoredBatch batch) throws InterruptedException {
        long start = System.nanoTime();
        Backoff backoff = new Backoff(FIRST_BACKOFF);
        Refusals refusals = new Refusals();
        boolean outcomeUnknown = false;
        while (true) {
            transaction.lockInterruptibly();
            try {
                Attempt attempt = new Attempt(batch, refusals);
                if (attempt.live.isEmpty()) {
                    return Optional.empty();
                }
                try {
                    if (!outcomeUnknown || !attempt.isCommittedAlready()) {
                        attempt.run();
                    }
                    return Optional.of(attempt.report(start));
                } catch (InterruptException e) {
                    throw interrupted();
                } catch (KafkaException | IllegalStateException e) {
                    outcomeUnknown |= attempt.committing;
                    Event refused = attempt.refused.get();
                    boolean shrinks = refused != null && refusals.add(refused);
                    recover(shrinks ? PublishErrors.ABORT : PublishErrors.of(e), e, attempt.committing);
                    giveUpIfLate(start, e);
                    LOG.warn("Transaction failed, trying again: {}", rootMessage(e));
                    if (shrinks) {
                        continue;
                    }
                }
            } finally {
                transaction.unlock();
            }
            backoff.sleep();
        }
    }

    /**
     * Waits for a transaction that is being written or committed; the next one sees every lease that ended before.
     *
     * @return whether there is none any more
     */
    @SuppressWarnings("LockNotBeforeTry") // there is nothing to do under the lock
    boolean awaitRunningTransaction(Duration patience) throws InterruptedException {
        if (!transaction.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        transaction.unlock();
        return true;
    }

    private static InterruptedException interrupted() {
        Thread.interrupted();
        return new InterruptedException("interrupted while publishing");
    }

    private void recover(PublishErrors kind, RuntimeException error, boolean committing) {
        if (kind == PublishErrors.FATAL) {
            throw new PublishFailedException("results cannot be published: " + rootMessage(error), error);
        }
        if (kind == PublishErrors.RENEW_PRODUCER || committing || !abort()) {
            closeProducer();
        }
    }

    private boolean abort() {
        if (producer == null) {
            return true;
        }
        try {
            producer.abortTransaction();
            return true;
        } catch (KafkaException | IllegalStateException e) {
            LOG.debug("Abort failed, renewing the producer", e);
            return false;
        }
    }

    private void giveUpIfLate(long start, RuntimeException error) {
        if (System.nanoTime() - start > publishTimeout.toNanos()) {
            throw new PublishFailedException(
                    "results could not be published within " + publishTimeout.toSeconds()
                            + " s (streamrank.limits.publish-timeout): " + rootMessage(error),
                    error);
        }
    }

    private Producer<byte[], byte[]> producer() {
        Producer<byte[], byte[]> current = producer;
        if (current == null) {
            current = newProducer();
            producer = current;
        }
        return current;
    }

    private Producer<byte[], byte[]> newProducer() {
        Producer<byte[], byte[]> fresh = producers.get();
        try {
            fresh.initTransactions();
            return fresh;
        } catch (RuntimeException e) {
            fresh.close(Duration.ZERO);
            throw e;
        }
    }

    private void closeProducer() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }

    /** The innermost message: Kafka's outer ones say only that something failed. */
    private static String rootMessage(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getClass().getSimpleName() + ": " + root.getMessage();
    }

    @Override
    public void close() {
        Producer<byte[], byte[]> current = producer;
        if (current != null) {
            current.close(CLOSE_TIMEOUT);
            producer = null;
        }
    }

    /** One go at a transaction. */
    private final class Attempt {
        private final ScoredBatch batch;
        private final List<Outcome> live;
        private final OutgoingRecords.Transaction content;
        /**
         * The event whose outcome the broker called too large, set by the producer's thread. Only the first: the producer
         * then fails what it has not sent yet with the same error.
         */
        private final AtomicReference<@Nullable Event> refused = new AtomicReference<>();

        private boolean committing;

        Attempt(ScoredBatch batch, Refusals refusals) {
            this.batch = batch;
            this.live = batch.outcomes().stream()
                    .filter(outcome -> !outcome.event().lease().hasEnded())
                    .toList();
            this.content = outgoing.of(batch, live, refusals);
        }

        void run() {
            Producer<byte[], byte[]> producer = producer();
            producer.beginTransaction();
            for (int i = 0; i < content.records().size(); i++) {
                send(producer, i);
            }
            // Refusals are known then, before anything is decided.
            producer.flush();
            producer.sendOffsetsToTransaction(offsets(), group.get());
            committing = true;
            producer.commitTransaction();
        }

        private void send(Producer<byte[], byte[]> producer, int index) {
            // A failed send fails the transaction, which is where it is handled.
            var unused = producer.send(content.records().get(index), (metadata, error) -> {
                if (error instanceof RecordTooLargeException
                        && index < content.sent().size()) {
                    refused.compareAndSet(null, content.sent().get(index).event());
                }
            });
        }

        /**
         * Asks the group whether a commit whose answer never came did take place. A new producer first: it ends
         * whatever the old one left open.
         */
        boolean isCommittedAlready() {
            producer();
            Map<TopicPartition, OffsetAndMetadata> wanted = offsets();
            Map<TopicPartition, Long> committed = committedOffsets.of(wanted.keySet());
            return wanted.entrySet().stream()
                    .allMatch(entry -> committed.getOrDefault(entry.getKey(), -1L)
                            >= entry.getValue().offset());
        }

        /** The offset after the last answered event of each partition. */
        private Map<TopicPartition, OffsetAndMetadata> offsets() {
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            for (Outcome outcome : live) {
                ConsumerRecord<byte[], byte[]> record = outcome.event().record();
                offsets.put(
                        new TopicPartition(record.topic(), record.partition()),
                        new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), ""));
            }
            return offsets;
        }

        CommitReport report(long start) {
            return CommitReport.of(batch, content.sent(), Duration.ofNanos(System.nanoTime() - start));
        }
    }
}
