package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.ingest.DeviceLimits;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.ListScoring;
import io.streamrank.ingest.TestingLimits;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RunningReplayTest {
    @Test
    void endsTheProcessWhereTheDeviceHangs() throws Exception {
        BlockingQueue<Integer> statuses = new LinkedBlockingQueue<>();
        RunningReplay running = new RunningReplay(StreamrankConfigTest.config(Map.of()), statuses::add);
        TestingReranker reranker = new TestingReranker("m");
        CountDownLatch gate = reranker.holdUninterruptibly();
        Limits limits = new TestingLimits()
                .device(new DeviceLimits(1, Duration.ZERO, Duration.ofMillis(50)))
                .build();
        try (ListScoring scoring = new ListScoring(model -> new BatchPolicy(64, 4), limits, running::hung)) {
            ListScoring.Encoded encoded =
                    scoring.encode(reranker, List.of(new ListScoring.Asked(request(), "a request")));
            Thread device = new Thread(() -> score(scoring, encoded));
            device.start();

            assertThat(statuses.poll(30, TimeUnit.SECONDS)).isEqualTo(ExitCode.FAILED);

            gate.countDown();
            device.join();
        }
    }

    private static void score(ListScoring scoring, ListScoring.Encoded encoded) {
        try {
            scoring.score(encoded);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static RerankRequest request() {
        return new RerankRequest(
                "r", new Query("q", "query"), List.of(new Candidate("a", "a 1", null)), null, null, null, Map.of());
    }
}
