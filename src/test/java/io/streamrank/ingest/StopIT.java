package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.embedded.BrokerClasspath;
import io.streamrank.embedded.BrokerProcess;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.TestingReranker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How long a stop takes where nobody answers. */
@Timeout(240)
class StopIT {
    private static final int PARTITIONS = 2;
    private static final Duration DRAIN = Duration.ofSeconds(2);

    /** What the command allows beside the drain, until it ends the process. */
    private static final Duration GRACE = Duration.ofSeconds(20);

    private static BrokerProcess broker;

    private final TestingReranker reranker = new TestingReranker("test");

    /** What becomes of the broker while a batch is being scored. */
    enum Harm {
        KILLED {
            @Override
            void harm() {
                broker.kill();
            }

            @Override
            void heal() {
                broker.restart();
            }
        },
        STALLED {
            @Override
            void harm() {
                broker.pause();
            }

            @Override
            void heal() {
                broker.resume();
            }
        };

        abstract void harm();

        abstract void heal();
    }

    @BeforeAll
    static void start(@TempDir Path directory) {
        broker = BrokerProcess.start(BrokerSettings.in(directory), BrokerClasspath.ofThisJvm());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @ParameterizedTest
    @EnumSource
    void isBoundedWhereTheBrokerIsAway(Harm how) throws Throwable {
        try (TestingTopics topics = TestingTopics.created(how.name(), broker, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 11);
            CountDownLatch release = reranker.hold();
            WorkerThread worker = start(topics);
            for (int i = 0; i < 20; i++) {
                sent.sendGood(i % PARTITIONS);
            }
            Eventually.await("a batch is being scored", () -> reranker.batches() > 0);
            try {
                how.harm();
                release.countDown();
                // Long enough to be in the middle of a transaction.
                Thread.sleep(1_000);
                long start = System.nanoTime();
                worker.stopAndAwaitEnd();

                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DRAIN.plus(GRACE));
            } finally {
                how.heal();
            }

            try (WorkerThread successor = start(topics)) {
                topics.awaitAllAnswered();
                successor.stopAndAwaitEnd();
            }
            sent.assertAnsweredExactlyOnce();
        }
    }

    @Test
    void isBoundedWhereAForwardPassGoesOn() throws Throwable {
        try (TestingTopics topics = TestingTopics.created("going-on", broker, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 12);
            CountDownLatch release = reranker.holdUninterruptibly();
            WorkerThread worker = start(topics);
            sent.sendGood(0);
            Eventually.await("a batch is being scored", () -> reranker.batches() > 0);

            long start = System.nanoTime();
            worker.stopAndAwaitEnd();

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DRAIN.plus(GRACE));
            release.countDown();
            assertThat(topics.lag()).isEqualTo(1);
        }
    }

    private WorkerThread start(TestingTopics topics) {
        Limits limits = new TestingLimits().drainTimeout(DRAIN).build();
        return WorkerThread.start(topics.settings("worker-0", GroupProtocol.CLASSIC, limits, Map.of()), reranker);
    }
}
