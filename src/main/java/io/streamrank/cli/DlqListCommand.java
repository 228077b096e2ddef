package io.streamrank.cli;

import jakarta.inject.Inject;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists dead letters. */
@Command(
        name = "list",
        description = "List dead letters: where they stand, why, and where their events stood.",
        sortOptions = false,
        footer = {"", "For example: ./streamrank dlq list --reason unknown_model --since 2h"})
final class DlqListCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Mixin
    private final DlqOptions options = new DlqOptions();

    @Mixin
    private final LetterFilter filter = new LetterFilter();

    @Inject
    DlqListCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws InterruptedException {
        Terminal terminal = options.terminal();
        Map<String, Integer> counts = new TreeMap<>();
        try (LetterReader reader = options.reader(config)) {
            reader.forEach(filter, letter -> {
                if (options.json()) {
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
        if (!options.json()) {
            terminal.raw(counts.isEmpty() ? "No dead letters" : "In all: " + inWords(counts));
        }
        return ExitCode.OK;
    }

    private static String inWords(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .map(count -> String.format(Locale.ROOT, "%,d %s", count.getValue(), count.getKey()))
                .collect(Collectors.joining(", "));
    }
}
