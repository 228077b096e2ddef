package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.cli.WorkerAssembly.ModelChoice;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.BrokerClasspath;
import io.streamrank.embedded.BrokerProcess;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.Topics;
import io.streamrank.model.Reranker;
import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateLists;
import io.streamrank.replay.Qrels;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.StreamSupport;
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
    private static final String SAMPLE = "samples/squad11-dev";
    private static final String CHECKPOINT = "models/minilm-l6-reranker";
    private static final int PARTITIONS = 3;

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
            description = "Another checkpoint folder (default: " + CHECKPOINT + ").")
    private @Nullable String model;

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

        BeirFolder folder = new BeirFolder(data == null ? inHome(SAMPLE) : data, null);
        CandidateLists lists = CandidateLists.read(folder, depth);
        Qrels qrels = Qrels.read(folder.qrels());
        Map<String, RerankRequest> requests = requests(lists);
        if (Collections.disjoint(requests.keySet(), qrels.queries())) {
            throw new IOException(
                    folder.qrels() + ": judges none of the first " + requests.size() + " queries of " + folder.run());
        }
        terminal.line(
                "  data     %,d queries with %,d candidates by BM25, from %s",
                requests.size(), candidates(requests), shown(folder.root()));

        WorkerAssembly assembly = new WorkerAssembly(config);
        ModelChoice choice = model == null ? ModelChoice.of(inHome(CHECKPOINT)) : ModelChoice.parse(model);
        try (DemoFolder directory = DemoFolder.create();
                Models models = load(terminal, assembly, choice);
                BrokerProcess broker = startBroker(terminal, directory.path(), assembly.topics())) {
            run(terminal, assembly, models, broker, requests, new DemoReport(terminal, lists.run(), qrels));
        }
        return ExitCode.OK;
    }

    private static long candidates(Map<String, RerankRequest> requests) {
        return requests.values().stream()
                .mapToLong(request -> request.candidates().size())
                .sum();
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

    private Map<String, RerankRequest> requests(CandidateLists lists) {
        Map<String, RerankRequest> requests = new LinkedHashMap<>();
        StreamSupport.stream(lists.spliterator(), false).limit(queries).forEach(list -> {
            String queryId = requireNonNull(list.query().id());
            requests.put(
                    queryId, new RerankRequest(queryId, list.query(), list.candidates(), null, null, null, Map.of()));
        });
        return requests;
    }

    private static Models load(Terminal terminal, WorkerAssembly assembly, ModelChoice choice) {
        long start = System.nanoTime();
        Models models = assembly.load(List.of(choice));
        Reranker loaded = models.all().get(0);
        terminal.line(
                "  model    %s, revision %s (%s), %s on %s, loaded in %.1f s",
                loaded.model().id(),
                loaded.model().revision(),
                loaded.model().family(),
                loaded.dtype(),
                loaded.device(),
                seconds(start));
        return models;
    }

    private BrokerProcess startBroker(Terminal terminal, Path directory, Topics topics) {
        long start = System.nanoTime();
        BrokerProcess broker = BrokerProcess.start(
                BrokerSettings.in(directory).withPort(port), BrokerClasspath.ofBuild(config.home()));
        Map<String, Integer> partitions = new HashMap<>();
        topics.all().forEach(topic -> partitions.put(topic, PARTITIONS));
        broker.createTopics(partitions);
        terminal.line("  broker   Kafka on %s, started in %.1f s", broker.bootstrapServers(), seconds(start));
        return broker;
    }

    private void run(
            Terminal terminal,
            WorkerAssembly assembly,
            Models models,
            BrokerProcess broker,
            Map<String, RerankRequest> requests,
            DemoReport report)
            throws InterruptedException {
        IngestSettings settings = assembly.ingestSettings(broker.bootstrapServers(), "demo", false, Map.of());
        Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
        try (CandidateSender sender = new CandidateSender(
                client, settings.topics().candidates(), config.limits().maxEventBytes())) {
            requests.values().forEach(sender::send);
            sender.flush();
            terminal.line(
                    "  sent     %,d candidate lists to %s; see the answers in another shell with",
                    sender.acknowledged(), settings.topics().candidates());
            terminal.line("             ./streamrank tail --from-beginning -b %s", broker.bootstrapServers());
        }
        try (DemoWorker worker = DemoWorker.start(assembly, settings, models);
                RankedReader reader = new RankedReader(client, settings.topics().ranked(), true)) {
            Map<String, Ranking> rankings = collect(terminal, worker, reader, requests.size());
            report.print(requests, rankings, worker);
            if (keep) {
                terminal.line("");
                terminal.line(
                        "Broker and worker go on until Ctrl-C; send more with ./streamrank send -b %s --beir %s",
                        broker.bootstrapServers(), SAMPLE);
                worker.awaitEnd();
            }
        }
    }

    private static Map<String, Ranking> collect(
            Terminal terminal, DemoWorker worker, RankedReader reader, int expected) {
        Map<String, Ranking> rankings = new HashMap<>();
        while (rankings.size() < expected) {
            worker.throwFailure();
            for (Ranking ranking : reader.poll(Duration.ofMillis(100))) {
                Optional.ofNullable(rankings.put(ranking.requestId(), ranking)).ifPresent(twin -> {
                    throw new IllegalStateException("two answers to " + twin.requestId() + ": exactly once is broken");
                });
            }
            terminal.progress(
                    "  ranking  %,d of %,d lists, %,d pairs, %.0f pairs/s",
                    rankings.size(), expected, worker.pairs(), worker.pairsPerSecond());
        }
        return rankings;
    }

    private static double seconds(long sinceNanos) {
        return (System.nanoTime() - sinceNanos) / 1e9;
    }
}
