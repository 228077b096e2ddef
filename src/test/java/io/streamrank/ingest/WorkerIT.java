package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.testing.CapturedLog;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.SharedBroker;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One worker on a real broker. */
@Timeout(180)
class WorkerIT {
    private static final int PARTITIONS = 4;
    private static final Limits LIMITS = TestingEvents.limits(64 << 20, Duration.ofSeconds(20));

    private static final EmbeddedBroker BROKER = SharedBroker.get();

    private final TestingReranker reranker = new TestingReranker("test");

    @Test
    void answersEachOfTenThousandMixedEventsExactlyOnce() throws Throwable {
        int events = 10_000;
        int badEvery = 20;
        try (TestingTopics topics = topics("mixed")) {
            SentEvents sent = new SentEvents(topics, 42);
            try (WorkerThread worker = start(topics)) {
                for (int i = 0; i < events; i++) {
                    if (i % badEvery == 0) {
                        sent.sendBad(i / badEvery % PARTITIONS, i / badEvery);
                    } else {
                        sent.sendGood(i % PARTITIONS);
                    }
                }
                topics.awaitAllAnswered();
                worker.stopAndAwaitEnd();
            }

            assertThat(sent.count()).isEqualTo(events);
            sent.assertAnsweredExactlyOnce();
            assertThat(topics.lag()).isZero();
        }
    }

    @Test
    void atLeastOnceAnswersEverythingInItsOrder() throws Throwable {
        int events = 3_000;
        try (TestingTopics topics = topics("at-least-once")) {
            SentEvents sent = new SentEvents(topics, 43);
            IngestSettings settings =
                    topics.settings("worker-0", GroupProtocol.CLASSIC, Guarantee.AT_LEAST_ONCE, LIMITS, Map.of());
            for (int i = 0; i < events; i++) {
                if (i == events / 2) {
                    // Nothing fails, so even here each is answered once: a stop commits what was answered.
                    try (WorkerThread worker = WorkerThread.start(settings, reranker)) {
                        Eventually.await("some are answered", () -> topics.lag() < events / 4);
                        worker.stopAndAwaitEnd();
                    }
                }
                if (i % 50 == 0) {
                    sent.sendBad(i / 50 % PARTITIONS, i / 50);
                } else {
                    sent.sendGood(i % PARTITIONS);
                }
            }
            try (WorkerThread worker = WorkerThread.start(settings, reranker)) {
                topics.awaitAllAnswered();
                worker.stopAndAwaitEnd();
            }

            sent.assertAnsweredExactlyOnce();
            assertThat(topics.lag()).isZero();
        }
    }

    @Test
    void anEventTooLargeForTheDeadLettersDoesNotStopItsPartition() throws Throwable {
        try (TestingTopics topics = topics("unwieldy")) {
            byte[] unwieldy = new byte[1_048_300];
            new Random(5).nextBytes(unwieldy);
            SentEvents sent = new SentEvents(topics, 5);
            try (WorkerThread worker = start(topics)) {
                // Held until all are in hand, so that they share one transaction.
                CountDownLatch release = reranker.hold();
                send(sent, 1);
                Eventually.await("a batch is being scored", () -> reranker.batches() > 0);
                topics.send(0, null, unwieldy).get();
                topics.send(1, null, unwieldy).get();
                send(sent, 80);
                release.countDown();
                topics.awaitAllAnswered();
                worker.stopAndAwaitEnd();
            }

            var letters = topics.read(topics.topics().deadLetters());
            assertThat(letters).hasSize(2).allSatisfy(letter -> {
                assertThat(letter.value()).isNull();
                assertThat(TestingTopics.header(letter, DeadLetters.VALUE_OMITTED))
                        .isEqualTo("1048300");
                assertThat(TestingTopics.header(letter, DeadLetters.REASON)).isEqualTo("unknown_format");
            });
            assertThat(topics.rankings()).hasSize(81);
        }
    }

    @Test
    void aRankingThatTheRankedTopicRefusesBecomesADeadLetter() throws Throwable {
        try (TestingTopics topics = topics("refused")) {
            topics.limitMessages(topics.topics().ranked(), 2_000);
            SentEvents sent = new SentEvents(topics, 6);
            try (WorkerThread worker = start(topics)) {
                topics.send(1, null, wide(300)).get();
                sent.sendGood(1);
                topics.awaitAllAnswered();
                worker.stopAndAwaitEnd();
            }

            assertThat(topics.read(topics.topics().deadLetters()))
                    .singleElement()
                    .satisfies(letter -> {
                        assertThat(letter.value()).isNotEmpty();
                        assertThat(TestingTopics.header(letter, DeadLetters.REASON))
                                .isEqualTo("result_too_large");
                    });
            assertThat(topics.rankings()).hasSize(1);
        }
    }

