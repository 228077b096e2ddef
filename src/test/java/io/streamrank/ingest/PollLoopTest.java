package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.EventKind;
import io.streamrank.contract.Framing;
import io.streamrank.contract.RegisteredSchemas;
import io.streamrank.contract.SchemaUnavailableException;
import io.streamrank.testing.TestingReranker;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The consumer's poll tasks are the script: one runs in each poll, on the polling thread, which is the test's. */
@Timeout(60)
class PollLoopTest {
    private static final TopicPartition ZERO = new TopicPartition(TestingEvents.TOPIC, 0);
    private static final TopicPartition ONE = new TopicPartition(TestingEvents.TOPIC, 1);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final long MUCH = 1L << 30;

    private final TestingReranker reranker = new TestingReranker("test");
    private final Intake intake = new Intake(Limits.DEFAULT);
    private final TestingConsumer consumer = new TestingConsumer();
    private MockProducer<byte[], byte[]> producer =
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final AnsweredOffsets answered = new AnsweredOffsets();
    private final Map<Integer, RegisteredSchemas.Lookup> lookups = new HashMap<>();
    private @Nullable SchemaUnavailableException unavailable;
    private final RegisteredSchemas registered = id -> {
        if (unavailable != null) {
            throw unavailable;
        }
        return lookups.getOrDefault(id, new RegisteredSchemas.Lookup.Awaited());
    };
    private final List<Event> taken = new ArrayList<>();
    private final List<PipelineObserver.Rebalance> rebalances = new ArrayList<>();

    @Test
    void admitsWhatItPolls() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        script(() -> assign(ZERO, ONE), () -> add(ZERO, 0, 1), () -> add(ONE, 0), this::take, () -> loop.stop(false));

        loop.run(TestingEvents.TOPIC);

