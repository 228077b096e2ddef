package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.RerankRequest;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateList;
import io.streamrank.replay.CandidateLists;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Sends candidate lists from files. */
@Command(
        name = "send",
        description = "Send candidate lists from JSON Lines, a BEIR folder, or a TREC run and its texts.",
        sortOptions = false,
        footer = {
            "",
            "For example: ./streamrank send --beir samples/squad11-dev --limit 10",
            "A line of JSON Lines, in its shortest form:",
            "  {\"query\": \"capital of Peru\", \"candidates\": [{\"id\": \"d1\", \"text\": \"Lima is …\"}]}"
        })
final class SendCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private final Source source = new Source();

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Option(
            names = "--split",
            paramLabel = "NAME",
            description = "Which queries and run of the BEIR folder, where it holds several: test, dev, …")
    private @Nullable String split;

    @Option(
            names = "--depth",
            paramLabel = "N",
            defaultValue = "100",
            converter = AtLeastOne.class,
            description = "The most candidates of a run in a list (default: ${DEFAULT-VALUE}).")
    private int depth;

    @Option(
            names = "--limit",
            paramLabel = "N",
            converter = AtLeastOne.class,
            description = "Send only the first N lists.")
    private @Nullable Integer limit;

    @Option(names = "--model", paramLabel = "ID", description = "Ask for this model.")
    private @Nullable String model;

    @Option(names = "--top-k", paramLabel = "N", converter = AtLeastOne.class, description = "Ask for the N best only.")
    private @Nullable Integer topK;

    @Option(
            names = "--deadline",
            paramLabel = "DURATION",
            converter = DurationText.class,
            description = "How long the answers are useful, such as 30s; later ones come unscored.")
    private @Nullable Duration deadline;

    @Option(names = "--create-topics", description = "Create missing topics.")
    private boolean createTopics;

    /** Where the lists come from. */
    static final class Source {
        @Option(
                names = "--jsonl",
                paramLabel = "FILE",
                description = "JSON Lines, one request a line with the event's field names; - for standard input.")
        @Nullable String jsonl;

        @Option(
                names = "--beir",
                paramLabel = "FOLDER",
                description = "A folder with corpus.jsonl, queries.jsonl or .tsv, and a run*.trec; .gz too.")
        @Nullable Path beir;

        @ArgGroup(exclusive = false)
        @Nullable Trec trec;
    }

    /** A run and the texts it names. */
    static final class Trec {
        @Option(names = "--run", paramLabel = "FILE", required = true, description = "A TREC run, with the next two.")
        Path run = Path.of("");

        @Option(names = "--corpus", paramLabel = "FILE", required = true, description = "Its documents: corpus.jsonl.")
        Path corpus = Path.of("");

        @Option(names = "--queries", paramLabel = "FILE", required = true, description = "Its queries: .tsv or .jsonl.")
        Path queries = Path.of("");
    }

    @Inject
    SendCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        // What there is to send is looked at before anything is done to the cluster.
        if (source.jsonl == null) {
            CandidateLists lists = lists();
            sendTo(terminal, sink -> sendLists(lists, sink));
        } else {
            try (TextLines lines = TextLines.open(source.jsonl)) {
                sendTo(terminal, sink -> sendLines(lines, sink));
            }
        }
        return ExitCode.OK;
    }

    /** Sends everything it has into a sink. */
    private interface Sending {
        void sendAll(Consumer<RerankRequest> sink) throws IOException;
    }

    private void sendTo(Terminal terminal, Sending sending) throws IOException, InterruptedException {
        IngestSettings settings = new WorkerAssembly(config)
                .ingestSettings(
                        kafka.bootstrapServers(config),
                        "send",
                        createTopics || config.kafka().createTopics(),
                        kafka.clientProperties(config));
        String topic = settings.topics().candidates();
        new TopicCheck(settings).require(List.of(topic));
        Progress progress = new Progress(terminal);
        try (CandidateSender sender = new CandidateSender(
                kafka.clientConfig(config), topic, config.limits().maxEventBytes())) {
            try {
                sending.sendAll(request -> {
                    sender.send(request);
                    progress.sent(request);
                });
            } catch (IOException e) {
                sender.flush();
                throw progress.lists == 0
                        ? e
                        : new IOException(e.getMessage() + "; sent before it: " + sender.acknowledged(), e);
            }
            sender.flush();
            terminal.line(
                    "Sent %,d candidate lists with %,d candidates to %s on %s",
                    sender.acknowledged(), progress.candidates, topic, settings.bootstrapServers());
        }
    }

    /** Counts, and shows it. */
    private static final class Progress {
        private final Terminal terminal;
        private long lists;
        private long candidates;

        Progress(Terminal terminal) {
            this.terminal = terminal;
        }

        void sent(RerankRequest request) {
            lists++;
            candidates += request.candidates().size();
            terminal.progress("  sent %,d lists, %,d candidates", lists, candidates);
        }
    }

    private CandidateLists lists() throws IOException {
        CandidateLists lists = source.beir != null
                ? CandidateLists.read(new BeirFolder(source.beir, split), depth)
                : fromRun(requireNonNull(source.trec));
        if (lists.size() == 0) {
            throw new IOException((source.beir != null ? source.beir : requireNonNull(source.trec).run)
                    + ": holds no candidate lists");
        }
        return lists;
    }

    private void sendLists(CandidateLists lists, Consumer<RerankRequest> sink) {
        int left = limit == null ? Integer.MAX_VALUE : limit;
        for (CandidateList list : lists) {
            if (left-- == 0) {
                break;
            }
            sink.accept(request(list));
        }
    }

    private CandidateLists fromRun(Trec trec) throws IOException {
        return CandidateLists.read(trec.corpus, trec.queries, trec.run, depth);
    }

    private RerankRequest request(CandidateList list) {
        String queryId = requireNonNull(list.query().id());
        return new RerankRequest(queryId, list.query(), list.candidates(), model, topK, expiry(), Map.of());
    }

    private @Nullable Instant expiry() {
        return deadline == null ? null : Instant.now().plus(deadline);
    }

    private void sendLines(TextLines lines, Consumer<RerankRequest> sink) throws IOException {
        int[] left = {limit == null ? Integer.MAX_VALUE : limit};
        new RequestLines(lines).forEach(request -> {
            sink.accept(withOptions(request));
            return --left[0] > 0;
        });
    }

    /** The command line's wishes apply where the line has none of its own. */
    private RerankRequest withOptions(RerankRequest request) {
        return new RerankRequest(
                request.requestId(),
                request.query(),
                request.candidates(),
                Optional.ofNullable(request.model()).orElse(model),
                Optional.ofNullable(request.topK()).orElse(topK),
                Optional.ofNullable(request.deadline()).orElse(expiry()),
                request.attributes());
    }
}
