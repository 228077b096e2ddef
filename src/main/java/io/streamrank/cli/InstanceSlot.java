package io.streamrank.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A worker's name on this host that survives its restart: the host's name and the lowest number no running worker of
 * the same group holds. A worker that dies gives its slot back, so its successor takes its name, and with it its static
 * membership and its transactional id.
 */
final class InstanceSlot implements AutoCloseable {
    private static final int MAX_SLOTS = 1_000;

    private final String instanceId;
    private final FileChannel channel;

    private InstanceSlot(String instanceId, FileChannel channel) {
        this.instanceId = instanceId;
        this.channel = channel;
    }

    /** Claims the lowest free slot of the group on this host, by a lock on a file in the given folder. */
    static InstanceSlot claim(Path folder, String groupId) throws IOException {
        String host = InetAddress.getLocalHost().getHostName();
        for (int slot = 0; slot < MAX_SLOTS; slot++) {
            String name = "streamrank-" + groupId.replaceAll("[^A-Za-z0-9._-]", "_") + "-" + slot + ".lock";
            FileChannel channel = tryLock(folder.resolve(name));
            if (channel != null) {
                return new InstanceSlot(host + "-" + slot, channel);
            }
        }
        throw new IOException("more than " + MAX_SLOTS + " workers of group " + groupId + " on this host");
    }

    private static @Nullable FileChannel tryLock(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Held by another worker in this very JVM.
        }
        channel.close();
        return null;
    }

    String instanceId() {
        return instanceId;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
