package io.streamrank.contract;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Reads Avro's binary encoding from one event's bytes. Does what Avro's own decoder does, and beside that
 *
 * <ul>
 *   <li>compares every length and count with the bytes that are left before anything is made of it, so that a small
 *       event cannot ask for a large allocation (this takes every array item and map value to be at least one byte, as
 *       in all our schemas);
 *   <li>makes strings straight from the event's bytes, without a copy in between;
 *   <li>knows its position, for error messages and for bytes left over.
 * </ul>
 *
 * Made for one event, not thread-safe. Every error is an {@link IOException} that quotes numbers, never contents.
 */
final class BoundedDecoder extends Decoder {
    private static final int MAX_LONG_BITS = 64;
    private static final int BITS_PER_BYTE = 7;

    /** Our schemas nest two: token ids in candidates. */
    private static final int NESTING_MAX = 4;

    private final byte[] bytes;
    private final AvroLimits limits;
    private int position;
    private final long[] items = new long[NESTING_MAX];
    private int nesting;

    BoundedDecoder(byte[] bytes, int start, AvroLimits limits) {
        this.bytes = bytes;
        this.position = start;
        this.limits = limits;
    }

    /** Index of the next byte. */
    int position() {
        return position;
    }

    /** How many bytes are left. */
    int remaining() {
        return bytes.length - position;
    }

    @Override
    public void readNull() {}

    @Override
    public boolean readBoolean() throws IOException {
        byte value = next();
        if (value != 0 && value != 1) {
            throw new IOException("a boolean is neither 0 nor 1");
        }
        return value == 1;
    }

    @Override
    public int readInt() throws IOException {
        long value = readLong();
        if (value != (int) value) {
            throw new IOException("an int has more than 32 bits");
        }
        return (int) value;
    }

    @Override
    public long readLong() throws IOException {
        byte b = next();
        long bits = b & 0x7f;
        for (int shift = BITS_PER_BYTE; b < 0; shift += BITS_PER_BYTE) {
            if (shift >= MAX_LONG_BITS) {
                throw new IOException("a number is longer than 10 bytes");
            }
            b = next();
            bits |= (long) (b & 0x7f) << shift;
        }
        return (bits >>> 1) ^ -(bits & 1); // zig-zag
    }

    @Override
    public float readFloat() throws IOException {
        int start = take(Float.BYTES);
        int bits = 0;
        for (int i = Float.BYTES - 1; i >= 0; i--) {
            bits = bits << Byte.SIZE | (bytes[start + i] & 0xff);
        }
        return Float.intBitsToFloat(bits);
    }

    @Override
    public double readDouble() throws IOException {
        int start = take(Double.BYTES);
        long bits = 0;
        for (int i = Double.BYTES - 1; i >= 0; i--) {
            bits = bits << Byte.SIZE | (bytes[start + i] & 0xff);
        }
        return Double.longBitsToDouble(bits);
    }

    @Override
    public String readString() throws IOException {
        int length = readLength();
        return new String(bytes, take(length), length, StandardCharsets.UTF_8);
    }

    @Override
    public Utf8 readString(@Nullable Utf8 old) throws IOException {
        return new Utf8(readString());
    }

    @Override
    public void skipString() throws IOException {
        take(readLength());
    }

    @Override
    public ByteBuffer readBytes(@Nullable ByteBuffer old) throws IOException {
        byte[] copy = new byte[readLength()];
        readFixed(copy, 0, copy.length);
        return ByteBuffer.wrap(copy);
    }

    @Override
    public void skipBytes() throws IOException {
        take(readLength());
    }

    @Override
    public void readFixed(byte[] target, int start, int length) throws IOException {
        System.arraycopy(bytes, take(length), target, start, length);
    }

    @Override
    public void skipFixed(int length) throws IOException {
        take(length);
    }

    @Override
    public int readEnum() throws IOException {
        return readInt();
    }

    @Override
    public int readIndex() throws IOException {
        return readInt();
    }

    @Override
    public long readArrayStart() throws IOException {
        if (nesting == NESTING_MAX) {
            throw new IOException("arrays and maps are nested more than " + NESTING_MAX + " deep");
        }
        items[nesting++] = 0;
        return arrayNext();
    }

    @Override
    public long arrayNext() throws IOException {
        long count = readLong();
        if (count < 0) {
            checkLeft(readLong());
            count = -count;
        }
        checkItems(count);
        if (count == 0) {
            nesting--;
        }
        return count;
    }

    /** What is skipped is not kept: the bytes that are left bound it. */
    @Override
    public long skipArray() throws IOException {
        long count = readLong();
        while (count < 0) {
            take(checkLeft(readLong()));
            count = readLong();
        }
        return checkLeft(count);
    }

    @Override
    public long readMapStart() throws IOException {
        return readArrayStart();
    }

    @Override
    public long mapNext() throws IOException {
        return arrayNext();
    }

    @Override
    public long skipMap() throws IOException {
        return skipArray();
    }

    private byte next() throws EOFException {
        if (position == bytes.length) {
            throw new EOFException("the event ends early");
        }
        return bytes[position++];
    }

    private int readLength() throws IOException {
        long length = readLong();
        if (length > limits.maxStringBytes()) {
            throw new IOException("a length of " + length + " bytes is over the limit of " + limits.maxStringBytes());
        }
        return checkLeft(length);
    }

    /** Counts over all blocks of the innermost array or map. */
    private void checkItems(long count) throws IOException {
        checkLeft(count);
        int innermost = nesting - 1;
        items[innermost] += count;
        if (items[innermost] > limits.maxCollectionItems()) {
            throw new IOException(items[innermost] + " items are over the limit of " + limits.maxCollectionItems());
        }
    }

    private int take(int length) throws IOException {
        int start = position;
        position += checkLeft(length);
        return start;
    }

    private int checkLeft(long length) throws IOException {
        if (length < 0) {
            throw new IOException("a length is negative: " + length);
        }
        if (length > remaining()) {
            throw new EOFException(length + " bytes or items are announced, but only " + remaining() + " bytes left");
        }
        return (int) length;
    }
}
