package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** UTF-8 text by lines, gzip or not, from a file or standard input; knows where it is. */
final class TextLines implements Closeable {
    /** What stands for standard input. */
    static final String STANDARD_INPUT = "-";

    /** A longer line, in bytes, is refused: it is no line, and would fill the memory. */
    static final int LINE_BYTES_MAX = 64 << 20;

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final String name;
    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long number;

    /**
     * @param name what errors call the input
     * @param in closed with this
     */
    TextLines(String name, InputStream in) throws IOException {
        this.name = name;
        this.in = unzipped(new BufferedInputStream(in));
    }

    /** Opens a file, or standard input for {@value #STANDARD_INPUT}. */
    static TextLines open(String file) throws IOException {
        if (file.equals(STANDARD_INPUT)) {
            return new TextLines("standard input", System.in);
        }
        Path path = Path.of(file);
        if (Files.isDirectory(path)) {
            throw new IOException(file + ": expected a file, not a folder");
        }
        return new TextLines(file, Files.newInputStream(path));
    }

    private InputStream unzipped(InputStream raw) throws IOException {
        raw.mark(2);
        boolean gzip = raw.read() == 0x1f && raw.read() == 0x8b;
        raw.reset();
        try {
            return gzip ? new BufferedInputStream(new GZIPInputStream(raw)) : raw;
        } catch (ZipException | EOFException e) {
            raw.close();
            throw new IOException(name + ": expected a gzip file: " + e.getMessage(), e);
        }
    }

    /** The next line without its end, null after the last. */
    @Nullable String next() throws IOException {
        line.reset();
        number++;
        int read = read();
        if (read < 0) {
            return null;
        }
        while (read >= 0 && read != '\n') {
            if (line.size() == LINE_BYTES_MAX) {
                throw bad("is longer than " + LINE_BYTES_MAX + " bytes");
            }
            line.write(read);
            read = read();
        }
        return decoded();
    }

    private int read() throws IOException {
        try {
            return in.read();
        } catch (ZipException | EOFException e) {
            throw new IOException(name + ", line " + number + ": the gzip file is damaged: " + e.getMessage(), e);
        }
    }

    private String decoded() throws IOException {
        try {
            String text = UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(line.toByteArray()))
                    .toString();
            return number == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw bad("is not UTF-8");
        }
    }

    /** The number of the line read last, 1 for the first. */
    long number() {
        return number;
    }

    /** The error to throw for the line read last: file, line, and what is wrong with it. */
    BadLineException bad(@Nullable String problem) {
        return new BadLineException(name + ", line " + number + ": " + problem);
    }

    /** What errors call the input. */
    String name() {
        return name;
    }

    /** Thrown where a line is not what it should be; the next one may be. */
    static final class BadLineException extends IOException {
        private static final long serialVersionUID = 1L;

        private BadLineException(String message) {
            super(message);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
