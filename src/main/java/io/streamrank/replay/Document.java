package io.streamrank.replay;

import static java.util.Objects.requireNonNull;

/**
 * One document of a collection.
 *
 * @param id its name in runs and judgments
 * @param title empty if it has none
 * @param text the body
 */
public record Document(String id, String title, String text) {
    public Document {
        requireNonNull(id, "id");
        requireNonNull(title, "title");
        requireNonNull(text, "text");
    }

    /** What a model reads: title, a space and the text; the text alone where there is no title. */
    public String modelText() {
        return title.isBlank() ? text : title + " " + text;
    }
}
