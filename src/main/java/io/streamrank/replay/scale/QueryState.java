package io.streamrank.replay.scale;

import io.streamrank.replay.ListPlace;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a query, but for its lists.
 *
 * @param judged by document
 * @param counted the first of its lists that everybody has ranked: the one that counts
 * @param lists how many of its lists everybody has ranked
 * @param last what was told of it last
 */
record QueryState(Map<String, Grade> judged, @Nullable ListPlace counted, long lists, QueryOutcome last) {
    static final QueryState EMPTY = new QueryState(Map.of(), null, 0, QueryOutcome.NONE);

    QueryState {
        judged = Map.copyOf(judged);
    }

    /** How a document is judged; no grade where that was withdrawn. */
    record Grade(@Nullable Integer grade, long timeMillis) {}

    /** After a judgment; itself where an earlier one is the later by its time. */
    QueryState after(JudgmentReader.Judged judgment) {
        Grade known = judged.get(judgment.documentId());
        if (known != null && judgment.timeMillis() < known.timeMillis()) {
            return this;
        }
        Map<String, Grade> all = new HashMap<>(judged);
        all.put(judgment.documentId(), new Grade(judgment.grade(), judgment.timeMillis()));
        return new QueryState(all, counted, lists, last);
    }

    /** After one more list was ranked by everybody. */
    QueryState after(ListPlace complete) {
        boolean first = counted == null || complete.compareTo(counted) < 0;
        return new QueryState(judged, first ? complete : counted, lists + 1, last);
    }

    QueryState telling(QueryOutcome outcome) {
        return new QueryState(judged, counted, lists, outcome);
    }

    /** Grades by document, but for those that were withdrawn. */
    Map<String, Integer> grades() {
        Map<String, Integer> grades = new TreeMap<>();
        judged.forEach((document, grade) -> {
            if (grade.grade() != null) {
                grades.put(document, grade.grade());
            }
        });
        return grades;
    }
}
