package io.streamrank.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Apicurio's schema registry in a process of its own, on loopback, with everything in memory. */
public final class ApicurioProcess implements AutoCloseable {
    private static final Path FOLDER = Path.of("target/apicurio");
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Process process;
    private final int port;
    private final Path log;

    private ApicurioProcess(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /**
     * Starts it and waits until it answers.
     *
     * @param folder for its log
     */
    public static ApicurioProcess start(Path folder) throws Exception {
        assertThat(FOLDER).as("unpacked by mvn verify").isDirectory();
        int port = freePort();
        Path log = folder.resolve("apicurio.log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx384m",
                        "-Djava.io.tmpdir=" + folder,
                        "-Dquarkus.http.host=127.0.0.1",
                        "-Dquarkus.http.port=" + port,
                        "-Dquarkus.management.host=127.0.0.1",
                        "-Dquarkus.management.port=" + freePort(),
                        "-jar",
                        jar().toAbsolutePath().toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        ApicurioProcess registry = new ApicurioProcess(process, port, log);
        try {
            Eventually.await("Apicurio answers", PATIENCE, registry::answers);
            return registry;
        } catch (Throwable e) {
            registry.close();
            throw e;
        }
    }

    private static Path jar() throws IOException {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(FOLDER, "*-runner.jar")) {
            return jars.iterator().next();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private boolean answers() throws InterruptedException {
        assertThat(process.isAlive())
                .as(() -> "Apicurio has ended: " + logged())
                .isTrue();
        try {
            return get("/apis/ccompat/v7/subjects").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private String logged() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where its Confluent-compatible API is. */
    public String url() {
        return "http://127.0.0.1:" + port + "/apis/ccompat/v7";
    }

    /** What it answers to a question. */
    public HttpResponse<String> get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        return client.send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), BodyHandlers.ofString());
    }

    /** Ends it at once. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
