package io.streamrank.replay.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a replay leaves what it finds, and whence it goes on. Lines are added to files, and then a small file that is
 * replaced as a whole says how long each of them is, and where the source goes on: whatever stands beyond that when a
 * process has died is cut off. One process at a time holds a folder.
 */
public final class ReplayFolder implements Closeable {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path root;
    private final FileChannel lock;
    private final @Nullable ObjectNode begun;
    private final Progress progress;
    private final Map<String, AppendedFile> files = new LinkedHashMap<>();

    private ReplayFolder(Path root, FileChannel lock) throws IOException {
        this.root = root;
        this.lock = lock;
        this.begun = read(FolderNames.REPLAY);
        ObjectNode written = begun == null ? null : read(FolderNames.PROGRESS);
        this.progress = written == null ? new Progress() : Progress.of(written);
    }

    /**
     * Opens a folder that is new, empty or a replay's.
     *
     * @throws IOException if it is none of these, or another process replays into it
     */
    public static ReplayFolder open(Path root) throws IOException {
        requireReplay(root);
        Files.createDirectories(root);
        FileChannel channel =
                FileChannel.open(root.resolve(FolderNames.LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            requireLock(channel, root);
            return new ReplayFolder(root, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void requireReplay(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        if (!Files.isDirectory(root)) {
            throw new IOException(root + ": expected a folder for the replay, not a file");
        }
        try (Stream<Path> files = Files.list(root)) {
            List<String> names =
                    files.map(file -> String.valueOf(file.getFileName())).toList();
            boolean ours = names.contains(FolderNames.REPLAY)
                    || names.stream().allMatch(name -> name.equals(FolderNames.LOCK) || name.endsWith(".tmp"));
            if (!ours) {
                throw new IOException(root + ": holds files, but no replay (" + FolderNames.REPLAY
                        + "): name a new folder with --output");
            }
        }
    }

    private static void requireLock(FileChannel channel, Path root) throws IOException {
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null;
        }
        if (held == null) {
            throw new IOException(root + ": another process replays into it");
        }
    }

    private @Nullable ObjectNode read(String name) throws IOException {
        Path file = root.resolve(name);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            if (JSON.readTree(Files.readAllBytes(file)) instanceof ObjectNode node) {
                return node;
            }
        } catch (JsonProcessingException e) {
            // Said below.
        }
        throw new IOException(file + ": expected a JSON object");
    }

    /** Where it is. */
    public Path root() {
        return root;
    }

    /** What was begun here, as {@link #begin} was told; empty in a new folder. */
    public Optional<JsonNode> begun() {
        return Optional.ofNullable(begun).map(ObjectNode::deepCopy);
    }

    /** Where the source goes on; absent at its beginning. */
    public @Nullable JsonNode position() {
        return progress.position;
    }

    /** Lists that are done. */
    public long lists() {
        return progress.lists;
    }

    Progress progress() {
        return progress;
    }

    /** Sets down what is to be done, before anything is. */
    void begin(JsonNode replay) throws IOException {
        write(FolderNames.REPLAY, replay);
    }

    /** Opens the files that grow, as they were when progress was last set down. */
    void openFiles(List<String> names) throws IOException {
        for (String name : names) {
            files.put(name, new AppendedFile(root.resolve(name), progress.length(name)));
        }
    }

    void line(String file, JsonNode line) throws IOException {
        AppendedFile appended = files.get(file);
        if (appended == null) {
            throw new IllegalStateException(file + " is not open");
        }
        appended.line(line);
    }

    /** Sets down how far things are. */
    void commit() throws IOException {
        for (Map.Entry<String, AppendedFile> file : files.entrySet()) {
            progress.files.put(file.getKey(), file.getValue().force());
        }
        write(FolderNames.PROGRESS, progress.json());
    }

    /** Sets down that all is done, and what came of it. */
    void finish(JsonNode replay) throws IOException {
        write(FolderNames.REPLAY, replay);
        forgetProgress();
    }

    /** A finished replay needs to go on nowhere. */
    public void forgetProgress() throws IOException {
        Files.deleteIfExists(root.resolve(FolderNames.PROGRESS));
    }

    private void write(String name, JsonNode node) throws IOException {
        Path file = root.resolve(name);
        Path beside = FolderNames.beside(file);
        try (FileChannel channel = FileChannel.open(
                        beside,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING);
                OutputStream out = Channels.newOutputStream(channel)) {
            out.write(JSON.writeValueAsBytes(node));
            out.write('\n');
            channel.force(true);
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void close() throws IOException {
        try {
            for (AppendedFile file : files.values()) {
                file.close();
            }
        } finally {
            lock.close();
        }
    }
}
