package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.EventKind;
import io.streamrank.contract.Judgment;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.replay.Qrels;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends judgments from a file. */
@Command(
        name = "judge",
        description = "Send judgments to their topic, where reports on replays find them.",
        sortOptions = false,
        footer = {"", "For example: ./streamrank judge qrels.trec --source assessors --create-topics"})
final class JudgeCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "FILE",
            description = "TREC qrels (query 0 document grade), or BEIR's table (query-id, corpus-id, score); .gz too.")
    private Path qrels = Path.of("");

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Option(names = "--source", paramLabel = "NAME", description = "Who or what judged.")
    private @Nullable String source;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            description = "When it was judged, such as 2026-11-22T10:00:00Z (default: now). The latest counts.")
    private @Nullable Instant time;

    @Option(names = "--withdraw", description = "Withdraw what was judged of these queries and documents.")
    private boolean withdraw;

    @Option(names = "--create-topics", description = "Create the topic, compacted, if it is missing.")
    private boolean createTopics;

    @Inject
    JudgeCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Qrels judgments = Qrels.read(qrels);
        if (judgments.queries().isEmpty()) {
            throw new IOException(qrels + ": holds no judgments");
        }
        String topic = config.topics().judgments();
        IngestSettings settings = new WorkerAssembly(config)
                .ingestSettings(
                        kafka.bootstrapServers(config),
                        "judge",
                        createTopics || config.kafka().createTopics(),
                        kafka.clientProperties(config));
        new TopicCheck(settings).require(List.of(topic), Map.of(topic, Map.of("cleanup.policy", "compact")));
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        try (EventFraming framing = EventFraming.of(config);
                JudgmentSender sender =
                        new JudgmentSender(kafka.clientConfig(config), topic, framing.waiting(EventKind.JUDGMENT))) {
            send(judgments, sender);
            terminal.line(
                    "%s %,d judgments of %,d queries, %s %s on %s",
                    withdraw ? "Withdrew" : "Sent",
                    sender.acknowledged(),
                    judgments.queries().size(),
                    withdraw ? "in" : "to",
                    topic,
                    settings.bootstrapServers());
        }
        return ExitCode.OK;
    }

    private void send(Qrels judgments, JudgmentSender sender) {
        Instant when = (time == null ? Instant.now() : time).truncatedTo(ChronoUnit.MILLIS);
        for (String query : judgments.queries()) {
            judgments
                    .judgments(query)
                    .forEach((document, grade) ->
                            sender.send(new Judgment(query, document, withdraw ? null : grade, when, source)));
        }
        sender.flush();
    }
}
