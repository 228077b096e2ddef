package io.streamrank.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The packaged application in a process of its own, as the start script runs it. */
public final class PackagedApp implements AutoCloseable {
    /** How long anything may take on a slow machine. */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    /** For processes that do little and end soon, where compiling well would take longer than it saves. */
    private static final List<String> SHORT_LIVED = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar");
    private static final long POLL_MILLIS = 50;

    /**
     * A build that a script started in the background ignores SIGINT, and so would all that it starts. Where env cannot
     * change that, the tests that interrupt need a build in the foreground.
     */
    private static final List<String> HEEDING_INTERRUPTS =
            succeeds("env", "--default-signal=INT", "true") ? List.of("env", "--default-signal=INT") : List.of();

    private final Process process;
    private final Path out;
    private final Path err;

    private PackagedApp(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /**
     * Starts a command in the project's folder.
     *
     * @param folder for its temporary files and its output
     */
    public static PackagedApp start(Path folder, String... arguments) throws IOException {
        return start(folder, Map.of(), arguments);
    }

    /**
     * The same with settings.
     *
     * @param environment variables on top of this process's
     */
    public static PackagedApp start(Path folder, Map<String, String> environment, String... arguments)
            throws IOException {
        return start(folder, environment, List.of(), arguments);
    }

    /**
     * The same with options of its JVM.
     *
     * @param jvmOptions beside those that the start script gives
     */
    public static PackagedApp start(
            Path folder, Map<String, String> environment, List<String> jvmOptions, String... arguments)
            throws IOException {
        assertThat(JAR).as("made by mvn package").isRegularFile();
        Path out = Files.createTempFile(folder, "command", ".out");
        Path err = Files.createTempFile(folder, "command", ".err");
        List<String> command = new ArrayList<>(HEEDING_INTERRUPTS);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(SHORT_LIVED);
        command.addAll(jvmOptions);
        command.addAll(List.of(
                "-Djava.io.tmpdir=" + folder,
                "-Dstreamrank.home=" + Path.of("").toAbsolutePath(),
                "-jar",
                JAR.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(environment);
        return new PackagedApp(builder.start(), out, err);
    }

    private static boolean succeeds(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectOutput(Redirect.DISCARD)
                            .redirectError(Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Writes its whole standard input. */
    public PackagedApp input(String text) throws IOException {
        try (var stdin = process.outputWriter(UTF_8)) {
            stdin.write(text);
        }
        return this;
    }

    /** Waits until it has printed something; fails where it ends without. */
    public void awaitOutput(String text) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!out().contains(text) && !err().contains(text)) {
            assertThat(process.isAlive() && System.nanoTime() < end)
                    .as("'%s' expected in:%n%s%n%s", text, out(), err())
                    .isTrue();
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** The processes it has started. */
    public List<ProcessHandle> children() {
        return process.descendants().toList();
    }

    /** Whether its process is there, stopped or not. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends it a signal: TERM, INT, KILL, STOP, CONT. */
    public void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    /** Its exit status; fails where it takes too long. */
    public int exitCode() throws IOException, InterruptedException {
        return exitCode(PATIENCE);
    }

    public int exitCode(Duration patience) throws IOException, InterruptedException {
        assertThat(process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS))
                .as("ended within %s; so far:%n%s%n%s", patience, out(), err())
                .isTrue();
        return process.exitValue();
    }

    public String out() throws IOException {
        return Files.readString(out);
    }

    public String err() throws IOException {
        return Files.readString(err);
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
