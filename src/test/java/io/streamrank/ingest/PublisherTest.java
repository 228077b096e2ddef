package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.Framing;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.testing.TestingReranker;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class PublisherTest {
    private static final String GROUP = "group";

    private final TestingReranker reranker = new TestingReranker("test");
    private final Lease lease = TestingEvents.lease(0);
    private final Lease other = TestingEvents.lease(1);
    private final Map<TopicPartition, Long> committed = new HashMap<>();
    private final List<MockProducer<byte[], byte[]>> made = new ArrayList<>();
    private CommittedOffsets committedOffsets = partitions -> {
        assertThat(made.get(made.size() - 1).transactionInitialized()).isTrue();
        Map<TopicPartition, Long> known = new HashMap<>(committed);
        known.keySet().retainAll(partitions);
        return known;
    };

    private final CountingObserver observer = new CountingObserver();

    private Delivery delivery =
            new ExactlyOnce(partitions -> committedOffsets.of(partitions), PublisherTest::groupMetadata);

    @Test
    void commitsOutcomesAndOffsetsInOneTransaction() throws Exception {
        MockProducer<byte[], byte[]> producer = new TestingProducer();
        Publisher publisher = publisher(producer);
        ScoredBatch batch = batch(ranked(lease, 5), deadLetter(other, 8), ranked(lease, 6));

        CommitReport report = publisher.publish(batch).orElseThrow();

        assertThat(topics(producer))
                .containsExactly("rerank.ranked", "rerank.candidates.dlq", "rerank.ranked", "rerank.batches");
        assertThat(offsets(producer)).isEqualTo(Map.of(lease.partition(), 7L, other.partition(), 9L));
        assertThat(producer.commitCount()).isEqualTo(1);
        assertThat(report.requests()).isEqualTo(2);
        assertThat(report.pairs()).isEqualTo(2);
        assertThat(report.deadLetters()).isEqualTo(1);
        assertThat(report.statistics()).singleElement().satisfies(told -> {
            assertThat(told.pairs()).isEqualTo(2);
            assertThat(told.rejections()).isEqualTo(Map.of(Reason.INVALID, 1));
        });
    }

    @Test
    void tellsInEachTransactionHowLongTheLastOneTook() throws Exception {
        MockProducer<byte[], byte[]> producer = new TestingProducer();
        Publisher publisher = publisher(producer);

        CommitReport first = publisher.publish(batch(ranked(lease, 5))).orElseThrow();
        CommitReport second = publisher.publish(batch(ranked(lease, 6))).orElseThrow();
        publisher.publish(batch(ranked(lease, 7)));

        List<Duration> told = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : producer.history()) {
            if (record.topic().equals("rerank.batches")) {
                told.add(new BatchStatisticsCodec().decode(record.value()).publish());
            }
        }
        assertThat(told)
                .containsExactly(
                        Duration.ZERO,
                        first.publish().truncatedTo(ChronoUnit.MICROS),
                        second.publish().truncatedTo(ChronoUnit.MICROS));
        assertThat(told.get(1)).isPositive();
    }

    @Test
    void commitsTheLeaderEpochOfTheLastRecord() throws Exception {
        MockProducer<byte[], byte[]> producer = new TestingProducer();

        publisher(producer).publish(batch(ranked(lease, 5)));

        assertThat(committedBy(producer).values())
                .extracting(OffsetAndMetadata::leaderEpoch)
                .containsExactly(Optional.of(7));
    }

    @Test
    void abortsAFailedTransactionAndPublishesOnce() throws Exception {
        TestingProducer producer = new TestingProducer();
        producer.failOffsetsOnce(new CommitFailedException("rebalanced"));

        Optional<CommitReport> report = publisher(producer).publish(batch(ranked(lease, 5)));

        assertThat(report).isPresent();
        assertThat(producer.aborts).isEqualTo(1);
        assertThat(topics(producer)).containsExactly("rerank.ranked", "rerank.batches");
        assertThat(made).hasSize(1);
        assertThat(observer.failedDeliveries).isEqualTo(1);
        assertThat(observer.replacedProducers).isZero();
        assertThat(report.orElseThrow().delivery())
                .isLessThan(report.orElseThrow().publish());
    }

    @Test
    void replacesAFencedProducer() throws Exception {
        TestingProducer fenced = new TestingProducer();
        TestingProducer fresh = new TestingProducer();
        Publisher publisher = publisher(fenced, fresh);
        fenced.fenceProducer();

        publisher.publish(batch(ranked(lease, 5)));

        assertThat(fenced.closed()).isTrue();
        assertThat(fenced.history()).isEmpty();
        assertThat(topics(fresh)).containsExactly("rerank.ranked", "rerank.batches");
        assertThat(observer.failedDeliveries).isEqualTo(1);
        assertThat(observer.replacedProducers).isEqualTo(1);
        assertThat(publisher.failedDeliveries()).isEqualTo(1);
    }

    /** Where in a transaction an error may strike. */
    enum Step {
        SEND,
        OFFSETS,
        COMMIT
    }

    @ParameterizedTest
    @MethodSource("endsOfAProducer")
    void replacesAProducerThatKafkaHasDoneWith(RuntimeException error, Step step) throws Exception {
        TestingProducer old = new TestingProducer();
        TestingProducer fresh = new TestingProducer();
        Publisher publisher = publisher(old, fresh);
        switch (step) {
            case SEND -> old.sendException = error;
            case OFFSETS -> old.failOffsetsOnce(error);
            case COMMIT -> old.commitTransactionException = error;
        }

        Optional<CommitReport> report = publisher.publish(batch(ranked(lease, 5)));

        assertThat(report).isPresent();
        assertThat(old.closed()).isTrue();
        assertThat(old.history()).isEmpty();
        assertThat(fresh.transactionInitialized()).isTrue();
        assertThat(topics(fresh)).containsExactly("rerank.ranked", "rerank.batches");
        assertThat(offsets(fresh)).isEqualTo(Map.of(lease.partition(), 6L));
        assertThat(made).hasSize(2);
    }

    static Stream<Arguments> endsOfAProducer() {
        return Stream.of(
                        new InvalidProducerEpochException("a newer producer"),
                        new ProducerFencedException("a newer producer"),
                        new KafkaException("cannot execute", new InvalidTxnStateException("timed out")),
                        new InvalidPidMappingException("expired"),
                        new OutOfOrderSequenceException("a gap"))
                .flatMap(error -> Stream.of(Step.values()).map(step -> Arguments.of(error, step)));
    }

    @Test
    void replacesAProducerThatCannotEvenAbort() throws Exception {
        TestingProducer broken = new TestingProducer();
        TestingProducer fresh = new TestingProducer();
        broken.failOffsetsOnce(new TimeoutException("slow"));
        broken.abortTransactionException = new KafkaException("cannot abort");

        publisher(broken, fresh).publish(batch(ranked(lease, 5)));

        assertThat(broken.closed()).isTrue();
        assertThat(broken.history()).isEmpty();
        assertThat(topics(fresh)).containsExactly("rerank.ranked", "rerank.batches");
    }

    @Test
    void doesNotRepeatACommitThatHappenedThoughItsAnswerWasLost() throws Exception {
        TestingProducer silent = new TestingProducer();
        TestingProducer fresh = new TestingProducer();
        silent.afterCommit = () -> {
            committed.put(lease.partition(), 6L);
            throw new TimeoutException("no answer");
        };

        Optional<CommitReport> report = publisher(silent, fresh).publish(batch(ranked(lease, 5)));

        assertThat(report).isPresent();
        assertThat(silent.history()).hasSize(2);
        assertThat(silent.closed()).isTrue();
        assertThat(fresh.history()).isEmpty();
    }

    @Test
    void repeatsACommitThatDidNotHappen() throws Exception {
        TestingProducer silent = new TestingProducer();
        TestingProducer fresh = new TestingProducer();
        silent.commitTransactionException = new TimeoutException("no answer");
        committed.put(lease.partition(), 5L);

        publisher(silent, fresh).publish(batch(ranked(lease, 5)));

        assertThat(silent.history()).isEmpty();
        assertThat(topics(fresh)).containsExactly("rerank.ranked", "rerank.batches");
    }

    @Test
    void asksOnUntilItKnowsWhetherTheCommitHappened() throws Exception {
        TestingProducer silent = new TestingProducer();
        TestingProducer second = new TestingProducer();
        TestingProducer third = new TestingProducer();
        silent.afterCommit = () -> {
            throw new TimeoutException("no answer");
        };
        List<String> asked = new ArrayList<>();
        committedOffsets = partitions -> {
            asked.add(partitions.toString());
            if (asked.size() == 1) {
                throw new TimeoutException("a transaction is pending");
            }
            return Map.of(lease.partition(), 6L);
        };

        publisher(silent, second, third).publish(batch(ranked(lease, 5)));

        assertThat(asked).hasSize(2);
        assertThat(second.history()).isEmpty();
        assertThat(third.history()).isEmpty();
    }

    @Test
    void leavesOutWhatAnotherWorkerOwnsNow() throws Exception {
        MockProducer<byte[], byte[]> producer = new TestingProducer();
        Publisher publisher = publisher(producer);
        other.end();

        CommitReport report =
                publisher.publish(batch(ranked(lease, 5), ranked(other, 8))).orElseThrow();

        assertThat(topics(producer)).containsExactly("rerank.ranked", "rerank.batches");
        assertThat(offsets(producer)).isEqualTo(Map.of(lease.partition(), 6L));
        assertThat(report.requests()).isEqualTo(1);
    }

    @Test
    void leavesOutAtTheNextTryWhatWasLostInBetween() throws Exception {
        TestingProducer producer = new TestingProducer();
        producer.failOffsetsOnce(new CommitFailedException("rebalanced"));
        producer.afterAbort = other::end;

        publisher(producer).publish(batch(ranked(lease, 5), ranked(other, 8)));

        assertThat(offsets(producer)).isEqualTo(Map.of(lease.partition(), 6L));
        assertThat(topics(producer)).containsExactly("rerank.ranked", "rerank.batches");
    }

    @Test
    void publishesNothingOnceEveryLeaseHasEnded() throws Exception {
        TestingProducer producer = new TestingProducer();
        Publisher publisher = publisher(producer);
        lease.end();

        assertThat(publisher.publish(batch(ranked(lease, 5)))).isEmpty();

        assertThat(producer.commitCount()).isZero();
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void asksNobodyAboutWhatIsNoLongerItsOwn() throws Exception {
        TestingProducer silent = new TestingProducer();
        silent.afterCommit = () -> {
            lease.end();
            throw new TimeoutException("no answer");
        };
        committedOffsets = partitions -> {
            throw new AssertionError("asked about " + partitions);
        };

        assertThat(publisher(silent).publish(batch(ranked(lease, 5)))).isEmpty();

        assertThat(made).hasSize(1);
    }

    @Test
    void reportsARankingThatWasTooLargeAsADeadLetter() throws Exception {
        MockProducer<byte[], byte[]> producer = new TestingProducer();
        Outcome large =
                TestingEvents.ranked(TestingEvents.accepted(lease, 5, reranker, "x".repeat(100) + " 1", "b 2", "c 3"));

        CommitReport report = publisher(1, Duration.ofMinutes(1), producer)
                .publish(batch(large))
                .orElseThrow();

        assertThat(report.deadLetters()).isEqualTo(1);
        assertThat(report.requests()).isZero();
        assertThat(report.pairs()).isZero();
    }

    @Test
    void givesUpAtOnceWhereTryingAgainCannotHelp() {
        TestingProducer producer = new TestingProducer();
        producer.sendException = new RecordTooLargeException("a record of 3 bytes");

        assertThatThrownBy(() -> publisher(producer).publish(batch(ranked(lease, 5))))
                .isInstanceOf(PublishFailedException.class)
                .hasMessageContaining("a record of 3 bytes");
        assertThat(producer.commitCount()).isZero();
    }

    @Test
    void givesUpWhenItsTimeIsOver() {
        TestingProducer producer = new TestingProducer();
        producer.sendException = new TimeoutException("slow");

        assertThatThrownBy(() ->
                        publisher(1_000_000, Duration.ofMillis(1), producer).publish(batch(ranked(lease, 5))))
                .isInstanceOf(PublishFailedException.class)
                .hasMessageContaining("streamrank.limits.publish-timeout")
                .hasMessageContaining("slow");
    }

    @Test
    void canBeInterruptedWhileTryingAgain() {
        TestingProducer producer = new TestingProducer();
        producer.afterAbort = () -> Thread.currentThread().interrupt();
        producer.sendException = new TimeoutException("slow");

        assertThatThrownBy(() -> publisher(producer).publish(batch(ranked(lease, 5))))
                .isInstanceOf(InterruptedException.class);
    }

    @Test
    void letsOthersWaitForTheRunningTransaction() throws Exception {
        TestingProducer producer = new TestingProducer();
        CountDownLatch committing = new CountDownLatch(1);
        CountDownLatch commit = new CountDownLatch(1);
        producer.afterCommit = () -> {
            committing.countDown();
            awaitOpened(commit);
        };
        Publisher publisher = publisher(producer);
        FutureTask<Optional<CommitReport>> publishing =
                started(new FutureTask<>(() -> publisher.publish(batch(ranked(lease, 5)))));
        committing.await();

        FutureTask<Boolean> waiting =
                started(new FutureTask<>(() -> publisher.awaitRunningTransaction(Duration.ofMinutes(1))));

        assertThatThrownBy(() -> waiting.get(200, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        commit.countDown();
        assertThat(waiting.get()).isTrue();
        assertThat(publishing.get()).isPresent();
    }

    @Test
    void atLeastOnceCommitsOffsetsOnlyOnceAllIsAcknowledged() throws Exception {
        AnsweredOffsets answered = new AnsweredOffsets();
        delivery = new AtLeastOnce(answered);
        TestingProducer producer = new TestingProducer();
        CountDownLatch flushing = new CountDownLatch(1);
        CountDownLatch flushed = new CountDownLatch(1);
        producer.onFlush = () -> {
            flushing.countDown();
            awaitOpened(flushed);
        };
        Publisher publisher = publisher(producer);
        FutureTask<Optional<CommitReport>> publishing =
                started(new FutureTask<>(() -> publisher.publish(batch(ranked(lease, 5), deadLetter(other, 8)))));
        flushing.await();
        assertThat(committedBy(answered)).isEmpty();

        flushed.countDown();

        assertThat(publishing.get()).isPresent();
        assertThat(committedBy(answered)).isEqualTo(Map.of(lease.partition(), 6L, other.partition(), 9L));
        assertThat(topics(producer)).containsExactly("rerank.ranked", "rerank.candidates.dlq", "rerank.batches");
        assertThat(producer.transactionInitialized()).isFalse();
    }

    @Test
    void atLeastOnceSendsABatchAgainOfWhichASendFailed() throws Exception {
        AnsweredOffsets answered = new AnsweredOffsets();
        delivery = new AtLeastOnce(answered);
        TestingProducer producer = new TestingProducer();
        producer.failSendOnce(new TimeoutException("slow"));

        Optional<CommitReport> report = publisher(producer).publish(batch(ranked(lease, 5)));

        assertThat(report).isPresent();
        assertThat(topics(producer)).endsWith("rerank.ranked", "rerank.batches");
        assertThat(committedBy(answered)).isEqualTo(Map.of(lease.partition(), 6L));
    }

    @Test
    void atLeastOnceTurnsARefusedRankingIntoADeadLetterToo() throws Exception {
        delivery = new AtLeastOnce(new AnsweredOffsets());
        TestingProducer producer = new TestingProducer();
        producer.failSendOnce(new RecordTooLargeException("a record of 3 bytes"));

        CommitReport report =
                publisher(producer).publish(batch(ranked(lease, 5))).orElseThrow();

        assertThat(report.deadLetters()).isEqualTo(1);
        assertThat(topics(producer)).endsWith("rerank.candidates.dlq", "rerank.batches");
    }

    private static Map<TopicPartition, Long> committedBy(AnsweredOffsets answered) {
        MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
        List<TopicPartition> partitions = List.of(
                TestingEvents.lease(0).partition(), TestingEvents.lease(1).partition());
        consumer.assign(partitions);
        answered.commitNow(consumer, Duration.ofSeconds(1));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        consumer.committed(Set.copyOf(partitions)).forEach((partition, offset) -> {
            if (offset != null) {
                offsets.put(partition, offset.offset());
            }
        });
        return offsets;
    }

    @SafeVarargs
    private final Publisher publisher(MockProducer<byte[], byte[]>... producers) {
        return publisher(1_000_000, Duration.ofMinutes(1), producers);
    }

    @SafeVarargs
    private final Publisher publisher(
            int maxResultBytes, Duration publishTimeout, MockProducer<byte[], byte[]>... producers) {
        Deque<MockProducer<byte[], byte[]>> left = new ArrayDeque<>(List.of(producers));
        Limits limits = new TestingLimits()
                .maxResultBytes(maxResultBytes)
                .publishTimeout(publishTimeout)
                .build();
        OutgoingRecords outgoing = new OutgoingRecords(
                TestingEvents.settings(limits),
                new Models(List.of(reranker)),
                topic -> 4,
                Clock.fixed(TestingEvents.NOW, ZoneOffset.UTC),
                Framing.SINGLE_OBJECT);
        Publisher publisher = new Publisher(
                () -> {
                    made.add(left.remove());
                    return made.get(made.size() - 1);
                },
                delivery,
                outgoing,
                publishTimeout,
                observer);
        publisher.start();
        return publisher;
    }

    private static final class CountingObserver implements PipelineObserver {
        private int failedDeliveries;
        private int replacedProducers;

        @Override
        public void deliveryFailed() {
            failedDeliveries++;
        }

        @Override
        public void producerReplaced() {
            replacedProducers++;
        }
    }

    private static ScoredBatch batch(Outcome... outcomes) {
        return new ScoredBatch(List.of(outcomes), Map.of());
    }

    private Outcome ranked(Lease under, long offset) {
        return TestingEvents.ranked(TestingEvents.accepted(under, offset, reranker, "a 1"));
    }

    private static Outcome deadLetter(Lease under, long offset) {
        return new Outcome.DeadLetter(
                TestingEvents.rejected(under, offset, Reason.INVALID), new Rejection(Reason.INVALID, "because", null));
    }

    private static List<String> topics(MockProducer<byte[], byte[]> producer) {
        return producer.history().stream().map(ProducerRecord::topic).toList();
    }

    private static Map<TopicPartition, Long> offsets(MockProducer<byte[], byte[]> producer) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        committedBy(producer).forEach((partition, offset) -> offsets.put(partition, offset.offset()));
        return offsets;
    }

    private static Map<TopicPartition, OffsetAndMetadata> committedBy(MockProducer<byte[], byte[]> producer) {
        assertThat(producer.consumerGroupOffsetsHistory()).hasSize(1);
        return requireNonNull(producer.consumerGroupOffsetsHistory().get(0).get(GROUP));
    }

    @SuppressWarnings("removal") // becomes an interface in Kafka 5
    private static ConsumerGroupMetadata groupMetadata() {
        return new ConsumerGroupMetadata(GROUP);
    }

    private static void awaitOpened(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> FutureTask<T> started(FutureTask<T> task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** Fails once where told to, and lets a test act behind its back. */
    private static final class TestingProducer extends MockProducer<byte[], byte[]> {
        private int aborts;
        private Runnable afterAbort = () -> {};
        private Runnable afterCommit = () -> {};
        private Runnable onFlush = () -> {};
        private Optional<RuntimeException> sendFailure = Optional.empty();
        private Optional<RuntimeException> offsetsFailure = Optional.empty();

        TestingProducer() {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        void failSendOnce(RuntimeException failure) {
            sendFailure = Optional.of(failure);
        }

        @Override
        public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
            if (sendFailure.isEmpty()) {
                return super.send(record, callback);
            }
            RuntimeException failure = sendFailure.get();
            sendFailure = Optional.empty();
            callback.onCompletion(null, failure);
            return CompletableFuture.failedFuture(failure);
        }

        @Override
        public synchronized void flush() {
            super.flush();
            onFlush.run();
        }

        void failOffsetsOnce(RuntimeException failure) {
            offsetsFailure = Optional.of(failure);
        }

        @Override
        public void sendOffsetsToTransaction(
                Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata groupMetadata) {
            if (offsetsFailure.isPresent()) {
                RuntimeException failure = offsetsFailure.get();
                offsetsFailure = Optional.empty();
                throw failure;
            }
            super.sendOffsetsToTransaction(offsets, groupMetadata);
        }

        @Override
        public void commitTransaction() {
            super.commitTransaction();
            afterCommit.run();
        }

        @Override
        public void abortTransaction() {
            super.abortTransaction();
            aborts++;
            afterAbort.run();
        }
    }
}
