package io.streamrank.telemetry;

import io.streamrank.ingest.Health;
import io.streamrank.ingest.Load;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.RolloutReport;
import io.streamrank.testing.TestingReranker;
import io.streamrank.throughput.ThroughputHealth;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Every meter there is, registered as a worker and {@code streamrank throughput} do it. */
final class TestingMetrics implements AutoCloseable {
    final TestingReranker model = new TestingReranker("minilm");
    final TestingReranker other = new TestingReranker("mamba");
    final Metrics metrics = new Metrics("1.2.3", Clock.fixed(TestingReports.NOW, ZoneOffset.UTC));
    final Models models = new Models(List.of(model, other));
    final PipelineObserver observer;
    volatile RolloutReport rollouts = new RolloutReport(
            Optional.empty(),
            List.of(new RolloutReport.Rollout(
                    "minilm", "next", Optional.empty(), 0.5, RolloutReport.State.LOADING, Optional.empty())));
    volatile Health health = new Health(
            Health.State.READY, true, Duration.ofMillis(1_500), Duration.ofMillis(250), Duration.ofSeconds(2));
    volatile Load load = new Load(
            3,
            4_096,
            true,
            List.of(
                    new Load.Backlog(0, OptionalLong.of(12), TestingReports.NOW.minusMillis(2_500)),
                    new Load.Backlog(4, OptionalLong.of(0), null)));
    volatile ThroughputHealth throughput = new ThroughputHealth(ThroughputHealth.State.READY, 2, 3);

    TestingMetrics() {
        metrics.watchWorker(() -> health, () -> load, 1 << 20);
        metrics.watchThroughput(() -> throughput);
        metrics.watchRollouts(() -> rollouts);
        observer = metrics.watchPipeline(models);
    }

    /** The page in Prometheus's format, line by line. */
    List<String> lines() {
        return metrics.page(null).text().lines().toList();
    }

    @Override
    public void close() {
        metrics.close();
    }
}
