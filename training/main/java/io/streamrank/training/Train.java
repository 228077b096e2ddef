package io.streamrank.training;

import io.streamrank.model.CheckpointException;
import io.streamrank.model.Trainable;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.training.data.DataSet;
import io.streamrank.training.data.GroupSource;
import io.streamrank.training.run.RunFolder;
import io.streamrank.training.run.RunVersions;
import io.streamrank.training.run.Validation;
import io.streamrank.training.run.ValidationSettings;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Fine-tunes a checkpoint as a properties file says. */
@Command(
        name = "train",
        description = "Fine-tune a checkpoint as a properties file says.",
        mixinStandardHelpOptions = true)
final class Train implements Callable<Integer> {
    /** The properties file, kept in the run's folder. */
    static final String FILE = "run.properties";

    @Parameters(paramLabel = "FILE", description = "The run's properties; docs/training.md has every key.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws IOException {
        RunFile run = RunFile.read(file);
        Path output = run.path("output");
        if (Files.exists(output.resolve(Trainer.LAST))) {
            throw new TrainingException(
                    output + " holds a run already. Go on with `resume " + output + "`, or name another output");
        }
        Files.createDirectories(output);
        run.copyTo(output.resolve(FILE));
        run(run, output, false);
        return 0;
    }

    static void run(RunFile file, Path output, boolean resumed) throws IOException {
        try (GroupSource groups = DataSet.open(file.dataSets(), file.seed());
                Trainable trainable = Trainable.open(file.path("model"), file.whole("max-length"));
                Learner learner = Learner.of(
                        trainable, file.learner(Trainable.onGpu(file.text("device"), file.whole("threads"))))) {
            TrainerSettings settings = file.trainer(groups.groupsPerEpoch());
            int batchSize = file.whole("batch-size");
            System.err.printf(
                    Locale.ROOT,
                    "%s on %s: %,d numbers to train, %,d MB with the optimizer's; %,d groups an epoch, %,d steps%n",
                    trainable.family(),
                    learner.device(),
                    learner.trainedNumbers(),
                    learner.deviceBytes() >> 20,
                    groups.groupsPerEpoch(),
                    settings.steps());
            double groupsPerStep = (double) batchSize * settings.accumulate();
            try (RunRecord record = new RunRecord(groupsPerStep / groups.groupsPerEpoch())) {
                Trainer trainer = new Trainer(
                        learner,
                        batch -> groups.batches(batchSize, batch),
                        settings,
                        output,
                        evaluation(file),
                        List.of(new ConsoleProgress(System.err), record));
                Trainer ready = resumed ? trainer.resumed() : trainer;
                Map<String, String> versions = RunVersions.of(learner.device(), Path.of(""));
                record.open(
                        resumed && Files.exists(output.resolve("run.json"))
                                ? RunFolder.resume(output, ready.step(), versions)
                                : RunFolder.create(output, file.settings(), file.seed(), versions));
                double best = ready.run();
                Path written = output.resolve(Trainer.BEST);
                System.out.println(
                        Double.isNaN(best)
                                ? written.toString()
                                : String.format(Locale.ROOT, "%s (nDCG@10 %.4f in validation)", written, best));
            }
        }
    }

    private static @Nullable Function<Learner, Quality> evaluation(RunFile file) throws IOException {
        Optional<ValidationSettings> run = file.validation();
        if (run.isPresent()) {
            Validation validation = run.get().read();
            System.err.printf(
                    Locale.ROOT,
                    "validation on %,d queries; the first stage's nDCG@10 is %.4f%n",
                    validation.queries(),
                    validation.firstStage().mean(Quality.DECISIVE));
            return learner -> Quality.of(validation.evaluate(learner.scorer()));
        }
        if (file.optional("validation").isEmpty()) {
            return null;
        }
        LinesEvaluation lines = new LinesEvaluation(TrainingLine.read(file.path("validation")).stream()
                .map(TrainingLine::whole)
                .toList());
        return learner -> lines.of(learner.scorer());
    }

    /** What went wrong in words, where it is the caller's to mend. */
    static boolean isPlain(Exception problem) {
        return problem instanceof TrainingException
                || problem instanceof CheckpointException
                || problem instanceof ReplayDataException
                || problem instanceof IllegalArgumentException
                || problem instanceof FileSystemException;
    }
}
