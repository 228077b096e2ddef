package io.streamrank.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.replay.LinePlace;
import io.streamrank.replay.LineReader;
import io.streamrank.replay.ReplayDataException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A text file whose lines can be read in any order, though the file is larger than memory: 8 bytes a line are held, the
 * rest stays on disk, where the operating system caches what is asked for often. A gzip file is unpacked into the
 * system's temporary folder ({@code java.io.tmpdir}) for as long as it is open. Blank lines do not count.
 */
final class LineIndex implements Closeable {
    private static final int LINES_MAX = Integer.MAX_VALUE - 8;

    private final Path file;
    private final FileChannel bytes;
    private final boolean temporary;
    private final Path onDisk;

    /** Where each line begins; the last entry is where the file ends. */
    private long[] starts = new long[1024];

    private int lines;

    /** Checks a line, or takes what it needs of it, while the file is being indexed. */
    @FunctionalInterface
    interface Visitor {
        void visit(int index, LinePlace place, String line) throws IOException;
    }

    private LineIndex(Path file, Path onDisk, boolean temporary) throws IOException {
        this.file = file;
        this.onDisk = onDisk;
        this.temporary = temporary;
        this.bytes = FileChannel.open(onDisk, StandardOpenOption.READ);
    }

    /** Opens a file; it has no lines until {@link #scan}. */
    static LineIndex open(Path file) throws IOException {
        // It says clearly what is wrong with a file that cannot be read.
        LineReader.open(file).close();
        boolean packed = isGzip(file);
        return new LineIndex(file, packed ? unpacked(file) : file, packed);
    }

    /**
     * Reads the file once from end to end and remembers where its lines begin.
     *
     * @param visitor sees every line; lines before the one it sees can be read already. What it throws ends the reading
     */
    void scan(Visitor visitor) throws IOException {
        try (LineReader reader = LineReader.open(file)) {
            for (String line = reader.next(); line != null; line = reader.next()) {
                if (lines == LINES_MAX) {
                    throw reader.place().expected("at most " + LINES_MAX + " lines; split the file");
                }
                append(reader.lineStart());
                visitor.visit(lines, reader.place(), line);
                lines++;
            }
            append(bytes.size());
        }
    }

    private void append(long start) {
        if (lines == starts.length) {
            starts = Arrays.copyOf(starts, (int) Math.min(LINES_MAX + 1L, starts.length * 2L));
        }
        starts[lines] = start;
    }

    private static boolean isGzip(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(2), new byte[] {0x1f, (byte) 0x8b});
        }
    }

    private static Path unpacked(Path file) throws IOException {
        Path copy = Files.createTempFile("streamrank-", ".lines");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file), 1 << 16);
                OutputStream out = Files.newOutputStream(copy)) {
            in.transferTo(out);
            return copy;
        } catch (EOFException | ZipException e) {
            Files.deleteIfExists(copy);
            throw new ReplayDataException(file, "expected a whole gzip file: " + e.getMessage());
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(copy);
            throw e;
        }
    }

    /** How many lines there are. */
    int size() {
        return lines;
    }

    /** The file, as it was named. */
    Path file() {
        return file;
    }

    /** Where its unpacked bytes are. */
    Path onDisk() {
        return onDisk;
    }

    /**
     * A line without its end.
     *
     * @throws IOException if the file has become shorter since it was opened, or cannot be read
     */
    String line(int index) throws IOException {
        long start = starts[index];
        ByteBuffer buffer = ByteBuffer.allocate(
                Math.toIntExact(Math.min(LineReader.LINE_BYTES_MAX + 2L, starts[index + 1] - start)));
        while (buffer.hasRemaining()) {
            if (bytes.read(buffer, start + buffer.position()) < 0) {
                throw changed(index, new EOFException(file.toString()));
            }
        }
        return text(buffer.array(), index == 0);
    }

    /** The error to throw if a line is not what it was when the file was opened. */
    IOException changed(int index, IOException cause) {
        return new IOException(
                file + ": changed while it was being read: byte " + starts[index] + " no longer begins the same line",
                cause);
    }

    /** Blank lines may stand between this line's end and the next one's start. */
    private static String text(byte[] line, boolean first) {
        int end = 0;
        while (end < line.length && line[end] != '\n') {
            end++;
        }
        end -= end > 0 && line[end - 1] == '\r' ? 1 : 0;
        String text = new String(line, 0, end, UTF_8);
        return first && text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    @Override
    public void close() throws IOException {
        bytes.close();
        if (temporary) {
            Files.deleteIfExists(onDisk);
        }
    }
}
