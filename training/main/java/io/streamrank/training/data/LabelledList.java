package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A query and all documents that a training group may take for it.
 *
 * @param queryId its name where it has one, else its place in its file
 * @param query its text
 * @param positives the relevant ones, of any grade
 * @param negatives the others
 * @param barelyRelevant ids of documents that are neither, as they have some relevance
 */
record LabelledList(
        String queryId,
        String query,
        List<LabelledDocument> positives,
        List<LabelledDocument> negatives,
        List<String> barelyRelevant) {
    LabelledList {
        requireNonNull(queryId, "queryId");
        requireNonNull(query, "query");
        positives = List.copyOf(positives);
        negatives = List.copyOf(negatives);
        barelyRelevant = List.copyOf(barelyRelevant);
    }

    /** One in which every document is one or the other. */
    LabelledList(String queryId, String query, List<LabelledDocument> positives, List<LabelledDocument> negatives) {
        this(queryId, query, positives, negatives, List.of());
    }

    /** Ids of all that may be no negative. */
    Set<String> relevant() {
        return Stream.concat(positives.stream().map(LabelledDocument::id), barelyRelevant.stream())
                .collect(Collectors.toUnmodifiableSet());
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
