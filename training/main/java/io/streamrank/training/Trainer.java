package io.streamrank.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A run: takes batches, steps, evaluates, and keeps two folders, {@code last} to go on from and {@code best} to serve.
 * The next batch is read and tokenized while the device works on one. A run that was stopped goes on from its last
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
    private final @Nullable Function<Learner, Quality> evaluation;
    private final List<TrainingObserver> observers;
    private final CheckpointWriter writer;
    private final Snapshot snapshot;
    private final Schedule schedule;
    private TrainingProgress progress = TrainingProgress.START;
    private volatile boolean stopping;
    private boolean finished;

    /** Examples as a model reads them. */
    private record Encoded(List<Group> groups, int indistinct) {
        static Encoded of(List<Example> examples, List<Group> groups) {
            int indistinct = 0;
            for (int i = 0; i < groups.size(); i++) {
                indistinct += IndistinctPairs.count(examples.get(i), groups.get(i));
            }
            return new Encoded(groups, indistinct);
        }

        int pairs() {
            return groups.stream().mapToInt(Group::size).sum();
        }

        long tokens() {
            return groups.stream().mapToLong(Group::tokens).sum();
        }
    }

    /**
     * @param folder where the run keeps its folders; made where it is missing
     * @param evaluation says how well the learner ranks as it is, with its {@code score} or {@code scorer}; null keeps the
     *     last weights as the best
     */
    public Trainer(
            Learner learner,
            BatchSource source,
            TrainerSettings settings,
            Path folder,
            @Nullable Function<Learner, Quality> evaluation,
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
     * Asks the run to end as soon as it can and to leave a snapshot to go on from; from any thread. A step that is not
     * over is forgotten, an evaluation may throw {@link CancellationException} to be made up for later.
     */
    public void stop() {
        stopping = true;
    }

    /** Whether it got to the end, and was not stopped before. */
    public boolean finished() {
        return finished;
    }

    /**
     * Runs to the end of the steps, or of the batches, or until it is {@linkplain #stop stopped}.
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
        ExecutorService reader = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "training-reader");
            thread.setDaemon(true);
            return thread;
        });
        try {
            steps(reader, Math.min(until, settings.steps()));
            if (until >= settings.steps() && !stopping) {
                evaluate();
                finished = true;
            }
        } catch (CancellationException e) {
            if (!stopping) {
                throw e;
            }
        } finally {
            reader.shutdownNow();
        }
        if (mayBeKept() || !Files.exists(folder.resolve(LAST))) {
            save();
        }
        return progress.best();
    }

    private void steps(ExecutorService reader, long until) throws IOException {
        Iterator<List<Example>> batches = source.from(progress.batches());
        CompletableFuture<@Nullable Encoded> next = read(batches, progress.batches(), reader);
        if (due(settings.evaluateEvery()) && progress.evaluatedStep() < progress.step()) {
            // The run was stopped in it.
            evaluate();
        }
        long began = System.nanoTime();
        long first = progress.step();
        while (progress.step() < until && !stopping) {
            long stepBegan = System.nanoTime();
            int pairs = 0;
            long tokens = 0;
            int indistinct = 0;
            int taken = 0;
            while (taken < settings.accumulate() && !stopping) {
                Encoded batch = joined(next);
                if (batch == null) {
                    break;
                }
                taken++;
                next = read(batches, progress.batches() + taken, reader);
                learner.accumulate(batch.groups(), settings.accumulate());
                pairs += batch.pairs();
                tokens += batch.tokens();
                indistinct += batch.indistinct();
            }
            if (taken < settings.accumulate()) {
                learner.forget();
                return;
            }
            double rate = learner.learningRate() * schedule.factor(progress.step());
            StepResult result = learner.step(rate, largestLoss());
            progress = progress.after(result, taken, learner.passes(), learner.steps());
            long now = System.nanoTime();
            tell(new StepMetrics(
                    progress.step(),
                    settings.steps(),
                    result,
                    rate,
                    pairs,
                    tokens,
                    indistinct,
                    Duration.ofNanos(now - stepBegan),
                    Duration.ofNanos(
                            (now - began) / (progress.step() - first) * (settings.steps() - progress.step()))));
            stopIfNothingChanges(result);
            keep();
        }
    }

    private CompletableFuture<@Nullable Encoded> read(
            Iterator<List<Example>> batches, long number, ExecutorService reader) {
        return CompletableFuture.supplyAsync(
                () -> {
                    if (!batches.hasNext()) {
                        return null;
                    }
                    List<Example> batch = batches.next();
                    List<Example> examples = settings.inBatchNegatives() == 0
                            ? batch
                            : InBatchNegatives.added(batch, settings.inBatchNegatives(), settings.seed() + number);
                    // One thread tokenizes too slowly for a GPU.
                    return Encoded.of(
                            examples,
                            examples.parallelStream().map(learner::encode).toList());
                },
                reader);
    }

    private static @Nullable Encoded joined(CompletableFuture<@Nullable Encoded> batch) {
        try {
            return batch.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TrainingException("interrupted while it waited for a batch");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        }
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
        if (due(settings.evaluateEvery())) {
            evaluate();
        }
        if (due(settings.saveEvery()) && mayBeKept()) {
            save();
        }
    }

    /** Nothing is kept that may be spoilt, and nothing to go on from is lost to it. */
    private boolean mayBeKept() {
        return progress.skipped() == 0;
    }

    private boolean due(long every) {
        return every > 0 && progress.step() % every == 0 && progress.step() < settings.steps();
    }

    private void evaluate() throws IOException {
        Quality quality = evaluation == null ? null : qualityBy(evaluation);
        progress = progress.evaluated();
        boolean best = quality == null || progress.improvedBy(quality.value());
        if (best) {
            progress = progress.withBest(quality == null ? Double.NaN : quality.value());
            Learner.Table table = learner.averages() ? Learner.Table.AVERAGE : Learner.Table.WEIGHTS;
            Folders.replace(folder.resolve(BEST), unfinished -> writer.write(unfinished, table, settings.weights()));
            observers.forEach(observer -> observer.saved(progress.step(), folder.resolve(BEST)));
        }
        if (quality != null) {
            observers.forEach(observer -> observer.evaluated(progress.step(), quality, best));
        }
    }

    private Quality qualityBy(Function<Learner, Quality> measuring) {
        learner.swapAverage();
        try {
            return measuring.apply(learner);
        } catch (TrainingException e) {
            throw new TrainingException(
                    "step " + progress.step() + ": " + e.getMessage() + ". " + folder.resolve(LAST) + " and "
                            + folder.resolve(BEST) + " are as they were before",
                    e);
        } finally {
            learner.swapAverage();
        }
    }

    private void save() throws IOException {
        snapshot.write(folder.resolve(LAST), progress);
        observers.forEach(observer -> observer.saved(progress.step(), folder.resolve(LAST)));
    }
}
