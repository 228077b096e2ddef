package io.streamrank.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.Stream;
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

    private static final String WAY_OUT = "go on from it with a lower learning rate, or look at the data";

    private final Learner learner;
    private final BatchSource source;
    private final TrainerSettings settings;
    private final Path folder;
    private final @Nullable Function<Learner, Quality> evaluation;
    private final List<TrainingObserver> observers;
    private final CheckpointWriter writer;
    private final Snapshot snapshot;
    private final Schedule schedule;
    private RunOrigin origin = RunOrigin.UNKNOWN;
    private TrainingProgress progress = TrainingProgress.START;
    private volatile boolean stopping;
    private boolean finished;

    /**
     * A batch that the devices can begin with.
     *
     * @param indistinct pairs of which nothing can be learnt
     */
    private record Ready(SharedBatch batch, int indistinct) {}

    /** A step that the device has been given and not been asked about. */
    private record Begun(int batches, double learningRate, int pairs, long tokens, int indistinct) {}

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

    /** States what the run is made of, for its snapshots to say. */
    Trainer madeOf(RunOrigin parts) {
        origin = parts;
        return this;
    }

    /**
     * Goes on from the last snapshot of the run's folder; from the start where there is none.
     *
     * @throws TrainingException if the snapshot is of a run that was made of something else
     */
    public Trainer resumed() throws IOException {
        return resumed(false);
    }

    /** @param changed whether the run may be made of something else than the snapshot's */
    Trainer resumed(boolean changed) throws IOException {
        Folders.recover(folder.resolve(LAST));
        Folders.recover(folder.resolve(BEST));
        if (Files.exists(folder.resolve(LAST))) {
            if (!changed) {
                origin.requireSame(snapshot.origin(folder.resolve(LAST)), folder.resolve(LAST));
            }
            progress = snapshot.read(folder.resolve(LAST));
        }
        return this;
    }

    /** Steps made so far. */
    public long step() {
        return progress.step();
    }

    /** After which step there was an evaluation last; -1 before the first. */
    public long evaluatedStep() {
        return progress.evaluatedStep();
    }

    /**
     * Evaluates the weights as they are before the first step: what training shall improve on. Does nothing where that was
     * done, or steps have been made; once {@linkplain #stop stopped} it leaves it to the run that goes on.
     */
    public void evaluateStart() throws IOException {
        if (evaluation == null) {
            throw new TrainingException("evaluate-first needs lines to evaluate with: set validation");
        }
        Files.createDirectories(folder);
        if (progress.equals(TrainingProgress.START)) {
            unlessStopped(this::evaluate);
        }
    }

    /**
     * Asks the run to end as soon as it can and to leave a snapshot to go on from; from any thread. A step that is not
     * over is forgotten, after the pass that runs; an evaluation may throw {@link CancellationException} to be made up for
     * later.
     */
    public void stop() {
        stopping = true;
        learner.stop();
    }

    /** Whether it got to the end, and was not stopped before. */
    public boolean finished() {
        return finished;
    }

    /**
     * Runs to the end of the steps, or of the batches, or until it is {@linkplain #stop stopped}.
     *
     * @return the best evaluation; NaN where there is none
     * @throws TrainingException where too many steps in a row change nothing, or the weights are no numbers; a snapshot that
     *     is there stays as it is
     */
    public double run() throws IOException {
        return run(settings.steps());
    }

    /** The same, stopping early after a step and leaving a snapshot to go on from. */
    double run(long until) throws IOException {
        Files.createDirectories(folder);
        unlessStopped(() -> {
            try (BatchReader<Ready> batches =
                    new BatchReader<>(source.from(progress.batches()), progress.batches(), this::ready)) {
                steps(batches, Math.min(until, settings.steps()));
            }
            if (until >= settings.steps() && !stopping) {
                requireFinite();
                if (isToBeEvaluated() || !Files.exists(folder.resolve(BEST))) {
                    evaluate();
                }
                finished = true;
            }
        });
        if (!finished) {
            requireFinite();
        }
        save();
        return progress.best();
    }

    /** What is broken off when the run is asked to end. */
    private interface Breakable {
        void run() throws IOException;
    }

    private void unlessStopped(Breakable work) throws IOException {
        try {
            work.run();
        } catch (CancellationException e) {
            if (!stopping) {
                throw e;
            }
        }
    }

    /** Nothing that is spoilt is kept, and nothing to go on from is lost to it. */
    private void requireFinite() {
        if (!learner.isFinite()) {
            throw new TrainingException("step " + progress.step()
                    + ": weights, or what the optimizer keeps of them, are no finite numbers. " + whereToGoOn());
        }
    }

    private void steps(BatchReader<Ready> batches, long until) throws IOException {
        if (isDue(settings.evaluateEvery(), progress.step()) && isToBeEvaluated()) {
            // The run was stopped in it.
            evaluate();
        }
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

    /** The gradients of a step's batches; null where there are none left, or the run is to stop. */
    private @Nullable Begun accumulated(BatchReader<Ready> batches, long step) {
        int pairs = 0;
        long tokens = 0;
        int indistinct = 0;
        for (int taken = 0; taken < settings.accumulate(); taken++) {
            Ready ready = stopping ? null : batches.next();
            if (ready == null || !isGathered(ready)) {
                return null;
            }
            pairs += ready.batch().pairs();
            tokens += ready.batch().tokens();
            indistinct += ready.indistinct();
        }
        double rate = learner.learningRate() * schedule.factor(step);
        return new Begun(settings.accumulate(), rate, pairs, tokens, indistinct);
    }

    /** Adds a batch's gradients, unless the run is stopped meanwhile. */
    private boolean isGathered(Ready ready) {
        try {
            learner.accumulate(ready.batch(), settings.accumulate());
            return true;
        } catch (CancellationException e) {
            if (!stopping) {
                throw e;
            }
            return false;
        }
    }

    /** Whether what comes after a step needs to know how it ended, or to see its weights. */
    private boolean isWaitedFor(long step) {
        return settings.spike() > 0 || isDue(settings.evaluateEvery(), step) || isDue(settings.saveEvery(), step);
    }

    private void end(Begun begun, Clock clock) throws IOException {
        StepResult result = learner.endStep();
        progress = progress.after(result, begun.batches());
        tell(new StepMetrics(
                progress.step(),
                settings.steps(),
                result,
                begun.learningRate(),
                begun.pairs(),
                begun.tokens(),
                begun.indistinct(),
                clock.sinceLast(),
                clock.left(progress.step(), settings.steps())));
        stopIfNothingChanges(result);
        if (keep()) {
            clock.goOn();
        }
    }

    private Ready ready(List<Example> batch, long number) {
        List<Example> examples = settings.inBatchNegatives() == 0
                ? batch
                : InBatchNegatives.added(batch, settings.inBatchNegatives(), settings.seed() + number);
        List<Group> groups = examples.stream().map(learner::encode).toList();
        int indistinct = 0;
        for (int i = 0; i < groups.size(); i++) {
            indistinct += IndistinctPairs.count(examples.get(i), groups.get(i));
        }
        return new Ready(learner.prepare(groups), indistinct);
    }

    private double largestLoss() {
        boolean limited = settings.spike() > 0 && progress.applied() >= settings.spikesFrom();
        return limited ? settings.spike() * progress.usualLoss() : Double.POSITIVE_INFINITY;
    }

    private void stopIfNothingChanges(StepResult result) throws IOException {
        if (progress.skipped() > settings.skippedMax()) {
            String what = "step " + progress.step() + ": loss " + result.loss() + " and gradient norm "
                    + result.gradientNorm() + ", the " + progress.skipped()
                    + "th step in a row that changed nothing. ";
            if (!Files.exists(folder.resolve(LAST)) && learner.isFinite()) {
                save();
                throw new TrainingException(what + folder.resolve(LAST) + " holds the weights as step "
                        + (progress.step() - progress.skipped()) + " left them, which are finite: " + WAY_OUT);
            }
            throw new TrainingException(what + whereToGoOn());
        }
    }

    /** What there is to go on from, for errors. */
    private String whereToGoOn() {
        Path last = folder.resolve(LAST);
        return Files.exists(last)
                ? last + " is as it was at the last snapshot: " + WAY_OUT
                : "There is no snapshot to go on from: begin anew with a lower learning rate and with save-every, or look"
                        + " at the data";
    }

    private void tell(StepMetrics metrics) {
        observers.forEach(observer -> observer.stepped(metrics));
    }

    /** Evaluates and saves where it is time to; whether it was. */
    private boolean keep() throws IOException {
        boolean evaluates = isDue(settings.evaluateEvery(), progress.step());
        if (evaluates) {
            evaluate();
        }
        // While steps are skipped it is not known whether the weights are still good, if they are finite: an older
        // snapshot is kept until one of them is not.
        boolean saves = isDue(settings.saveEvery(), progress.step()) && progress.skipped() == 0;
        if (saves) {
            requireFinite();
            save();
        }
        return evaluates || saves;
    }

    private boolean isToBeEvaluated() {
        return progress.step() > 0 && progress.evaluatedStep() < progress.step();
    }

    private boolean isDue(long every, long step) {
        return every > 0 && step % every == 0 && step < settings.steps();
    }

    private void evaluate() throws IOException {
        try {
            evaluateAndKeepTheBest();
        } catch (CancellationException e) {
            throw e;
        } catch (TrainingException e) {
            throw new TrainingException("step " + progress.step() + ": " + e.getMessage() + rescued(e), e);
        } catch (IOException | RuntimeException e) {
            String unused = rescued(e);
            throw e;
        }
    }

    private void evaluateAndKeepTheBest() throws IOException {
        Quality quality = evaluation == null ? null : qualityBy(evaluation);
        TrainingProgress evaluated = progress.evaluated();
        boolean best = quality == null || progress.improvedBy(quality.value());
        if (best) {
            evaluated = evaluated.withBest(quality == null ? Double.NaN : quality.value());
            Learner.Table table = learner.averages() ? Learner.Table.AVERAGE : Learner.Table.WEIGHTS;
            Folders.replace(folder.resolve(BEST), unfinished -> writer.write(unfinished, table, settings.weights()));
            observers.forEach(observer -> observer.saved(progress.step(), folder.resolve(BEST)));
        }
        progress = evaluated;
        if (quality != null) {
            observers.forEach(observer -> observer.evaluated(progress.step(), quality, best));
        }
    }

    private Quality qualityBy(Function<Learner, Quality> measuring) {
        learner.swapAverage();
        try {
            return measuring.apply(learner);
        } finally {
            learner.swapAverage();
        }
    }

    /** Keeps what was learnt, where it is good, from an evaluation that fails, and says what there is. */
    private String rescued(Exception failure) {
        try {
            if (progress.step() > 0 && progress.skipped() == 0 && learner.isFinite()) {
                save();
                return ". " + folder.resolve(LAST) + " holds what was learnt";
            }
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
        List<String> kept = Stream.of(LAST, BEST)
                .map(folder::resolve)
                .filter(Files::exists)
                .map(Path::toString)
                .toList();
        return kept.isEmpty() ? "" : ". As before: " + String.join(" and ", kept);
    }

    private void save() throws IOException {
        snapshot.write(folder.resolve(LAST), progress, origin);
        observers.forEach(observer -> observer.saved(progress.step(), folder.resolve(LAST)));
    }

    /** How long steps take. */
    private static final class Clock {
        private final long began = System.nanoTime();
        private final long first;
        private long last = began;
        private long from = began;

        Clock(long first) {
            this.first = first;
        }

        Duration sinceLast() {
            long now = System.nanoTime();
            Duration since = Duration.ofNanos(now - from);
            last = now;
            from = now;
            return since;
        }

        /** What was done since the last step, an evaluation or a snapshot, is not the next one's. */
        void goOn() {
            from = System.nanoTime();
        }

        Duration left(long step, long steps) {
            return Duration.ofNanos((last - began) / (step - first) * (steps - step));
        }
    }
}
