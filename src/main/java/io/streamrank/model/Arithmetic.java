package io.streamrank.model;

/** In which types a checkpoint is trained. */
public enum Arithmetic {
    /** Everything in float32. */
    FLOAT32(6, 6),
    /** Matrix products in bfloat16; weights, norm statistics, recurrences, heads and losses in float32. */
    BFLOAT16(15, 6),
    /** Everything in float64, to hold gradients to finite differences. */
    FLOAT64(7, 7);

    private final int computeNumber;
    private final int wideNumber;

    Arithmetic(int computeNumber, int wideNumber) {
        this.computeNumber = computeNumber;
        this.wideNumber = wideNumber;
    }

    /** PyTorch's number of the type that matrices are multiplied in. */
    int computeNumber() {
        return computeNumber;
    }

    /** PyTorch's number of the type of weights and of what must not be rounded further. */
    int wideNumber() {
        return wideNumber;
    }
}
