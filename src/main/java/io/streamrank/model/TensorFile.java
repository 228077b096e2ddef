package io.streamrank.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Named tensors in a safetensors file. Format: https://huggingface.co/docs/safetensors#format */
public final class TensorFile {
    /** As which type numbers are written. */
    public enum Type {
        FLOAT32("F32", 4),
        FLOAT16("F16", 2),
        BFLOAT16("BF16", 2);

        private final String label;
        private final int bytes;

        Type(String label, int bytes) {
            this.label = label;
            this.bytes = bytes;
        }
    }

    /**
     * A tensor to write.
     *
     * @param name its name in the file
     * @param shape its dimensions
     * @param values its numbers, asked for once, when their turn comes
     */
    public record Entry(String name, List<Long> shape, Supplier<float[]> values) {
        public Entry {
            shape = List.copyOf(shape);
        }

        private long size() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }
    }

    private static final int BUFFER_BYTES = 1 << 20;

    /** Where data begins, so that no tensor of whole numbers of bytes lies askew. */
    private static final int ALIGNMENT = 8;

    private final Safetensors tensors;

    private TensorFile(Safetensors tensors) {
        this.tensors = tensors;
    }

    /**
     * Opens a file and checks its layout.
     *
     * @throws CheckpointException where it is missing or broken
     */
    public static TensorFile open(Path file) {
        return new TensorFile(Safetensors.open(file));
    }

    /** The names of its tensors. */
    public Set<String> names() {
        return tensors.names();
    }

    /**
     * A tensor's dimensions.
     *
     * @throws CheckpointException where there is none of the name
     */
    public List<Long> shape(String name) {
        return existing(name).shape();
    }

    /**
     * The numbers of a float32, float16 or bfloat16 tensor.
     *
     * @throws CheckpointException where there is none of the name, or of another type
     */
    public float[] numbers(String name) {
        StoredTensor tensor = existing(name);
        if (!tensor.type().holdsWeights()) {
            throw new CheckpointException(
                    tensors.file(),
                    "tensor " + name + " is " + tensor.type() + ", expected F32, F16 or BF16",
                    "Use a file that was written for this model");
        }
        ByteBuffer bytes = Safetensors.map(tensor, 0, tensor.bytes());
        float[] values =
                new float[Math.toIntExact(tensor.bytes() / tensor.type().bytes())];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (tensor.type()) {
                case F32 -> bytes.getFloat();
                case F16 -> float32(bytes.getShort());
                default -> Float.intBitsToFloat(bytes.getShort() << 16);
            };
        }
        return values;
    }

    private StoredTensor existing(String name) {
        StoredTensor tensor = tensors.find(name);
        if (tensor == null) {
            throw new CheckpointException(
                    tensors.file(), "tensor " + name + " is missing", "Use a file that was written for this model");
        }
        return tensor;
    }

    /**
     * The numbers of a float32 tensor.
     *
     * @throws CheckpointException where there is none of the name and size
     */
    public float[] floats(String name, int size) {
        StoredTensor tensor = tensors.find(name);
        if (tensor == null || tensor.type() != StoredType.F32 || tensor.bytes() != 4L * size) {
            throw new CheckpointException(
                    tensors.file(),
                    "tensor " + name + " is " + (tensor == null ? "missing" : tensor.type() + " " + tensor.shapeText())
                            + ", expected F32 of " + size + " numbers",
                    "Use a file that was written for this model");
        }
        float[] values = new float[size];
        Safetensors.map(tensor, 0, tensor.bytes()).asFloatBuffer().get(values);
        return values;
    }

    /**
     * Writes tensors and forces them to disk, replacing what was there. Numbers are rounded to nearest, ties to even; what
     * is too large for the type becomes infinite.
     */
    public static void write(Path file, Type type, List<Entry> entries) throws IOException {
        byte[] header = header(type, entries);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            drain(buffer.putLong(header.length), channel);
            drain(ByteBuffer.wrap(header), channel);
            buffer.clear();
            for (Entry entry : entries) {
                write(entry, type, buffer, channel);
            }
            channel.force(true);
        }
    }

    private static byte[] header(Type type, List<Entry> entries) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        // transformers refuses a file that does not say which framework's layout it is in.
        root.putObject("__metadata__").put("format", "pt");
        long at = 0;
        for (Entry entry : entries) {
            ObjectNode node = root.putObject(entry.name()).put("dtype", type.label);
            entry.shape().forEach(node.putArray("shape")::add);
            long end = at + entry.size() * type.bytes;
            node.putArray("data_offsets").add(at).add(end);
            at = end;
        }
        byte[] text = root.toString().getBytes(UTF_8);
        byte[] padded = Arrays.copyOf(text, (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        Arrays.fill(padded, text.length, padded.length, (byte) ' ');
        return padded;
    }

    private static void write(Entry entry, Type type, ByteBuffer buffer, FileChannel channel) throws IOException {
        float[] values = entry.values().get();
        if (values.length != entry.size()) {
            throw new IllegalArgumentException(
                    entry.name() + " has " + values.length + " numbers, its shape is " + entry.shape());
        }
        for (float value : values) {
            if (buffer.remaining() < Float.BYTES) {
                drain(buffer, channel);
                buffer.clear();
            }
            switch (type) {
                case FLOAT32 -> buffer.putFloat(value);
                case FLOAT16 -> buffer.putShort(float16(value));
                case BFLOAT16 -> buffer.putShort(bfloat16(value));
            }
        }
        drain(buffer, channel);
        buffer.clear();
    }

    private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
        if (buffer.position() > 0) {
            buffer.flip();
        }
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Java has this conversion and its reverse from version 20 on. */
    static short float16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & 0x7FFFFFFF;
        if (magnitude > 0x7F800000) {
            return (short) (sign | 0x7E00);
        }
        if (magnitude >= 0x477FF000) {
            return (short) (sign | 0x7C00);
        }
        if (magnitude < 0x38800000) {
            // Subnormal: multiples of 2^-24. Adding 0.5 leaves them, rounded, in the last bits.
            return (short) (sign | (Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) + 0.5f) - 0x3F000000));
        }
        return (short) (sign | ((magnitude - (112 << 23) + 0xFFF + ((magnitude >>> 13) & 1)) >>> 13));
    }

    static float float32(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >>> 10 & 0x1F;
        int fraction = half & 0x3FF;
        if (exponent == 0) {
            float subnormal = fraction * 0x1p-24f;
            return sign == 0 ? subnormal : -subnormal;
        }
        int wide = exponent == 0x1F ? 0xFF : exponent + 112;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }
}
