package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What a loss sees at once: a query and documents that compete for it.
 *
 * @param query its text
 * @param documents at least one; where {@link GroupShape#CONTRASTIVE} made the group, the positive stands first. Either all
 *     have a teacher's score or none has
 */
public record TrainingGroup(String query, List<GroupDocument> documents) {
    public TrainingGroup {
        requireNonNull(query, "query");
        documents = List.copyOf(documents);
        if (documents.isEmpty()) {
            throw new IllegalArgumentException("a group needs documents");
        }
        long scored = documents.stream()
                .filter(document -> document.teacherScore().isPresent())
                .count();
        if (scored != 0 && scored != documents.size()) {
            throw new IllegalArgumentException("a teacher scored " + scored + " of a group's " + documents.size()
                    + " documents, expected all or none");
        }
    }

    /** Whether a teacher scored its documents. */
    public boolean hasTeacherScores() {
        return documents.get(0).teacherScore().isPresent();
    }
}
