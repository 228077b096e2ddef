package io.streamrank.training;

import io.streamrank.training.data.CollectionSlice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Cuts a small judged collection out of a large one. */
@Command(
        name = "slice",
        description = "Cut a small judged collection out of a large one.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
public final class Slice implements Callable<Integer> {
    @Mixin
    private CollectionChoice collection = new CollectionChoice();

    @Option(
            names = "--documents",
            paramLabel = "N",
            defaultValue = "1000",
            description = "How many documents, whole titles of them (default: ${DEFAULT-VALUE}).")
    private int documents;

    @Option(
            names = "--max-queries",
            paramLabel = "N",
            defaultValue = "1000",
            description = "How many queries at most (default: ${DEFAULT-VALUE}).")
    private int queries;

    @Option(names = "--seed", defaultValue = "1", description = "Decides what is drawn (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--output", paramLabel = "FOLDER", required = true, description = "Where the files go.")
    private Path output = Path.of("");

    @Override
    public Integer call() throws IOException {
        CollectionSlice.Size size = new CollectionSlice(documents, queries, seed)
                .cut(collection.corpus(), collection.queries(), collection.qrels(), collection.run(), output);
        System.out.printf(Locale.ROOT, "%,d documents, %,d queries in %s%n", size.documents(), size.queries(), output);
        return 0;
    }
}
