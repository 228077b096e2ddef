package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

/**
 * How a list becomes a group.
 *
 * @param shape what is taken
 * @param negatives how many negatives a contrastive group has, at least 1; a {@link GroupShape#LIST} has one document
 *     more than this at most
 * @param nearDuplicates how alike a text and a positive must be for it not to be taken for a negative, above 0 and at most
 *     1: the share of their runs of three words that they have in common
 */
public record Sampling(GroupShape shape, int negatives, double nearDuplicates) {
    /** What reranker papers use for passages. */
    public static final int PASSAGE_NEGATIVES = 15;

    /** The same for documents, which are longer. */
    public static final int DOCUMENT_NEGATIVES = 7;

    /** One positive and 15 negatives. */
    public static final Sampling DEFAULT =
            new Sampling(GroupShape.CONTRASTIVE, PASSAGE_NEGATIVES, NearDuplicates.DEFAULT_THRESHOLD);

    public Sampling {
        requireNonNull(shape, "shape");
        if (negatives < 1) {
            throw new IllegalArgumentException("negatives must be at least 1, not " + negatives);
        }
        new NearDuplicates(nearDuplicates);
    }
}
