package io.streamrank.training;

import static java.util.Objects.requireNonNull;

import io.streamrank.model.TensorFile;
import java.util.function.Consumer;

/**
 * How a run goes.
 *
 * @param steps steps of the optimizer
 * @param accumulate batches of each step: as if they were one, as long as they are of one size
 * @param shape how the learning rate falls
 * @param warmUp share of the steps in which it rises
 * @param evaluateEvery steps between evaluations; 0 for none but the last
 * @param saveEvery steps between snapshots to go on from; 0 for none but the last
 * @param weights as which type the best checkpoint is written
 * @param inBatchNegatives documents of the batch's other queries that each query gets as negatives
 * @param spike how many times its moving average the loss may be before a step is skipped; 0 for no limit
 * @param spikesFrom steps after which the average is trusted
 * @param skippedMax steps in a row that may change nothing before the run ends
 * @param seed of choices between batches
 */
public record TrainerSettings(
        long steps,
        int accumulate,
        Schedule.Shape shape,
        double warmUp,
        long evaluateEvery,
        long saveEvery,
        TensorFile.Type weights,
        int inBatchNegatives,
        double spike,
        int spikesFrom,
        int skippedMax,
        long seed) {
    public TrainerSettings {
        requireNonNull(shape, "shape");
        requireNonNull(weights, "weights");
        Settings.atLeast("steps", steps, 1);
        Settings.atLeast("accumulate", accumulate, 1);
        Settings.atLeast("evaluate-every", evaluateEvery, 0);
        Settings.atLeast("save-every", saveEvery, 0);
        Settings.atLeast("in-batch-negatives", inBatchNegatives, 0);
        Settings.atLeast("spike", spike, 0);
        Settings.atLeast("spikes-from", spikesFrom, 1);
        Settings.atLeast("skipped-max", skippedMax, 0);
        if (!(warmUp >= 0 && warmUp <= 1)) {
            throw new IllegalArgumentException("warm-up is " + warmUp + ", expected a share from 0 to 1");
        }
    }

    /** A run of so many steps: a tenth of them warm-up, then down to nothing. */
    public static TrainerSettings of(long steps) {
        return new TrainerSettings(
                steps, 1, Schedule.Shape.LINEAR, 0.1, 0, 0, TensorFile.Type.FLOAT32, 0, 0, 100, 10, 1);
    }

    public TrainerSettings withAccumulate(int batches) {
        return changed(draft -> draft.accumulate = batches);
    }

    public TrainerSettings withSchedule(Schedule.Shape falling, double warmUpShare) {
        return changed(draft -> {
            draft.shape = falling;
            draft.warmUp = warmUpShare;
        });
    }

    public TrainerSettings every(long evaluate, long save) {
        return changed(draft -> {
            draft.evaluateEvery = evaluate;
            draft.saveEvery = save;
        });
    }

    public TrainerSettings withSpikes(double factor, int from, int most) {
        return changed(draft -> {
            draft.spike = factor;
            draft.spikesFrom = from;
            draft.skippedMax = most;
        });
    }

    public TrainerSettings withInBatchNegatives(int documents) {
        return changed(draft -> draft.inBatchNegatives = documents);
    }

    public TrainerSettings withWeights(TensorFile.Type type) {
        return changed(draft -> draft.weights = type);
    }

    Schedule schedule() {
        return new Schedule(shape, Math.round(steps * warmUp), steps);
    }

    private TrainerSettings changed(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.settings();
    }

    /** Settings while some of them are changed. */
    private static final class Draft {
        private long steps;
        private int accumulate;
        private Schedule.Shape shape;
        private double warmUp;
        private long evaluateEvery;
        private long saveEvery;
        private TensorFile.Type weights;
        private int inBatchNegatives;
        private double spike;
        private int spikesFrom;
        private int skippedMax;
        private long seed;

        Draft(TrainerSettings settings) {
            steps = settings.steps;
            accumulate = settings.accumulate;
            shape = settings.shape;
            warmUp = settings.warmUp;
            evaluateEvery = settings.evaluateEvery;
            saveEvery = settings.saveEvery;
            weights = settings.weights;
            inBatchNegatives = settings.inBatchNegatives;
            spike = settings.spike;
            spikesFrom = settings.spikesFrom;
            skippedMax = settings.skippedMax;
            seed = settings.seed;
        }

        TrainerSettings settings() {
            return new TrainerSettings(
                    steps,
                    accumulate,
                    shape,
                    warmUp,
                    evaluateEvery,
                    saveEvery,
                    weights,
                    inBatchNegatives,
                    spike,
                    spikesFrom,
                    skippedMax,
                    seed);
        }
    }
}
