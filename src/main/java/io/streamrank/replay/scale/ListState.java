package io.streamrank.replay.scale;

import io.streamrank.replay.ListPlace;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A list of a query, and who has ranked it. The rankings themselves are held as long as the list may be the one that
 * counts.
 *
 * @param made by contender
 * @param firstStage ids in the order in which they came
 */
record ListState(ListPlace place, Map<String, Made> made, List<String> firstStage) {
    ListState {
        made = Map.copyOf(made);
        firstStage = List.copyOf(firstStage);
    }

    /**
     * What a contender made of it.
     *
     * @param documents ids, best first
     */
    record Made(String revision, List<String> documents) {
        Made {
            documents = List.copyOf(documents);
        }
    }

    static ListState at(ListPlace place) {
        return new ListState(place, Map.of(), List.of());
    }

    ListState with(RankedEvent ranked) {
        Map<String, Made> all = new HashMap<>(made);
        all.put(ranked.contender(), new Made(ranked.revision(), ranked.documents()));
        return new ListState(place, all, firstStage.isEmpty() ? ranked.firstStage() : firstStage);
    }

    /** Without the rankings: who has made them is still known. */
    ListState bare() {
        Map<String, Made> all = new HashMap<>();
        made.forEach((contender, ranking) -> all.put(contender, new Made(ranking.revision(), List.of())));
        return new ListState(place, all, List.of());
    }
}
