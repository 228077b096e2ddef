package io.streamrank.model;

/** What is done to a raw score before it is published. */
enum Activation {
    /** Raw scores. */
    NONE,
    /** Scores between 0 and 1, in the same order. */
    SIGMOID;

    /** Changes the scores in place. */
    float[] apply(float[] scores) {
        if (this == SIGMOID) {
            for (int i = 0; i < scores.length; i++) {
                scores[i] = (float) (1 / (1 + Math.exp(-scores[i])));
            }
        }
        return scores;
    }
}