    @Test
    void aFailingModelEndsTheWorkerAndTheNextFinishesItsWork() throws Throwable {
        try (TestingTopics topics = topics("failing")) {
            SentEvents sent = new SentEvents(topics, 1);
            try (WorkerThread worker = start(topics)) {
                send(sent, 40);
                topics.awaitAllAnswered();
                reranker.failWith(new IllegalStateException("the weights are broken"));
                send(sent, 40);

                assertThatThrownBy(worker::awaitEnd)
                        .isInstanceOf(WorkerFailedException.class)
                        .hasMessageContaining("the weights are broken");
            }
            assertThat(topics.lag()).isEqualTo(40);
            assertThat(topics.rankings()).hasSize(40);

            try (WorkerThread worker = start(topics, new TestingReranker("test"))) {
                topics.awaitAllAnswered();
                worker.stopAndAwaitEnd();
            }

            sent.assertAnsweredExactlyOnce();
        }
    }

    @Test
    void aRankingThatFitsOnlyCompressedIsSentWhereAskedFor() throws Throwable {
        Limits limits = new TestingLimits()
                .maxResultBytes(2_000)
                .oversizeResults(Limits.OversizeResults.COMPRESS)
                .build();
        try (TestingTopics topics = topics("compressed")) {
            topics.limitMessages(topics.topics().ranked(), 10_000);
            String[] alike =
                    IntStream.range(0, 1_000).mapToObj(i -> "the same text 1").toArray(String[]::new);
            try (WorkerThread worker = WorkerThread.start(settings(topics, limits), reranker)) {
                // Both are larger than the limit; the ids of the one are far apart, those of the other alike.
                topics.send(0, null, TestingEvents.encoded(TestingEvents.request(alike)))
                        .get();
                topics.send(1, null, wide(1_000)).get();
                topics.awaitAllAnswered();
                worker.stopAndAwaitEnd();
            }

            assertThat(topics.rankings()).hasSize(1);
            assertThat(topics.deadLetters()).hasSize(1);
        }
    }

    @Test
    void anEventThatTheModelFailsOnDoesNotStopTheOthers() throws Throwable {
        try (TestingTopics topics = topics("poison");
                CapturedLog log = new CapturedLog("io.streamrank")) {
            reranker.failWhen(pairs -> pairs.stream().anyMatch(pair -> TestingReranker.scoreOf(pair) == 666)
                    ? new IllegalStateException("index out of range in self")
                    : null);
            SentEvents sent = new SentEvents(topics, 8);
            byte[] poison = TestingEvents.encoded(TestingEvents.request("a 1", "secret words 666"));
            byte[] unreadable = TestingEvents.encoded(TestingEvents.request("secret words, with secretive"));
            try (WorkerThread worker = start(topics)) {
                // Held until all are in hand, so that they share one transaction.
                CountDownLatch release = reranker.hold();
                send(sent, 1);
                Eventually.await("a batch is being scored", () -> reranker.batches() > 0);
                send(sent, 20);
                topics.send(1, null, poison).get();
                topics.send(2, null, unreadable).get();
                send(sent, 20);
                release.countDown();
                topics.awaitAllAnswered();
                worker.stopAndAwaitEnd();
            }

            assertThat(topics.deadLetters())
                    .hasSize(2)
                    .allSatisfy(letter -> assertThat(TestingTopics.header(letter, DeadLetters.REASON))
                            .isEqualTo("unscorable"));
            assertThat(topics.deadLetters())
                    .filteredOn(letter -> letter.partition() == 1)
                    .singleElement()
                    .satisfies(letter -> {
                        assertThat(letter.value()).isEqualTo(poison);
                        assertThat(TestingTopics.header(letter, DeadLetters.MESSAGE))
                                .contains("candidate 'd1'", "index out of range in self")
                                .doesNotContain("secret");
                    });
            assertThat(topics.rankings()).hasSize(41);
            assertThat(topics.statistics().stream()
                            .mapToInt(statistics -> statistics.rejections().getOrDefault(Reason.UNSCORABLE, 0))
                            .sum())
                    .isEqualTo(2);
            assertThat(log.text())
                    .contains("fails on [" + topics.topics().candidates() + "-1@")
                    .doesNotContain("secret");
        }
    }

