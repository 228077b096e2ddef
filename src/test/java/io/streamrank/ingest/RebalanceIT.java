package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.SharedBroker;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several workers of one group on a real broker. */
@Timeout(180)
class RebalanceIT {
    private static final int PARTITIONS = 4;
    private static final int ROUNDS = 4;

    private static final EmbeddedBroker BROKER = SharedBroker.get();

    /** Events keep coming while a worker joins, one leaves, and another joins. */
    @ParameterizedTest
    @EnumSource
    void workersComeAndGoAndEachEventIsAnsweredOnce(GroupProtocol protocol) throws Throwable {
        try (TestingTopics topics = TestingTopics.created("rebalance-" + protocol.word(), BROKER, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 7);
            try (WorkerThread first = start(topics, protocol, "first")) {
                sent.sendRound(PARTITIONS);
                awaitProgress(topics);
                try (WorkerThread second = start(topics, protocol, "second")) {
                    sent.sendRound(PARTITIONS);
                    awaitAnswersOf(topics, sent, "second", second);
                    first.stopAndAwaitEnd();
                    try (WorkerThread third = start(topics, protocol, "third")) {
                        sent.sendRound(PARTITIONS);
                        awaitAnswersOf(topics, sent, "third", third);
                        sent.sendRound(PARTITIONS);
                        topics.awaitAllAnswered();
                        second.stopAndAwaitEnd();
                        third.stopAndAwaitEnd();
                    }
                }
            }

            assertThat(sent.count()).isGreaterThanOrEqualTo(ROUNDS * SentEvents.ROUND);
            sent.assertAnsweredExactlyOnce();
        }
    }

    @ParameterizedTest
    @EnumSource
    void twoWorkersOfOneNameAreToldSo(GroupProtocol protocol) throws Throwable {
        try (TestingTopics topics = TestingTopics.created("twins-" + protocol.word(), BROKER, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 8);
            try (WorkerThread one = start(topics, protocol, "twin")) {
                sent.sendRound(PARTITIONS);
                awaitProgress(topics);
                try (WorkerThread two = start(topics, protocol, "twin")) {
                    Eventually.await("one of them ends", () -> one.hasEnded() || two.hasEnded());
                    WorkerThread told = one.hasEnded() ? one : two;

                    assertThatThrownBy(told::awaitEnd)
                            .isInstanceOf(WorkerFailedException.class)
                            .hasMessageContaining("twin");
                    topics.awaitAllAnswered();
                }
            }
            sent.assertAnsweredExactlyOnce();
        }
    }

    private static WorkerThread start(TestingTopics topics, GroupProtocol protocol, String name) {
        return WorkerThread.startBusy(topics, protocol, Guarantee.EXACTLY_ONCE, name, Duration.ofSeconds(3));
    }

    private static void awaitProgress(TestingTopics topics) throws Exception {
        Eventually.await("something is answered", () -> !topics.committed().isEmpty());
    }

    /** Goes on sending meanwhile: a worker that joins late must find something left to do. */
    private static void awaitAnswersOf(TestingTopics topics, SentEvents sent, String name, WorkerThread worker)
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
