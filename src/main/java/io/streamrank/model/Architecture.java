package io.streamrank.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/**
 * What it takes to run one checkpoint: which TorchScript sources, with which constants, on which weights.
 *
 * @param family {@code config.json}'s model_type
 * @param sources resource names under {@code torchscript/}, put together in this order
 * @param constants compiled into the source, each as a function without arguments: {@code layers()}
 * @param weights every weight the source reads, under the names it uses
 * @param positions the longest pair in tokens
 * @param firstPosition the first token's position id
 * @param vocabulary rows of the token embedding
 * @param segments how many segment ids there are; 0 for a family without segments
 * @param memory what a causal model can keep of a pair's leading tokens
 */
record Architecture(
        String family,
        List<String> sources,
        Map<String, Object> constants,
        List<Weight> weights,
        int positions,
        int firstPosition,
        int vocabulary,
        int segments,
        Memory memory) {
    Architecture {
        sources = List.copyOf(sources);
        constants = Map.copyOf(constants);
        weights = List.copyOf(weights);
    }

    /** An encoder, which reads its tokenizer's own pairs. */
    Architecture(
            String family,
            List<String> sources,
            Map<String, Object> constants,
            List<Weight> weights,
            int positions,
            int firstPosition,
            int vocabulary,
            int segments) {
        this(family, sources, constants, weights, positions, firstPosition, vocabulary, segments, Memory.NONE);
    }

    /** Whether it reads from left to right, so its pairs follow a {@link CausalTemplate}, and is pooled at the last token. */
    boolean causal() {
        return memory != Memory.NONE;
    }

    /** Whether it ranks by rows of its language-model head. */
    boolean ranksByLabels() {
        return !labels().isEmpty();
    }

    /** The tokens whose rows of the language-model head it ranks by; empty for one with a ranking head of its own. */
    List<Integer> labels() {
        return weights.stream().flatMap(weight -> weight.rows().stream()).toList();
    }

    /** How many layers a causal model keeps something of. */
    int layers() {
        return (Integer) requireNonNull(constants.get("layers"), "layers");
    }
}
