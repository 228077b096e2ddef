package io.streamrank.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that makes lists of a run: which one, and how much of it. */
final class RunOptions {
    private static final int DEPTH = 100;

    @Option(
            names = "--split",
            paramLabel = "NAME",
            description = "Which queries and run of the BEIR folder, where it holds several: test, dev, …")
    @Nullable String split;

    @Option(
            names = "--depth",
            paramLabel = "N",
            converter = AtLeastOne.class,
            description = "The most candidates of a run in a list (default: " + DEPTH + ").")
    private @Nullable Integer depth;

    /** The most candidates of a list. */
    int depth() {
        return depth(Optional.empty());
    }

    /** The same, where a preset may have a depth of its own: what the command line says comes first. */
    int depth(Optional<Integer> preset) {
        return depth != null ? depth : preset.orElse(DEPTH);
    }
}
