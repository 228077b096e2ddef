package io.streamrank.embedded;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * The same broker as {@link EmbeddedBroker} in a JVM of its own, to be killed, stopped and started again. The child
 * ends with this JVM, even when that is killed: it watches its standard input. Only a child that is {@link #pause()
 * paused} at that moment cannot notice, and stays until somebody resumes or kills it.
 *
 * <p>The child writes warnings and errors to {@link #logFile()}. Thread-safe: one operation at a time.
 */
public final class BrokerProcess implements AutoCloseable {
    /** How long a child may take until it is ready. */
    public static final Duration START_LIMIT = Duration.ofSeconds(90);

    /** How long a child may take to stop cleanly before it is killed; longer than its own limit. */
    public static final Duration CLOSE_LIMIT = EmbeddedBroker.CLOSE_LIMIT.plusSeconds(5);

    /** How long a killed child may take to be gone. */
    public static final Duration KILL_LIMIT = Duration.ofSeconds(20);

    /** What every child is run with; options of the caller come later and win. */
    public static final List<String> JVM_OPTIONS = List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xms64m",
            "-Xmx512m",
            "-XX:+DisplayVMOutputToStderr",
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager");

    private static final Logger LOG = System.getLogger(BrokerProcess.class.getName());

    private final List<Path> classpath;
    private final List<String> jvmOptions;
    private final ChildLog log;

    private BrokerSettings settings;
    private Process process;
    private boolean paused;

    private BrokerProcess(BrokerSettings settings, List<Path> classpath, List<String> jvmOptions) {
        this.classpath = List.copyOf(classpath);
        this.jvmOptions = List.copyOf(jvmOptions);
        this.log = new ChildLog(settings.directory().resolve(ChildLog.FILE_NAME));
        this.settings = settings;
        this.process = launch();
    }

    /** As {@link #start(BrokerSettings, List, List)} with no JVM options beside {@link #JVM_OPTIONS}. */
    public static BrokerProcess start(BrokerSettings settings, List<Path> classpath) {
        return start(settings, classpath, List.of());
    }

    /**
     * Starts a child and waits until its broker answers.
     *
     * @param classpath the child's jars and class folders, see {@link BrokerClasspath}
     * @param jvmOptions options after {@link #JVM_OPTIONS}
     * @throws BrokerException with the end of the child's log, if it ends or is not ready within {@link #START_LIMIT}
     */
    public static BrokerProcess start(BrokerSettings settings, List<Path> classpath, List<String> jvmOptions) {
        return new BrokerProcess(settings, classpath, jvmOptions);
    }

    private Process launch() {
        long logged = log.size();
        Process child = spawn();
        try {
            String address = readiness(child).get(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
            settings = settings.withPort(port);
            return child;
        } catch (ExecutionException | TimeoutException e) {
            String reason = e instanceof TimeoutException
                    ? "was not ready within " + START_LIMIT.toSeconds() + " s"
                    : "ended before it was ready";
            kill(child);
            throw new BrokerException(
                    "The broker's JVM in " + settings.directory() + " " + reason + "; the end of " + log.file() + ":\n"
                            + log.tailSince(logged),
                    e);
        } catch (InterruptedException e) {
            kill(child);
            Thread.currentThread().interrupt();
            throw new BrokerException("Interrupted while the broker in " + settings.directory() + " was starting", e);
        }
    }

    private Process spawn() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_OPTIONS);
        command.addAll(jvmOptions);
        command.add("-cp");
        command.add(classpath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
        command.add(BrokerMain.class.getName());
        command.addAll(settings.toArguments());
        try {
            Files.createDirectories(settings.directory());
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.file().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start the broker's JVM in " + settings.directory(), e);
        }
    }

    /** The address in the child's ready line; fails when its output ends without one. Reads on until it ends. */
    private static CompletableFuture<String> readiness(Process child) {
        CompletableFuture<String> address = new CompletableFuture<>();
        Thread reader = new Thread(
                () -> {
                    try (BufferedReader output = child.inputReader(StandardCharsets.UTF_8)) {
                        output.lines()
                                .filter(line -> line.startsWith(BrokerMain.READY))
                                .forEach(line -> address.complete(line.substring(BrokerMain.READY.length())));
                    } catch (IOException | UncheckedIOException e) {
                        address.completeExceptionally(e);
                    }
                    address.completeExceptionally(new BrokerException("no ready line"));
                },
                "embedded-broker-output");
        reader.setDaemon(true);
        reader.start();
        return address;
    }

    /** Where clients connect: {@code 127.0.0.1:port}, the same after a restart. */
    public synchronized String bootstrapServers() {
        return LocalPorts.HOST + ":" + settings.port();
    }

    /** What the child runs with, its port for clients resolved. */
    public synchronized BrokerSettings settings() {
        return settings;
    }

    /** The child's warnings and errors, those of earlier children first. */
    public Path logFile() {
        return log.file();
    }

    /** The child's process id. */
    public synchronized long pid() {
        return process.pid();
    }

    /** Whether the child runs, paused or not. */
    public synchronized boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Makes the topics that are missing and waits until every partition answers.
     *
     * @throws BrokerException if a topic exists with another number of partitions, or the broker does not answer
     */
    public void createTopics(Map<String, Integer> partitionsByName) {
        TopicCreation.create(bootstrapServers(), partitionsByName);
    }

    /** Ends the child as {@code kill -9} does, and waits until it is gone. */
    public synchronized void kill() {
        kill(process);
        paused = false;
    }

    /** Stops the child where it stands, as SIGSTOP does: its connections stay open and nothing answers. POSIX only. */
    public synchronized void pause() {
        ProcessSignal.STOP.sendTo(process);
        paused = true;
    }

    /** Lets a paused child go on, as SIGCONT does. POSIX only. */
    public synchronized void resume() {
        ProcessSignal.CONT.sendTo(process);
        paused = false;
    }

    /**
     * Starts the broker again in the same directory on the same port for clients; a child that still runs is closed
     * first.
     *
     * @throws BrokerException as {@link #start(BrokerSettings, List, List)}
     */
    public synchronized void restart() {
        close();
        process = launch();
    }

    /** Stops the child cleanly, and kills it if that takes longer than {@link #CLOSE_LIMIT} or it is paused. */
    @Override
    public synchronized void close() {
        if (!paused && endInput() && exitsWithin(process, CLOSE_LIMIT)) {
            return;
        }
        if (process.isAlive()) {
            LOG.log(
                    Level.WARNING,
                    "Killing the broker in {0}: paused, or not stopped within {1} s",
                    settings.directory(),
                    CLOSE_LIMIT.toSeconds());
        }
        kill();
    }

    private boolean endInput() {
        try {
            process.getOutputStream().close();
            return true;
        } catch (IOException e) {
            LOG.log(Level.WARNING, "Cannot end the standard input of the broker in " + settings.directory(), e);
            return false;
        }
    }

    private static void kill(Process process) {
        process.destroyForcibly();
        if (!exitsWithin(process, KILL_LIMIT)) {
            throw new BrokerException(
                    "Process " + process.pid() + " was killed and still runs after " + KILL_LIMIT.toSeconds() + " s");
        }
    }

    private static boolean exitsWithin(Process process, Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !process.isAlive();
        }
    }
}
