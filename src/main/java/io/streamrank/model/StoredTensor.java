package io.streamrank.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Where one tensor lies in a safetensors file.
 *
 * @param file the file
 * @param name its name in the file
 * @param type element type
 * @param shape dimensions, empty for a scalar
 * @param begin first byte, counted from the start of the file
 * @param bytes length in bytes
 */
record StoredTensor(Path file, String name, StoredType type, List<Long> shape, long begin, long bytes) {
    StoredTensor {
        shape = List.copyOf(shape);
    }

    long end() {
        return begin + bytes;
    }

    long[] dimensions() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** The shape as messages write it: {@code [30522, 384]}. */
    String shapeText() {
        return Arrays.toString(dimensions());
    }
}
