package io.streamrank.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.ingest.DeadLetter;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

    @Mixin
    private final DlqOptions options = new DlqOptions();

    @Mixin
    private final LetterFilter filter = new LetterFilter();

    @Option(names = "--all", description = "All of them; needed where nothing says which.")
    private boolean all;

    @Option(names = "--dry-run", description = "Only show what would be sent.")
    private boolean dryRun;

    @Inject
    DlqReplayCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (!all && !filter.isSet()) {
            throw options.misused("Which dead letters? Say it with --reason, --since, --from, …, or --all");
        }
        Terminal terminal = options.terminal();
        String topic = options.candidates(config);
        long[] leftOut = {0};
        try (LetterReader reader = options.reader(config);
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
        if (!options.json()) {
            terminal.raw(text);
        }
    }

    private void report(Terminal terminal, DeadLetter letter, RecordMetadata at) {
        if (options.json()) {
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
        if (options.json()) {
            ObjectNode node = LetterFormat.json(letter);
            node.putObject("to").put("topic", topic).put("partition", partition);
            terminal.raw(LetterFormat.oneLine(node));
        } else {
            terminal.raw(LetterFormat.line(letter));
        }
    }

    private Map<String, Object> producerConfig() {
        Map<String, Object> producer = new HashMap<>(options.clientConfig(config));
        producer.put(ProducerConfig.ACKS_CONFIG, "all");
        producer.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        producer.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        producer.put(
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                Math.addExact(config.limits().maxEventBytes(), HEADERS_BYTES));
        return producer;
    }
}
