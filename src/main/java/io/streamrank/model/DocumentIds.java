package io.streamrank.model;

import static java.util.Objects.requireNonNull;

/**
 * As which token ids a model takes documents that were tokenized before they were sent.
 *
 * @param tokenizer whose they must be: the first 12 hexadecimal digits of the SHA-256 of its {@code tokenizer.json}
 * @param vocabulary one more than the largest
 */
public record DocumentIds(String tokenizer, int vocabulary) {
    public DocumentIds {
        requireNonNull(tokenizer, "tokenizer");
    }
}
