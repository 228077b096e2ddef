package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows one dead letter. */
@Command(
        name = "show",
        description = "Show one dead letter: its headers, and its event as far as it can be decoded.",
        sortOptions = false,
        footer = {"", "For example: ./streamrank dlq show 2:17"})
final class DlqShowCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Parameters(
            paramLabel = "PARTITION:OFFSET",
            converter = LetterPosition.Converter.class,
            description = "Which one, as the list names it.")
    private @Nullable LetterPosition position;

    @Mixin
    private final DlqOptions options = new DlqOptions();

    @Option(names = "--payload", description = "With the texts of query and documents, and the event's bytes.")
    private boolean payload;

    @Inject
    DlqShowCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (EventFraming framing = EventFraming.of(config);
                LetterReader reader = options.reader(config)) {
            ObjectNode letter = LetterFormat.whole(reader.at(requireNonNull(position)), payload, framing.waiting());
            options.terminal().raw(options.json() ? LetterFormat.oneLine(letter) : LetterFormat.indented(letter));
        }
        return ExitCode.OK;
    }
}
