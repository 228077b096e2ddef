package io.streamrank.cli;

import io.streamrank.cli.WorkerAssembly.ModelChoice;
import io.streamrank.contract.EventKind;
import io.streamrank.contract.Framing;
import io.streamrank.http.WebServer;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.ingest.Worker;
import io.streamrank.model.Reranker;
import io.streamrank.telemetry.Metrics;
import io.streamrank.telemetry.Tracing;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the worker against a cluster until it is stopped. */
@Command(
        name = "work",
        description = "Rank candidate lists from a Kafka cluster until stopped.",
        sortOptions = false,
        footer = {
            "",
            "For example: ./streamrank work --model models/minilm-l6-reranker --create-topics",
            "             ./streamrank work --model next=FOLDER --replay next --create-topics"
        })
final class WorkCommand implements Callable<Integer> {
    private static final Logger LOG = Logger.getLogger("io.streamrank.worker");

    private final StreamrankConfig config;
    private final RunningWorker running;
    private final RunningThroughput throughput;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Option(
            names = {"-m", "--model"},
            paramLabel = "[ID=]FOLDER",
            description = "A checkpoint folder, and the id that requests call it by (default: the folder's name);"
                    + " repeatable, the first is the default (default: streamrank.model.path).")
    private final List<String> models = new ArrayList<>();

    @Option(
            names = "--instance-id",
            paramLabel = "NAME",
            description = "This worker's stable name (default: host name and slot).")
    private @Nullable String instanceId;

    @Option(
            names = "--replay",
            paramLabel = "NAME",
            description =
                    "Take part in a replay of this name: rank what the candidates topic holds, whole lists, however"
                            + " old, into topics of the replay's own, and end once its group has done it all"
                            + " (default: streamrank.replay.name).")
    private @Nullable String replay;

    @Option(
            names = "--sample",
            paramLabel = "PART",
            description = "Of a replay only the lists of this part of all queries, chosen as replay --sample does"
                    + " (default: streamrank.replay.sample).")
    private @Nullable Double sample;

    @Option(
            names = "--create-topics",
            description = "Create missing topics; of a replay its own, never the candidates.")
    private boolean createTopics;

