package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
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

/** Workers without transactions, broken off in the middle of their work while more of it comes. */
@Timeout(300)
class AtLeastOnceIT {
    private static final int PARTITIONS = 4;
    private static final int BREAKS = 5;
    private static final int EVENTS_A_ROUND = 300;
    private static final int EVENTS_A_BATCH = 10;

    private static EmbeddedBroker broker;

    @BeforeAll
    static void start(@TempDir Path directory) {
        broker = EmbeddedBroker.start(BrokerSettings.in(directory));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @ParameterizedTest
    @EnumSource
    void losesNothingAndKeepsTheOrderWhereWorkersAreBrokenOff(GroupProtocol protocol) throws Throwable {
        try (TestingTopics topics = TestingTopics.created("at-least-once-" + protocol.word(), broker, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 17);
            try (RunningWorker beside = start(topics, protocol, "beside")) {
                RunningWorker broken = start(topics, protocol, "broken");
                for (int round = 0; round < BREAKS; round++) {
                    sendRound(sent);
                    awaitAnswers(topics, sent, broken);
                    broken = protocol == GroupProtocol.CLASSIC && round % 2 == 0
                            ? replacedWhileItWorks(topics, broken)
                            : replacedOnceItHasEnded(topics, protocol, broken);
                }
                sendRound(sent);
                topics.awaitAllAnswered();
                broken.stopAndAwaitEnd();
                beside.stopAndAwaitEnd();
            }

            int repetitions = sent.assertAnsweredAtLeastOnce();
            System.out.printf(
                    "AtLeastOnceIT %s: %,d events, %,d repetitions after %d workers broken off%n",
                    protocol.word(), sent.count(), repetitions, BREAKS);
            // No more than what broken workers had in hand.
            assertThat(repetitions).isLessThan(BREAKS * EVENTS_A_ROUND);
        }
    }

    /** Fenced: what it has written it can no longer commit, and it may still write for a moment. */
    private static RunningWorker replacedWhileItWorks(TestingTopics topics, RunningWorker broken) throws Exception {
        RunningWorker successor = start(topics, GroupProtocol.CLASSIC, "broken");
        Eventually.await("the first of that name has ended", broken::hasEnded);
        return successor;
    }

    private static RunningWorker replacedOnceItHasEnded(
            TestingTopics topics, GroupProtocol protocol, RunningWorker broken) throws Exception {
        broken.breakOff();
        return start(topics, protocol, "broken");
    }

    /** Few events a batch and slow forward passes, so that there is always something in the middle. */
    private static RunningWorker start(TestingTopics topics, GroupProtocol protocol, String name) {
        Limits limits = new TestingLimits()
                .maxBatchRequests(EVENTS_A_BATCH)
                .joinTimeout(Duration.ofSeconds(60))
                .build();
        // KIP-848 takes these from the broker and refuses them here.
        Map<String, String> quick = protocol == GroupProtocol.CLASSIC
                ? Map.of("heartbeat.interval.ms", "500", "session.timeout.ms", "10000")
                : Map.of();
        return RunningWorker.start(
                topics.settings(name, protocol, Guarantee.AT_LEAST_ONCE, limits, quick),
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

    /** Goes on sending meanwhile, so that there is something left to be broken off from. */
    private static void awaitAnswers(TestingTopics topics, SentEvents sent, RunningWorker worker) throws Throwable {
        int before = sent.count() - (int) topics.lag();
        Eventually.await("some of the round is answered", () -> {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                sent.sendGood(partition);
            }
            return worker.hasEnded() || sent.count() - topics.lag() > before + EVENTS_A_ROUND / 4;
        });
        if (worker.hasEnded()) {
            worker.awaitEnd();
        }
    }
}
