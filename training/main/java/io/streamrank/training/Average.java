package io.streamrank.training;

import io.streamrank.model.TensorFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the mean of checkpoints' weights. */
@Command(
        name = "average",
        description =
                "Write the mean of checkpoints' weights, of which one was trained from the other or all from one.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
public final class Average implements Callable<Integer> {
    @Parameters(
            arity = "2..*",
            paramLabel = "FOLDER",
            description = "The checkpoints. Configuration and tokenizer are the first one's.")
    private List<Path> checkpoints = List.of();

    @Option(
            names = "--shares",
            paramLabel = "SHARE",
            split = ",",
            description = "How much of each, as 0.75,0.25 (default: equal shares).")
    private double[] shares = new double[0];

    @Option(
            names = "--weights",
            paramLabel = "TYPE",
            defaultValue = "FLOAT32",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private TensorFile.Type weights = TensorFile.Type.FLOAT32;

    @Option(names = "--output", paramLabel = "FOLDER", required = true, description = "Where it goes.")
    private Path output = Path.of("");

    @Override
    public Integer call() throws IOException {
        double[] parts = shares;
        if (parts.length == 0) {
            parts = new double[checkpoints.size()];
            Arrays.fill(parts, 1);
        }
        new WeightAverage(checkpoints, parts).write(output.toAbsolutePath(), weights);
        System.out.println(output);
        return 0;
    }
}
