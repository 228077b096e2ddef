package io.streamrank.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The log file of a child, which outlives it and is appended to by the next. */
record ChildLog(Path file) {
    static final String FILE_NAME = "broker.log";

    /** How many of the last lines a failure shows. */
    static final int TAIL_LINES = 40;

    /** How much of the file's end is read for them. */
    static final int TAIL_BYTES = 64 * 1024;

    /** The length in bytes; 0 for a file that is not there yet. */
    long size() {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    /** The last lines written after the given length, or why they cannot be read. */
    String tailSince(long size) {
        try (var channel = Files.newByteChannel(file)) {
            channel.position(Math.max(size, channel.size() - TAIL_BYTES));
            var bytes = java.nio.ByteBuffer.allocate(TAIL_BYTES);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // Until the buffer or the file ends.
            }
            String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
            List<String> lines = text.lines().toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(cannot read it: " + e + ")";
        }
    }
}
