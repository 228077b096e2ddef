package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import java.util.OptionalDouble;

/**
 * One document of a training group.
 *
 * @param text what a model reads: title, a space and the text, where there is a title
 * @param label how relevant it is: 0 is not, 1 or a higher grade is
 * @param teacherScore the score that another model gave it
 */
public record GroupDocument(String text, double label, OptionalDouble teacherScore) {
    public GroupDocument {
        requireNonNull(text, "text");
        requireNonNull(teacherScore, "teacherScore");
        if (!Double.isFinite(label) || !Double.isFinite(teacherScore.orElse(0))) {
            throw new IllegalArgumentException(
                    "label and teacher's score must be finite, not " + label + " and " + teacherScore);
        }
    }

    /** A document that no teacher scored. */
    public GroupDocument(String text, double label) {
        this(text, label, OptionalDouble.empty());
    }
}
