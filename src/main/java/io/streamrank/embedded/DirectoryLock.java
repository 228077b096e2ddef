package io.streamrank.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One broker a directory. Kafka does not refuse a second one in time: it writes to the first one's metadata log, which
 * then spins and never shuts down. The operating system frees the lock of a process that was killed.
 */
final class DirectoryLock implements AutoCloseable {
    static final String FILE_NAME = "embedded-broker.lock";

    // POSIX drops a process's lock when any channel on the file is closed, so a second attempt inside this JVM must be
    // turned away before it opens one.
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes the directory, making it when it is missing.
     *
     * @throws BrokerException at once, if another broker has it
     */
    static DirectoryLock acquire(Path directory) {
        try {
            Path real = Files.createDirectories(directory).toRealPath();
            if (!HELD_HERE.add(real)) {
                throw taken(directory, "in this JVM");
            }
            try {
                return new DirectoryLock(real, lockedChannel(directory));
            } catch (IOException | RuntimeException e) {
                HELD_HERE.remove(real);
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot lock the broker's directory " + directory, e);
        }
    }

    @SuppressWarnings("MustBeClosed") // The lock is the open channel.
    private static FileChannel lockedChannel(Path directory) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve(FILE_NAME),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        if (tryLock(channel) == null) {
            String holder = holder(channel);
            channel.close();
            throw taken(directory, holder);
        }
        channel.truncate(0);
        channel.write(
                ByteBuffer.wrap(("process " + ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8)), 0);
        return channel;
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(64);
        channel.read(text, 0);
        return "in " + new String(text.array(), 0, text.position(), StandardCharsets.UTF_8);
    }

    private static BrokerException taken(Path directory, String holder) {
        return new BrokerException("Another embedded broker (" + holder + ") is using the directory " + directory
                + "; close that one first, or give this one a directory of its own");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot unlock the broker's directory " + directory, e);
        } finally {
            HELD_HERE.remove(directory);
        }
    }
}
