package io.streamrank.model;

import java.util.List;

/**
 * A weight of a checkpoint that can be trained.
 *
 * @param name what the architecture's source calls it, the same for all checkpoints of a family
 * @param stored what transformers calls it, and a checkpoint written after training
 * @param shape its dimensions
 * @param fresh whether the checkpoint lacks it: part of a ranking head that training must begin
 */
public record Parameter(String name, String stored, List<Long> shape, boolean fresh) {
    public Parameter {
        shape = List.copyOf(shape);
    }

    /** How many numbers it holds. */
    public int size() {
        return Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
    }

    long[] dimensions() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }
}
