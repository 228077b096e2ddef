package io.streamrank.model;

/** The types the matrix multiplications run in. */
enum Dtype {
    FLOAT32("float32", 6),
    BFLOAT16("bfloat16", 15);

    private final String label;
    private final int torchNumber;

    Dtype(String label, int torchNumber) {
        this.label = label;
        this.torchNumber = torchNumber;
    }

    /** As settings and metrics write it. */
    String label() {
        return label;
    }

    /** PyTorch's ScalarType number. */
    int torchNumber() {
        return torchNumber;
    }
}
