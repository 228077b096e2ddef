package io.streamrank.faults;

import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.TestingLimits;
import io.streamrank.ingest.TestingTopics;
import io.streamrank.ingest.WorkerThread;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Workers join and leave faster than a group comes to rest. They live in this JVM: starting processes takes too long. */
@ExtendWith(FaultSuite.class)
@Timeout(900)
@Tag(FaultSuite.FULL)
class RebalanceStormIT {
    private static final int CHANGES = 24;
    private static final int MOST_WORKERS = 5;
    private static final int PAUSE_MILLIS_MAX = 1_500;

    @ParameterizedTest
    @EnumSource
    void workersJoinAndLeave(GroupProtocol protocol, FaultSuite suite) throws Throwable {
        long start = System.nanoTime();
        Random random = new Random(suite.seed());
        List<Blow> blows = new ArrayList<>();
        Deque<WorkerThread> workers = new ArrayDeque<>();
        try (Scene scene = suite.openScene("storm-" + protocol.word(), new TestingReranker("test"))) {
            try {
                workers.add(start(scene, protocol, 0));
                scene.traffic().begin(2 * FaultSuite.EVENTS_PER_SECOND);
                scene.awaitFlow();
                for (int change = 1; change <= CHANGES; change++) {
                    blows.add(scene.blow(Scene.allPartitions()));
                    if (workers.size() == 1 || (workers.size() < MOST_WORKERS && random.nextBoolean())) {
                        workers.add(start(scene, protocol, change));
                    } else {
                        workers.remove().stopAndAwaitEnd();
                    }
                    Thread.sleep(random.nextInt(PAUSE_MILLIS_MAX));
                }
                scene.awaitRecovery(blows.get(blows.size() - 1));
                scene.settle();
            } finally {
                for (WorkerThread worker : workers) {
                    worker.close();
                }
            }
            for (WorkerThread worker : workers) {
                worker.awaitEnd();
            }
            // What leaving has brought about counts too.
            scene.settle();
            String title = "workers join and leave; longest silences, group.protocol=" + protocol.word();
            Collection<Long> silences = scene.longestSilences(blows.get(0)).values();
            long caughtUp = scene.recovery(blows.get(blows.size() - 1)).caughtUpMillis();
            suite.report().add(Report.Row.ofSilences(title, scene.sent(), CHANGES, silences, caughtUp, start));
        }
    }

    /** Of few events a transaction and slow forward passes, so that much is in flight whenever it must let go. */
    private static WorkerThread start(Scene scene, GroupProtocol protocol, int number) {
        Limits limits = new TestingLimits()
                .maxEventBytes(MixedEvents.MAX_EVENT_BYTES)
                .maxBatchRequests(20)
                .linger(Duration.ofMillis(5))
                .joinTimeout(Duration.ofSeconds(20))
                .build();
        return WorkerThread.start(
                scene.topics().settings("worker-" + number, protocol, limits, TestingTopics.quickSession(protocol)),
                new TestingReranker("test").slow(Duration.ofMillis(10)));
    }
}
