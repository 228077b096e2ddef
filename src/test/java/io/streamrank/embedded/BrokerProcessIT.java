package io.streamrank.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class BrokerProcessIT {
    private static Path directory;
    private static BrokerProcess broker;

    @BeforeAll
    static void start(@TempDir Path temporary) {
        directory = temporary;
        broker = BrokerProcess.start(BrokerSettings.in(directory), BrokerClasspath.ofThisJvm());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @RepeatedTest(2)
    void keepsWhatWasCommittedWhenKilled(RepetitionInfo repetition) throws Exception {
        String topic = "kept-" + repetition.getCurrentRepetition();
        broker.createTopics(Map.of(topic, 1));
        String address = broker.bootstrapServers();
        var records = new TopicRecords(address, topic);
        records.commit("a", "b");

        broker.kill();
        assertThat(broker.isAlive()).isFalse();
        broker.restart();

        assertThat(broker.bootstrapServers()).isEqualTo(address);
        assertThat(records.readCommitted(2)).containsExactly("a", "b");
        records.commit("c");
        assertThat(records.readCommitted(3)).containsExactly("a", "b", "c");
    }

    @Test
    void answersNobodyWhilePaused() throws Exception {
        broker.createTopics(Map.of("paused", 1));
        var records = new TopicRecords(broker.bootstrapServers(), "paused");
        records.commit("before");

        broker.pause();
        CompletableFuture<List<String>> reading = CompletableFuture.supplyAsync(() -> records.read("read_committed"));
        assertThatThrownBy(() -> reading.get(2, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
        assertThat(broker.isAlive()).isTrue();
        broker.resume();

        assertThat(reading.get(60, TimeUnit.SECONDS)).containsExactly("before");
    }

    @Test
    void keepsItsDirectoryFromOtherProcesses() {
        assertThatThrownBy(() -> EmbeddedBroker.start(BrokerSettings.in(directory)))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("process " + broker.pid());
    }

    @Test
    void saysWhyItDidNotStart(@TempDir Path other) throws Exception {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            BrokerSettings settings = BrokerSettings.in(other).withPort(listener.getLocalPort());

            assertThatThrownBy(() -> BrokerProcess.start(settings, BrokerClasspath.ofThisJvm()))
                    .isInstanceOf(BrokerException.class)
                    .hasMessageContaining(other.toString())
                    .hasMessageContaining("Port " + listener.getLocalPort());
        }
    }

    @Test
    void endsWithItsParent(@TempDir Path other) throws Exception {
        Process parent = startParent(other);
        ProcessHandle child;
        try (BufferedReader output = parent.inputReader()) {
            child = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
        } finally {
            parent.destroyForcibly().waitFor();
        }

        try {
            child.onExit().get(BrokerProcess.CLOSE_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } finally {
            child.destroyForcibly();
        }

        // Cleanly, and not because it lost its output.
        assertThat(other.resolve("data/.kafka_cleanshutdown")).exists();
    }

    @Test
    void writesOnlyWarningsToItsLog() throws Exception {
        assertThat(Files.readString(broker.logFile()))
                .doesNotContain("INFO", "SLF4J")
                .hasSizeLessThan(64 * 1024);
        assertThat(broker.logFile()).hasParent(directory);
    }

    private static Process startParent(Path directory) throws Exception {
        String classpath =
                BrokerClasspath.ofThisJvm().stream().map(Path::toString).collect(Collectors.joining(":"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classpath,
                        Parent.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** A JVM that starts a child, prints its process id, and waits to be killed. */
    static final class Parent {
        private Parent() {}

        public static void main(String[] arguments) throws Exception {
            var child = BrokerProcess.start(
                    BrokerSettings.in(Path.of(arguments[0])), BrokerClasspath.ofThisJvm(), List.of("-Xmx256m"));
            System.out.println(child.pid());
            Thread.sleep(Duration.ofMinutes(5).toMillis());
            child.close();
        }
    }
}
