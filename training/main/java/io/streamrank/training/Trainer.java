package io.streamrank.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A run: takes batches, steps, evaluates, and keeps two folders, {@code last} to go on from and {@code best} to serve.
 * Batches are read and tokenized ahead, and the device is given the next one before it is asked what it made of the last,
 * so it never waits. A run that was stopped goes on from its last
 * snapshot and ends with the weights it would have ended with; on the CPU bit for bit.
 */
public final class Trainer {
    /** The folder to go on from. */
    public static final String LAST = "last";

    /** The folder to serve. */
    public static final String BEST = "best";

    private final Learner learner;
    private final BatchSource source;
    private final TrainerSettings settings;
    private final Path folder;
    private final @Nullable ToDoubleFunction<Learner> evaluation;
    private final List<TrainingObserver> observers;
    private final CheckpointWriter writer;
    private final Snapshot snapshot;
    private final Schedule schedule;
    private Progress progress = Progress.START;

    /** A step that the device has been given and not been asked about. */
    private record Begun(int batches, long passes, double learningRate, int pairs, long tokens) {}

    /**
     * @param folder where the run keeps its folders; made where it is missing
     * @param evaluation gives a number that is larger for a better model, with the learner's {@code score}; null keeps the
     *     last weights as the best
     */
    public Trainer(
            Learner learner,
            BatchSource source,
            TrainerSettings settings,
            Path folder,
            @Nullable ToDoubleFunction<Learner> evaluation,
            List<TrainingObserver> observers) {
        this.learner = learner;
        this.source = source;
        this.settings = settings;
        this.folder = folder;
        this.evaluation = evaluation;
        this.observers = List.copyOf(observers);
        this.writer = new CheckpointWriter(learner);
        this.snapshot = new Snapshot(writer, learner);
        this.schedule = settings.schedule();
    }

    /** Goes on from the last snapshot of the run's folder; from the start where there is none. */
    public Trainer resumed() throws IOException {
        Folders.recover(folder.resolve(LAST));
        Folders.recover(folder.resolve(BEST));
        if (Files.exists(folder.resolve(LAST))) {
            progress = snapshot.read(folder.resolve(LAST));
        }
        return this;
    }

    /** Steps made so far. */
    public long step() {
        return progress.step();
    }

    /**
     * Runs to the end of the steps, or of the batches.
     *
     * @return the best evaluation; NaN where there is none
     * @throws TrainingException where too many steps in a row change nothing; the last snapshot stays as it is
     */
    public double run() throws IOException {
        return run(settings.steps());
    }

    /** The same, stopping early after a step and leaving a snapshot to go on from. */
    double run(long until) throws IOException {
        Files.createDirectories(folder);
        try (BatchReader batches =
                new BatchReader(source.from(progress.batches()), progress.batches(), this::prepared)) {
            steps(batches, Math.min(until, settings.steps()));
        }
        if (until >= settings.steps()) {
            evaluate();
        }
        save();
        return progress.best();
    }

    private void steps(BatchReader batches, long until) throws IOException {
        Begun begun = null;
        Clock clock = new Clock(progress.step());
        long step = progress.step();
        while (step < until) {
            Begun next = accumulated(batches, step);
            if (begun != null) {
                end(begun, clock);
            }
            if (next == null) {
                learner.forget();
                return;
            }
            learner.beginStep(next.learningRate(), largestLoss());
            begun = next;
            step++;
            if (step == until || isWaitedFor(step)) {
                end(begun, clock);
                begun = null;
            }
        }
    }

    /** The gradients of a step's batches; null where there are none left. */
    private @Nullable Begun accumulated(BatchReader batches, long step) {
        int pairs = 0;
        long tokens = 0;
        for (int taken = 0; taken < settings.accumulate(); taken++) {
            PreparedBatch batch = batches.next();
            if (batch == null) {
                return null;
            }
            learner.accumulate(batch, settings.accumulate());
            pairs += batch.pairs();
            tokens += batch.tokens();
        }
        double rate = learner.learningRate() * schedule.factor(step);
        return new Begun(settings.accumulate(), learner.passes(), rate, pairs, tokens);
    }

