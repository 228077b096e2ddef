package io.streamrank.model;

/** The types the matrix multiplications run in. */
enum Dtype {
    FLOAT32("float32", 6, 4),
    BFLOAT16("bfloat16", 15, 2);

    private final String label;
    private final int torchNumber;
    private final int bytes;

    Dtype(String label, int torchNumber, int bytes) {
        this.label = label;
        this.torchNumber = torchNumber;
        this.bytes = bytes;
    }

    /** As settings and metrics write it. */
    String label() {
        return label;
    }

    /** Bytes of one number. */
    int bytes() {
        return bytes;
    }

    /** PyTorch's ScalarType number. */
    int torchNumber() {
        return torchNumber;
    }
}
