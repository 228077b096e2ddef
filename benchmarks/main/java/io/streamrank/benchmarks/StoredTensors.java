package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** The tensors of a safetensors file in float32, for a checkpoint small enough to be read whole. */
final class StoredTensors {
    private final ByteBuffer numbers;
    private final JsonNode header;

    private StoredTensors(ByteBuffer numbers, JsonNode header) {
        this.numbers = numbers;
        this.header = header;
    }

    static StoredTensors read(Path file) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] json = new byte[Math.toIntExact(all.getLong())];
        all.get(json);
        return new StoredTensors(all.slice().order(ByteOrder.LITTLE_ENDIAN), new ObjectMapper().readTree(json));
    }

    float[] get(String name) {
        JsonNode tensor = header.path(name);
        if (tensor.isMissingNode()) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        int from = tensor.path("data_offsets").path(0).asInt();
        int bytes = tensor.path("data_offsets").path(1).asInt() - from;
        String type = tensor.path("dtype").asText();
        return switch (type) {
            case "F32" -> {
                float[] values = new float[bytes / Float.BYTES];
                numbers.slice(from, bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(values);
                yield values;
            }
            case "F16" -> {
                float[] values = new float[bytes / Short.BYTES];
                for (int i = 0; i < values.length; i++) {
                    values[i] = half(numbers.getShort(from + i * Short.BYTES));
                }
                yield values;
            }
            default -> throw new IllegalArgumentException("tensor " + name + " is of type " + type);
        };
    }

    /** IEEE 754 binary16, by the exact product of its fraction and a power of two. */
    static float half(short bits) {
        int sign = bits < 0 ? -1 : 1;
        int exponent = bits >> 10 & 0x1F;
        int fraction = bits & 0x3FF;
        if (exponent == 0x1F) {
            return fraction == 0 ? sign * Float.POSITIVE_INFINITY : Float.NaN;
        }
        return exponent == 0 ? sign * Math.scalb(fraction, -24) : sign * Math.scalb(fraction | 0x400, exponent - 25);
    }
}