    /** Whether what comes after a step needs to know how it ended, or to see its weights. */
    private boolean isWaitedFor(long step) {
        return settings.spike() > 0 || isDue(settings.evaluateEvery(), step) || isDue(settings.saveEvery(), step);
    }

    private void end(Begun begun, Clock clock) throws IOException {
        StepResult result = learner.endStep();
        progress = progress.after(result, begun.batches(), begun.passes());
        tell(new StepMetrics(
                progress.step(),
                settings.steps(),
                result,
                begun.learningRate(),
                begun.pairs(),
                begun.tokens(),
                clock.sinceLast(),
                clock.left(progress.step(), settings.steps())));
        stopIfNothingChanges(result);
        keep();
    }

    private PreparedBatch prepared(List<Example> batch, long number) {
        List<Example> examples = settings.inBatchNegatives() == 0
                ? batch
                : InBatchNegatives.added(batch, settings.inBatchNegatives(), settings.seed() + number);
        return learner.prepare(examples.stream().map(learner::encode).toList());
    }

    private double largestLoss() {
        boolean limited = settings.spike() > 0 && progress.applied() >= settings.spikesFrom();
        return limited ? settings.spike() * progress.usualLoss() : Double.POSITIVE_INFINITY;
    }

    private void stopIfNothingChanges(StepResult result) {
        if (progress.skipped() > settings.skippedMax()) {
            throw new TrainingException(
                    "step " + progress.step() + ": loss " + result.loss() + " and gradient norm "
                            + result.gradientNorm() + ", the " + progress.skipped()
                            + "th step in a row that changed nothing. " + folder.resolve(LAST)
                            + " is as it was at the last snapshot: go on from it with a lower learning rate, or look at the data");
        }
    }

    private void tell(StepMetrics metrics) {
        observers.forEach(observer -> observer.stepped(metrics));
    }

    private void keep() throws IOException {
        if (isDue(settings.evaluateEvery(), progress.step())) {
            evaluate();
        }
        // Nothing is kept that may be spoilt, and nothing to go on from is lost to it.
        if (isDue(settings.saveEvery(), progress.step()) && progress.skipped() == 0) {
            save();
        }
    }

    private boolean isDue(long every, long step) {
        return every > 0 && step % every == 0 && step < settings.steps();
    }

    private void evaluate() throws IOException {
        double value = Double.NaN;
        if (evaluation != null) {
            learner.swapAverage();
            try {
                value = evaluation.applyAsDouble(learner);
            } finally {
                learner.swapAverage();
            }
        }
        boolean best = evaluation == null || progress.improvedBy(value);
        if (best) {
            progress = progress.withBest(value);
            Learner.Table table = learner.averages() ? Learner.Table.AVERAGE : Learner.Table.WEIGHTS;
            Folders.replace(folder.resolve(BEST), unfinished -> writer.write(unfinished, table, settings.weights()));
            observers.forEach(observer -> observer.saved(progress.step(), folder.resolve(BEST)));
        }
        if (evaluation != null) {
            double met = value;
            observers.forEach(observer -> observer.evaluated(progress.step(), met, best));
        }
    }

    private void save() throws IOException {
        snapshot.write(folder.resolve(LAST), progress);
        observers.forEach(observer -> observer.saved(progress.step(), folder.resolve(LAST)));
    }

    /** How long steps take. */
    private static final class Clock {
        private final long began = System.nanoTime();
        private final long first;
        private long last = began;

        Clock(long first) {
            this.first = first;
        }

        Duration sinceLast() {
            long now = System.nanoTime();
            Duration since = Duration.ofNanos(now - last);
            last = now;
            return since;
        }

        Duration left(long step, long steps) {
            return Duration.ofNanos((last - began) / (step - first) * (steps - step));
        }
    }
}
