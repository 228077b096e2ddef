package io.streamrank.training.data;

/** What is taken of a labelled list to make an example. */
public enum GroupShape {
    /** One positive, which stands first, and sampled negatives: for softmax and other contrastive losses. */
    CONTRASTIVE,

    /**
     * A sample of the whole list with all of its grades, as large as one positive and the negatives together, of which one
     * is a positive if the list has any: for listwise losses and distillation. Lists without a positive will do.
     */
    LIST
}
