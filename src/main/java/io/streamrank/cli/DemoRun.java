package io.streamrank.cli;

import io.streamrank.contract.Framing;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.http.HealthCheck;
import io.streamrank.http.WebServer;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.TopicCheck;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** Sends lists to a broker, ranks them with a worker in this process, and shows what came of it. */
final class DemoRun {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Terminal terminal;
    private final StreamrankConfig config;
    private final WorkerAssembly assembly;
    private final IngestSettings settings;
    private final Map<String, Object> client;

    DemoRun(Terminal terminal, StreamrankConfig config, String bootstrapServers) {
        this.terminal = terminal;
        this.config = config;
        this.assembly = new WorkerAssembly(config);
        this.settings = assembly.ingestSettings(bootstrapServers, "demo", true, Map.of());
        this.client = Map.of("bootstrap.servers", bootstrapServers);
    }

    void send(Collection<RerankRequest> requests) throws InterruptedException {
        new TopicCheck(settings).require(settings.topics().all());
        try (CandidateSender sender = new CandidateSender(
                client, settings.topics().candidates(), settings.limits().maxEventBytes(), Framing.SINGLE_OBJECT)) {
            requests.forEach(sender::send);
            sender.flush();
            terminal.line(
                    "  sent     %,d candidate lists to %s; see the answers in another shell with",
                    sender.acknowledged(), settings.topics().candidates());
            terminal.line("             ./streamrank tail --from-beginning -b %s", settings.bootstrapServers());
        }
    }

    /**
     * Ranks what was sent, and reports.
     *
     * @param keep whether to go on after the report, until the worker is told to end
     * @return whether every list was ranked
     */
    boolean rank(DemoData data, Models models, boolean keep) throws IOException, InterruptedException {
        HttpAssembly http = new HttpAssembly(config);
        try (ProcessMetrics metrics = new ProcessMetrics();
                DemoWorker worker = new DemoWorker();
                WorkerSources sources = new WorkerSources(config, worker, Optional.empty(), true);
                WebServer server = http.startForDemo(() -> HealthCheck.of(worker.health()), metrics, sources)) {
            String page = server == null ? "" : http.url(server) + "/";
            if (server != null) {
                terminal.line("  page     %s shows it live", page);
            }
            sources.named(settings);
            sources.loaded(models);
            metrics.metrics()
                    .watchWorker(worker::health, worker::load, config.limits().maxInFlightBytes());
            worker.start(
                    assembly,
                    settings,
                    models,
                    PipelineObserver.both(sources.observer(), metrics.metrics().watchPipeline(models)));
            DemoTally tally = worker.tally();
            Map<String, Ranking> rankings = collect(worker, data.requests().size());
            new DemoReport(terminal, data.run(), data.qrels()).print(data.requests(), rankings, tally);
            int deadLetters = tally.deadLetters();
            if (deadLetters > 0) {
                new DemoDeadLetters(terminal, settings.topics().deadLetters())
                        .print(deadLetters, data.requests().size(), client);
            }
            if (keep) {
                terminal.line("");
                terminal.line(
                        "Broker and worker go on until Ctrl-C; send more with ./streamrank send -b %s --beir %s",
                        settings.bootstrapServers(), DemoCommand.SAMPLE);
                if (server != null) {
                    terminal.line("and look at it on %s", page);
                }
                worker.awaitEnd();
            }
            return deadLetters == 0;
        }
    }

    private Map<String, Ranking> collect(DemoWorker worker, int expected) {
        try (CommittedReader<Ranking> reader =
                CommittedReader.rankings(client, settings.topics().ranked(), true, Framing.SINGLE_OBJECT)) {
            return new DemoAnswers(terminal, worker.tally()).collect(expected, () -> {
                worker.throwFailure();
                return reader.poll(POLL);
            });
        }
    }
}
