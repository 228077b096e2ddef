package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.ListPlace;
import io.streamrank.replay.QueryName;
import io.streamrank.replay.TrecRun;
import io.streamrank.replay.TrecRun.Entry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A candidate list of a replay.
 *
 * @param queryId by which judgments know its query; null if it came without
 * @param requestId which request it was
 * @param query the text; empty if the replay left texts out
 * @param timestamp when it came, as the replay wrote it
 * @param candidates as they came
 * @param live what the live worker made of it, best first; null if that is not known
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
    }

    /** A candidate; title and text are empty where they are not known, the score null where the first stage gave none. */
    record Item(
            String id, String title, String text, @Nullable Double score) {}

    /** What its query is called in judgments. */
    String name() {
        return QueryName.of(queryId, requestId, place);
    }

    /** The first stage's ranking: by its scores where they give the order that the candidates came in, else that order. */
    List<Entry> firstStage() {
        boolean scored = scoresTellOrder();
        List<Entry> entries = new ArrayList<>(candidates.size());
        for (Item candidate : candidates) {
            Double score = candidate.score();
            entries.add(
                    new Entry(candidate.id(), scored && score != null ? score : candidates.size() - entries.size()));
        }
        return TrecRun.bestFirst(entries);
    }

    private boolean scoresTellOrder() {
        float before = Float.POSITIVE_INFINITY;
        for (Item candidate : candidates) {
            Double score = candidate.score();
            if (score == null || !(score.floatValue() < before)) {
                return false;
            }
            before = score.floatValue();
        }
        return true;
    }

    /** The ranking by a model's scores, in the order of the candidates. */
    List<Entry> ranking(double[] scores) {
        List<Entry> entries = new ArrayList<>(scores.length);
        for (int i = 0; i < scores.length; i++) {
            entries.add(new Entry(candidates.get(i).id(), scores[i]));
        }
        return TrecRun.bestFirst(entries);
    }
}
