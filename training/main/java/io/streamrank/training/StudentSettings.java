package io.streamrank.training;

/**
 * What a new state space model looks like.
 *
 * @param kind Mamba or Mamba-2
 * @param layers blocks
 * @param state numbers of state for each channel; Mamba-2's B and C are as wide
 * @param maxLength the longest pair in tokens
 * @param seed decides every number that is drawn
 */
record StudentSettings(Kind kind, int layers, int state, int maxLength, long seed) {
    /** Which recurrence. */
    enum Kind {
        MAMBA("mamba", 16),
        MAMBA2("mamba2", 128);

        private final String modelType;
        private final int usualState;

        Kind(String modelType, int usualState) {
            this.modelType = modelType;
            this.usualState = usualState;
        }

        /** {@code config.json}'s model_type. */
        String modelType() {
            return modelType;
        }

        /** The authors' state size. */
        int usualState() {
            return usualState;
        }
    }

    StudentSettings {
        if (layers < 1 || state < 1 || maxLength < 1) {
            throw new IllegalArgumentException(
                    "layers " + layers + ", state " + state + ", length " + maxLength + ", expected 1 or more of each");
        }
    }
}
