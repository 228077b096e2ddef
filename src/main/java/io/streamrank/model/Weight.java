package io.streamrank.model;

import java.util.Arrays;
import java.util.List;

/**
 * A weight that an architecture needs.
 *
 * @param name what the TorchScript source calls it
 * @param stored what the checkpoint calls it
 * @param shape the shape that {@code config.json} promises
 * @param rows which rows of the stored matrix it is, in this order; empty for the whole
 */
record Weight(String name, String stored, List<Dimension> shape, List<Integer> rows) {
    private static final String HEAD = "head.score.weight";

    Weight {
        shape = List.copyOf(shape);
        rows = List.copyOf(rows);
    }

    /** A whole tensor. */
    Weight(String name, String stored, List<Dimension> shape) {
        this(name, stored, shape, List.of());
    }

    /** How many numbers are read. */
    long parameters() {
        return Arrays.stream(readDimensions()).reduce(1, (a, b) -> a * b);
    }

    /** The shape of what is read. */
    long[] readDimensions() {
        long[] dimensions = dimensions();
        if (!rows.isEmpty()) {
            dimensions[0] = rows.size();
        }
        return dimensions;
    }

    /** The shape of what is stored. */
    long[] dimensions() {
        return shape.stream().mapToLong(Dimension::size).toArray();
    }

    /** Whether it is the ranking head's matrix, without which a model cannot rank. */
    boolean isHead() {
        return name.equals(HEAD);
    }

    /** What to throw where it is in none of the files. */
    CheckpointException missing(Safetensors weights) {
        return isHead() && rows.isEmpty()
                ? new CheckpointException(
                        weights.file(),
                        "tensor " + stored + " is missing: a model without a ranking head",
                        "Fine-tune it as a cross-encoder first")
                : new CheckpointException(
                        weights.file(),
                        "tensor " + stored + " is missing, expected with shape " + Arrays.toString(dimensions()),
                        "Fetch the complete checkpoint, or correct config.json");
    }

    /** Checks what is stored under the name. */
    StoredTensor checked(StoredTensor tensor) {
        if (!Arrays.equals(tensor.dimensions(), dimensions())) {
            throw new CheckpointException(
                    tensor.file(),
                    "tensor " + tensor.name() + " has shape " + tensor.shapeText() + ", config.json says "
                            + Arrays.toString(dimensions()) + " (" + promise() + ")",
                    "Correct config.json, or fetch the weights that belong to it");
        }
        if (!tensor.type().holdsWeights()) {
            throw new CheckpointException(
                    tensor.file(),
                    "tensor " + tensor.name() + " is " + tensor.type() + ", expected F32, F16 or BF16",
                    "Save the model in one of these types");
        }
        return tensor;
    }

    private String promise() {
        return String.join(", ", shape.stream().map(Dimension::toString).toList());
    }
}
