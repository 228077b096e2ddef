package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.FirstStageScores;
import io.streamrank.replay.ListPlace;
import io.streamrank.replay.QueryName;
import io.streamrank.replay.TrecRun.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A candidate list of a replay. Its rankings are in the order in which people got them or would have: equal scores as the
 * worker orders them, by the first stage. trec_eval's order, by which measures go, is another.
 *
 * @param queryId by which judgments know its query; null if it came without
 * @param requestId which request it was
 * @param query the text; empty if the replay left texts out
 * @param timestamp when it came, as the replay wrote it
 * @param candidates as they came
 * @param live what the live worker made of it, as it was published, so that it may lack the lower ranks; null if that is
 *     not known
 * @param place where it stood
 */
record ReplayedList(
        @Nullable String queryId,
        String requestId,
        String query,
        String timestamp,
        List<Item> candidates,
        @Nullable List<Entry> live,
        ListPlace place) {
    ReplayedList {
        requireNonNull(requestId, "requestId");
        candidates = List.copyOf(candidates);
        live = live == null ? null : List.copyOf(live);
    }

    /** A candidate; title and text are empty where they are not known, the score null where the first stage gave none. */
    record Item(
            String id, String title, String text, @Nullable Double score) {}

    /** What its query is called in judgments. */
    String name() {
        return QueryName.of(queryId, requestId, place);
    }

    /** The first stage's ranking: as the candidates came, with their scores where these give that order. */
    List<Entry> firstStage() {
        boolean scored =
                FirstStageScores.tellOrder(candidates.stream().map(Item::score).toList());
        List<Entry> entries = new ArrayList<>(candidates.size());
        for (Item candidate : candidates) {
            Double score = candidate.score();
            entries.add(
                    new Entry(candidate.id(), scored && score != null ? score : candidates.size() - entries.size()));
        }
        return entries;
    }

    /** The ranking by a model's scores, in the order of the candidates. */
    List<Entry> ranking(double[] scores) {
        List<Entry> entries = new ArrayList<>(scores.length);
        for (int i = 0; i < scores.length; i++) {
            entries.add(new Entry(candidates.get(i).id(), scores[i]));
        }
        entries.sort(Comparator.comparingDouble(entry -> 0.0 - entry.score())); // 0 - -0 is 0: equal
        return entries;
    }
}
