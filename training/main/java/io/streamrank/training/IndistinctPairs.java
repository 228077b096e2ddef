package io.streamrank.training;

import io.streamrank.model.EncodedPair;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds pairs that a model cannot tell apart though their documents differ: cut so short that nothing of the difference is
 * left, most often because the query takes all the tokens. Nothing can be learnt of these.
 */
final class IndistinctPairs {
    private IndistinctPairs() {}

    /** How many pairs are the same as a pair of another document. */
    static int count(Example example, Group group) {
        List<Passage> passages = example.passages();
        Map<EncodedPair, Set<String>> texts = new HashMap<>();
        for (int i = 0; i < group.size(); i++) {
            texts.computeIfAbsent(group.pairs().get(i), pair -> new HashSet<>())
                    .add(passages.get(i).text());
        }
        return (int) group.pairs().stream()
                .filter(pair -> texts.getOrDefault(pair, Set.of()).size() > 1)
                .count();
    }
}
