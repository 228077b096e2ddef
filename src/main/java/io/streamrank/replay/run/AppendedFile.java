package io.streamrank.replay.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** JSON Lines that grow at their end, from a length on that is known to be whole. */
final class AppendedFile implements Closeable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BUFFER_BYTES = 1 << 16;

    private final String name;
    private final FileChannel channel;
    private final OutputStream out;

    /** @param length what is to be kept of the file; the rest was not finished */
    AppendedFile(Path file, long length) throws IOException {
        name = requireNonNull(file.getFileName()).toString();
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.size() < length) {
                throw new IOException(name + " has " + channel.size() + " bytes, fewer than the " + length
                        + " that were written: begin the replay in another folder");
            }
            channel.truncate(length);
            channel.position(length);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
    }

    void line(JsonNode line) throws IOException {
        byte[] bytes = JSON.writeValueAsString(line).getBytes(UTF_8);
        if (bytes.length > FolderNames.LINE_BYTES_MAX) {
            throw new IOException(name + ": a line of " + bytes.length + " bytes is more than the "
                    + FolderNames.LINE_BYTES_MAX + " that are read again: lower streamrank.limits.max-event-bytes");
        }
        out.write(bytes);
        out.write('\n');
    }

    /**
     * Sees to it that all lines outlive this process and this machine.
     *
     * @return the file's length
     */
    long force() throws IOException {
        out.flush();
        channel.force(false);
        return channel.position();
    }

    /** Leaves out what was not forced: it is written again. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
