package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A worker's name on this host that survives its restart: the host's name and the lowest number no running worker of
 * the same group holds. A worker that dies gives its slot back, so its successor takes its name, and with it its static
 * membership and its transactional id. A lock file that belongs to another user counts as taken.
 */
final class InstanceSlot implements AutoCloseable {
    private static final int MAX_SLOTS = 1_000;
    private static final String REMEDY = "name the worker with --instance-id";

    // POSIX drops a process's lock when any channel on the file is closed, so a second worker in this JVM must be
    // turned away before it opens one.
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final String instanceId;
    private final Path file;
    private final FileChannel channel;

    private InstanceSlot(String instanceId, Path file, FileChannel channel) {
        this.instanceId = instanceId;
        this.file = file;
        this.channel = channel;
    }

    /**
     * Claims the lowest free slot of the group on this host, by a lock on a file in the given folder.
     *
     * @throws IllegalStateException if this host has no name, the folder cannot be written to, or no slot is free
     */
    static InstanceSlot claim(Path folder, String groupId) {
        String host = hostName();
        String group = groupId.replaceAll("[^A-Za-z0-9._-]", "_");
        Path absolute = folder.toAbsolutePath().normalize();
        for (int slot = 0; slot < MAX_SLOTS; slot++) {
            Path file = absolute.resolve("streamrank-" + group + "-" + slot + ".lock");
            FileChannel channel = tryClaim(file);
            if (channel != null) {
                return new InstanceSlot(host + "-" + slot, file, channel);
            }
        }
        throw new IllegalStateException("all " + MAX_SLOTS + " slots for workers of group " + groupId + " in "
                + absolute + " are taken; " + REMEDY);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("this host's name is not known (" + e.getMessage() + "); " + REMEDY, e);
        }
    }

    private static @Nullable FileChannel tryClaim(Path file) {
        if (!HELD_HERE.add(file)) {
            return null;
        }
        FileChannel channel = null;
        try {
            channel = tryLock(file);
            return channel;
        } catch (IOException e) {
            throw new IllegalStateException("the slot's file " + file + " cannot be locked: " + e + "; " + REMEDY, e);
        } finally {
            if (channel == null) {
                HELD_HERE.remove(file);
            }
        }
    }

    private static @Nullable FileChannel tryLock(Path file) throws IOException {
        Files.createDirectories(requireNonNull(file.getParent()));
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (AccessDeniedException e) {
            if (Files.exists(file)) {
                return null;
            }
            throw e;
        }
        if (channel.tryLock() != null) {
            return channel;
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
        HELD_HERE.remove(file);
    }
}
