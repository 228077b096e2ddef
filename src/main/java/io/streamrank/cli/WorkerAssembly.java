package io.streamrank.cli;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Framing;
import io.streamrank.ingest.CommitReport;
import io.streamrank.ingest.DeviceLimits;
import io.streamrank.ingest.GroupReplay;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.Topics;
import io.streamrank.ingest.Worker;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The composition root: from configuration to a worker. */
final class WorkerAssembly {
    private final StreamrankConfig config;

    WorkerAssembly(StreamrankConfig config) {
        this.config = config;
    }

    /** A model to load: the id requests call it by, and its checkpoint folder. */
    record ModelChoice(String id, Path folder) {
        /**
         * Reads {@code FOLDER} or {@code ID=FOLDER}; a folder alone gives the model its own name.
         *
         * @throws IllegalArgumentException if it is neither
         */
        static ModelChoice parse(String text) {
            int equals = text.indexOf('=');
            String folder = text.substring(equals + 1);
            if (folder.isBlank() || equals == 0) {
                throw new IllegalArgumentException("--model '" + text + "': expected FOLDER or ID=FOLDER");
            }
            return equals < 0 ? of(Path.of(folder)) : new ModelChoice(text.substring(0, equals), Path.of(folder));
        }

        static ModelChoice of(Path folder) {
            Path name = folder.toAbsolutePath().normalize().getFileName();
            return new ModelChoice(name == null ? "model" : name.toString(), folder);
        }
    }

    /** The configured models, the default first. */
    List<ModelChoice> configuredModels() {
        List<ModelChoice> choices = new ArrayList<>();
        config.model()
                .path()
                .ifPresent(path -> choices.add(new ModelChoice(
                        config.model().id().orElseGet(() -> ModelChoice.of(path).id()), path)));
        config.models().forEach((id, model) -> choices.add(new ModelChoice(id, folder(id, model))));
        return choices;
    }

    private static Path folder(String id, StreamrankConfig.FurtherModel model) {
        return model.path()
                .or(model::folder)
                .orElseThrow(() -> new IllegalArgumentException(
                        "streamrank.models." + id + ".path is missing: name the model's checkpoint folder"));
    }

    /** Loads models with the configured settings; those already loaded are closed again if one fails. */
    Models load(List<ModelChoice> choices) {
        return new ModelLoader(config).load(choices);
    }

    /** What a model of this id is run with. */
    ModelSettings modelSettings(String id) {
        return new ModelLoader(config).settings(id);
    }

    /** Says what is wrong with models before anything is started for them. */
    void check(List<ModelChoice> choices) {
        new ModelLoader(config).check(choices);
    }

    Topics topics() {
        StreamrankConfig.Topics topics = config.topics();
        return new Topics(topics.candidates(), topics.ranked(), topics.batches(), topics.deadLetters());
    }

    IngestSettings ingestSettings(
            String bootstrapServers, String instanceId, boolean createTopics, Map<String, String> clientProperties) {
        StreamrankConfig.Kafka kafka = config.kafka();
        return new IngestSettings(
                bootstrapServers,
                kafka.groupId(),
                instanceId,
                kafka.groupProtocol(),
                kafka.delivery(),
                topics(),
                limits(),
                createTopics,
                kafka.partitions(),
                clientProperties);
    }

    Limits limits() {
        try {
            return limits(config.limits(), config.http().maxRerankRequests());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("streamrank.limits: " + e.getMessage(), e);
        }
    }

    private static Limits limits(StreamrankConfig.Limits limits, int maxDirectRequests) {
        return new Limits(
                limits.maxEventBytes(),
                limits.maxCandidates(),
                limits.maxResultBytes(),
                limits.oversizeResults(),
                limits.maxInFlightBytes(),
                limits.maxBatchRequests(),
                maxDirectRequests,
                limits.linger(),
                limits.transactionTarget(),
                limits.transactionTimeout(),
                limits.publishTimeout(),
                limits.drainTimeout(),
                limits.joinTimeout(),
                limits.maxAge(),
                new DeviceLimits(limits.maxUnscorable(), limits.deviceRetryTimeout(), limits.deviceTimeout()));
    }

    Worker worker(IngestSettings settings, Models models, Consumer<CommitReport> onCommit) {
        return worker(settings, models, PipelineObserver.ofCommits(onCommit));
    }

    Worker worker(IngestSettings settings, Models models, PipelineObserver observer) {
        return worker(settings, models, observer, null, Framing.SINGLE_OBJECT);
    }

    /**
     * The worker itself.
     *
     * @param replay what is replayed; absent for a live worker
     * @param framing of events
     */
    Worker worker(
            IngestSettings settings,
            Models models,
            PipelineObserver observer,
            @Nullable GroupReplay replay,
            Framing framing) {
        return new Worker(settings, models, this::batchPolicy, Clock.systemUTC(), observer, replay, framing);
    }

    /** What rolls models' next revisions out, where that is configured. */
    Optional<RolloutWatch> rollouts(Models models, Worker worker) {
        StreamrankConfig.Rollout rollout = config.rollout();
        ModelLoader loader = new ModelLoader(config);
        return rollout.file()
                .map(file -> new RolloutWatch(
                        new RolloutFile(file),
                        models,
                        new RolloutWatch.Loader() {
                            @Override
                            public String digest(Path folder) {
                                return Rerankers.digest(folder);
                            }

                            @Override
                            public Reranker load(Path folder, Reranker first, List<Reranker> held) {
                                return loader.loadNext(folder, first, held);
                            }
                        },
                        worker::isRanking,
                        positive(rollout.interval(), "streamrank.rollout.interval"),
                        positive(rollout.retryInterval(), "streamrank.rollout.retry-interval"),
                        System::nanoTime,
                        loading()));
    }

    private static Executor loading() {
        return Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "streamrank-load");
            thread.setDaemon(true);
            return thread;
        });
    }

    private static Duration positive(Duration value, String name) {
        if (value.toMillis() < 1) {
            throw new IllegalArgumentException(name + " is " + value.toMillis() + " ms, expected 1 ms or more");
        }
        return value;
    }

    /** How much of a model's work goes into one forward pass. */
    BatchPolicy batchPolicy(Reranker reranker) {
        int wanted = config.batch().maxTokens();
        BatchPolicy usual = BatchPolicy.of(reranker.device());
        int tokens = wanted > 0 ? wanted : usual.maxBatchTokens();
        int passes = config.batch().passesInFlight();
        return new BatchPolicy(tokens, config.batch().maxPairs(), passes > 0 ? passes : usual.passesInFlight());
    }
}
