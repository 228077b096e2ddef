package io.streamrank.replay.scale;

import static java.util.Comparator.comparingInt;

import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.replay.ListPlace;
import io.streamrank.replay.TrecRun;
import java.util.List;

/**
 * What a contender made of a list.
 *
 * @param revision of its checkpoint, the type it computed in, and how many tokens of a pair it read at most where that
 *     was told, spaces between them: under another of these scores are others
 * @param place where the list stood
 * @param documents ids, in the order in which trec_eval would rank them
 * @param firstStage the same ids, in the order in which they came
 */
record RankedEvent(
        String contender, String revision, ListPlace place, List<String> documents, List<String> firstStage) {
    RankedEvent {
        documents = List.copyOf(documents);
        firstStage = List.copyOf(firstStage);
    }

    /** @param maxLength empty where it was not told */
    static RankedEvent of(String contender, Ranking ranking, ListPlace place, String maxLength) {
        List<TrecRun.Entry> entries = ranking.candidates().stream()
                .map(candidate -> new TrecRun.Entry(candidate.id(), candidate.score()))
                .toList();
        return new RankedEvent(
                contender,
                (ranking.model().revision() + " " + ranking.dtype() + " " + maxLength).trim(),
                place,
                TrecRun.bestFirst(entries).stream()
                        .map(TrecRun.Entry::documentId)
                        .toList(),
                ranking.candidates().stream()
                        .sorted(comparingInt(RankedCandidate::previousRank))
                        .map(RankedCandidate::id)
                        .toList());
    }
}
