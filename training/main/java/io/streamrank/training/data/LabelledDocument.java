package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import io.streamrank.training.Passage;
import java.io.IOException;
import java.util.OptionalDouble;

/**
 * A document with what is known of it, before its text is read.
 *
 * @param id tells it from the others of its list
 * @param label 0 is not relevant, 1 or a higher grade is
 * @param teacherScore the score that another model gave it
 * @param text reads it, as a model does
 */
record LabelledDocument(String id, double label, OptionalDouble teacherScore, Text text) {

    /** Reads a document's text from where it is. */
    @FunctionalInterface
    interface Text {
        String read() throws IOException;
    }

    LabelledDocument {
        requireNonNull(id, "id");
        requireNonNull(teacherScore, "teacherScore");
        requireNonNull(text, "text");
    }

    /** The document with its text. */
    Passage read() throws IOException {
        return new Passage(text.read(), (float) label, (float) teacherScore.orElse(Float.NaN), id);
    }
}
