package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.ingest.DeadLetter;
import io.streamrank.ingest.TopicCheck;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Sends dead letters to be ranked again. */
@Command(
        name = "replay",
        description = "Send the events of dead letters to the candidates topic again, as they came.",
        sortOptions = false,
        footer = {
            "",
            "For example: ./streamrank dlq replay --reason unknown_model --dry-run",
            "Dead letters stay where they are. To replay no event twice, go on where a replay",
            "says that it has ended."
        })
final class DlqReplayCommand implements Callable<Integer> {
    private static final int HEADERS_BYTES = 1 << 20;

    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Mixin
    private final LetterFilter filter = new LetterFilter();

    @Option(names = "--all", description = "All of them; needed where nothing says which.")
    private boolean all;

    @Option(names = "--dry-run", description = "Only show what would be sent.")
    private boolean dryRun;

    @Option(names = "--json", description = "One JSON object for each event, for programs.")
    private boolean json;

    @Inject
    DlqReplayCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws InterruptedException {
        CommandSpec command = requireNonNull(spec);
        if (!all && !filter.isSet()) {
            throw new ParameterException(
                    command.commandLine(), "Which dead letters? Say it with --reason, --since, --from, …, or --all");
        }
        Terminal terminal = new Terminal(command.commandLine().getOut());
        String topic = DeadLetterTopic.settings(config, kafka).topics().candidates();
        new TopicCheck(DeadLetterTopic.settings(config, kafka)).require(List.of(topic));
        long[] leftOut = {0};
        try (LetterReader reader = DeadLetterTopic.reader(config, kafka);
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(producerConfig(), new ByteArraySerializer(), new ByteArraySerializer())) {
            LetterReplay replay = new LetterReplay(
                    producer,
                    topic,
                    producer.partitionsFor(topic).size(),
                    (letter, at) -> report(terminal, letter, at));
            long[] wouldBe = {0};
            reader.forEach(filter, letter -> {
                if (!LetterReplay.canReplay(letter)) {
                    leftOut[0]++;
                    terminalUnlessJson(
                            terminal, "Left out " + LetterFormat.position(letter) + ": its event is not in it");
                } else if (dryRun) {
                    wouldBe[0]++;
                    reportDry(terminal, letter, topic, replay.partition(letter));
                } else {
                    send(replay, letter);
                }
                return true;
            });
            replay.flush();
            terminalUnlessJson(
                    terminal,
                    dryRun
                            ? "Would replay " + wouldBe[0] + " events to " + topic
                            : "Replayed " + replay.replayed() + " events to " + topic
                                    + (replay.replayed() == 0 ? "" : "; go on with " + replay.progress(null)));
        }
        return ExitCode.OK;
    }

    private static void send(LetterReplay replay, DeadLetter letter) {
        try {
            replay.send(letter);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private void terminalUnlessJson(Terminal terminal, String text) {
        if (!json) {
            terminal.raw(text);
        }
    }

    private void report(Terminal terminal, DeadLetter letter, RecordMetadata at) {
        if (json) {
            ObjectNode node = LetterFormat.json(letter);
            node.putObject("to")
                    .put("topic", at.topic())
                    .put("partition", at.partition())
                    .put("offset", at.offset());
            terminal.raw(LetterFormat.oneLine(node));
        } else {
            terminal.progress("Replayed up to %s", LetterFormat.position(letter));
        }
    }

    private void reportDry(Terminal terminal, DeadLetter letter, String topic, int partition) {
        if (json) {
            ObjectNode node = LetterFormat.json(letter);
            node.putObject("to").put("topic", topic).put("partition", partition);
            terminal.raw(LetterFormat.oneLine(node));
        } else {
            terminal.raw(LetterFormat.line(letter));
        }
    }

    private Map<String, Object> producerConfig() {
        Map<String, Object> producer = new HashMap<>(kafka.clientConfig(config));
        producer.put(ProducerConfig.ACKS_CONFIG, "all");
        producer.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        producer.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        producer.put(
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                Math.addExact(config.limits().maxEventBytes(), HEADERS_BYTES));
        return producer;
    }
}
