package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.SharedBroker;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Workers without transactions, broken off in the middle of their work while more of it comes. */
@Timeout(300)
class AtLeastOnceIT {
    private static final int PARTITIONS = 4;
    private static final int BREAKS = 5;

    private static final EmbeddedBroker BROKER = SharedBroker.get();

    @ParameterizedTest
    @EnumSource
    void losesNothingAndKeepsTheOrderWhereWorkersAreBrokenOff(GroupProtocol protocol) throws Throwable {
        try (TestingTopics topics = TestingTopics.created("at-least-once-" + protocol.word(), BROKER, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 17);
            try (WorkerThread beside = start(topics, protocol, "beside")) {
                WorkerThread broken = start(topics, protocol, "broken");
                for (int round = 0; round < BREAKS; round++) {
                    sent.sendRound(PARTITIONS);
                    awaitAnswers(topics, sent, broken);
                    broken = protocol == GroupProtocol.CLASSIC && round % 2 == 0
                            ? replacedWhileItWorks(topics, broken)
                            : replacedOnceItHasEnded(topics, protocol, broken);
                }
                sent.sendRound(PARTITIONS);
                topics.awaitAllAnswered();
                broken.stopAndAwaitEnd();
                beside.stopAndAwaitEnd();
            }

            int repetitions = sent.assertAnsweredAtLeastOnce();
            System.out.printf(
                    "AtLeastOnceIT %s: %,d events, %,d repetitions after %d workers broken off%n",
                    protocol.word(), sent.count(), repetitions, BREAKS);
            // No more than what broken workers had in hand.
            assertThat(repetitions).isLessThan(BREAKS * SentEvents.ROUND);
        }
    }

    /** Fenced: what it has written it can no longer commit, and it may still write for a moment. */
    private static WorkerThread replacedWhileItWorks(TestingTopics topics, WorkerThread broken) throws Exception {
        WorkerThread successor = start(topics, GroupProtocol.CLASSIC, "broken");
        Eventually.await("the first of that name has ended", broken::hasEnded);
        return successor;
    }

    private static WorkerThread replacedOnceItHasEnded(
            TestingTopics topics, GroupProtocol protocol, WorkerThread broken) throws Exception {
        broken.breakOff();
        return start(topics, protocol, "broken");
    }

    private static WorkerThread start(TestingTopics topics, GroupProtocol protocol, String name) {
        return WorkerThread.startBusy(topics, protocol, Guarantee.AT_LEAST_ONCE, name, Duration.ofSeconds(60));
    }

    /** Goes on sending meanwhile, so that there is something left to be broken off from. */
    private static void awaitAnswers(TestingTopics topics, SentEvents sent, WorkerThread worker) throws Throwable {
        int before = sent.count() - (int) topics.lag();
        Eventually.await("some of the round is answered", () -> {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                sent.sendGood(partition);
            }
            return worker.hasEnded() || sent.count() - topics.lag() > before + SentEvents.ROUND / 4;
        });
        if (worker.hasEnded()) {
            worker.awaitEnd();
        }
    }
}
