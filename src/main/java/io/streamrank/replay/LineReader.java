package io.streamrank.replay;

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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a UTF-8 file line by line, gzip or not, and knows where it is. Lines are cut before they are decoded, so that a
 * bad byte is reported on its own line. Blank lines are passed over.
 */
public final class LineReader implements Closeable {
    /** A longer line is refused, unless longer ones are expected: it is no line, and would fill the memory. */
    public static final int LINE_BYTES_MAX = 16 << 20;

    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");
    private static final int BUFFER_BYTES = 1 << 16;
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final Path file;
    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int limit;
    private long number;
    private long bytesTaken;
    private long lineStart;

    private final int lineBytesMax;

    private LineReader(Path file, InputStream in, int lineBytesMax) {
        this.file = file;
        this.in = in;
        this.lineBytesMax = lineBytesMax;
    }

    /**
     * Opens a file at its first line.
     *
     * @throws ReplayDataException if it is not there, is a folder, or begins as gzip and is none
     */
    public static LineReader open(Path file) throws IOException {
        return open(file, LINE_BYTES_MAX);
    }

    /**
     * Opens a file of lines that may be longer, or shorter.
     *
     * @param lineBytesMax the most bytes of a line
     * @throws ReplayDataException as {@link #open(Path)}
     */
    public static LineReader open(Path file, int lineBytesMax) throws IOException {
        if (Files.isDirectory(file)) {
            throw new ReplayDataException(file, "expected a file, not a folder");
        }
        InputStream raw;
        try {
            raw = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
        } catch (NoSuchFileException e) {
            throw new ReplayDataException(file, "there is no such file");
        }
        try {
            return new LineReader(file, unzipped(raw), lineBytesMax);
        } catch (ZipException | EOFException e) {
            raw.close();
            throw new ReplayDataException(file, 1, "expected a gzip file: " + e.getMessage(), e);
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    /** Told by its first bytes, not by its name: a renamed file is read all the same. */
    private static InputStream unzipped(InputStream raw) throws IOException {
        raw.mark(2);
        boolean gzip = raw.read() == 0x1f && raw.read() == 0x8b;
        raw.reset();
        return gzip ? new GZIPInputStream(raw, BUFFER_BYTES) : raw;
    }

    /** The next line that is not blank, without its end; null at the end of the file. */
    public @Nullable String next() throws IOException {
        while (readBytes()) {
            String text = decoded();
            if (!text.isBlank()) {
                return text;
            }
        }
        return null;
    }

    /** A line's fields, apart by any white space. */
    public static String[] fields(String line) {
        return WHITE_SPACE.split(line.trim(), -1);
    }

    /** Where the current line is. */
    public LinePlace place() {
        return new LinePlace(file, number);
    }

    /** How many bytes of the unpacked file stand before the current line. */
    public long lineStart() {
        return lineStart;
    }

    /** The error to throw when the current line is not what it should be. */
    ReplayDataException expected(String what) {
        return place().expected(what);
    }

    /** The error to throw when the current line's content is at odds with an earlier one. */
    ReplayDataException wrong(String problem) {
        return place().wrong(problem);
    }

    /** An integer of the current line. */
    int integer(String field, String name) throws ReplayDataException {
        return place().integer(field, name);
    }

    /** A finite decimal number of the current line. */
    double decimal(String field, String name) throws ReplayDataException {
        return place().decimal(field, name);
    }

    /** Takes the bytes up to the next line end into {@link #line}; false if there are none left. */
    private boolean readBytes() throws IOException {
        line.reset();
        number++;
        lineStart = bytesTaken;
        boolean any = false;
        while (position < limit || fill()) {
            any = true;
            int start = position;
            while (position < limit && buffer[position] != '\n') {
                position++;
            }
            if (line.size() + position - start > lineBytesMax) {
                throw expected("a line of at most " + lineBytesMax + " bytes");
            }
            line.write(buffer, start, position - start);
            bytesTaken += position - start;
            if (position < limit) {
                position++;
                bytesTaken++;
                return true;
            }
        }
        return any;
    }

    private boolean fill() throws IOException {
        try {
            position = 0;
            limit = Math.max(0, in.read(buffer));
            return limit > 0;
        } catch (ZipException | EOFException e) {
            throw new ReplayDataException(file, number, "expected a whole gzip file: " + e.getMessage(), e);
        }
    }

    private String decoded() throws ReplayDataException {
        try {
            String text = UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(line.toByteArray()))
                    .toString();
            text = number == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
            return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        } catch (CharacterCodingException e) {
            throw new ReplayDataException(file, number, "expected UTF-8", e);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
