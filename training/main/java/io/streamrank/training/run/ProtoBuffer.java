package io.streamrank.training.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/**
 * Writes a protocol buffer message field by field: the four wire types that TensorBoard's events need. A library would
 * bring generated classes of all TensorFlow for them.
 */
final class ProtoBuffer {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ProtoBuffer int64(int field, long value) {
        key(field, VARINT);
        return varint(value);
    }

    ProtoBuffer float64(int field, double value) {
        key(field, FIXED64);
        return fixed(Double.doubleToRawLongBits(value), Double.BYTES);
    }

    ProtoBuffer float32(int field, float value) {
        key(field, FIXED32);
        return fixed(Float.floatToRawIntBits(value), Float.BYTES);
    }

    ProtoBuffer string(int field, String value) {
        return bytes(field, value.getBytes(UTF_8));
    }

    ProtoBuffer message(int field, ProtoBuffer value) {
        return bytes(field, value.toByteArray());
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }

    private ProtoBuffer bytes(int field, byte[] value) {
        key(field, BYTES);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    private void key(int field, int wireType) {
        varint(((long) field << 3) | wireType);
    }

    /** Seven bits a byte, the lowest first; all but the last have the eighth bit set. */
    private ProtoBuffer varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    /** The lowest byte first. */
    private ProtoBuffer fixed(long bits, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (bits >>> (Byte.SIZE * i)));
        }
        return this;
    }
}
