package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.cli.WorkerAssembly.ModelChoice;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.ListScoring;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.RequestBounds;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.replay.run.FolderNames;
import io.streamrank.replay.run.ListSource;
import io.streamrank.replay.run.QuerySample;
import io.streamrank.replay.run.RankedPublisher;
import io.streamrank.replay.run.Replay;
import io.streamrank.replay.run.ReplayFolder;
import io.streamrank.replay.run.ReplayIdentity;
import io.streamrank.replay.run.ReplaySettings;
import io.streamrank.replay.run.RequestAcceptance;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Scores recorded candidate lists with one or more models, and leaves what they make of them in a folder. */
@Command(
        name = "replay",
        description = "Score recorded candidate lists, of a topic or of files, with one or more models.",
        sortOptions = false,
        footer = {
            "",
            "For example: ./streamrank replay --output out --model now=FOLDER --model next=FOLDER --from 24h",
            "             ./streamrank replay --output out --model models/minilm-l6-reranker --beir samples/squad11-dev",
            "The live group and its offsets are not touched. The same command goes on with a replay that was ended."
        })
final class ReplayCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int VERSION = 1;

    private final StreamrankConfig config;
    private final RunningReplay running;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Where results go: a new folder, or that of the same replay to go on with it.")
    private @Nullable Path output;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "[NAME=]FOLDER",
            description = "A checkpoint folder, and what files are named by (default: the folder's name); repeatable"
                    + " (default: the configured models).")
    private final List<String> models = new ArrayList<>();

    @Mixin
    private final ReplaySourceOptions topic = new ReplaySourceOptions();

    @ArgGroup(exclusive = true, multiplicity = "0..1")
    private @Nullable SendSource files;

    @Mixin
    private final RunOptions run = new RunOptions();

    @Option(
            names = "--sample",
            paramLabel = "PART",
            defaultValue = "1",
            description = "Only this part of all queries, such as 0.1: the same ones each time.")
    private double sample;

    @Option(
            names = "--max-lists",
            paramLabel = "N",
            converter = AtLeastOne.class,
            description = "Only the first N lists of the sample.")
    private @Nullable Integer maxLists;

    @Option(names = "--no-texts", description = "Leave the texts of queries and documents out of the folder.")
    private boolean withoutTexts;

    @Option(
            names = "--publish",
            paramLabel = "TOPIC",
            description = "Publish the rankings of all models there too, each once.")
    private @Nullable String publish;

    @Option(names = "--create-topics", description = "Create the topic to publish to, if it is missing.")
    private boolean createTopics;

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Option(names = "--no-report", description = "Leave the report to ./streamrank report.")
    private boolean withoutReport;

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Inject
    ReplayCommand(StreamrankConfig config, RunningReplay running) {
        this.config = config;
        this.running = running;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path root = requireOptions();
        List<ModelChoice> choices = models.isEmpty()
                ? new WorkerAssembly(config).configuredModels()
                : models.stream().map(ModelChoice::parse).toList();
        if (choices.isEmpty()) {
            throw usage("No model: name a checkpoint folder with --model or streamrank.model.path");
        }
        ReplayModels replayModels = new ReplayModels(config, choices);
        if (!withoutReport) {
            reporting().check();
        }
        running.begin();
        try (ReplayFolder folder = ReplayFolder.open(root)) {
            return replay(folder, replayModels);
        } finally {
            running.closed();
        }
    }

    private Path requireOptions() {
        if (output == null) {
            throw usage("Where to? Name a folder with --output");
        }
        if (files != null && topic.isSet()) {
            throw usage("A replay is of a topic or of files: options of both were given");
        }
        if (publish != null && liveTopics().contains(publish)) {
            throw usage("--publish " + publish + ": that is a topic of the live workers; name another");
        }
        return output;
    }

    /** What workers read and write, by the configuration and as it was asked for. */
    private Set<String> liveTopics() {
        Set<String> live = new HashSet<>(new WorkerAssembly(config).topics().all());
        live.add(topic.topic(config));
        live.add(config.topics().judgments());
        if (topic.rankedTopic != null) {
            live.add(topic.rankedTopic);
        }
        return live;
    }

    private ParameterException usage(String message) {
        return new ParameterException(requireNonNull(spec).commandLine(), message);
    }

    private int replay(ReplayFolder folder, ReplayModels replayModels) throws IOException, InterruptedException {
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getErr());
        JsonNode begun = folder.begun().orElse(null);
        Limits limits = new WorkerAssembly(config).limits();
        RequestBounds bounds = new RequestBounds(maxEventBytes(limits), limits.maxCandidates());
        Source source = source(bounds, terminal);
        if (!withoutReport) {
            reporting().requireNames(replayModels.all(), source.mayHaveLive());
        }
        Map<String, String> identity = new LinkedHashMap<>(source.identity());
        identity.putAll(identity(replayModels, limits));
        if (begun != null) {
            identity.putAll(replayModels.revisions());
            ReplayIdentity.requireSame(folder.root(), begun.path("settings"), identity);
            if (begun.path("finished").asBoolean()) {
                folder.forgetProgress();
                return done(folder, begun, "is complete already: nothing was to be done");
            }
        }
        try (Models loaded = replayModels.load(begun)) {
            identity.putAll(replayModels.identity(loaded));
            if (begun != null) {
                ReplayIdentity.requireSame(folder.root(), begun.path("settings"), identity);
                terminal.line("  goes on after %,d lists", folder.lists());
            }
            ObjectNode description =
                    begun != null ? begun.deepCopy() : description(source, identity, replayModels, loaded);
            Optional<ObjectNode> finished;
            try (ListSource lists = source.open(description.path("source"), folder.position());
                    ListScoring scoring =
                            new ListScoring(new WorkerAssembly(config)::batchPolicy, limits, running::hung);
                    Publisher publisher = publisher(loaded, description)) {
                finished = new Replay(
                                folder,
                                lists,
                                loaded.all(),
                                scoring,
                                settings(replayModels.chunkChars(loaded)),
                                publisher.orNull(),
                                new ReplayProgress(terminal))
                        .run(description, running::isStopped);
            }
            if (finished.isEmpty()) {
                terminal.line("Stopped after %,d lists; the same command goes on", folder.lists());
                return ExitCode.OK;
            }
            return done(folder, finished.get(), "is complete");
        }
    }

    /** Where lists come from: what identifies it, what is decided of it at first, how to open it. */
    private interface Source {
        Map<String, String> identity();

        ObjectNode decide() throws IOException;

        ListSource open(JsonNode decided, @Nullable JsonNode position) throws IOException;

        /** Whether live rankings of the lists are looked for. */
        boolean mayHaveLive();
    }

    private Source source(RequestBounds bounds, Terminal terminal) throws IOException, InterruptedException {
        if (files != null) {
            return of(
                    new ReplayFiles(files, run.split, run.depth(report.preset().map(ReportOptions.Preset::depth))),
                    bounds);
        }
        return of(new ReplayTopic(config, topic, ingestSettings(false), kafka.clientConfig(config), bounds), terminal);
    }

    private static Source of(ReplayFiles files, RequestBounds bounds) {
        return new Source() {
            @Override
            public Map<String, String> identity() {
                return files.identity();
            }

            @Override
            public ObjectNode decide() throws IOException {
                return files.json();
            }

            @Override
            public ListSource open(JsonNode decided, @Nullable JsonNode position) throws IOException {
                return files.open(new RequestAcceptance(bounds), position);
            }

            @Override
            public boolean mayHaveLive() {
                return false;
            }
        };
    }

    private static Source of(ReplayTopic topic, Terminal terminal) {
        return new Source() {
            @Override
            public Map<String, String> identity() {
                return topic.identity();
            }

            @Override
            public ObjectNode decide() {
                return topic.plan(terminal);
            }

            @Override
            public ListSource open(JsonNode decided, @Nullable JsonNode position) {
                return topic.open(decided, position);
            }

            @Override
            public boolean mayHaveLive() {
                return topic.mayHaveLive();
            }
        };
    }

    private static int maxEventBytes(Limits limits) {
        return Math.min(limits.maxEventBytes(), FolderNames.EVENT_BYTES_MAX);
    }

    private IngestSettings ingestSettings(boolean create) {
        return new WorkerAssembly(config)
                .ingestSettings(kafka.bootstrapServers(config), "replay", create, kafka.clientProperties(config));
    }

    private Map<String, String> identity(ReplayModels replayModels, Limits limits) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("models", replayModels.names());
        identity.put("sample", Double.toString(sample));
        identity.put("max-lists", maxLists == null ? "" : Integer.toString(maxLists));
        identity.put("texts", Boolean.toString(!withoutTexts));
        identity.put("publish", publish == null ? "" : publish);
        identity.put("max-event-bytes", Integer.toString(maxEventBytes(limits)));
        identity.put("max-candidates", Integer.toString(limits.maxCandidates()));
        return identity;
    }

    private ReplaySettings settings(long chunkChars) {
        return new ReplaySettings(
                new QuerySample(sample),
                maxLists == null ? Long.MAX_VALUE : maxLists,
                !withoutTexts,
                config.replay().chunkLists(),
                chunkChars);
    }

    private ObjectNode description(
            Source source, Map<String, String> identity, ReplayModels replayModels, Models loaded) throws IOException {
        ObjectNode node = JSON.createObjectNode();
        node.put("version", VERSION);
        node.put("id", UUID.randomUUID().toString());
        node.put("created", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        node.put("streamrank", Version.text());
        node.set("source", source.decide());
        node.put("sample", sample);
        ObjectNode settings = node.putObject("settings");
        identity.forEach(settings::put);
        node.set("models", replayModels.json(loaded));
        node.put("finished", false);
        return node;
    }

    /** Closes what publishes, if anything does. */
    private record Publisher(@Nullable RankedPublisher publisher) implements AutoCloseable {
        @Nullable RankedPublisher orNull() {
            return publisher;
        }

        @Override
        public void close() {
            if (publisher != null) {
                publisher.close();
            }
        }
    }

    private Publisher publisher(Models loaded, ObjectNode description) throws InterruptedException {
        if (publish == null) {
            return new Publisher(null);
        }
        if ((long) config.replay().chunkLists() * loaded.all().size() > RankedPublisher.PORTION_RANKINGS_MAX) {
            throw new IllegalArgumentException("--publish: portions of streamrank.replay.chunk-lists ("
                    + config.replay().chunkLists() + ") lists by "
                    + loaded.all().size() + " models are more than the "
                    + RankedPublisher.PORTION_RANKINGS_MAX + " rankings that a transaction may hold: lower it");
        }
        IngestSettings settings = ingestSettings(createTopics || config.kafka().createTopics());
        new TopicCheck(settings).require(List.of(publish));
        return new Publisher(new RankedPublisher(
                new RankedPublisher.Publishing(
                        settings, publish, description.path("id").asText(), files == null),
                loaded.all()));
    }

    private Reporting reporting() {
        return new Reporting(config, kafka, report);
    }

    private int done(ReplayFolder folder, JsonNode replay, String what) throws IOException, InterruptedException {
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        terminal.line(
                "The replay in %s %s: %,d lists, %,d pairs each for %s",
                folder.root(),
                what,
                replay.path("lists").asLong(),
                replay.path("pairs").asLong(),
                replay.path("settings").path("models").asText());
        replay.path("models")
                .forEach(model -> terminal.line(
                        "  %-20s %,.0f pairs/s; scores.%1$s.jsonl, run.%1$s.trec",
                        model.path("name").asText(),
                        model.path("pairsPerSecond").asDouble()));
        if (!replay.path("skipped").isEmpty()) {
            terminal.line("  left out: %s; each with its place in skipped.jsonl", counts(replay.path("skipped")));
        }
        if (replay.path("unpublished").asLong() > 0) {
            terminal.line(
                    "  not published: %,d; each with its place in unpublished.jsonl",
                    replay.path("unpublished").asLong());
        }
        if (replay.path("liveRankings").asLong() > 0) {
            terminal.line(
                    "  with their live rankings: %,d; run.live.trec",
                    replay.path("liveRankings").asLong());
        }
        terminal.line("Runs are as trec_eval reads them; docs/replay.md says what is in each file");
        return withoutReport ? ExitCode.OK : reporting().report(folder.root(), terminal);
    }

    private static String counts(JsonNode skipped) {
        List<String> counts = new ArrayList<>();
        skipped.properties()
                .forEach(reason ->
                        counts.add(reason.getKey() + " " + reason.getValue().asText()));
        return String.join(", ", counts);
    }
}
