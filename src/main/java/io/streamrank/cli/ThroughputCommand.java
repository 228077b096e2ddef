package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Throughput;
import io.streamrank.contract.WindowSize;
import io.streamrank.http.ThroughputJson;
import io.streamrank.http.WebServer;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.throughput.ThroughputService;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Adds up throughput until stopped, or shows what is added up. */
@Command(
        name = "throughput",
        description = "Add up what workers do, by model, worker and window, until stopped; or watch it.",
        sortOptions = false,
        footer = {
            "",
            "For example: ./streamrank throughput --create-topics",
            "             ./streamrank throughput --watch"
        })
final class ThroughputCommand implements Callable<Integer> {
    private static final Logger LOG = Logger.getLogger("io.streamrank.throughput");
    private static final Duration POLL = Duration.ofMillis(500);

    /** After its end a window's last statistics take about so long to be committed and added up. */
    private static final Duration SETTLING = Duration.ofSeconds(3);

    private enum Format {
        TABLE,
        JSONL
    }

    private final StreamrankConfig config;
    private final RunningThroughput running;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Option(names = "--create-topics", description = "Create missing topics.")
    private boolean createTopics;

    @Option(names = "--watch", description = "Show what is added up, wherever that is done, instead of doing it.")
    private boolean watch;

    @Option(
            names = "--window",
            paramLabel = "SIZE",
            defaultValue = "10s",
            converter = WindowText.class,
            description = "With --watch: which windows, 10s, 1m or 1h (default: ${DEFAULT-VALUE}).")
    private WindowSize window = WindowSize.TEN_SECONDS;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "With --watch: table for people, jsonl for programs, an object at each change of a window"
                    + " (default: table on a terminal, else jsonl).")
    private @Nullable Format format;

    @Option(names = "--once", description = "With --watch: show what there is and end.")
    private boolean once;

    @Inject
    ThroughputCommand(StreamrankConfig config, RunningThroughput running) {
        this.config = config;
        this.running = running;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        IngestSettings settings = new WorkerAssembly(config)
                .ingestSettings(
                        kafka.bootstrapServers(config),
                        "throughput",
                        !watch && (createTopics || config.kafka().createTopics()),
                        kafka.clientProperties(config));
        if (watch) {
            new TopicCheck(settings).require(List.of(config.topics().throughput()));
            watch(new Terminal(requireNonNull(spec).commandLine().getOut()));
        } else {
            new ThroughputAssembly(config).requireTopics(settings);
            addUp(settings);
        }
        return ExitCode.OK;
    }

    private void addUp(IngestSettings settings) throws IOException, InterruptedException {
        ThroughputAssembly assembly = new ThroughputAssembly(config);
        HttpAssembly http = new HttpAssembly(config);
        Path slots = Path.of(System.getProperty("java.io.tmpdir"));
        try (InstanceSlot slot = InstanceSlot.claim(slots, assembly.applicationId());
                ProcessMetrics metrics = new ProcessMetrics();
                ThroughputSources sources = new ThroughputSources(settings, running);
                WebServer server = http.start(LOG, running::health, metrics, sources);
                ThroughputService service = running.start(assembly.settings(
                        kafka.bootstrapServers(config), slot.instanceId(), kafka.clientProperties(config)))) {
            metrics.metrics().watchThroughput(running::state);
            http.announce(LOG, server);
            service.awaitEnd();
        }
    }

    private void show(Terminal terminal, List<String> lines) {
        if (once) {
            lines.forEach(line -> terminal.raw(terminal.markup(line)));
        } else {
            terminal.screen(lines);
        }
    }

    private void watch(Terminal terminal) {
        boolean table = format == null ? terminal.isInteractive() : format == Format.TABLE;
        Instant since = Instant.now().minus(window.duration().multipliedBy(ThroughputScreen.WINDOWS_REMEMBERED + 2));
        ThroughputScreen screen = new ThroughputScreen(window);
        try (CommittedReader<Throughput> reader = CommittedReader.throughput(
                kafka.clientConfig(config), config.topics().throughput(), since)) {
            boolean more = true;
            while (more && !terminal.isGone()) {
                for (Throughput each : reader.poll(POLL)) {
                    screen.add(each);
                    if (!table && each.size() == window) {
                        terminal.raw(ThroughputJson.json(each).toString());
                    }
                }
                boolean caughtUp = reader.hasCaughtUp();
                more = !(once && caughtUp);
                if (table && caughtUp) {
                    show(terminal, screen.lines(Instant.now().minus(SETTLING)));
                }
            }
        }
    }
}
