package io.streamrank.ingest;

import io.streamrank.ingest.EncodedBatch.Item;
import io.streamrank.model.EncodedPair;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One model's part of a batch: its requests' pairs, each distinct one once, and what becomes of them. A request
 * with a pair that the model fails on is given up as a whole; its other pairs are wanted only where another request
 * waits for them too.
 */
final class Share<R extends Rankable> {
    private final List<Item.ToScore<R>> requests;
    private final DistinctPairs distinct;
    private final List<List<Integer>> waiting;
    private final float[] scores;
    private final @Nullable Failure[] failures;

    /**
     * Why a request was given up.
     *
     * @param candidate the index of the candidate whose pair the model failed on
     * @param error how
     */
    record Failure(int candidate, RuntimeException error) {}

    Share(List<Item.ToScore<R>> requests) {
        this.requests = requests;
        distinct = DistinctPairs.of(
                requests.stream().flatMap(request -> request.pairs().stream()).toList());
        waiting = waiting();
        scores = new float[distinct.pairs().size()];
        failures = new Failure[requests.size()];
    }

    /** For each distinct pair, the requests that hold it. */
    private List<List<Integer>> waiting() {
        List<List<Integer>> all = new ArrayList<>();
        distinct.pairs().forEach(pair -> all.add(new ArrayList<>(1)));
        int place = 0;
        for (int request = 0; request < requests.size(); request++) {
            int end = place + requests.get(request).pairs().size();
            while (place < end) {
                all.get(distinct.indexOf(place++)).add(request);
            }
        }
        return all;
    }

    /** The distinct pairs; an index into them is what the other methods take. */
    List<EncodedPair> pairs() {
        return distinct.pairs();
    }

    int duplicates() {
        return distinct.duplicates();
    }

    /** Whether a request that has not been given up waits for this pair. */
    boolean isWanted(int pair) {
        for (int request : waiting.get(pair)) {
            if (failures[request] == null) {
                return true;
            }
        }
        return false;
    }

    void scored(int pair, float score) {
        scores[pair] = score;
    }

    /**
     * Gives up the requests that wait for this pair.
     *
     * @return those that had not been given up before
     */
    List<R> failed(int pair, RuntimeException error) {
        List<R> givenUp = new ArrayList<>();
        for (int request : waiting.get(pair)) {
            if (failures[request] == null) {
                Item.ToScore<R> item = requests.get(request);
                failures[request] = new Failure(item.pairs().indexOf(pairs().get(pair)), error);
                givenUp.add(item.asked());
            }
        }
        return givenUp;
    }

    /** Why a request was given up; null for one that was scored. */
    @Nullable Failure failure(int request) {
        return failures[request];
    }

    /** All pairs' scores, request after request in their candidates' order. */
    float[] scores() {
        return distinct.toAll(scores);
    }

    List<Item.ToScore<R>> requests() {
        return requests;
    }
}
