package io.streamrank.training;

/**
 * How far training is, beside the weights.
 *
 * @param step steps of the optimizer made, skipped ones among them
 * @param batches batches taken from the source, which random zeros follow from
 * @param applied steps that changed the weights
 * @param skipped how many of the latest steps in a row changed nothing
 * @param usualLoss the loss's moving average; NaN before the first step
 * @param best the best evaluation; NaN before the first
 * @param bestStep after which step it was
 * @param evaluatedStep after which step the latest evaluation was; -1 before the first
 */
record TrainingProgress(
        long step,
        long batches,
        long applied,
        int skipped,
        double usualLoss,
        double best,
        long bestStep,
        long evaluatedStep) {
    /** No step has been evaluated. */
    static final long NEVER = -1;

    static final TrainingProgress START = new TrainingProgress(0, 0, 0, 0, Double.NaN, Double.NaN, 0, NEVER);

    /** How much of the average each step keeps. */
    private static final double KEPT = 0.98;

    TrainingProgress after(StepResult result, long batchesTaken) {
        double usual = result.skipped()
                ? usualLoss
                : Double.isNaN(usualLoss) ? result.loss() : KEPT * usualLoss + (1 - KEPT) * result.loss();
        return new TrainingProgress(
                step + 1,
                batches + batchesTaken,
                result.skipped() ? applied : applied + 1,
                result.skipped() ? skipped + 1 : 0,
                usual,
                best,
                bestStep,
                evaluatedStep);
    }

    boolean improvedBy(double value) {
        return Double.isNaN(best) || value > best;
    }

    TrainingProgress withBest(double value) {
        return new TrainingProgress(step, batches, applied, skipped, usualLoss, value, step, evaluatedStep);
    }

    TrainingProgress evaluated() {
        return new TrainingProgress(step, batches, applied, skipped, usualLoss, best, bestStep, step);
    }
}
