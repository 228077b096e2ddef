package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.stream.Stream;

/**
 * A query and all documents that a training group may take for it.
 *
 * @param queryId its name where it has one, else its place in its file
 * @param query its text
 * @param positives the relevant ones, of any grade
 * @param negatives the others
 */
record LabelledList(String queryId, String query, List<LabelledDocument> positives, List<LabelledDocument> negatives) {
    LabelledList {
        requireNonNull(queryId, "queryId");
        requireNonNull(query, "query");
        positives = List.copyOf(positives);
        negatives = List.copyOf(negatives);
    }

    /** Positives, then negatives. */
    List<LabelledDocument> documents() {
        return Stream.concat(positives.stream(), negatives.stream()).toList();
    }

    /** Whether a teacher scored its documents; it scored all or none. */
    boolean hasTeacherScores() {
        return documents().stream().anyMatch(document -> document.teacherScore().isPresent());
    }
}
