package io.streamrank.cli;

import io.streamrank.http.ApiSources;
import io.streamrank.http.HealthCheck;
import io.streamrank.http.ThroughputSource;
import io.streamrank.http.WorkerView;
import io.streamrank.ingest.GroupView;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.RecentOutcomes;
import io.streamrank.ingest.RolloutReport;
import io.streamrank.model.Reranker;
import io.streamrank.throughput.Prices;
import io.streamrank.throughput.WorkerThroughput;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the API tells of a process with a worker, as it comes to be known. */
final class WorkerSources implements ApiSources, AutoCloseable {
    private static final long RECENT_BYTES_MAX = 8 << 20;

    private final StreamrankConfig config;
    private final WorkerState worker;
    private final Optional<RunningThroughput> throughput;
    private final RecentOutcomes outcomes;
    private final WorkerThroughput own;
    private volatile @Nullable GroupView group;
    private volatile Optional<String> instanceId = Optional.empty();
    private volatile @Nullable Models models;
    private volatile @Nullable RolloutWatch rollouts;

    /**
     * @param throughput what adds up throughput of all workers in this process; empty where nothing does
     * @param texts whether texts may be shown
     */
    WorkerSources(StreamrankConfig config, WorkerState worker, Optional<RunningThroughput> throughput, boolean texts) {
        this.config = config;
        this.worker = worker;
        this.throughput = throughput;
        this.outcomes = new RecentOutcomes(config.http().recent(), RECENT_BYTES_MAX, texts, Clock.systemUTC());
        this.own = new WorkerThroughput(
                new Prices(config.throughput().pricePerHour()),
                config.throughput().windowsKept(),
                Clock.systemUTC());
    }

    /** The worker has its name. */
    void named(IngestSettings settings) {
        instanceId = Optional.of(settings.instanceId());
        group = new GroupView(settings);
    }

    /** The models are there. */
    void loaded(Models loaded) {
        models = loaded;
    }

    /** Next revisions come and go. */
    void rolledOut(RolloutWatch watch) {
        rollouts = watch;
    }

    /** How the worker is, with its rollouts, which don't make it less ready: requests are ranked as before. */
    HealthCheck health(Health worker) {
        HealthCheck health = HealthCheck.of(worker);
        return rollouts == null ? health : health.with(rollouts());
    }

    /** Remembers what the worker does. */
    PipelineObserver observer() {
        return PipelineObserver.both(
                outcomes,
                PipelineObserver.ofCommits(report -> report.statistics().forEach(own::add)));
    }

    @Override
    public List<Reranker> models() {
        Models held = models;
        return held == null ? List.of() : held.all();
    }

    @Override
    public double share(Reranker model) {
        Models held = models;
        return held == null ? 0 : held.share(model);
    }

    @Override
    public RolloutReport rollouts() {
        RolloutWatch watch = rollouts;
        return watch == null ? RolloutReport.NONE : watch.report();
    }

    @Override
    public Optional<WorkerView> worker() {
        return Optional.of(new WorkerView(
                instanceId,
                config.kafka().groupId(),
                Version.text(),
                new WorkerAssembly(config).topics(),
                config.kafka().delivery().name().toLowerCase(Locale.ROOT),
                worker.health(),
                worker.load(),
                config.limits().maxInFlightBytes()));
    }

    @Override
    public boolean hasWorker() {
        return true;
    }

    @Override
    public int maxCandidates() {
        return config.limits().maxCandidates();
    }

    @Override
    public Optional<Ranker> ranker() {
        return worker.ranker();
    }

    @Override
    public Optional<RecentOutcomes> outcomes() {
        return Optional.of(outcomes);
    }

    @Override
    public Optional<String> groupId() {
        return Optional.of(config.kafka().groupId());
    }

    @Override
    public Optional<Group> group() {
        return Optional.ofNullable(group).map(view -> view::snapshot);
    }

    /** By all workers where that is added up here, else by this one. */
    @Override
    public Optional<ThroughputSource> throughput() {
        return throughput.isPresent() ? throughput.get().source() : Optional.of(ThroughputSource.of(own));
    }

    @Override
    public void close() {
        GroupView current = group;
        if (current != null) {
            current.close();
        }
    }
}
