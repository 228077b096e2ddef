package io.streamrank.cli;

import io.streamrank.http.ApiSources;
import io.streamrank.http.ThroughputSource;
import io.streamrank.http.WorkerView;
import io.streamrank.ingest.Models;
import io.streamrank.model.Reranker;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the API tells of a process with a worker, as it comes to be known. */
final class WorkerSources implements ApiSources {
    private final StreamrankConfig config;
    private final RunningWorker running;
    private final RunningThroughput throughput;
    private volatile Optional<String> instanceId = Optional.empty();
    private volatile List<Reranker> models = List.of();

    WorkerSources(StreamrankConfig config, RunningWorker running, RunningThroughput throughput) {
        this.config = config;
        this.running = running;
        this.throughput = throughput;
    }

    /** The worker has its name. */
    void named(String name) {
        instanceId = Optional.of(name);
    }

    /** The models are there. */
    void loaded(Models loaded) {
        models = loaded.all();
    }

    @Override
    public List<Reranker> models() {
        return models;
    }

    @Override
    public Optional<WorkerView> worker() {
        return Optional.of(new WorkerView(
                instanceId,
                config.kafka().groupId(),
                Version.text(),
                new WorkerAssembly(config).topics(),
                config.kafka().delivery().name().toLowerCase(Locale.ROOT),
                running.health(),
                running.load(),
                config.limits().maxInFlightBytes()));
    }

    @Override
    public Optional<Ranker> ranker() {
        return running.ranker();
    }

    @Override
    public Optional<ThroughputSource> throughput() {
        return throughput.source();
    }
}