    @Test
    void stoppingCommitsWhatIsBeingScored() throws Throwable {
        try (TestingTopics topics = topics("stopping")) {
            SentEvents sent = new SentEvents(topics, 2);
            CountDownLatch release = reranker.hold();
            try (WorkerThread worker = start(topics)) {
                send(sent, 40);
                Eventually.await("a batch is being scored", () -> reranker.batches() > 0);

                worker.worker().stop();
                assertThat(worker.worker().awaitEnd(Duration.ofMillis(300))).isFalse();
                release.countDown();
                long start = System.nanoTime();
                worker.awaitEnd();

                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMITS.drainTimeout());
            }
            long committed = topics.committed().values().stream()
                    .mapToLong(offset -> offset)
                    .sum();
            assertThat(committed).isPositive().isEqualTo(topics.rankings().size());

            try (WorkerThread worker = start(topics)) {
                topics.awaitAllAnswered();
                worker.stopAndAwaitEnd();
            }

            sent.assertAnsweredExactlyOnce();
        }
    }

    @Test
    void aModelThatHangsDoesNotKeepTheWorkerFromEnding() throws Throwable {
        Limits impatient = TestingEvents.limits(64 << 20, Duration.ofSeconds(1));
        try (TestingTopics topics = topics("hanging")) {
            SentEvents sent = new SentEvents(topics, 3);
            reranker.hold();
            try (WorkerThread worker = WorkerThread.start(settings(topics, impatient), reranker)) {
                send(sent, 4);
                Eventually.await("a batch is being scored", () -> reranker.batches() > 0);

                worker.stopAndAwaitEnd();
            }

            assertThat(topics.lag()).isEqualTo(4);
            assertThat(topics.rankings()).isEmpty();
        }
    }

    @Test
    void aDeviceThatHangsEndsTheWorkerWithoutWaitingForIt() throws Throwable {
        DeviceLimits impatient = new DeviceLimits(1, Duration.ZERO, Duration.ofSeconds(1));
        Limits limits = new TestingLimits().device(impatient).build();
        try (TestingTopics topics = topics("hung")) {
            reranker.hold();
            WorkerThread worker = WorkerThread.start(settings(topics, limits), reranker);
            send(new SentEvents(topics, 9), 4);
            Eventually.await(
                    "it is stuck", () -> worker.worker().health().state() == Health.State.STUCK || worker.hasEnded());

            assertThatThrownBy(worker::awaitEnd)
                    .isInstanceOf(DeviceHungException.class)
                    .hasMessageContaining("streamrank.limits.device-timeout");

            assertThat(worker.worker().health().isLive()).isFalse();
            assertThat(topics.lag()).isEqualTo(4);
        }
    }

    @Test
    void saysHowItIs() throws Throwable {
        try (TestingTopics topics = topics("health")) {
            WorkerThread worker = start(topics);
            Eventually.await("it is ready", () -> worker.worker().health().isReady());
            CountDownLatch release = reranker.hold();
            send(new SentEvents(topics, 10), 4);
            Eventually.await("a batch is being scored", () -> reranker.batches() > 0);
            assertThat(worker.worker().health().inPass()).isPositive();
            assertThat(worker.worker().health().sincePoll()).isLessThan(Duration.ofSeconds(10));

            worker.worker().stop();
            assertThat(worker.worker().health().state()).isEqualTo(Health.State.STOPPING);
            release.countDown();
            worker.awaitEnd();

            assertThat(worker.worker().health().state()).isEqualTo(Health.State.ENDED);
        }
    }

    @Test
    void anIdleWorkerStopsSoon() throws Throwable {
        try (TestingTopics topics = topics("idle")) {
            SentEvents sent = new SentEvents(topics, 4);
            try (WorkerThread worker = start(topics)) {
                send(sent, 4);
                topics.awaitAllAnswered();

                long start = System.nanoTime();
                worker.stopAndAwaitEnd();

                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
            }
            Eventually.await(
                    "none of the worker's threads is left",
                    Duration.ofSeconds(15),
                    () -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().startsWith("streamrank-")));
        }
    }

    @Test
    void answersLateRequestsAndReturnsOnlyTheBest() throws Throwable {
        try (TestingTopics topics = topics("late");
                WorkerThread worker = start(topics)) {
            var late = TestingEvents.requestOf(null, null, Instant.now().minusSeconds(1), "a 1");
            var best = TestingEvents.requestOf("test", 2, Instant.now().plusSeconds(600), "a 1", "b 3", "c 2");
            topics.send(0, null, TestingEvents.encoded(late)).get();
            topics.send(0, null, TestingEvents.encoded(best)).get();
            topics.awaitAllAnswered();

            var rankings = topics.rankings();

            assertThat(rankings)
                    .extracting(Ranking::outcome)
                    .containsExactly(Ranking.Outcome.EXPIRED, Ranking.Outcome.RANKED);
            assertThat(rankings.get(0).candidates()).isEmpty();
            assertThat(rankings.get(1).candidates())
                    .extracting(RankedCandidate::id)
                    .containsExactly("d1", "d2");
            assertThat(worker.hasEnded()).isFalse();
        }
    }

    @Test
    void holdsNoMoreInHandThanItsBoundAndOnePoll() throws Throwable {
        int eventChars = 190_000;
        int events = 200;
        long bound = 1_000_000;
        Limits limits = new TestingLimits()
                .maxInFlightBytes(bound)
                .maxEventBytes(200_000)
                .build();
        CountDownLatch release = reranker.hold();
        try (TestingTopics topics = topics("bounded");
                WorkerThread worker = WorkerThread.start(
                        topics.settings("worker-0", GroupProtocol.CONSUMER, limits, Map.of()), reranker)) {
            byte[] large = TestingEvents.encoded(TestingEvents.request("x".repeat(eventChars) + " 1"));
            sendWellCompressed(topics, large, events);
            Eventually.await("the bound is reached", () -> worker.worker().bytesInHand() > bound);
            Thread.sleep(1_000);

            assertThat(worker.worker().bytesInHand()).isBetween(bound, 2 * bound);

            release.countDown();
            topics.awaitAllAnswered();
            assertThat(topics.rankings()).hasSize(events);
            Eventually.await("nothing is in hand", () -> worker.worker().bytesInHand() == 0);
        }
    }

    /** So that one fetch brings them all. */
    private static void sendWellCompressed(TestingTopics topics, byte[] event, int times) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", BROKER.bootstrapServers(), "compression.type", "gzip", "batch.size", 1 << 20);
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < times; i++) {
                var unused = producer.send(
                        new ProducerRecord<>(topics.topics().candidates(), i % PARTITIONS, new byte[0], event));
            }
        }
    }

    @Test
    void createsMissingTopicsOnlyIfAskedTo() throws Throwable {
        try (TestingTopics topics = TestingTopics.named("missing", BROKER)) {
            IngestSettings strict = settings(topics, LIMITS);
            assertThatThrownBy(() -> WorkerThread.start(strict, reranker).awaitEnd())
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("missing.candidates")
                    .hasMessageContaining("missing.dlq");

            IngestSettings creating = new IngestSettings(
                    strict.bootstrapServers(),
                    strict.groupId(),
                    strict.instanceId(),
                    strict.groupProtocol(),
                    strict.guarantee(),
                    strict.topics(),
                    strict.limits(),
                    true,
                    PARTITIONS,
                    Map.of());
            try (WorkerThread worker = WorkerThread.start(creating, reranker)) {
                SentEvents sent = new SentEvents(topics, 5);
                Eventually.await("the topics are there", () -> topics.exist());
                send(sent, 8);
                topics.awaitAllAnswered();
                worker.stopAndAwaitEnd();
                sent.assertAnsweredExactlyOnce();
            }
        }
    }

    @Test
    void namesTheClusterThatDoesNotAnswer() {
        IngestSettings nowhere = TestingEvents.settings(LIMITS);

        assertThatThrownBy(() -> new TopicCheck(nowhere, Duration.ofSeconds(2)).require(Topics.DEFAULT.all()))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("no Kafka broker answered at 127.0.0.1:1");
    }

    @Test
    void namesTheClusterWhoseHostIsUnknown() {
        IngestSettings settings = TestingEvents.settings(LIMITS);
        IngestSettings nowhere = new IngestSettings(
                "host.invalid:9092",
                settings.groupId(),
                settings.instanceId(),
                settings.groupProtocol(),
                settings.guarantee(),
                settings.topics(),
                settings.limits(),
                false,
                1,
                Map.of());

        assertThatThrownBy(() -> WorkerThread.start(nowhere, reranker).awaitEnd())
                .isInstanceOf(StartException.class)
                .hasMessageContaining("host.invalid:9092");
    }

    private static void send(SentEvents sent, int events) {
        for (int i = 0; i < events; i++) {
            sent.sendGood(i % PARTITIONS);
        }
    }

    private static TestingTopics topics(String name) {
        return TestingTopics.created(name, BROKER, PARTITIONS);
    }

    private WorkerThread start(TestingTopics topics) {
        return start(topics, reranker);
    }

    private static WorkerThread start(TestingTopics topics, TestingReranker model) {
        return WorkerThread.start(settings(topics, LIMITS), model);
    }

    /** An event whose ranking is long and hardly compresses. */
    private static byte[] wide(int candidates) {
        Random random = new Random(6);
        return new CandidateListCodec()
                .encode(new RerankRequest(
                        "wide",
                        new Query(null, "q"),
                        IntStream.range(0, candidates)
                                .mapToObj(i -> new Candidate(
                                        Long.toHexString(random.nextLong()), "d " + random.nextFloat(), null))
                                .toList(),
                        null,
                        null,
                        null,
                        Map.of()));
    }

    private static IngestSettings settings(TestingTopics topics, Limits limits) {
        return topics.settings("worker-0", GroupProtocol.CLASSIC, limits, Map.of());
    }
}
