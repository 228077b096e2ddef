package io.streamrank.model;

import java.util.List;

/** A family whose language models rank without a head of their own, by what they would say next. */
interface LanguageModelFamily extends Family {
    /**
     * The architecture with rows of the language-model head as its ranking head.
     *
     * @param labels the tokens whose rows these are
     * @throws CheckpointException where the configuration asks for what the source does not compute
     */
    Architecture read(Config config, Safetensors weights, List<Integer> labels);
}
