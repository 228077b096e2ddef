package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

/**
 * Which model ranked.
 *
 * @param id the name requests call it by
 * @param revision the first 12 hexadecimal digits of the checkpoint's SHA-256: two workers that name the same revision
 *     hold the same weights, configuration and tokenizer
 * @param family the architecture, as {@code config.json} names it: {@code bert}, {@code mamba2}, …
 */
public record ModelRef(String id, String revision, String family) {
    public ModelRef {
        requireNonNull(id, "id");
        requireNonNull(revision, "revision");
        requireNonNull(family, "family");
    }
}
