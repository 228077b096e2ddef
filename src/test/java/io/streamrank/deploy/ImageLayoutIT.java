package io.streamrank.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an image holds, laid out in a folder and run as a container would run it: by another user where the build runs as
 * root, who may write to the folder for temporary files alone.
 */
@Timeout(900)
class ImageLayoutIT {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String USER = "10001";

    private final Map<Process, Path> logs = new ConcurrentHashMap<>();

    @TempDir
    private Path folder;

    @Test
    void installsStartsAnswersAndStops() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path home = folder.resolve("streamrank");
        Path writable = Files.createDirectory(folder.resolve("tmp"));
        Files.setPosixFilePermissions(writable, PosixFilePermissions.fromString("rwxrwxrwx"));
        int port = freePort();
        Map<String, String> settings = Map.of("STREAMRANK_HTTP_PORT", Integer.toString(port));

        assertThat(end(start(List.of("docker/install.sh", "cpu", "-", home.toString()), settings)))
                .isZero();
        assertThat(Files.readString(home.resolve("native.env")))
                .isEqualTo("PYTORCH_VERSION=2.7.1\nPYTORCH_FLAVOR=cpu\n");
        List<Path> installed = files(home);
        Process version = start(asUser(home.resolve("bin/streamrank"), "--version"), settings);
        assertThat(end(version)).isZero();
        assertThat(output(version)).startsWith("streamrank ");
        List<String> health = asUser(home.resolve("bin/health"), "ready");
        assertThat(end(start(health, settings))).isEqualTo(1);

        try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(folder.resolve("broker")))) {
            Process worker = start(
                    asUser(home.resolve("bin/streamrank"), "work", "--create-topics"),
                    Map.of(
                            "STREAMRANK_HTTP_PORT",
                            Integer.toString(port),
                            "STREAMRANK_KAFKA_BOOTSTRAP_SERVERS",
                            broker.bootstrapServers(),
                            "STREAMRANK_KAFKA_INSTANCE_ID",
                            "streamrank-0",
                            "STREAMRANK_MODEL_PATH",
                            home.resolve("models/minilm-l6-reranker").toString(),
                            "STREAMRANK_MODEL_DTYPE",
                            "float32"));
            try {
                Eventually.await("the health check succeeds", PATIENCE, () -> {
                    assertThat(worker.isAlive()).as(() -> output(worker)).isTrue();
                    return end(start(health, settings)) == 0;
                });
                worker.destroy();
                assertThat(end(worker)).as(() -> output(worker)).isEqualTo(143);
            } finally {
                worker.destroyForcibly();
            }
            assertThat(output(worker)).doesNotContain("ERROR").contains("float32 on cpu");
        }
        assertThat(end(start(health, settings))).isEqualTo(1);
        assertThat(files(home)).as("nothing is written but temporary files").isEqualTo(installed);
    }

    /** Root may write anywhere, so that it would prove nothing. */
    private static List<String> asUser(Path script, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root") && Files.isExecutable(Path.of("/usr/bin/setpriv"))) {
            command.addAll(List.of("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups"));
        }
        command.add(script.toString());
        command.addAll(List.of(arguments));
        return command;
    }

    private Process start(List<String> command, Map<String, String> environment) throws IOException {
        Path log = Files.createTempFile(folder, "process", ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        builder.environment()
                .putAll(Map.of(
                        "TMPDIR",
                        folder.resolve("tmp").toString(),
                        "HOME",
                        "/nonexistent",
                        "JAVA_HOME",
                        System.getProperty("java.home"),
                        "PATH",
                        Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH")));
        Process process = builder.start();
        logs.put(process, log);
        return process;
    }

    private String output(Process process) {
        try {
            return Files.readString(logs.get(process));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private int end(Process process) throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as(() -> output(process))
                .isTrue();
        return process.exitValue();
    }

    private static List<Path> files(Path home) throws IOException {
        try (Stream<Path> files = Files.walk(home)) {
            return files.sorted().toList();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
