package io.streamrank.fetch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder that a checkpoint is brought to. It appears as a whole, with a marker that says what it is and where it came
 * from; until then all lies in a hidden folder beside it, where the next attempt finds what is there already. A lock, also
 * beside it, has those who fetch to one volume wait for each other.
 */
final class Target {
    /** In the folder, once it is whole. */
    static final String MARKER = ".streamrank-fetch.json";

    private static final String IDENTITY = "location";
    private static final long LOCK_STEP_MILLIS = 200;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Path partial;
    private final Path lockFile;

    Target(Path folder) throws FetchException {
        Path absolute = folder.toAbsolutePath().normalize();
        Path name = absolute.getFileName();
        Path parent = absolute.getParent();
        if (name == null || parent == null) {
            throw new FetchException(
                    folder.toString(), "is the root of a file system", "Name a folder in it, such as /models/minilm");
        }
        this.folder = absolute;
        this.partial = parent.resolve("." + name + ".partial");
        this.lockFile = parent.resolve("." + name + ".lock");
    }

    /** Files as they come. */
    Path files() {
        return partial.resolve("files");
    }

    /** Archives as they come. */
    Path archives() {
        return partial.resolve("archives");
    }

    /** What comes out of these. */
    Path unpacked() {
        return partial.resolve("unpacked");
    }

    /**
     * Keeps others from this folder until what it returns is closed.
     *
     * @param watcher told where others keep it
     */
    FileChannel hold(Deadline deadline, FetchWatcher watcher) throws IOException, InterruptedException {
        Files.createDirectories(partial.getParent());
        FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            boolean told = false;
            while (tryLock(channel) == null) {
                if (!told) {
                    watcher.waiting(folder.toString());
                    told = true;
                }
                deadline.require(folder + ", which another is fetching to");
                Thread.sleep(LOCK_STEP_MILLIS);
            }
            return channel;
        } catch (IOException | InterruptedException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held in this process.
            return null;
        }
    }

    /** What the folder holds, if it is whole. */
    Optional<Fetched> whole() throws IOException {
        Path marker = folder.resolve(MARKER);
        if (!Files.isRegularFile(marker)) {
            return Optional.empty();
        }
        JsonNode said;
        try {
            said = JSON.readTree(Files.readAllBytes(marker));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
        for (Map.Entry<String, JsonNode> file : said.path("files").properties()) {
            Path path = FileNames.below(folder, file.getKey());
            long bytes = file.getValue().path("bytes").asLong(-1);
            if (!Files.isRegularFile(path) || Files.size(path) != bytes) {
                return Optional.empty();
            }
        }
        return Optional.of(new Fetched(
                folder, said.path("location").asText(), said.path("sha256").asText(), false));
    }

    /** Whether there is anything by that name, an empty folder aside. */
    boolean isTaken() throws IOException {
        if (!Files.isDirectory(folder)) {
            return Files.exists(folder);
        }
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.findAny().isPresent();
        }
    }

    /** Makes the hidden folder ready for files of this location; what is there of another goes. */
    void prepare(String location) throws IOException {
        Path identity = partial.resolve(IDENTITY);
        boolean same =
                Files.isRegularFile(identity) && Files.readString(identity).equals(location);
        if (!same) {
            delete(partial);
        }
        delete(unpacked());
        Files.createDirectories(files());
        Files.createDirectories(archives());
        Files.createDirectories(unpacked());
        Files.writeString(identity, location);
    }

    /** Forgets all that came. */
    void discard() throws IOException {
        delete(partial);
    }

    /**
     * Puts what came in place of the folder.
     *
     * @param sha256 of the checkpoint
     * @param sums of its files, by name
     */
    Fetched place(String location, String sha256, Map<String, String> sums) throws IOException {
        ObjectNode marker = JSON.createObjectNode().put("location", location).put("sha256", sha256);
        ObjectNode files = marker.putObject("files");
        for (Map.Entry<String, String> file : sums.entrySet()) {
            files.putObject(file.getKey())
                    .put("bytes", Files.size(FileNames.below(files(), file.getKey())))
                    .put("sha256", file.getValue());
        }
        Files.write(
                files().resolve(MARKER), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(marker));
        Path old = partial.resolve("old");
        delete(old);
        try {
            if (isTaken()) {
                Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(files(), folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new FetchException(
                    folder.toString(),
                    "cannot be put in place: " + e,
                    "Name a folder inside of a volume, not the place that the volume is mounted at",
                    e);
        }
        delete(partial);
        return new Fetched(folder, location, sha256, true);
    }

    private static void delete(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException error) throws IOException {
                if (error != null) {
                    throw error;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
