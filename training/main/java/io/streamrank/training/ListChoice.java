package io.streamrank.training;

import picocli.CommandLine.Option;

/** What a command takes for relevant in a judged collection, and how it writes lists of its documents. */
final class ListChoice {
    @Option(
            names = "--relevant-from",
            paramLabel = "GRADE",
            defaultValue = "1",
            description = "The lowest grade of a positive (default: ${DEFAULT-VALUE}).")
    private int relevantFrom;

    @Option(
            names = "--ids",
            description = "Write documents' ids without their texts; train then names the corpus as well.")
    private boolean idsOnly;

    int relevantFrom() {
        return relevantFrom;
    }

    boolean idsOnly() {
        return idsOnly;
    }
}
