package io.streamrank.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The demo broker's own folder in the temporary files: deleted on {@link #close}, and also when the JVM is told to end
 * before that, together with the processes that were started and would go on writing into it.
 */
final class DemoFolder implements AutoCloseable {
    private static final long KILL_LIMIT_SECONDS = 10;

    private final Path path;
    private final Thread onExit = new Thread(this::abandon, "streamrank-demo-exit");

    private DemoFolder(Path path) {
        this.path = path;
    }

    static DemoFolder create() throws IOException {
        DemoFolder folder = new DemoFolder(Files.createTempDirectory("streamrank-demo"));
        Runtime.getRuntime().addShutdownHook(folder.onExit);
        return folder;
    }

    Path path() {
        return path;
    }

    private void abandon() {
        ProcessHandle.current().children().forEach(DemoFolder::kill);
        try {
            delete();
        } catch (IOException e) {
            System.err.println("Not all of " + path + " could be deleted: " + e);
        }
    }

    private static void kill(ProcessHandle child) {
        child.destroyForcibly();
        try {
            child.onExit().get(KILL_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            System.err.println("Process " + child.pid() + " was killed and still runs: " + e);
        }
    }

    private synchronized void delete() throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(path)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        } catch (NoSuchFileException | UncheckedIOException e) {
            if (Files.exists(path)) {
                throw e;
            }
            return;
        }
        for (Path each : deepestFirst) {
            Files.deleteIfExists(each);
        }
    }

    @Override
    public void close() throws IOException {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            // The JVM is ending: the hook runs, and finds nothing left to do.
        }
    }
}
