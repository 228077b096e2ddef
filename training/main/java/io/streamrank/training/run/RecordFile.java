package io.streamrank.training.run;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * TensorFlow's record format: for each record its length, a checksum of the length, the bytes, and a checksum of these.
 * Checksums are CRC-32C, masked, as the format's inventors found it bad to take checksums of data that holds checksums.
 */
final class RecordFile implements Closeable {
    private static final int MASK = 0xa282ead8;

    private final OutputStream out;

    private RecordFile(OutputStream out) {
        this.out = out;
    }

    /** Begins a file, which must not be there yet. */
    static RecordFile create(Path file) throws IOException {
        return new RecordFile(new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)));
    }

    void write(byte[] bytes) throws IOException {
        byte[] length = littleEndian(Long.BYTES).putLong(bytes.length).array();
        out.write(length);
        out.write(littleEndian(Integer.BYTES).putInt(maskedCrc(length)).array());
        out.write(bytes);
        out.write(littleEndian(Integer.BYTES).putInt(maskedCrc(bytes)).array());
    }

    void flush() throws IOException {
        out.flush();
    }

    static int maskedCrc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        int value = (int) crc.getValue();
        return Integer.rotateRight(value, 15) + MASK;
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
