package io.streamrank.http;

import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.Timings;
import io.streamrank.ingest.DirectRanking;
import io.streamrank.ingest.GroupSnapshot;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.Load;
import io.streamrank.ingest.RecentOutcomes;
import io.streamrank.ingest.RolloutReport;
import io.streamrank.ingest.RolloutReport.Rollout;
import io.streamrank.ingest.RolloutReport.State;
import io.streamrank.ingest.Topics;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import io.streamrank.testing.TestingReranker;
import io.streamrank.throughput.Prices;
import io.streamrank.throughput.WorkerThroughput;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A worker that ranks by the number that a document ends with, and knows what a test tells it. */
final class TestingSources implements ApiSources {
    static final int MAX_CANDIDATES = 3;
    static final TestingReranker MODEL = new TestingReranker("test");
    static final Load LOAD = new Load(
            3,
            4_096,
            true,
            List.of(
                    new Load.Backlog(3, OptionalLong.of(9), null),
                    new Load.Backlog(0, OptionalLong.of(5), Instant.now().minusSeconds(60))));

    volatile @Nullable Ranker ranker = request -> CompletableFuture.completedFuture(ranked(request, false));
    volatile Group group = () -> {
        throw new IllegalStateException("not asked for");
    };
    volatile RecentOutcomes outcomes = new RecentOutcomes(50, 1 << 20, false, Clock.systemUTC());
    final WorkerThroughput own = new WorkerThroughput(Prices.NONE, 360, Clock.systemUTC());
    volatile Optional<ThroughputSource> throughput = Optional.of(ThroughputSource.of(own));

    /** Ranks as the worker does: best first, at most topK. */
    static DirectRanking ranked(RerankRequest request, boolean probabilities) {
        List<EncodedPair> pairs = MODEL.encode(request);
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, pairs.size()).boxed().toList());
        order.sort(Comparator.comparing((Integer i) -> -TestingReranker.scoreOf(pairs.get(i))));
        List<RankedCandidate> candidates = new ArrayList<>();
        for (int index : order) {
            candidates.add(new RankedCandidate(
                    request.candidates().get(index).id(),
                    TestingReranker.scoreOf(pairs.get(index)),
                    candidates.size() + 1,
                    index + 1,
                    pairs.get(index).truncated()));
        }
        Integer topK = request.topK();
        return new DirectRanking(
                MODEL.model(),
                "cpu",
                "float32",
                topK == null || topK >= candidates.size() ? candidates : candidates.subList(0, topK),
                (int) pairs.stream().filter(EncodedPair::truncated).count(),
                pairs.stream().mapToLong(EncodedPair::tokens).sum(),
                probabilities,
                new Timings(Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(3)));
    }

    @Override
    public List<Reranker> models() {
        return List.of(MODEL, new TestingReranker("other").on("gpu(0)"));
    }

    @Override
    public RolloutReport rollouts() {
        return new RolloutReport(
                Optional.of("rollout.properties: is not UTF-8"),
                List.of(new Rollout(
                        "test", "/models/next", Optional.empty(), 0.25, State.FAILED, Optional.of("no room"))));
    }

    @Override
    public Optional<WorkerView> worker() {
        return Optional.of(new WorkerView(
                Optional.of("host-0"),
                "streamrank",
                "1.2.3",
                Topics.DEFAULT,
                "exactly_once",
                new Health(Health.State.READY, true, Duration.ofMillis(1), Duration.ZERO, Duration.ofMillis(5)),
                LOAD,
                67_108_864));
    }

    @Override
    public int maxCandidates() {
        return MAX_CANDIDATES;
    }

    @Override
    public Optional<Ranker> ranker() {
        return Optional.ofNullable(ranker);
    }

    @Override
    public Optional<RecentOutcomes> outcomes() {
        return Optional.of(outcomes);
    }

    @Override
    public Optional<String> groupId() {
        return Optional.of("streamrank");
    }

    @Override
    public Optional<Group> group() {
        return Optional.of(group);
    }

    @Override
    public Optional<ThroughputSource> throughput() {
        return throughput;
    }

    static GroupSnapshot snapshot() {
        return new GroupSnapshot(
                "Stable",
                List.of(
                        new GroupSnapshot.Member(
                                Optional.of("host-0"), "streamrank-host-0", "192.0.2.1", List.of(0, 3)),
                        new GroupSnapshot.Member(Optional.empty(), "stranger", "192.0.2.2", List.of(1))),
                List.of(
                        new GroupSnapshot.PartitionLag(
                                0, OptionalLong.of(10), OptionalLong.of(17), OptionalLong.of(7), Optional.of("host-0")),
                        new GroupSnapshot.PartitionLag(
                                1,
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                Optional.empty())));
    }
}
