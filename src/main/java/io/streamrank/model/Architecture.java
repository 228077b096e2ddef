package io.streamrank.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/**
 * What it takes to run one checkpoint: which TorchScript sources, with which constants, on which weights.
 *
 * @param family {@code config.json}'s model_type
 * @param sources resource names under {@code torchscript/}, which together make the forward pass and no module yet
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

    /** The resource name of the module that serves it. */
    String module() {
        return causal() ? "causal_reranker.py" : "reranker.py";
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

    /**
     * Ids may come from elsewhere, and one outside the table would take the whole CUDA context down.
     *
     * @param index the pair's place among others, for the message
     */
    void check(EncodedPair pair, int index) {
        if (pair.tokens() == 0 || pair.tokens() > positions) {
            throw new IllegalArgumentException(
                    "pair " + index + " has " + pair.tokens() + " tokens, expected 1 to " + positions);
        }
        checkRange(pair.ids(), vocabulary, index, "token");
        if (segments > 0) {
            checkRange(pair.typeIds(), segments, index, "segment");
        }
    }

    private static void checkRange(int[] ids, int bound, int index, String what) {
        for (int id : ids) {
            if (id < 0 || id >= bound) {
                throw new IllegalArgumentException(
                        "pair " + index + " has " + what + " id " + id + ", expected 0 to " + (bound - 1));
            }
        }
    }
}
