package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.TestingReranker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several workers of one group on a real broker. */
@Timeout(180)
class RebalanceIT {
    private static final int PARTITIONS = 4;
    private static final int ROUNDS = 4;
    private static final int EVENTS_A_ROUND = 300;
    private static final int TRANSACTION = 10;

    private static EmbeddedBroker broker;

    @BeforeAll
    static void start(@TempDir Path directory) {
        broker = EmbeddedBroker.start(BrokerSettings.in(directory));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    /** Events keep coming while a worker joins, one leaves, and another joins. */
    @ParameterizedTest
    @EnumSource
    void workersComeAndGoAndEachEventIsAnsweredOnce(GroupProtocol protocol) throws Throwable {
        try (TestingTopics topics = TestingTopics.created("rebalance-" + protocol.word(), broker, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 7);
            try (RunningWorker first = start(topics, protocol, "first")) {
                sendRound(sent);
                awaitProgress(topics);
                try (RunningWorker second = start(topics, protocol, "second")) {
                    sendRound(sent);
                    awaitAnswersOf(topics, sent, "second", second);
                    first.stopAndAwaitEnd();
                    try (RunningWorker third = start(topics, protocol, "third")) {
                        sendRound(sent);
                        awaitAnswersOf(topics, sent, "third", third);
                        sendRound(sent);
                        topics.awaitAllAnswered();
                        second.stopAndAwaitEnd();
                        third.stopAndAwaitEnd();
                    }
                }
            }

            assertThat(sent.count()).isGreaterThanOrEqualTo(ROUNDS * EVENTS_A_ROUND);
            sent.assertAnsweredExactlyOnce();
        }
    }

    @ParameterizedTest
    @EnumSource
    void twoWorkersOfOneNameAreToldSo(GroupProtocol protocol) throws Throwable {
        try (TestingTopics topics = TestingTopics.created("twins-" + protocol.word(), broker, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 8);
            try (RunningWorker one = start(topics, protocol, "twin")) {
                sendRound(sent);
                awaitProgress(topics);
                try (RunningWorker two = start(topics, protocol, "twin")) {
                    Eventually.await("one of them ends", () -> one.hasEnded() || two.hasEnded());
                    RunningWorker told = one.hasEnded() ? one : two;

                    assertThatThrownBy(told::awaitEnd)
                            .isInstanceOf(WorkerFailedException.class)
                            .hasMessageContaining("twin");
                    topics.awaitAllAnswered();
                }
            }
            sent.assertAnsweredExactlyOnce();
        }
    }

    /** A worker of few events a transaction and slow forward passes, so that much is in flight whenever it must let go. */
    private static RunningWorker start(TestingTopics topics, GroupProtocol protocol, String name) {
        Limits limits = new TestingLimits()
                .maxBatchRequests(TRANSACTION)
                .linger(Duration.ofMillis(5))
                .joinTimeout(Duration.ofSeconds(3))
                .build();
        // KIP-848 takes these from the broker and refuses them here.
        Map<String, String> quick = protocol == GroupProtocol.CLASSIC
                ? Map.of("heartbeat.interval.ms", "500", "session.timeout.ms", "10000")
                : Map.of();
        return RunningWorker.start(
                topics.settings(name, protocol, limits, quick),
                new TestingReranker("test").slow(Duration.ofMillis(10)));
    }

    private static void sendRound(SentEvents sent) {
        for (int i = 0; i < EVENTS_A_ROUND; i++) {
            if (i % 50 == 0) {
                sent.sendBad(i / 50 % PARTITIONS, i / 50);
            } else {
                sent.sendGood(i % PARTITIONS);
            }
        }
    }

    private static void awaitProgress(TestingTopics topics) throws Exception {
        Eventually.await("something is answered", () -> !topics.committed().isEmpty());
    }

    /** Goes on sending meanwhile: a worker that joins late must find something left to do. */
    private static void awaitAnswersOf(TestingTopics topics, SentEvents sent, String name, RunningWorker worker)
            throws Throwable {
        Eventually.await(name + " has answered something", () -> {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                sent.sendGood(partition);
            }
            return worker.hasEnded()
                    || topics.statistics().stream()
                            .anyMatch(statistics -> statistics.worker().equals(name));
        });
        if (worker.hasEnded()) {
            worker.awaitEnd();
        }
    }
}