    @Inject
    WorkCommand(StreamrankConfig config, RunningWorker running, RunningThroughput throughput) {
        this.config = config;
        this.running = running;
        this.throughput = throughput;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        WorkerAssembly assembly = new WorkerAssembly(config);
        List<ModelChoice> choices = models.isEmpty()
                ? assembly.configuredModels()
                : models.stream().map(ModelChoice::parse).toList();
        if (choices.isEmpty() && spec != null) {
            throw new ParameterException(
                    spec.commandLine(), "No model: name a checkpoint folder with --model or streamrank.model.path");
        }
        Optional<ReplayGroup> replayed = ReplayGroup.of(config, replay, sample);
        if (replayed.isPresent() && choices.size() > 1 && spec != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "A replay by a group of workers is of one model: run a replay of another name for each");
        }
        assembly.check(choices);
        HttpAssembly http = new HttpAssembly(config);
        running.begin();
        try (ProcessMetrics metrics = new ProcessMetrics();
                WorkerSources sources = sources(replayed.isEmpty());
                WebServer server = http.start(LOG, () -> sources.health(running.health()), metrics, sources)) {
            metrics.metrics()
                    .watchWorker(running::health, running::load, config.limits().maxInFlightBytes());
            metrics.metrics().watchRollouts(sources::rollouts);
            work(assembly, choices, replayed, metrics.metrics(), sources, () -> http.announce(LOG, server));
        } finally {
            running.closed();
            throughput.close();
        }
        return ExitCode.OK;
    }

    private WorkerSources sources(boolean isLive) {
        boolean addsUp = isLive && config.throughput().enabled();
        return new WorkerSources(
                config,
                running,
                addsUp ? Optional.of(throughput) : Optional.empty(),
                config.http().texts());
    }

    private void work(
            WorkerAssembly assembly,
            List<ModelChoice> choices,
            Optional<ReplayGroup> replayed,
            Metrics metrics,
            WorkerSources sources,
            Runnable announcement)
            throws IOException, InterruptedException {
        Optional<String> name = Optional.ofNullable(instanceId).or(config.kafka()::instanceId);
        try (InstanceSlot slot = name.isPresent()
                ? null
                : InstanceSlot.claim(
                        Path.of(System.getProperty("java.io.tmpdir")),
                        replayed.map(ReplayGroup::groupId)
                                .orElseGet(() -> config.kafka().groupId()))) {
            IngestSettings live = assembly.ingestSettings(
                    kafka.bootstrapServers(config),
                    slot == null ? name.orElseThrow() : slot.instanceId(),
                    createTopics || config.kafka().createTopics(),
                    kafka.clientProperties(config));
            IngestSettings settings =
                    replayed.map(group -> group.settings(live)).orElse(live);
            sources.named(settings);
            // Before the models, which take their time.
            if (replayed.isEmpty()) {
                new TopicCheck(settings).require(settings.topics().all());
                addUpThroughput(settings, metrics);
            } else {
                requireReplayed(settings);
            }
            try (Tracing tracing = Tracing.configured(Version.text(), settings.instanceId())
                            .orElse(null);
                    EventFraming framing = EventFraming.of(config)) {
                work(
                        assembly,
                        settings,
                        framing.polling(EventKind.RANKED_LIST, EventKind.BATCH_STATISTICS),
                        replayed,
                        choices,
                        observers(settings, metrics, tracing),
                        sources,
                        announcement);
            }
        }
    }

    private static void requireReplayed(IngestSettings settings) throws InterruptedException {
        TopicCheck check = new TopicCheck(settings);
        check.requireRecorded(settings.topics());
        check.requireCleanup(
                Map.of(settings.topics().ranked(), "delete"),
                "the ranking of one list would replace that of another with its key");
    }

    /** Beside the worker, and nothing that the worker waits for. */
    private void addUpThroughput(IngestSettings settings, Metrics metrics) throws InterruptedException {
        if (config.throughput().enabled()) {
            metrics.watchThroughput(throughput::state);
            ThroughputAssembly assembly = new ThroughputAssembly(config);
            assembly.requireTopics(settings);
            throughput.start(
                    assembly.settings(settings.bootstrapServers(), settings.instanceId(), settings.clientProperties()));
        }
    }

    /** Who watches the pipeline, once the models are known. */
    private Function<Models, PipelineObserver> observers(
            IngestSettings settings, Metrics metrics, @Nullable Tracing tracing) {
        if (tracing == null) {
            return metrics::watchPipeline;
        }
        LOG.info("Traces are exported as the OTEL_* variables say");
        PipelineObserver spans = tracing.batchSpans(
                settings.topics().candidates(),
                settings.groupId(),
                config.tracing().maxLinks());
        return models -> PipelineObserver.both(metrics.watchPipeline(models), spans);
    }

    private void work(
            WorkerAssembly assembly,
            IngestSettings settings,
            Framing framing,
            Optional<ReplayGroup> replayed,
            List<ModelChoice> choices,
            Function<Models, PipelineObserver> observers,
            WorkerSources sources,
            Runnable announcement)
            throws InterruptedException {
        try (Models loaded = assembly.load(choices)) {
            sources.loaded(loaded);
            loaded.all().forEach(WorkCommand::log);
            LOG.infof(
                    "Worker %s of group %s reads %s from %s",
                    settings.instanceId(),
                    settings.groupId(),
                    settings.topics().candidates(),
                    settings.bootstrapServers());
            announcement.run();
            WorkerLog log = new WorkerLog();
            Worker worker = assembly.worker(
                    settings,
                    loaded,
                    PipelineObserver.both(
                            PipelineObserver.both(PipelineObserver.ofCommits(log), sources.observer()),
                            observers.apply(loaded)),
                    replayed.map(group -> group.replay(
                                    kafka.clientConfig(config),
                                    settings.limits(),
                                    loaded.byDefault(),
                                    assembly.modelSettings(
                                            loaded.byDefault().model().id())))
                            .orElse(null),
                    framing);
            try (GroupProgress progress = replayed.map(group -> GroupProgress.start(
                                    group.name(),
                                    kafka.clientConfig(config),
                                    settings,
                                    config.replay().progressInterval()))
                            .orElse(null);
                    RolloutWatch rollouts = replayed.isPresent()
                            ? null
                            : assembly.rollouts(loaded, worker).orElse(null)) {
                if (rollouts != null) {
                    sources.rolledOut(rollouts);
                    // What a file wants is done before the first request, so that a restart changes nothing of it.
                    rollouts.followToTheEnd();
                    rollouts.start();
                }
                running.run(worker, log, settings.limits().drainTimeout());
            }
            if (worker.isComplete()) {
                LOG.infof(
                        "Replay %s is complete: its rankings are in %s. By this worker: %s",
                        replayed.map(ReplayGroup::name).orElse(""),
                        settings.topics().ranked(),
                        log.total());
            }
        }
    }

    private static void log(Reranker model) {
        LOG.infof(
                "Model %s, revision %s, family %s: %s on %s, %,d bytes resident, pairs of up to %d tokens",
                model.model().id(),
                model.model().revision(),
                model.model().family(),
                model.dtype(),
                model.device(),
                model.residentBytes(),
                model.maxLength());
    }
}
