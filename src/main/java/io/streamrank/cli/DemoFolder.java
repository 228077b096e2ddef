package io.streamrank.cli;

import io.streamrank.embedded.BrokerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * The demo broker's own folder in the temporary files: deleted on {@link #close}, and also when the JVM is told to end
 * before that, after the broker that would go on writing into it was killed.
 */
final class DemoFolder implements AutoCloseable {
    private static final long KILL_LIMIT_SECONDS = 10;

    private static final long START_LIMIT_SECONDS = 15;

    private static final List<Logger> ITS_CLIENTS =
            List.of(Logger.getLogger("org.apache.kafka"), Logger.getLogger("io.streamrank"));

    private final Path path;
    private final Thread onExit = new Thread(this::abandon, "streamrank-demo-exit");
    private volatile Future<Optional<ProcessHandle>> writer = CompletableFuture.completedFuture(Optional.empty());

    private DemoFolder(Path path) {
        this.path = path;
    }

    static DemoFolder create() throws IOException {
        DemoFolder folder = new DemoFolder(Files.createTempDirectory("streamrank-demo"));
        Runtime.getRuntime().addShutdownHook(folder.onExit);
        return folder;
    }

    /**
     * Starts a broker in this folder, which is killed where the JVM is told to end before {@link #close}.
     *
     * @param starter starts it and waits until it answers
     */
    BrokerProcess startBroker(Function<Path, BrokerProcess> starter) {
        CompletableFuture<Optional<ProcessHandle>> started = new CompletableFuture<>();
        writer = started;
        try {
            BrokerProcess broker = starter.apply(path);
            started.complete(ProcessHandle.of(broker.pid()));
            return broker;
        } finally {
            // One that could not be started has been ended already, and the JVM's end need not wait for it.
            started.complete(Optional.empty());
        }
    }

    private void abandon() {
        try {
            // A broker that is just being started is waited for: it would write into a folder deleted under it.
            writer.get(START_LIMIT_SECONDS, TimeUnit.SECONDS).ifPresent(DemoFolder::kill);
        } catch (Exception e) {
            System.err.println("The broker in " + path + " neither started nor failed, and may leave files: " + e);
        }
        try {
            delete();
        } catch (IOException e) {
            System.err.println("Not all of " + path + " could be deleted: " + e);
        }
    }

    private static void kill(ProcessHandle broker) {
        // That the broker is gone is no news to those who ended it, and a pass may keep the process for a while.
        ITS_CLIENTS.forEach(logger -> logger.setLevel(Level.OFF));
        broker.destroyForcibly();
        try {
            broker.onExit().get(KILL_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            System.err.println("The broker, process " + broker.pid() + ", was killed and still runs: " + e);
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
