package io.streamrank.training;

import static java.util.Objects.requireNonNull;

/**
 * A document as training sees it.
 *
 * @param text the document
 * @param label how relevant it is to its query: 0 is not, more is more
 * @param teacher the score a teacher gave it; NaN where there is none
 * @param id tells it from other documents of its data set; empty where nothing does
 */
public record Passage(String text, float label, float teacher, String id) {
    public Passage {
        requireNonNull(text, "text");
        requireNonNull(id, "id");
        if (!(label >= 0) || Float.isInfinite(label)) {
            throw new IllegalArgumentException("label is " + label + ", expected 0 or more");
        }
        if (Float.isInfinite(teacher)) {
            throw new IllegalArgumentException("teacher is infinite");
        }
    }

    /** One of no data set. */
    public Passage(String text, float label, float teacher) {
        this(text, label, teacher, "");
    }

    /** One without a teacher. */
    public Passage(String text, float label) {
        this(text, label, Float.NaN);
    }
}
