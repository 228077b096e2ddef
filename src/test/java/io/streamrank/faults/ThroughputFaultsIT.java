package io.streamrank.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.WindowSize;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.testing.CommittedWindows;
import io.streamrank.testing.Eventually;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Workers that add up throughput too are killed, stopped and asked to end, and what they add up is exact. */
@ExtendWith(FaultSuite.class)
@Timeout(900)
class ThroughputFaultsIT {
    private static final String NAME = "adding-up";
    private static final int PARTITIONS = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** By the classic protocol, for Kafka Streams takes its session's length from the client, as that one does. */
    @Test
    void addsUpToWhatTheRankedTopicHolds(FaultSuite suite) throws Exception {
        WorkerProcess.Manner manner = new WorkerProcess.Manner(GroupProtocol.CLASSIC, Guarantee.EXACTLY_ONCE, true);
        try (Scene scene = suite.openScene(NAME, manner)) {
            scene.stage().broker().createTopics(Map.of(WorkerProcess.throughputTopic(NAME), PARTITIONS));
            suite.play(scene, Fault.WORKER_RESTARTED_AFTER_KILL, FaultSuite.times(2));
            if (FaultSuite.times(2) > 1) {
                suite.play(scene, Fault.ZOMBIE, 1);
                suite.play(scene, Fault.WORKER_TERMINATED, 1);
            }

            Map<String, Long> answered = scene.answered();
            assertThat(answered.get("pairs")).isPositive();
            Eventually.await(
                    "as much is added up as was answered",
                    PATIENCE,
                    () -> all(windows(scene).sums(WindowSize.MINUTE, true)) >= all(answered));
            CommittedWindows windows = windows(scene);
            for (WindowSize size : WindowSize.values()) {
                assertThat(windows.sums(size, true)).as("all workers, %s", size).isEqualTo(answered);
                assertThat(windows.sums(size, false))
                        .as("each worker, %s", size)
                        .isEqualTo(answered);
            }
        }
    }

    private static long all(Map<String, Long> sums) {
        return sums.values().stream().mapToLong(Long::longValue).sum();
    }

    private static CommittedWindows windows(Scene scene) throws Exception {
        return CommittedWindows.read(scene.stage().broker().bootstrapServers(), WorkerProcess.throughputTopic(NAME));
    }
}
