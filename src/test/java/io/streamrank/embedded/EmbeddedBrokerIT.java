package io.streamrank.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {
    private static Path directory;
    private static EmbeddedBroker broker;

    @BeforeAll
    static void start(@TempDir Path temporary) {
        directory = temporary;
        broker = EmbeddedBroker.start(BrokerSettings.in(directory));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void readCommittedSeesExactlyTheCommitted() throws Exception {
        broker.createTopics(Map.of("transactions", 1));
        var records = new TopicRecords(broker.bootstrapServers(), "transactions");

        try (var producer = records.transactionalProducer()) {
            records.commit(producer, "a", "b");
            records.abort(producer, "lost");
            records.commit(producer, "c");
        }

        assertThat(records.readCommitted(3)).containsExactly("a", "b", "c");
        assertThat(records.read("read_uncommitted")).containsExactly("a", "b", "lost", "c");
    }

    @Test
    void acceptsTopicsThatExistAlready() {
        broker.createTopics(Map.of("existing", 2));

        broker.createTopics(Map.of("existing", 2, "another", 1));

        assertThat(new TopicRecords(broker.bootstrapServers(), "another").read("read_committed"))
                .isEmpty();
    }

    @Test
    void refusesATopicWithAnotherNumberOfPartitions() {
        broker.createTopics(Map.of("two", 2));

        assertThatThrownBy(() -> broker.createTopics(Map.of("two", 3)))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining("Topic two exists with 2 partitions, expected 3");
    }

    @Test
    void refusesASecondBrokerInItsDirectory() {
        assertThatThrownBy(() -> EmbeddedBroker.start(BrokerSettings.in(directory)))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("a directory of its own");
    }

    @Test
    void refusesAPortInUseAndFreesTheDirectory(@TempDir Path other) {
        int taken = broker.settings().port();

        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(
                            () -> EmbeddedBroker.start(BrokerSettings.in(other).withPort(taken)))
                    .isInstanceOf(BrokerException.class)
                    .hasMessageContaining("Port " + taken);
        }
    }

    @Test
    void isTheSameClusterWithTheSameDataWhenStartedAgain(@TempDir Path other) throws Exception {
        Set<Thread> before = liveNonDaemonThreads();
        String clusterId;
        BrokerSettings settings;
        try (EmbeddedBroker first = EmbeddedBroker.start(BrokerSettings.in(other))) {
            settings = first.settings();
            first.createTopics(Map.of("kept", 1));
            var records = new TopicRecords(first.bootstrapServers(), "kept");
            records.commit("a", "b");
            clusterId = records.clusterId();
        }

        try (EmbeddedBroker second = EmbeddedBroker.start(settings)) {
            assertThat(second.bootstrapServers()).endsWith(":" + settings.port());
            var records = new TopicRecords(second.bootstrapServers(), "kept");
            assertThat(records.clusterId()).isEqualTo(clusterId);
            assertThat(records.readCommitted(2)).containsExactly("a", "b");
        }

        assertThat(liveNonDaemonThreads()).isSubsetOf(before);
    }

    private static Set<Thread> liveNonDaemonThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.isDaemon())
                .collect(Collectors.toSet());
    }
}
