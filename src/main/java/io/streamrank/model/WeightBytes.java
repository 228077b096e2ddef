package io.streamrank.model;

import java.util.Arrays;

/** What a checkpoint's weights will take on a device, told before they are read. */
final class WeightBytes {
    /** Weights that every arithmetic keeps in float32. */
    private static final String HEAD = "head.";

    private WeightBytes() {}

    /** Never less than they will take: what is not a matrix counts as float32, as some families keep it so. */
    static long of(Architecture architecture, Dtype dtype) {
        return architecture.weights().stream()
                .mapToLong(weight -> bytes(weight, dtype))
                .sum();
    }

    private static long bytes(Weight weight, Dtype dtype) {
        boolean matrix = weight.shape().size() == 2 && weight.name().endsWith(".weight");
        int each = matrix && !weight.name().startsWith(HEAD) ? dtype.bytes() : Dtype.FLOAT32.bytes();
        return Arrays.stream(weight.readDimensions()).reduce(each, Math::multiplyExact);
    }
}
