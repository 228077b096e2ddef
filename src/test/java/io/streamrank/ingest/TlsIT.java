package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.testing.CapturedLog;
import io.streamrank.testing.KeyStores;
import io.streamrank.testing.TestingReranker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker that lets in whom it knows, over TLS. */
@Timeout(180)
class TlsIT {
    private static final int PARTITIONS = 2;
    private static final String WRONG_PASSWORD = "never-to-be-seen-in-a-log";
    private static final Map<String, String> TLS = Map.of("security.protocol", "SSL");

    private static KeyStores stores;
    private static EmbeddedBroker broker;

    private final TestingReranker reranker = new TestingReranker("test");

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        stores = new KeyStores(directory)
                .withKey("broker")
                .withKey("worker")
                .withKey("stranger")
                .withTrust("broker", "worker")
                .withTrust("worker", "broker")
                .withTrust("stranger", "stranger");
        BrokerSettings settings =
                BrokerSettings.in(directory.resolve("broker")).withOverride("ssl.client.auth", "required");
        for (var property :
                joined(stores.identity("broker"), stores.trusting("broker")).entrySet()) {
            settings = settings.withOverride(property.getKey(), property.getValue());
        }
        broker = EmbeddedBroker.start(settings);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void everyClientOfTheWorkerShowsItsCertificate() throws Throwable {
        try (TestingTopics topics = TestingTopics.created("tls", broker, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 21);
            for (int i = 0; i < 50; i++) {
                sent.sendGood(i % PARTITIONS);
            }
            IngestSettings settings =
                    overTls(topics, joined(TLS, stores.identity("worker"), stores.trusting("worker")));
            try (WorkerThread worker = WorkerThread.start(settings, reranker)) {
                topics.awaitAllAnswered();
                worker.stopAndAwaitEnd();
            }

            sent.assertAnsweredExactlyOnce();
        }
    }

    @Test
    void aWorkerWithoutACertificateIsToldAtStart() {
        assertRefused(joined(TLS, stores.trusting("worker")), "do not accept each other");
    }

    @Test
    void aWorkerWhomTheBrokerDoesNotKnowIsToldAtStart() {
        assertRefused(joined(TLS, stores.identity("stranger"), stores.trusting("worker")), "do not accept each other");
    }

    @Test
    void aBrokerWhomTheWorkerDoesNotKnowIsRefused() {
        assertRefused(joined(TLS, stores.identity("worker"), stores.trusting("stranger")), "do not accept each other");
    }

    @Test
    void aWorkerThatDoesNotSpeakTlsIsToldSo() {
        // Nobody answers at all, so this waits for as long as it is told to.
        assertThatThrownBy(
                        () -> new TopicCheck(settings(Map.of()), Duration.ofSeconds(2)).require(Topics.DEFAULT.all()))
                .isInstanceOf(StartException.class)
                .hasMessageContaining(broker.securedBootstrapServers())
                .hasMessageContaining("one that expects TLS or SASL does not answer without security.protocol");
    }

    @Test
    void secretsAreNeverToldNorLogged() {
        Map<String, String> properties = joined(TLS, stores.identity("worker"), stores.trusting("worker"));
        properties.put("ssl.keystore.password", WRONG_PASSWORD);
        IngestSettings settings = settings(properties);
        try (CapturedLog log = new CapturedLog("org.apache.kafka", "io.streamrank")) {
            Throwable failure =
                    catchThrowable(() -> WorkerThread.start(settings, reranker).awaitEnd());

            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            assertThat(trace.toString())
                    .contains("keystore password was incorrect")
                    .doesNotContain(WRONG_PASSWORD)
                    .doesNotContain(KeyStores.PASSWORD);
            assertThat(log.text())
                    .contains("ssl.keystore.password")
                    .doesNotContain(WRONG_PASSWORD)
                    .doesNotContain(KeyStores.PASSWORD);
            assertThat(settings.toString()).contains("ssl.keystore.password").doesNotContain(WRONG_PASSWORD);
        }
    }

    private void assertRefused(Map<String, String> properties, String message) {
        assertThatThrownBy(
                        () -> WorkerThread.start(settings(properties), reranker).awaitEnd())
                .isInstanceOf(StartException.class)
                .hasMessageContaining(broker.securedBootstrapServers())
                .hasMessageContaining(message);
    }

    private static IngestSettings settings(Map<String, String> properties) {
        return with(TestingEvents.settings(Limits.DEFAULT), properties);
    }

    private static IngestSettings overTls(TestingTopics topics, Map<String, String> properties) {
        return with(
                topics.settings("worker-0", IngestSettings.GroupProtocol.CLASSIC, Limits.DEFAULT, Map.of()),
                properties);
    }

    private static IngestSettings with(IngestSettings settings, Map<String, String> properties) {
        return new IngestSettings(
                broker.securedBootstrapServers(),
                settings.groupId(),
                settings.instanceId(),
                settings.groupProtocol(),
                settings.guarantee(),
                settings.topics(),
                settings.limits(),
                false,
                1,
                properties);
    }

    @SafeVarargs
    private static Map<String, String> joined(Map<String, String>... parts) {
        Map<String, String> all = new HashMap<>();
        for (Map<String, String> part : parts) {
            all.putAll(part);
        }
        return all;
    }
}
