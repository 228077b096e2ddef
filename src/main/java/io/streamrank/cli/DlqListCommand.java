package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import jakarta.inject.Inject;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists dead letters. */
@Command(
        name = "list",
        description = "List dead letters: where they stand, why, and where their events stood.",
        sortOptions = false,
        footer = {"", "For example: ./streamrank dlq list --reason unknown_model --since 2h"})
final class DlqListCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Mixin
    private final LetterFilter filter = new LetterFilter();

    @Option(names = "--json", description = "One JSON object a line, for programs.")
    private boolean json;

    @Inject
    DlqListCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws InterruptedException {
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        Map<String, Integer> counts = new TreeMap<>();
        try (LetterReader reader = DeadLetterTopic.reader(config, kafka)) {
            reader.forEach(filter, letter -> {
                if (json) {
                    terminal.raw(LetterFormat.oneLine(LetterFormat.json(letter)));
                } else {
                    if (counts.isEmpty()) {
                        terminal.raw(LetterFormat.HEADING);
                    }
                    terminal.raw(LetterFormat.line(letter));
                }
                counts.merge(letter.reason(), 1, Integer::sum);
                return !terminal.isGone();
            });
        }
        if (!json) {
            terminal.raw(counts.isEmpty() ? "No dead letters" : "In all: " + counts);
        }
        return ExitCode.OK;
    }
}
