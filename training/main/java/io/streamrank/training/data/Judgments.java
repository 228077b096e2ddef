package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.Qrels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Qrels, and from which grade a document is a positive. What has a lower grade above 0 is neither a positive nor a
 * negative; grade 0 was judged not relevant and may be a negative.
 *
 * @param qrels the judgments
 * @param relevantFrom the lowest grade of a positive, at least 1
 */
record Judgments(Qrels qrels, int relevantFrom) {
    Judgments {
        requireNonNull(qrels, "qrels");
        if (relevantFrom < 1) {
            throw new IllegalArgumentException("relevant-from must be at least 1, not " + relevantFrom);
        }
    }

    /** The grades of a query's positives. */
    Map<String, Integer> positives(String queryId) {
        Map<String, Integer> positives = new LinkedHashMap<>();
        qrels.judgments(queryId).forEach((document, grade) -> {
            if (grade >= relevantFrom) {
                positives.put(document, grade);
            }
        });
        return positives;
    }

    /** Documents of a query that are neither positives nor negatives. */
    List<String> barelyRelevant(String queryId) {
        return qrels.judgments(queryId).entrySet().stream()
                .filter(judgment -> judgment.getValue() > 0 && judgment.getValue() < relevantFrom)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether a document has some relevance, so that it is no negative. */
    boolean isRelevant(String queryId, String documentId) {
        return qrels.judgments(queryId).getOrDefault(documentId, 0) > 0;
    }

    /** Whether a document has a grade of 0 or more; a negative one means that it was picked but not judged. */
    boolean isJudged(String queryId, String documentId) {
        return qrels.judgments(queryId).getOrDefault(documentId, -1) >= 0;
    }
}
