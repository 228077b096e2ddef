package io.streamrank.replay;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Judgment;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Judgments as they came, down to what counts: of a query and document the latest by its time, and of equal times the
 * one that came later. A withdrawn judgment is none. Holds an entry for each query and document that was ever judged.
 */
public final class LatestGrades {
    private final Map<String, Map<String, Latest>> latest = new TreeMap<>();
    private long events;
    private long pairs;

    private record Latest(Instant time, @Nullable Integer grade) {}

    /** Takes in a judgment. */
    public void add(Judgment judgment) {
        put(judgment.queryId(), judgment.candidateId(), new Latest(judgment.time(), judgment.grade()));
    }

    /** Takes in that what was judged of a query and document until then is withdrawn. */
    public void withdraw(String queryId, String candidateId, Instant time) {
        put(queryId, candidateId, new Latest(time, null));
    }

    private void put(String queryId, String candidateId, Latest judgment) {
        events++;
        Map<String, Latest> documents = latest.computeIfAbsent(queryId, query -> new TreeMap<>());
        int before = documents.size();
        documents.merge(candidateId, judgment, (old, last) -> last.time.isBefore(old.time) ? old : last);
        pairs += documents.size() - before;
    }

    /** Of how many pairs of a query and a document something is held. */
    public long pairs() {
        return pairs;
    }

    /** How many were taken in. */
    public long events() {
        return events;
    }

    /** The judgments that count now. */
    public Qrels qrels() {
        Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
        latest.forEach((query, documents) -> documents.forEach((document, judgment) -> {
            if (judgment.grade != null) {
                grades.computeIfAbsent(query, any -> new LinkedHashMap<>())
                        .put(document, requireNonNull(judgment.grade));
            }
        }));
        return Qrels.of(grades);
    }
}
