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
 * Puts outcomes into Kafka: results, statistics, dead letters and the offsets they answer, by a {@link Delivery} that
 * says how they hold together. A failed delivery is undone and tried again with the same outcomes, so nothing is scored
 * twice; outcomes whose lease has ended meanwhile are left out, for the partition's next owner redoes them.
 *
 * <p>Used by the publishing thread alone, but for {@link #awaitRunningTransaction}.
 */
final class Publisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final Supplier<? extends Producer<byte[], byte[]>> producers;
    private final Delivery delivery;
    private final OutgoingRecords outgoing;
    private final Duration publishTimeout;
    private final PipelineObserver observer;
    private final ReentrantLock transaction = new ReentrantLock(true);
    private volatile @Nullable Producer<byte[], byte[]> producer;
    private Duration lastPublish = Duration.ZERO;
    private int failedDeliveries;
    private List<Outcome> sent = List.of();

    Publisher(
            Supplier<? extends Producer<byte[], byte[]>> producers,
            Delivery delivery,
            OutgoingRecords outgoing,
            Duration publishTimeout,
            PipelineObserver observer) {
        this.producers = producers;
        this.delivery = delivery;
        this.outgoing = outgoing;
        this.publishTimeout = publishTimeout;
        this.observer = observer;
    }

    /** Called before the first poll: a delivery may settle then what earlier incarnations of this worker left open. */
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
        failedDeliveries = 0;
        while (true) {
            transaction.lockInterruptibly();
            try {
                Attempt attempt = new Attempt(batch, refusals);
                if (attempt.live.isEmpty()) {
                    return Optional.empty();
                }
                try {
                    if (!outcomeUnknown || !attempt.tookPlaceAlready()) {
                        delivery.deliver(producer(), attempt);
                    }
                    CommitReport report = attempt.report(start);
                    lastPublish = report.publish();
                    sent = attempt.content.sent();
                    return Optional.of(report);
                } catch (InterruptException e) {
                    throw interrupted();
                } catch (KafkaException | IllegalStateException e) {
                    failedDeliveries++;
                    observer.deliveryFailed();
                    outcomeUnknown |= attempt.deciding;
                    Event refused = attempt.refused.get();
                    boolean shrinks = refused != null && refusals.add(refused);
                    recover(shrinks ? PublishErrors.ABORT : PublishErrors.of(e), e, attempt.deciding);
                    giveUpIfLate(start, e);
                    LOG.warn("Delivery failed, trying again: {}", rootMessage(e));
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

    private void recover(PublishErrors kind, RuntimeException error, boolean deciding) {
        if (kind == PublishErrors.FATAL) {
            throw new PublishFailedException("results cannot be published: " + rootMessage(error), error);
        }
        Producer<byte[], byte[]> current = producer;
        if (current != null && (kind == PublishErrors.RENEW_PRODUCER || deciding || !delivery.undo(current))) {
            current.close(Duration.ZERO);
            producer = null;
            observer.producerReplaced();
        }
    }

    /** How often the batch published last had failed. For the publishing thread. */
    int failedDeliveries() {
        return failedDeliveries;
    }

    /** The outcomes committed last, as they were sent; not again until the next commit. For the publishing thread. */
    List<Outcome> takeSent() {
        List<Outcome> taken = sent;
        sent = List.of();
        return taken;
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
            delivery.open(fresh);
            return fresh;
        } catch (RuntimeException e) {
            fresh.close(Duration.ZERO);
            throw e;
        }
    }

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

    /** One go at delivering a batch. */
    private final class Attempt implements Delivery.Content {
        private final ScoredBatch batch;
        private final List<Outcome> live;
        private final OutgoingRecords.Transaction content;
        private final long start = System.nanoTime();
        /**
         * The event whose outcome the broker called too large, set by the producer's thread. Only the first: the producer
         * then fails what it has not sent yet with the same error.
         */
        private final AtomicReference<@Nullable Event> refused = new AtomicReference<>();

        private final AtomicReference<@Nullable RuntimeException> failed = new AtomicReference<>();
        private boolean deciding;

        Attempt(ScoredBatch batch, Refusals refusals) {
            this.batch = batch;
            this.live = batch.outcomes().stream()
                    .filter(outcome -> !outcome.event().lease().hasEnded())
                    .toList();
            this.content = outgoing.of(batch, live, refusals, lastPublish);
        }

        @Override
        public void sendAll(Producer<byte[], byte[]> producer) {
            for (int i = 0; i < content.records().size(); i++) {
                send(producer, i);
            }
        }

        private void send(Producer<byte[], byte[]> producer, int index) {
            var unused = producer.send(content.records().get(index), (metadata, error) -> {
                if (error != null) {
                    failed.compareAndSet(
                            null, error instanceof RuntimeException known ? known : new KafkaException(error));
                }
                if (error instanceof RecordTooLargeException
                        && index < content.sent().size()) {
                    refused.compareAndSet(null, content.sent().get(index).event());
                }
            });
        }

        @Override
        public @Nullable RuntimeException sendFailure() {
            return failed.get();
        }

        @Override
        public void decide() {
            deciding = true;
        }

        /** A new producer first: it ends whatever the old one left open. */
        boolean tookPlaceAlready() {
            producer();
            boolean tookPlace = delivery.tookPlace(this);
            if (tookPlace) {
                LOG.info("The commit whose answer was lost did happen: nothing is written again");
            }
            return tookPlace;
        }

        @Override
        public Map<TopicPartition, OffsetAndMetadata> offsets() {
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            for (Outcome outcome : live) {
                ConsumerRecord<byte[], byte[]> record = outcome.event().record();
                offsets.put(
                        new TopicPartition(record.topic(), record.partition()),
                        new OffsetAndMetadata(
                                record.offset() + 1,
                                record.leaderEpoch(),
                                outcome.event().lease().note()));
            }
            return offsets;
        }

        CommitReport report(long firstStart) {
            long now = System.nanoTime();
            return CommitReport.of(batch, content, Duration.ofNanos(now - firstStart), Duration.ofNanos(now - start));
        }
    }
}
