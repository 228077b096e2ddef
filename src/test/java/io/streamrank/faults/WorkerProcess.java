package io.streamrank.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.ingest.Topics;
import io.streamrank.testing.PackagedApp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A worker as it is deployed: the packaged application in a process of its own, with a tiny checkpoint. */
final class WorkerProcess implements AutoCloseable {
    /** Beside these short ones the defaults hold; what a recovery waits for is mostly one of them. */
    static final int SESSION_TIMEOUT_SECONDS = 6;

    static final int TRANSACTION_TIMEOUT_SECONDS = 8;

    /** How long the producer itself repeats what ends a transaction: as long as it has for a delivery. */
    static final int MAX_BLOCK_SECONDS = TRANSACTION_TIMEOUT_SECONDS / 2;

    /** What they rank with, in float32. */
    static final String CHECKPOINT = "src/test/resources/golden/bert";

    private static final int TERMINATED = 128 + 15;
    private static final List<String> SMALL = List.of("-Xmx192m");

    private final String name;
    private final String clientPrefix;
    private final PackagedApp app;
    private volatile boolean doomed;

    /**
     * How workers of one group work.
     *
     * @param protocol who assigns partitions
     * @param guarantee what they promise
     * @param addUp whether they add up throughput too, into the topic {@link #throughputTopic}
     */
    record Manner(GroupProtocol protocol, Guarantee guarantee, boolean addUp) {
        /** That of workers which only rank. */
        Manner(GroupProtocol protocol, Guarantee guarantee) {
            this(protocol, guarantee, false);
        }
    }

    /** Where workers of this group tell throughput. */
    static String throughputTopic(String group) {
        return group + ".throughput";
    }

    private WorkerProcess(String name, String clientPrefix, PackagedApp app) {
        this.name = name;
        this.clientPrefix = clientPrefix;
        this.app = app;
    }

    /**
     * Starts one; it takes some seconds until it has its part.
     *
     * @param folder for its output
     * @param group its group
     * @param name its instance id
     * @param manner how it works
     */
    static WorkerProcess start(Path folder, int bootstrapPort, Topics topics, String group, String name, Manner manner)
            throws IOException {
        Map<String, String> environment = new HashMap<>();
        environment.put("OMP_NUM_THREADS", "1");
        environment.put("MKL_NUM_THREADS", "1");
        environment.put("STREAMRANK_HTTP_ENABLED", "false");
        environment.put("STREAMRANK_KAFKA_GROUP_ID", group);
        environment.put("STREAMRANK_TOPICS_CANDIDATES", topics.candidates());
        environment.put("STREAMRANK_TOPICS_RANKED", topics.ranked());
        environment.put("STREAMRANK_TOPICS_BATCHES", topics.batches());
        environment.put("STREAMRANK_TOPICS_DEAD_LETTERS", topics.deadLetters());
        environment.put("STREAMRANK_LIMITS_MAX_EVENT_BYTES", Integer.toString(MixedEvents.MAX_EVENT_BYTES));
        environment.put("STREAMRANK_LIMITS_TRANSACTION_TIMEOUT", TRANSACTION_TIMEOUT_SECONDS + "s");
        environment.put("STREAMRANK_MODEL_DTYPE", "float32");
        environment.put("STREAMRANK_MODEL_THREADS", "1");
        environment.put("STREAMRANK_KAFKA_GROUP_PROTOCOL", manner.protocol().word());
        environment.put(
                "STREAMRANK_KAFKA_DELIVERY",
                manner.guarantee().name().replace('_', '-').toLowerCase(Locale.ROOT));
        if (manner.addUp()) {
            environment.put("STREAMRANK_THROUGHPUT_ENABLED", "true");
            environment.put(
                    "STREAMRANK_THROUGHPUT_STATE_DIR", folder.resolve(group).toString());
            environment.put("STREAMRANK_TOPICS_THROUGHPUT", throughputTopic(group));
        }
        List<String> arguments = new ArrayList<>(List.of(
                "work",
                "--bootstrap-servers",
                "127.0.0.1:" + bootstrapPort,
                "--model",
                CHECKPOINT,
                "--instance-id",
                name));
        if (manner.protocol() == GroupProtocol.CLASSIC) {
            // The other protocol takes the same from the broker and refuses it here.
            arguments.addAll(List.of("--property", "session.timeout.ms=" + SESSION_TIMEOUT_SECONDS * 1_000));
            arguments.addAll(List.of("--property", "heartbeat.interval.ms=1000"));
        }
        PackagedApp app = PackagedApp.start(folder, environment, SMALL, arguments.toArray(String[]::new));
        return new WorkerProcess(name, group + "/" + name + "-", app);
    }

    String name() {
        return name;
    }

    /** What the names of its Kafka clients begin with. */
    String clientPrefix() {
        return clientPrefix;
    }

    /** The name of the client that writes its transactions. */
    String producer() {
        return clientPrefix + "producer";
    }

    /** The name of the client that reads, and commits offsets where there are no transactions. */
    String consumer() {
        return clientPrefix + "consumer";
    }

    void awaitAssigned() throws IOException, InterruptedException {
        app.awaitOutput("Assigned");
    }

    boolean isAlive() {
        return app.isAlive();
    }

    /** Whether it has ended though nobody made it. */
    boolean hasEndedByItself() {
        return !app.isAlive() && !doomed;
    }

    /** As {@code kill -9} does. */
    void kill() throws IOException, InterruptedException {
        doomed = true;
        app.signal("KILL");
        app.exitCode();
    }

    /** Stops it where it stands, its connections open. */
    void pause() throws IOException, InterruptedException {
        app.signal("STOP");
    }

    void resume() throws IOException, InterruptedException {
        app.signal("CONT");
    }

    /** Asks it to end, as every orchestrator does, and holds it to how it must. */
    void terminate() throws IOException, InterruptedException {
        doomed = true;
        app.signal("TERM");
        assertThat(app.exitCode()).as("exit status of %s:%n%s", name, app.err()).isEqualTo(TERMINATED);
        assertThat(app.err())
                .contains("Drained and left the group")
                .doesNotContain("Not all events in flight")
                .doesNotContain("still on its way");
    }

    /** What it has logged. */
    String log() throws IOException {
        return app.err();
    }

    @Override
    public void close() {
        app.close();
    }
}
