package io.streamrank.telemetry;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.CacheUse;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.BatchTrace;
import io.streamrank.ingest.BatchTrace.Stage;
import io.streamrank.ingest.BatchTrace.Step;
import io.streamrank.ingest.BatchTrace.TraceContext;
import io.streamrank.ingest.CommitReport;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a worker tells its observers, as tests of this room need it. */
final class TestingReports {
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private TestingReports() {}

    /** Five requests, two of them expired, with 12 pairs of 120 tokens; and these dead letters. */
    static CommitReport report(ModelRef model, Map<Reason, Integer> rejections) {
        BatchStatistics told = new BatchStatistics(
                model,
                "worker-0",
                "cpu",
                "float32",
                NOW,
                5,
                2,
                20,
                12,
                4,
                120,
                10,
                60,
                1,
                2,
                100,
                3,
                Duration.ofMillis(40),
                List.of(Duration.ofMillis(30), Duration.ofMillis(40)),
                List.of(Duration.ofMillis(300), Duration.ofMillis(400)),
                Duration.ofMillis(7),
                new CacheUse(6, 2, 1, 512),
                new CacheUse(5, 3, 0, 1_024),
                Duration.ofMillis(90),
                Duration.ZERO,
                rejections);
        Map<Reason, CommitReport.Rejected> rejected = new HashMap<>();
        rejections.forEach((reason, count) ->
                rejected.put(reason, new CommitReport.Rejected(count, new SourcePosition("rerank.candidates", 0, 1))));
        return new CommitReport(
                5,
                2,
                rejected,
                12,
                120,
                Duration.ofMillis(90),
                Duration.ofMillis(60),
                Duration.ofMillis(50),
                List.of(told));
    }

    /** Ten milliseconds of tokenizing, a hundred of scoring, fifty of publishing, with gaps of one between. */
    static BatchTrace trace(
            int stages,
            @Nullable CommitReport committed,
            @Nullable Throwable failure,
            int failedDeliveries,
            TraceContext... requests) {
        List<Stage> all = List.of(
                new Stage(Step.TOKENIZE, NOW, Duration.ofMillis(10)),
                new Stage(Step.INFER, NOW.plusMillis(11), Duration.ofMillis(100)),
                new Stage(Step.PUBLISH, NOW.plusMillis(112), Duration.ofMillis(50)));
        BatchTrace.Events events = new BatchTrace.Events() {
            @Override
            public int count() {
                return 7;
            }

            @Override
            public List<TraceContext> traces(int max) {
                return List.of(requests).subList(0, Math.min(max, requests.length));
            }
        };
        return new BatchTrace(
                all.subList(0, stages), Optional.ofNullable(committed), failure, failedDeliveries, events);
    }
}
