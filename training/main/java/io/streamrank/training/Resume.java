package io.streamrank.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Goes on with a run from its last snapshot. */
@Command(
        name = "resume",
        description = "Go on with a run that was stopped, from its last snapshot.",
        mixinStandardHelpOptions = true)
final class Resume implements Callable<Integer> {
    @Parameters(paramLabel = "FOLDER", description = "The run's folder.")
    private Path folder = Path.of("");

    @Option(names = "--changed", description = "Go on though settings or files are not those of the snapshot.")
    private boolean changed;

    @Override
    public Integer call() throws IOException {
        Path file = folder.resolve(Train.FILE);
        if (!Files.exists(file)) {
            throw new TrainingException(file + " is missing: " + folder + " is not a run's folder");
        }
        Train.run(RunFile.read(file), folder, changed ? Train.Start.RESUMED_CHANGED : Train.Start.RESUMED);
        return 0;
    }
}
