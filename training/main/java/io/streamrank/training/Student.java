package io.streamrank.training;

import io.streamrank.training.StudentSettings.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a new Mamba or Mamba-2, to be distilled from a teacher. */
@Command(
        name = "student",
        description = "Write a new Mamba or Mamba-2 with a BERT's vocabulary and embeddings, to be distilled.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
public final class Student implements Callable<Integer> {
    @Option(names = "--kind", defaultValue = "mamba2", description = "mamba or mamba2 (default: ${DEFAULT-VALUE}).")
    private Kind kind = Kind.MAMBA2;

    @Option(
            names = "--vocabulary",
            paramLabel = "FOLDER",
            required = true,
            description = "The BERT checkpoint that lends tokenizer and word embeddings.")
    private Path vocabulary = Path.of("");

    @Option(names = "--layers", paramLabel = "N", defaultValue = "8", description = "Default: ${DEFAULT-VALUE}.")
    private int layers;

    @Option(
            names = "--state",
            paramLabel = "N",
            description = "Numbers of state a channel; the authors' by default, 16 for mamba and 128 for mamba2.")
    private @Nullable Integer state;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            defaultValue = "512",
            description = "The longest pair in tokens (default: ${DEFAULT-VALUE}).")
    private int maxLength;

    @Option(names = "--seed", defaultValue = "1", description = "Decides what is drawn (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--output", paramLabel = "FOLDER", required = true, description = "Where it goes.")
    private Path output = Path.of("");

    @Override
    public Integer call() throws IOException {
        int size = state == null ? kind.usualState() : state;
        StateSpaceStudent.write(new StudentSettings(kind, layers, size, maxLength, seed), vocabulary, output);
        System.out.println(output);
        return 0;
    }
}
