package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows one dead letter. */
@Command(
        name = "show",
        description = "Show one dead letter: its headers, and its event as far as it can be decoded.",
        sortOptions = false,
        footer = {"", "For example: ./streamrank dlq show 2:17"})
final class DlqShowCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "PARTITION:OFFSET",
            converter = LetterPosition.Converter.class,
            description = "Which one, as the list names it.")
    private @Nullable LetterPosition position;

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Option(names = "--payload", description = "With the texts of query and documents, and the event's bytes.")
    private boolean payload;

    @Option(names = "--json", description = "On one line, for programs.")
    private boolean json;

    @Inject
    DlqShowCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (LetterReader reader = DeadLetterTopic.reader(config, kafka)) {
            ObjectNode letter = LetterFormat.whole(reader.at(requireNonNull(position)), payload);
            new Terminal(requireNonNull(spec).commandLine().getOut())
                    .raw(json ? LetterFormat.oneLine(letter) : LetterFormat.indented(letter));
        }
        return ExitCode.OK;
    }
}
