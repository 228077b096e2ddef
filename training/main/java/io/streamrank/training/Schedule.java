package io.streamrank.training;

/**
 * What share of the highest learning rate each step takes: rising in equal steps, then as the shape says down to nothing
 * at the end.
 *
 * @param shape how it falls
 * @param warmUpSteps how many steps it rises
 * @param steps how many steps there are in all
 */
public record Schedule(Shape shape, long warmUpSteps, long steps) {
    /** How the learning rate falls once it has risen. */
    public enum Shape {
        CONSTANT,
        LINEAR,
        COSINE
    }

    public Schedule {
        if (steps < 1 || warmUpSteps < 0 || warmUpSteps > steps) {
            throw new IllegalArgumentException(warmUpSteps + " warm-up steps of " + steps
                    + ", expected 0 to as many as there are, and 1 at least");
        }
    }

    /**
     * The share that a step takes.
     *
     * @param step counted from 0; steps beyond the last take what the last is heading for
     */
    public double factor(long step) {
        if (step < warmUpSteps) {
            // The first step is not lost on a rate of 0.
            return (step + 1.0) / (warmUpSteps + 1.0);
        }
        double done = Math.min(1, (step - warmUpSteps) / (double) Math.max(1, steps - warmUpSteps));
        return switch (shape) {
            case CONSTANT -> 1;
            case LINEAR -> 1 - done;
            case COSINE -> (1 + Math.cos(Math.PI * done)) / 2;
        };
    }
}
