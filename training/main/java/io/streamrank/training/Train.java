package io.streamrank.training;

import io.streamrank.model.Trainable;
import io.streamrank.training.data.DataSet;
import io.streamrank.training.data.GroupSource;
import io.streamrank.training.data.WholeLists;
import io.streamrank.training.run.ProgressLine;
import io.streamrank.training.run.RunFolder;
import io.streamrank.training.run.RunVersions;
import io.streamrank.training.run.Validation;
import io.streamrank.training.run.ValidationSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

    private static final int FIRST_STEPS_TOLD = 3;

    @Parameters(paramLabel = "FILE", description = "The run's properties; docs/training.md has every key.")
    private Path file = Path.of("");

    /** How a run begins. */
    enum Start {
        NEW,
        RESUMED,
        /** Whatever it was made of before. */
        RESUMED_CHANGED
    }

    @Override
    public Integer call() throws IOException {
        RunFile run = RunFile.read(file);
        Path output = run.path("output");
        if (RunFolder.isBegun(output) || Folders.isThere(output.resolve(Trainer.LAST))) {
            throw new TrainingException(
                    output + " holds a run already. Go on with `resume " + output + "`, or name another output");
        }
        Files.createDirectories(output);
        run.copyTo(output.resolve(FILE));
        run(run, output, Start.NEW);
        return 0;
    }

    static void run(RunFile file, Path output, Start start) throws IOException {
        try (OrderlyEnd end = new OrderlyEnd(file.stopWithin())) {
            Function<Learner, Quality> evaluation = evaluation(file, end);
            try (GroupSource groups = DataSet.open(file.dataSets(), file.seed(), file.needs());
                    Trainable trainable = Trainable.open(file.path("model"), file.limits(), file.flag("new-head"));
                    Learner learner = Learner.of(trainable, file.learner())) {
                run(file, output, start, end, groups, learner, evaluation);
            }
        }
    }

    private static void run(
            RunFile file,
            Path output,
            Start start,
            OrderlyEnd end,
            GroupSource groups,
            Learner learner,
            @Nullable Function<Learner, Quality> evaluation)
            throws IOException {
        TrainerSettings settings = file.trainer(groups.groupsPerEpoch());
        int batchSize = file.whole("batch-size");
        System.err.printf(
                Locale.ROOT,
                "%s on %s: %,d numbers to train, %,d MB with the optimizer's; %,d groups an epoch, %,d steps%n",
                learner.trainable().family(),
                learner.device(),
                learner.trainedNumbers(),
                learner.deviceBytes() >> 20,
                groups.groupsPerEpoch(),
                settings.steps());
        double groupsPerStep = (double) batchSize * settings.accumulate();
        try (RunRecord record = new RunRecord(groupsPerStep / groups.groupsPerEpoch())) {
            ProgressLine line =
                    ProgressLine.of(settings.steps(), "steps").telling(FIRST_STEPS_TOLD, Duration.ofSeconds(5));
            Trainer ready = new Trainer(
                            learner,
                            batch -> groups.batches(batchSize, batch),
                            settings,
                            output,
                            evaluation,
                            List.of(new ConsoleProgress(line), record))
                    .madeOf(RunOrigin.of(file));
            if (start != Start.NEW) {
                ready.resumed(start == Start.RESUMED_CHANGED);
            }
            Map<String, String> versions = RunVersions.of(learner.device(), Path.of(""));
            record.open(
                    start != Start.NEW && RunFolder.isBegun(output)
                            ? RunFolder.resume(output, ready.step(), ready.evaluatedStep(), versions)
                            : RunFolder.create(output, file.settings(), file.seed(), versions));
            end.whenAsked(() -> stop(ready, file.stopWithin()));
            line.begin(ready.step());
            if (file.flag("evaluate-first")) {
                ready.evaluateStart();
            }
            double best = ready.run();
            if (ready.finished()) {
                System.out.println(written(output.resolve(Trainer.BEST), best));
            } else {
                System.err.printf(
                        Locale.ROOT,
                        "stopped after step %,d of %,d; `./streamrank resume %s` goes on%n",
                        ready.step(),
                        settings.steps(),
                        output);
            }
        }
    }

    private static String written(Path folder, double best) {
        return Double.isNaN(best)
                ? folder.toString()
                : String.format(Locale.ROOT, "%s (nDCG@10 %.4f in validation)", folder, best);
    }

    private static void stop(Trainer trainer, Duration within) {
        System.err.printf("stopping: %s is written first, within %d s%n", Trainer.LAST, within.toSeconds());
        trainer.stop();
    }

    private static @Nullable Function<Learner, Quality> evaluation(RunFile file, OrderlyEnd end) throws IOException {
        Optional<ValidationSettings> run = file.validation();
        if (run.isPresent()) {
            Validation validation = run.get().read();
            System.err.printf(
                    Locale.ROOT,
                    "validation on %,d queries; the first stage's nDCG@10 is %.4f%n",
                    validation.queries(),
                    validation.firstStage().mean(Quality.DECISIVE));
            return learner -> Quality.of(validation.evaluate(end.guarded(learner.scorer())));
        }
        if (file.optional("validation").isEmpty()) {
            return null;
        }
        LinesEvaluation lines = new LinesEvaluation(WholeLists.read(
                file.path("validation"),
                file.optional("validation.corpus").isPresent() ? file.path("validation.corpus") : null));
        return learner -> lines.of(end.guarded(learner.scorer()));
    }
}
