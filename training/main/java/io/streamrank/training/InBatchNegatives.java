package io.streamrank.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Documents of a batch's other queries as further negatives. A cross-encoder has to score each of them anew, so unlike
 * in a bi-encoder they cost as much as any document.
 */
public final class InBatchNegatives {
    private InBatchNegatives() {}

    /**
     * Adds documents of the other examples to each example, none that it has already, and none that is known to have some
     * relevance to its query, by it or by another example of the same query.
     *
     * @param most how many each gets, if there are as many
     * @param seed of the choice
     */
    public static List<Example> added(List<Example> batch, int most, long seed) {
        Random random = new Random(seed);
        Map<String, Set<String>> relevant = relevantByQuery(batch);
        List<Example> grown = new ArrayList<>();
        for (Example example : batch) {
            Set<String> known = relevant.getOrDefault(example.query(), Set.of());
            Set<String> seen = new HashSet<>();
            example.passages().forEach(passage -> seen.add(passage.text()));
            List<String> others = new ArrayList<>();
            for (Example other : batch) {
                for (Passage passage : other.passages()) {
                    boolean unfit = known.contains(passage.id()) || known.contains(passage.text());
                    if (!unfit && seen.add(passage.text())) {
                        others.add(passage.text());
                    }
                }
            }
            Collections.shuffle(others, random);
            List<Passage> passages = new ArrayList<>(example.passages());
            others.stream().limit(most).forEach(text -> passages.add(new Passage(text, 0)));
            grown.add(new Example(example.query(), passages, example.relevant()));
        }
        return grown;
    }

    /** Ids of what is relevant to each query, and texts of what is among the batch's documents. */
    private static Map<String, Set<String>> relevantByQuery(List<Example> batch) {
        Map<String, Set<String>> relevant = new HashMap<>();
        for (Example example : batch) {
            Set<String> known = relevant.computeIfAbsent(example.query(), query -> new HashSet<>());
            known.addAll(example.relevant());
            example.passages().stream()
                    .filter(passage -> passage.label() > 0)
                    .map(Passage::text)
                    .forEach(known::add);
        }
        return relevant;
    }
}
