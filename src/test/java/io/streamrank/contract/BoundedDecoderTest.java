package io.streamrank.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedDecoderTest {
    private static final AvroLimits LIMITS = new AvroLimits(1_000, 10);

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1, 63, 64, -65, 8_191, 8_192, 1L << 34, -(1L << 55), Long.MAX_VALUE, Long.MIN_VALUE})
    void readsLongsAsAvroWritesThem(long value) throws IOException {
        BoundedDecoder decoder = decoding(out -> out.writeLong(value));

        assertThat(decoder.readLong()).isEqualTo(value);
        assertThat(decoder.remaining()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 64, -65, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void readsIntsAsAvroWritesThem(int value) throws IOException {
        assertThat(decoding(out -> out.writeInt(value)).readInt()).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.0, -0.0, 1.5, Double.MIN_VALUE, Double.NEGATIVE_INFINITY, Double.NaN})
    void readsFloatsAndDoublesAsAvroWritesThem(double value) throws IOException {
        BoundedDecoder decoder = decoding(out -> {
            out.writeDouble(value);
            out.writeFloat((float) value);
        });

        assertThat(Double.doubleToRawLongBits(decoder.readDouble())).isEqualTo(Double.doubleToRawLongBits(value));
        assertThat(Float.floatToRawIntBits(decoder.readFloat())).isEqualTo(Float.floatToRawIntBits((float) value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "größer", "東京", "\uD83D\uDE80 up"})
    void readsStringsAsAvroWritesThem(String value) throws IOException {
        BoundedDecoder decoder = decoding(out -> {
            out.writeString(value);
            out.writeString(value);
            out.writeBytes(value.getBytes(StandardCharsets.UTF_8));
        });

        assertThat(decoder.readString()).isEqualTo(value);
        assertThat(decoder.readString(null).toString()).isEqualTo(value);
        assertThat(decoder.readBytes(null)).isEqualTo(ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void skipsWhatItWouldRead() throws IOException {
        BoundedDecoder decoder = decoding(out -> {
            out.writeString("skipped");
            out.writeBytes(new byte[5]);
            out.writeFixed(new byte[4]);
            out.writeBoolean(true);
        });

        decoder.skipString();
        decoder.skipBytes();
        decoder.skipFixed(4);

        assertThat(decoder.readBoolean()).isTrue();
    }

    @Test
    void readsBlocksThatNameTheirSize() throws IOException {
        BoundedDecoder decoder = new BoundedDecoder(new byte[] {3, 4, 2, 4, 0}, 0, LIMITS); // -2 items of 2 bytes

        assertThat(decoder.readArrayStart()).isEqualTo(2);
        assertThat(decoder.readInt()).isEqualTo(1);
        assertThat(decoder.readInt()).isEqualTo(2);
        assertThat(decoder.arrayNext()).isZero();
    }

    @Test
    void skipsBlocksThatNameTheirSize() throws IOException {
        BoundedDecoder decoder = new BoundedDecoder(new byte[] {3, 4, 2, 4, 0, 1}, 0, LIMITS);

        assertThat(decoder.skipArray()).isZero();
        assertThat(decoder.position()).isEqualTo(5);
    }

    @Test
    void refusesALengthBeyondTheEndBeforeAllocating() {
        BoundedDecoder decoder = decoding(out -> out.writeLong(900));

        assertThatThrownBy(decoder::readString)
                .isInstanceOf(EOFException.class)
                .hasMessageContaining("900 bytes")
                .hasMessageContaining("0 bytes left");
    }

    @Test
    void refusesALengthOverTheLimit() {
        BoundedDecoder decoder = decoding(out -> out.writeString("x".repeat(1_001)));

        assertThatThrownBy(decoder::readString).isInstanceOf(IOException.class).hasMessageContaining("limit of 1000");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE})
    void refusesANegativeLength(long length) {
        assertThatThrownBy(decoding(out -> out.writeLong(length))::readString)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("negative");
        assertThatThrownBy(decoding(out -> out.writeLong(length))::skipBytes)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("negative");
    }

    @Test
    void countsItemsOverAllBlocks() throws IOException {
        BoundedDecoder decoder = decoding(out -> {
            out.writeLong(6);
            out.writeLong(6);
            out.writeFixed(new byte[20]);
        });

        assertThat(decoder.readArrayStart()).isEqualTo(6);
        assertThatThrownBy(decoder::arrayNext).isInstanceOf(IOException.class).hasMessageContaining("12 items");
    }

    @Test
    void countsTheItemsOfEachArrayApart() throws IOException {
        BoundedDecoder decoder = decoding(out -> {
            out.writeLong(6); // the outer array's first block
            out.writeLong(10); // the inner array, as long as may be
            out.writeFixed(new byte[10]);
            out.writeLong(0);
            out.writeLong(5); // the outer array's second block
            out.writeFixed(new byte[5]);
        });

        assertThat(decoder.readArrayStart()).isEqualTo(6);
        assertThat(decoder.readArrayStart()).isEqualTo(10);
        decoder.skipFixed(10);
        assertThat(decoder.arrayNext()).isZero();
        assertThatThrownBy(decoder::arrayNext).isInstanceOf(IOException.class).hasMessageContaining("11 items");
    }

    @Test
    void refusesArraysNestedWithoutEnd() throws IOException {
        BoundedDecoder decoder = new BoundedDecoder(new byte[] {2, 2, 2, 2, 2, 2, 2}, 0, LIMITS);
        for (int depth = 0; depth < 4; depth++) {
            decoder.readArrayStart();
        }

        assertThatThrownBy(decoder::readArrayStart)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nested");
    }

    @ParameterizedTest
    @ValueSource(longs = {9, Long.MAX_VALUE, Long.MIN_VALUE})
    void refusesMoreItemsThanBytes(long count) {
        BoundedDecoder decoder = decoding(out -> out.writeLong(count));

        assertThatThrownBy(decoder::readMapStart).isInstanceOf(IOException.class);
    }

    @Test
    void refusesNumbersThatAreTooLong() {
        byte[] endless = new byte[20];
        Arrays.fill(endless, (byte) 0x80);

        assertThatThrownBy(new BoundedDecoder(endless, 0, LIMITS)::readLong)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("10 bytes");
        assertThatThrownBy(decoding(out -> out.writeLong(1L << 31))::readInt)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("32 bits");
    }

    @Test
    void refusesABooleanThatIsNone() {
        BoundedDecoder decoder = new BoundedDecoder(new byte[] {2}, 0, LIMITS);

        assertThatThrownBy(decoder::readBoolean).isInstanceOf(IOException.class).hasMessageContaining("boolean");
    }

    private static BoundedDecoder decoding(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
        try {
            writing.to(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new BoundedDecoder(bytes.toByteArray(), 0, LIMITS);
    }

    private interface Writing {
        void to(BinaryEncoder out) throws IOException;
    }
}
