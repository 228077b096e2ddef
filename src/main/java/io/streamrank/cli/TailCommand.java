package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Framing;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.TopicCheck;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows rankings, or the statistics of transactions, as they are committed. */
@Command(
        name = "tail",
        description = "Show rankings, or what scoring them cost, as they are committed.",
        sortOptions = false,
        footer = {"", "For example: ./streamrank tail --from-beginning --idle 5s --format jsonl"})
final class TailCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(250);

    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Option(names = "--from-beginning", description = "Begin with the oldest, not with the next.")
    private boolean fromBeginning;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table for people, jsonl for programs (default: ${DEFAULT-VALUE}).")
    private RankingFormat format = RankingFormat.TABLE;

    @Option(names = "--batches", description = "Show the statistics of each transaction instead of its rankings.")
    private boolean batches;

    @Option(
            names = "--top",
            paramLabel = "N",
            defaultValue = "10",
            converter = AtLeastOne.class,
            description = "Candidates shown of each ranking (default: ${DEFAULT-VALUE}).")
    private int top;

    @Option(
            names = "--max",
            paramLabel = "N",
            converter = AtLeastOne.class,
            description = "End after N rankings or statistics.")
    private @Nullable Integer max;

    @Option(
            names = "--idle",
            paramLabel = "DURATION",
            converter = DurationText.class,
            description = "End when nothing has come for so long, such as 10s.")
    private @Nullable Duration idle;

    @Inject
    TailCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws InterruptedException {
        WorkerAssembly assembly = new WorkerAssembly(config);
        String topic = batches ? assembly.topics().batches() : assembly.topics().ranked();
        IngestSettings settings =
                assembly.ingestSettings(kafka.bootstrapServers(config), "tail", false, kafka.clientProperties(config));
        new TopicCheck(settings).require(List.of(topic));
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        try (EventFraming framing = EventFraming.of(config)) {
            show(terminal, topic, framing.waiting());
        }
        return ExitCode.OK;
    }

    private void show(Terminal terminal, String topic, Framing framing) {
        if (batches) {
            if (format == RankingFormat.TABLE) {
                terminal.raw(StatisticsFormat.HEADING);
            }
            show(
                    terminal,
                    CommittedReader.statistics(kafka.clientConfig(config), topic, fromBeginning, framing),
                    statistics -> format == RankingFormat.TABLE
                            ? StatisticsFormat.line(statistics)
                            : StatisticsFormat.json(statistics));
        } else {
            show(
                    terminal,
                    CommittedReader.rankings(kafka.clientConfig(config), topic, fromBeginning, framing),
                    ranking -> format.format(ranking, top));
        }
    }

    private <E> void show(Terminal terminal, CommittedReader<E> events, Function<E, String> shown) {
        long left = max == null ? Long.MAX_VALUE : max;
        long last = System.nanoTime();
        try (events) {
            while (left > 0 && !terminal.isGone() && (idle == null || System.nanoTime() - last < idle.toNanos())) {
                for (E event : events.poll(POLL)) {
                    if (left-- > 0) {
                        terminal.raw(shown.apply(event));
                    }
                    last = System.nanoTime();
                }
            }
        }
    }
}
