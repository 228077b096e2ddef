package io.streamrank.training;

import io.streamrank.model.EncodedPair;
import java.util.ArrayList;
import java.util.List;

/** Cuts a list of pairs into runs whose activations fit. */
final class PairCuts {
    private PairCuts() {}

    /** Ends of runs of pairs that keep to a budget of tokens, one pair at least. */
    static List<Integer> of(List<EncodedPair> pairs, int budget) {
        List<Integer> cuts = new ArrayList<>();
        int tokens = 0;
        for (int i = 0; i < pairs.size(); i++) {
            if (tokens > 0 && tokens + pairs.get(i).tokens() > budget) {
                cuts.add(i);
                tokens = 0;
            }
            tokens += pairs.get(i).tokens();
        }
        cuts.add(pairs.size());
        return cuts;
    }
}
