package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.cli.WorkerAssembly.ModelChoice;
import io.streamrank.embedded.BrokerClasspath;
import io.streamrank.embedded.BrokerProcess;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.ingest.Models;
import io.streamrank.model.Reranker;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The whole path on this machine: a real broker, real text, a real checkpoint, and what it was good for. */
@Command(
        name = "demo",
        description = "Start a broker, send real queries with their BM25 candidates, rank them, show what it brought.",
        sortOptions = false,
        footer = {"", "For example: ./streamrank demo --queries 20"})
final class DemoCommand implements Callable<Integer> {
    /** Where the texts that ship with the worker are. */
    static final String SAMPLE = "samples/squad11-dev";

    private static final String CHECKPOINT = "models/minilm-l6-reranker";

    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--queries",
            paramLabel = "N",
            defaultValue = "100",
            converter = AtLeastOne.class,
            description = "Queries to send, all there are at most (default: ${DEFAULT-VALUE} of the sample's 200).")
    private int queries;

    @Option(
            names = "--depth",
            paramLabel = "N",
            defaultValue = "20",
            converter = AtLeastOne.class,
            description = "Candidates of each query (default: ${DEFAULT-VALUE}).")
    private int depth;

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            description = "Another BEIR folder with a run*.trec and judgments (default: " + SAMPLE + ").")
    private @Nullable Path data;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "[ID=]FOLDER",
            description =
                    "Another checkpoint folder, and the id that requests call it by; repeatable, the first ranks what"
                            + " the demo sends (default: " + CHECKPOINT + ").")
    private final List<String> models = new ArrayList<>();

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "The broker's port on 127.0.0.1 (default: a free one).")
    private int port;

    @Option(names = "--keep", description = "Keep broker and worker running at the end, until Ctrl-C.")
    private boolean keep;

    @Inject
    DemoCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        // The worker's log would run through the report.
        Logger.getLogger("io.streamrank").setLevel(Level.WARNING);
        requireFree(port);
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        terminal.line("@|bold Streamrank demo|@: candidate lists in, ranked lists out, exactly once");
        terminal.line("");

        DemoData sample = DemoData.read(data == null ? inHome(SAMPLE) : data, queries, depth);
        terminal.line(
                "  data     %,d queries with %,d candidates by BM25, from %s",
                sample.requests().size(), sample.candidates(), shown(sample.root()));

        WorkerAssembly assembly = new WorkerAssembly(config);
        List<ModelChoice> choices = models.isEmpty()
                ? List.of(ModelChoice.of(inHome(CHECKPOINT)))
                : models.stream().map(ModelChoice::parse).toList();
        try (DemoFolder folder = DemoFolder.create();
                Models loaded = load(terminal, assembly, choices);
                BrokerProcess broker = startBroker(terminal, folder)) {
            DemoRun run = new DemoRun(terminal, config, broker.bootstrapServers());
            run.send(sample.requests().values());
            return run.rank(sample, loaded, keep) ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    /** Said before the model is loaded, not after. */
    private static void requireFree(int port) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "--port " + port + ": cannot be used on 127.0.0.1 (" + e.getMessage() + ")", e);
        }
    }

    /** From here, where that is shorter. */
    private static Path shown(Path path) {
        Path here = Path.of("").toAbsolutePath();
        Path absolute = path.toAbsolutePath().normalize();
        return absolute.startsWith(here) ? here.relativize(absolute) : absolute;
    }

    private Path inHome(String relative) {
        Path path = config.home().resolve(relative).toAbsolutePath().normalize();
        if (!Files.exists(path)) {
            throw new IllegalArgumentException(
                    path + " is missing: run in the project's folder, or name it with -Dstreamrank.home=FOLDER");
        }
        return path;
    }

    private static Models load(Terminal terminal, WorkerAssembly assembly, List<ModelChoice> choices) {
        long start = System.nanoTime();
        Models loaded = assembly.load(choices);
        for (Reranker model : loaded.all()) {
            terminal.line(
                    "  model    %s, revision %s (%s), %s on %s, loaded in %.1f s",
                    model.model().id(),
                    model.model().revision(),
                    model.model().family(),
                    model.dtype(),
                    model.device(),
                    seconds(start));
        }
        return loaded;
    }

    private BrokerProcess startBroker(Terminal terminal, DemoFolder folder) {
        long start = System.nanoTime();
        BrokerProcess broker = folder.startBroker(directory -> BrokerProcess.start(
                BrokerSettings.in(directory).withPort(port), BrokerClasspath.ofBuild(config.home())));
        terminal.line("  broker   Kafka on %s, started in %.1f s", broker.bootstrapServers(), seconds(start));
        return broker;
    }

    private static double seconds(long sinceNanos) {
        return (System.nanoTime() - sinceNanos) / 1e9;
    }
}
