package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.EventKind;
import io.streamrank.contract.RerankRequest;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.replay.CandidateLists;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
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
    private final SendSource source = new SendSource();

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Mixin
    private final RunOptions run = new RunOptions();

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

    @Inject
    SendCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        // What there is to send is looked at before anything is done to the cluster.
        if (source.jsonl == null) {
            CandidateLists lists = source.lists(run.split, run.depth());
            send(sink -> sendLists(lists, sink));
        } else {
            try (TextLines lines = TextLines.open(source.jsonl)) {
                send(sink -> sendLines(lines, sink));
            }
        }
        return ExitCode.OK;
    }

    private void send(Sending.Source lists) throws IOException, InterruptedException {
        IngestSettings settings = new WorkerAssembly(config)
                .ingestSettings(
                        kafka.bootstrapServers(config),
                        "send",
                        createTopics || config.kafka().createTopics(),
                        kafka.clientProperties(config));
        String topic = settings.topics().candidates();
        new TopicCheck(settings).require(List.of(topic));
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        try (EventFraming framing = EventFraming.of(config);
                CandidateSender sender = new CandidateSender(
                        kafka.clientConfig(config),
                        topic,
                        config.limits().maxEventBytes(),
                        framing.waiting(EventKind.CANDIDATE_LIST))) {
            Sending sending = new Sending(terminal, sender);
            sending.sendAll(lists);
            terminal.line(
                    "Sent %,d candidate lists with %,d candidates to %s on %s",
                    sender.acknowledged(), sending.candidates(), topic, settings.bootstrapServers());
        }
    }

    private void sendLists(CandidateLists lists, Consumer<RerankRequest> sink) {
        RequestWishes wishes = wishes();
        StreamSupport.stream(lists.spliterator(), false)
                .limit(most())
                .map(wishes::request)
                .forEach(sink);
    }

    private void sendLines(TextLines lines, Consumer<RerankRequest> sink) throws IOException {
        RequestWishes wishes = wishes();
        int[] left = {most()};
        new RequestLines(lines).forEach(request -> {
            sink.accept(wishes.request(request));
            return --left[0] > 0;
        });
    }

    private int most() {
        return limit == null ? Integer.MAX_VALUE : limit;
    }

    private RequestWishes wishes() {
        return new RequestWishes(model, topK, deadline);
    }
}
