package io.streamrank.ingest;

import io.streamrank.model.EncodedPair;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A transaction's pairs of one model without repetitions: what a model cannot tell apart it need not score twice. */
final class DistinctPairs {
    private final List<EncodedPair> pairs;
    private final int[] places;

    private DistinctPairs(List<EncodedPair> pairs, int[] places) {
        this.pairs = pairs;
        this.places = places;
    }

    static DistinctPairs of(List<EncodedPair> all) {
        Map<EncodedPair, Integer> placeOf = new HashMap<>(2 * all.size());
        List<EncodedPair> pairs = new ArrayList<>(all.size());
        int[] places = new int[all.size()];
        for (int i = 0; i < places.length; i++) {
            Integer twin = placeOf.putIfAbsent(all.get(i), pairs.size());
            places[i] = twin == null ? pairs.size() : twin;
            if (twin == null) {
                pairs.add(all.get(i));
            }
        }
        return new DistinctPairs(pairs, places);
    }

    /** Each once, in the order of their first appearance. */
    List<EncodedPair> pairs() {
        return pairs;
    }

    /** Which of the distinct pairs stands at a place among all pairs. */
    int indexOf(int place) {
        return places[place];
    }

    /** How many of all pairs were seen before. */
    int duplicates() {
        return places.length - pairs.size();
    }

    /** The score of each of all pairs, from those of the distinct ones. */
    float[] toAll(float[] scores) {
        float[] all = new float[places.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = scores[places[i]];
        }
        return all;
    }
}