        assertThat(taken)
                .extracting(event -> event.source().toString())
                .containsExactly("rerank.candidates-0@0", "rerank.candidates-0@1", "rerank.candidates-1@0");
    }

    @Test
    void pausesAboveTheBoundAndResumesBelowHalfOfIt() throws Exception {
        PollLoop loop = loop(3 * eventBytes() - 1, LONG);
        List<Boolean> paused = new ArrayList<>();
        script(
                () -> assign(ZERO, ONE),
                () -> add(ZERO, 0, 1),
                () -> {
                    paused.add(consumer.paused().isEmpty());
                    add(ZERO, 2);
                },
                () -> {
                    paused.add(consumer.paused().equals(consumer.assignment()));
                    take();
                    intake.settled(taken.subList(0, 1));
                },
                () -> {
                    paused.add(consumer.paused().equals(consumer.assignment()));
                    intake.settled(taken.subList(1, 3));
                },
                () -> {
                    paused.add(consumer.paused().isEmpty());
                    loop.stop(true);
                });

        loop.run(TestingEvents.TOPIC);

        assertThat(paused).containsExactly(true, true, true, true);
    }

    @Test
    void holdsAPartitionWhoseSchemaIsAwaitedAndGoesOnWithTheOthers() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        List<Set<TopicPartition>> paused = new ArrayList<>();
        script(
                () -> assign(ZERO, ONE),
                () -> {
                    consumer.addRecord(TestingEvents.record(0, 0, registeredEvent(7)));
                    consumer.addRecord(TestingEvents.record(0, 1, registeredEvent(8)));
                    add(ONE, 0);
                },
                () -> {
                    paused.add(consumer.paused());
                    assertThat(consumer.position(ZERO)).isZero();
                    add(ONE, 1);
                },
                () -> {
                    take();
                    assertThat(taken)
                            .extracting(event -> event.source().partition())
                            .containsExactly(1, 1);
                    lookups.put(7, new RegisteredSchemas.Lookup.Known(EventKind.CANDIDATE_LIST.current()));
                    lookups.put(8, new RegisteredSchemas.Lookup.Unusable("is not there"));
                },
                () -> {
                    paused.add(consumer.paused());
                    consumer.addRecord(TestingEvents.record(0, 0, registeredEvent(7)));
                    consumer.addRecord(TestingEvents.record(0, 1, registeredEvent(8)));
                },
                this::take,
                () -> loop.stop(false));

        loop.run(TestingEvents.TOPIC);

        assertThat(paused).containsExactly(Set.of(ZERO), Set.of());
        assertThat(taken)
                .extracting(event -> event.source().toString())
                .containsExactly(
                        "rerank.candidates-1@0",
                        "rerank.candidates-1@1",
                        "rerank.candidates-0@0",
                        "rerank.candidates-0@1");
        assertThat(taken.get(2)).isInstanceOf(Event.Accepted.class);
        assertThat(((Event.Rejected) taken.get(3)).rejection().message()).isEqualTo("the schema of id 8 is not there");
    }

    @Test
    void aSchemaThatCannotBeHadForTooLongEndsTheWorker() {
        PollLoop loop = loop(MUCH, LONG);
        script(
                () -> assign(ZERO),
                () -> consumer.addRecord(TestingEvents.record(0, 0, registeredEvent(7))),
                () -> unavailable = new SchemaUnavailableException("no registry", new IllegalStateException()));

        assertThatThrownBy(() -> loop.run(TestingEvents.TOPIC))
                .isInstanceOf(WorkerFailedException.class)
                .hasMessage("no registry");
    }

    private static byte[] registeredEvent(int schemaId) {
        Framing written = new Framing(null, Map.of(EventKind.CANDIDATE_LIST, schemaId));
        return new CandidateListCodec(written).encode(TestingEvents.request("a 1"));
    }

    @Test
    void tellsWhatIsBeforeIt() throws Exception {
        PollLoop loop = loop(2 * eventBytes() - 1, LONG);
        List<Load> loads = new ArrayList<>();
        script(
                () -> {
                    assign(ZERO, ONE);
                    // The look at what is unread comes at the end of the same round.
                    consumer.updateEndOffsets(Map.of(ZERO, 5L, ONE, 0L));
                    add(ZERO, 0, 1);
                },
                () -> {
                    loads.add(loop.load());
                    take();
                    intake.settled(taken);
                },
                () -> {
                    loads.add(loop.load());
                    loop.stop(false);
                });

        loop.run(TestingEvents.TOPIC);

        Load before = loads.get(0);
        assertThat(before.events()).isEqualTo(2);
        assertThat(before.bytes()).isEqualTo(2 * eventBytes());
        assertThat(before.paused()).isTrue();
        assertThat(before.backlogs())
                .containsExactlyInAnyOrder(
                        new Load.Backlog(0, OptionalLong.of(5), TestingEvents.NOW),
                        new Load.Backlog(1, OptionalLong.of(0), null));
        assertThat(loads.get(1).events()).isZero();
        assertThat(loads.get(1).backlogs()).contains(new Load.Backlog(0, OptionalLong.of(3), null));
        assertThat(rebalances).containsExactly(PipelineObserver.Rebalance.ASSIGNED);
    }

    @Test
    void pausesPartitionsThatComeWhilePaused() throws Exception {
        PollLoop loop = loop(eventBytes() - 1, LONG);
        List<TopicPartition> paused = new ArrayList<>();
        script(
                () -> assign(ZERO),
                () -> add(ZERO, 0),
                () -> {
                    assign(ZERO, ONE);
                    paused.addAll(consumer.paused());
                },
                () -> loop.stop(false));

        loop.run(TestingEvents.TOPIC);

        assertThat(paused).contains(ONE);
    }

    @Test
    void pausesOnlyWhatItStillHolds() throws Exception {
        PollLoop loop = loop(eventBytes() - 1, LONG);
        script(
                () -> assign(ZERO, ONE),
                () -> add(ZERO, 0),
                // As the KIP-848 consumer does it: revoked first, taken out of the assignment by another thread later.
                () -> loop.onPartitionsRevoked(List.of(ONE)),
                () -> consumer.unpausable = ONE,
                () -> loop.stop(false));

        loop.run(TestingEvents.TOPIC);

        assertThat(intake.bytesInHand()).isZero();
    }

    @Test
    void aRevocationDropsWhatWaitsOfThatPartitionOnly() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        script(
                () -> assign(ZERO, ONE),
                () -> add(ZERO, 0),
                () -> add(ONE, 0),
                () -> assign(ONE),
                this::take,
                () -> loop.stop(false));

        loop.run(TestingEvents.TOPIC);

        assertThat(taken).extracting(event -> event.record().partition()).containsExactly(1);
    }

    @Test
    void aRevocationWaitsForWhatIsBeingScored() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        List<Boolean> endedBeforeSettled = new ArrayList<>();
        script(
                () -> assign(ZERO),
                () -> add(ZERO, 0),
                () -> {
                    take();
                    inAnotherThread(() -> {
                        sleep(300);
                        endedBeforeSettled.add(taken.get(0).lease().hasEnded());
                        intake.settled(taken);
                    });
                },
                () -> assign(),
                () -> loop.stop(true));

        loop.run(TestingEvents.TOPIC);

        assertThat(endedBeforeSettled).containsExactly(false);
        assertThat(taken.get(0).lease().hasEnded()).isTrue();
    }

    @Test
    void aRevocationWaitsNoLongerThanTheDrainTimeout() throws Exception {
        PollLoop loop = loop(MUCH, Duration.ofMillis(200));
        script(() -> assign(ZERO), () -> add(ZERO, 0), this::take, () -> assign(), () -> loop.stop(true));

        loop.run(TestingEvents.TOPIC);

        assertThat(taken.get(0).lease().hasEnded()).isTrue();
    }

    @Test
    void knowsTheGroupsNewestGenerationWhileItDrains() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        List<Integer> seen = new ArrayList<>();
        script(() -> assign(ZERO), () -> add(ZERO, 0), this::take, () -> {
            inAnotherThread(() -> {
                sleep(200);
                consumer.generation.set(9);
                while (loop.group().generationId() != 9) {
                    sleep(10);
                }
                seen.add(loop.group().generationId());
                intake.settled(taken);
            });
            loop.stop(true);
        });

        loop.run(TestingEvents.TOPIC);

        assertThat(seen).containsExactly(9);
    }

    @Test
    void aLostPartitionIsGivenUpAtOnce() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        script(
                () -> assign(ZERO, ONE),
                () -> add(ZERO, 0),
                this::take,
                () -> add(ZERO, 1),
                () -> {
                    loop.onPartitionsLost(List.of(ZERO));
                    assertThat(taken.get(0).lease().hasEnded()).isTrue();
                    assertThat(intake.bytesInHand()).isEqualTo(eventBytes());
                },
                () -> loop.stop(false));

        loop.run(TestingEvents.TOPIC);

        assertThat(publisher().publish(batchOfTaken())).isEmpty();
        assertThat(producer.commitCount()).isZero();
    }

    @Test
    void anEventOfANewLeaseIsNotThatOfTheOld() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        script(
                () -> assign(ZERO),
                () -> add(ZERO, 0),
                this::take,
                () -> loop.onPartitionsLost(List.of(ZERO)),
                () -> loop.onPartitionsAssigned(List.of(ZERO)),
                () -> add(ZERO, 1),
                this::take,
                () -> {
                    assertThat(taken)
                            .extracting(event -> event.lease().hasEnded())
                            .containsExactly(true, false);
                    loop.stop(false);
                });

        loop.run(TestingEvents.TOPIC);

        assertThat(taken).hasSize(2);
    }

    @Test
    void stoppingWaitsForWhatIsBeingScoredAndDropsTheRest() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        script(() -> assign(ZERO), () -> add(ZERO, 0), this::take, () -> add(ZERO, 1), () -> {
            inAnotherThread(() -> {
                sleep(200);
                intake.settled(taken);
            });
            loop.stop(true);
        });

        loop.run(TestingEvents.TOPIC);

        assertThat(intake.bytesInHand()).isZero();
        assertThat(taken.get(0).lease().hasEnded()).isTrue();
    }

    /** Else the group would wait for it, and refuse what it still has to commit. */
    @Test
    void takesPartInRebalancesWhileItFinishesButTakesNothingNew() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        script(
                () -> assign(ZERO),
                () -> add(ZERO, 0),
                this::take,
                () -> loop.stop(true),
                () -> assign(ZERO, ONE),
                () -> {
                    add(ZERO, 1);
                    add(ONE, 0);
                },
                () -> {
                    assertThat(consumer.paused()).containsExactlyInAnyOrder(ZERO, ONE);
                    intake.settled(taken);
                });

        loop.run(TestingEvents.TOPIC);

        assertThat(taken).hasSize(1);
        assertThat(intake.bytesInHand()).isZero();
        assertThat(loop.hasDrained()).isTrue();
    }

    @Test
    void aFailedStageIsNotWaitedForEvenIfAskedToDrainLater() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        script(() -> assign(ZERO), () -> add(ZERO, 0), this::take, () -> {
            loop.stop(false);
            loop.stop(true);
        });

        loop.run(TestingEvents.TOPIC);

        assertThat(taken.get(0).lease().hasEnded()).isTrue();
        assertThat(loop.hasDrained()).isFalse();
    }

    @Test
    void aStageThatFailsMeanwhileEndsARevocationsWaiting() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        script(() -> assign(ZERO), () -> add(ZERO, 0), this::take, () -> {
            inAnotherThread(() -> {
                sleep(200);
                loop.stop(false);
            });
            assign();
        });

        loop.run(TestingEvents.TOPIC);

        assertThat(taken.get(0).lease().hasEnded()).isTrue();
    }

    @Test
    void endsItsLeasesWhenPollingFailsForGood() {
        PollLoop loop = loop(MUCH, LONG);
        script(() -> assign(ZERO), () -> add(ZERO, 0), this::take, () -> {
            throw new KafkaException("no more");
        });

        assertThatThrownBy(() -> loop.run(TestingEvents.TOPIC)).hasMessage("no more");

        assertThat(taken.get(0).lease().hasEnded()).isTrue();
    }

    @Test
    void endsItsLeasesWhenInterruptedWhileDraining() {
        PollLoop loop = loop(MUCH, LONG);
        script(() -> assign(ZERO), () -> add(ZERO, 0), this::take, () -> {
            Thread.currentThread().interrupt();
            loop.stop(true);
        });

        assertThatThrownBy(() -> loop.run(TestingEvents.TOPIC)).isInstanceOf(InterruptedException.class);

        assertThat(taken.get(0).lease().hasEnded()).isTrue();
    }

    @Test
    void pollsOnAfterAPassingError() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        script(
                () -> assign(ZERO),
                () -> {
                    throw new TimeoutException("slow");
                },
                consumer::wakeup,
                () -> add(ZERO, 0),
                this::take,
                () -> loop.stop(false));

        loop.run(TestingEvents.TOPIC);

        assertThat(taken).hasSize(1);
    }

    @Test
    void goesOnWithTheOldestEventsOnceTheBrokerSaysWhichTheyAre() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        consumer.silences.set(2);
        Runnable deleted = () -> {
            throw new OffsetOutOfRangeException(Map.of(ZERO, 0L));
        };
        List<Long> positions = new ArrayList<>();
        script(
                () -> {
                    assign(ZERO);
                    consumer.updateBeginningOffsets(Map.of(ZERO, 7L));
                },
                deleted,
                deleted,
                deleted,
                () -> positions.add(consumer.position(ZERO)),
                () -> loop.stop(false));

        loop.run(TestingEvents.TOPIC);

        assertThat(positions).containsExactly(7L);
    }

    @Test
    void saysWhenTheGroupHasGivenItItsPart() throws Exception {
        PollLoop loop = loop(MUCH, LONG);
        List<Boolean> joined = new ArrayList<>();
        script(() -> joined.add(loop.hasJoined()), this::assign, () -> loop.stop(true));

        loop.run(TestingEvents.TOPIC);

        assertThat(joined).containsExactly(false);
        assertThat(loop.hasJoined()).isTrue();
    }

    @Test
    void aStopWaitsForARunningTransactionNoLongerThanForItsDrain() throws Exception {
        CountDownLatch committing = new CountDownLatch(1);
        CountDownLatch commit = new CountDownLatch(1);
        producer = new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
            @Override
            public void commitTransaction() {
                committing.countDown();
                await(commit);
            }
        };
        Publisher publisher = publisher();
        publisher.start();
        PollLoop loop = loop(MUCH, Duration.ofMillis(300), publisher);
        script(() -> assign(ZERO), () -> add(ZERO, 0), () -> {
            take();
            inAnotherThread(() -> {
                var unused = publish(publisher, batchOfTaken());
            });
            await(committing);
            loop.stop(true);
        });

        try {
            loop.run(TestingEvents.TOPIC);
        } finally {
            commit.countDown();
        }

        assertThat(taken.get(0).lease().hasEnded()).isTrue();
        assertThat(loop.hasDrained()).isFalse();
    }

    private PollLoop loop(long maxInFlightBytes, Duration drainTimeout) {
        return loop(maxInFlightBytes, drainTimeout, publisher());
    }

    private PollLoop loop(long maxInFlightBytes, Duration drainTimeout, Publisher publisher) {
        Limits limits = TestingEvents.limits(maxInFlightBytes, drainTimeout);
        Models models = new Models(List.of(reranker));
        return new PollLoop(
                consumer,
                new Admission(new CandidateListCodec(new Framing(registered, Map.of())), models, limits),
                intake,
                publisher,
                answered,
                limits,
                new Heartbeats(System::nanoTime),
                new PipelineObserver() {
                    @Override
                    public void rebalanced(Rebalance kind) {
                        rebalances.add(kind);
                    }
                },
                null,
                new AwaitedSchemas(registered));
    }

    private static Optional<CommitReport> publish(Publisher publisher, ScoredBatch batch) {
        try {
            return publisher.publish(batch);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Publisher publisher() {
        OutgoingRecords outgoing = new OutgoingRecords(
                TestingEvents.settings(Limits.DEFAULT),
                new Models(List.of(reranker)),
                topic -> 4,
                Clock.systemUTC(),
                Framing.SINGLE_OBJECT);
        return new Publisher(
                () -> producer,
                new ExactlyOnce(partitions -> Map.of(), consumer::groupMetadata),
                outgoing,
                LONG,
                PipelineObserver.NONE);
    }

    private void script(Runnable... steps) {
        for (Runnable step : steps) {
            consumer.schedulePollTask(step);
        }
    }

    private void assign(TopicPartition... partitions) {
        consumer.rebalance(List.of(partitions));
        for (TopicPartition partition : partitions) {
            consumer.updateBeginningOffsets(Map.of(partition, 0L));
        }
    }

    private void add(TopicPartition partition, long... offsets) {
        for (long offset : offsets) {
            consumer.addRecord(TestingEvents.record(partition.partition(), offset, value()));
        }
    }

    private void take() {
        try {
            taken.addAll(TestingEvents.events(intake.take(100, 0, () -> Long.MAX_VALUE)));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private ScoredBatch batchOfTaken() {
        return new ScoredBatch(
                taken.stream()
                        .map(event -> (Outcome) TestingEvents.ranked((Event.Accepted) event))
                        .toList(),
                Map.of());
    }

    private static byte[] value() {
        return TestingEvents.encoded(TestingEvents.request("a 1", "b 2"));
    }

    private long eventBytes() {
        return new Event.Accepted(
                        TestingEvents.record(0, 0, value()),
                        TestingEvents.lease(0),
                        TestingEvents.request("a 1", "b 2"),
                        reranker,
                        0)
                .bytes();
    }

    private static void inAnotherThread(Runnable action) {
        Thread thread = new Thread(action);
        thread.setDaemon(true);
        thread.start();
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Has a generation, and can refuse to pause a partition as if it were no longer assigned. */
    private static final class TestingConsumer extends MockConsumer<byte[], byte[]> {
        private final AtomicInteger generation = new AtomicInteger(1);
        private final AtomicInteger silences = new AtomicInteger();
        private volatile TopicPartition unpausable = new TopicPartition("none", 0);

        TestingConsumer() {
            super("earliest");
        }

        @Override
        public synchronized void pause(Collection<TopicPartition> partitions) {
            if (partitions.contains(unpausable)) {
                throw new IllegalStateException("No current assignment for partition " + unpausable);
            }
            super.pause(partitions);
        }

        @Override
        public synchronized Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
            if (silences.getAndDecrement() > 0) {
                throw new TimeoutException("no answer");
            }
            return super.beginningOffsets(partitions);
        }

        @Override
        @SuppressWarnings("removal") // becomes an interface in Kafka 5
        public ConsumerGroupMetadata groupMetadata() {
            return new ConsumerGroupMetadata("group", generation.get(), "member", Optional.empty());
        }
    }
}
