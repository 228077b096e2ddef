package io.streamrank.contract;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** One of each kind, every field filled in. */
final class ExampleEvents {
    static final ModelRef MODEL = new ModelRef("minilm", "0a1b2c3d4e5f", "bert");

    private ExampleEvents() {}

    static RerankRequest request() {
        return new RerankRequest(
                "r-1",
                new Query("q-1", "größte Stadt"),
                List.of(
                        new Candidate("a", "東京 is large", 12.5),
                        new Candidate("b", "", null),
                        new Candidate("c", "", null, new TokenIds(new int[] {7, 30_521, 0}))),
                "00112233aabb",
                "minilm",
                2,
                Instant.ofEpochMilli(1_800_000_000_123L),
                Map.of("tenant", "x", "trace", "y"));
    }

    static RerankRequest request(List<Candidate> candidates) {
        return new RerankRequest("r-1", new Query(null, "q"), candidates, null, null, null, Map.of());
    }

    static Ranking ranking() {
        return new Ranking(
                "r-1",
                "q-1",
                Ranking.Outcome.RANKED,
                MODEL,
                "gpu(0)",
                "bfloat16",
                List.of(new RankedCandidate("b", 1.5f, 1, 2, true), new RankedCandidate("a", -0.25f, 2, 1, false)),
                new SourcePosition("rerank.candidates", 3, 5_000_000_000L),
                new Timings(Duration.ofMillis(2), Duration.ofNanos(300_000), Duration.ofSeconds(1)),
                Map.of("tenant", "x"));
    }

    static BatchStatistics statistics() {
        return new BatchStatistics(
                MODEL,
                "worker-0",
                "cpu",
                "float32",
                Instant.ofEpochMilli(1_800_000_000_456L),
                2,
                1,
                900,
                800,
                20,
                70_400,
                6_000,
                63_000,
                3,
                2,
                131_072,
                1,
                Duration.ofMillis(40),
                List.of(Duration.ofMillis(40), Duration.ofMillis(3)),
                List.of(Duration.ofMillis(210), Duration.ofMillis(190)),
                Duration.ofMillis(15),
                new CacheUse(30, 770, 4, 65_536),
                new CacheUse(100, 680, 2, 131_072),
                Duration.ofMillis(120),
                Duration.ofMillis(25),
                Map.of(Rejection.Reason.UNDECODABLE, 2, Rejection.Reason.TOO_LARGE, 1));
    }

    static Throughput throughput() {
        Latency latency = new Latency(
                3,
                Duration.ofMillis(90),
                Duration.ofMillis(20),
                Duration.ofMillis(60),
                Duration.ofMillis(60),
                Duration.ofMillis(60),
                List.of(new Latency.Bucket(Duration.ofMillis(20), 2), new Latency.Bucket(Duration.ofMillis(60), 1)));
        return new Throughput(
                new ThroughputScope(MODEL.id(), MODEL.revision(), "worker-0"),
                WindowSize.TEN_SECONDS,
                Instant.ofEpochMilli(1_800_000_000_000L),
                Work.of(statistics()),
                Work.of(statistics()).plus(Work.of(statistics())),
                List.of(new DeviceUse("worker-0", "cpu", Duration.ofMillis(120))),
                0.25,
                latency,
                Latency.NONE,
                latency);
    }
}
