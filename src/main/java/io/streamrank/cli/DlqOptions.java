package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.TopicCheck;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the commands about dead letters share: where the topic is, and how they answer. */
final class DlqOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Option(names = "--json", description = "One JSON object a line for each dead letter, for programs.")
    private boolean json;

    /** Whether a program reads the answer. */
    boolean json() {
        return json;
    }

    Terminal terminal() {
        return new Terminal(requireNonNull(command).commandLine().getOut());
    }

    /** The error to throw where the command's other options make no sense. */
    ParameterException misused(String message) {
        return new ParameterException(requireNonNull(command).commandLine(), message);
    }

    /** A reader of the dead-letter topic, once it is there. */
    LetterReader reader(StreamrankConfig config) throws InterruptedException {
        return new LetterReader(
                clientConfig(config), require(config, settings(config).topics().deadLetters()));
    }

    /** The candidates topic, once it is there. */
    String candidates(StreamrankConfig config) throws InterruptedException {
        return require(config, settings(config).topics().candidates());
    }

    Map<String, Object> clientConfig(StreamrankConfig config) {
        return kafka.clientConfig(config);
    }

    private String require(StreamrankConfig config, String topic) throws InterruptedException {
        new TopicCheck(settings(config)).require(List.of(topic));
        return topic;
    }

    private IngestSettings settings(StreamrankConfig config) {
        return new WorkerAssembly(config)
                .ingestSettings(kafka.bootstrapServers(config), "dlq", false, kafka.clientProperties(config));
    }
}
