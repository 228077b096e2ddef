package io.streamrank.model;

/** An architecture family: knows how its checkpoints are named, shaped and configured. */
interface Family {
    /** {@code config.json}'s model_type. */
    String modelType();

    /**
     * Reads the configuration and settles which tensors are needed. Whether they are there is checked by
     * {@link Weights}.
     *
     * @throws CheckpointException where the configuration asks for what the source does not compute
     */
    Architecture read(Config config, Safetensors weights);
}
