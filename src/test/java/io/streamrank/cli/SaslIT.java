package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.RejectedException;
import io.streamrank.contract.WindowSize;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.StartException;
import io.streamrank.testing.CapturedLog;
import io.streamrank.testing.CommittedWindows;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.KeyStores;
import io.streamrank.testing.TestingReranker;
import io.streamrank.throughput.ThroughputService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.security.plain.PlainLoginModule;
import org.apache.kafka.common.security.scram.ScramLoginModule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A broker that asks for a name and a password, over TLS: settings alone let the worker and every command in. */
@Timeout(480)
class SaslIT {
    private static final String USER = "worker";
    private static final String PASSWORD = "sesame-2-open";
    private static final String WRONG_PASSWORD = "never-to-be-seen-in-a-log";

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static EmbeddedBroker broker;
    private static Path folder;
    private static KeyStores stores;

    /** How the password is shown. */
    enum Mechanism {
        PLAIN("PLAIN", PlainLoginModule.class),
        SCRAM("SCRAM-SHA-256", ScramLoginModule.class);

        private final String word;
        private final Class<?> login;

        Mechanism(String word, Class<?> login) {
            this.word = word;
            this.login = login;
        }

        String entry(String password) {
            return login.getName() + " required username=\"" + USER + "\" password=\"" + password + "\";";
        }
    }

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        folder = directory;
        stores = new KeyStores(directory).withKey("broker").withTrust("worker", "broker");
        BrokerSettings settings = BrokerSettings.in(directory.resolve("broker"))
                .withOverride("sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-256")
                .withOverride(
                        "listener.name.secured.plain.sasl.jaas.config",
                        PlainLoginModule.class.getName() + " required user_" + USER + "=\"" + PASSWORD + "\";")
                .withOverride(
                        "listener.name.secured.scram-sha-256.sasl.jaas.config",
                        ScramLoginModule.class.getName() + " required;");
        for (var property : stores.identity("broker").entrySet()) {
            settings = settings.withOverride(property.getKey(), property.getValue());
        }
        broker = EmbeddedBroker.start(settings);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            ScramCredentialInfo scram = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096);
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(USER, scram, PASSWORD)))
                    .all()
                    .get();
        }
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @ParameterizedTest
    @EnumSource
    void workerAndCommandsAreLetInBySettingsAlone(Mechanism mechanism, @TempDir Path directory) throws Exception {
        StreamrankConfig config = config(mechanism, mechanism.entry(PASSWORD));
        Path lists = Files.writeString(directory.resolve("lists.jsonl"), """
                {"requestId": "r", "query": "q", "candidates": [{"id": "a", "text": "a 1"}, {"id": "b", "text": "b 2"}]}
                {"query": "q", "model": "nobody", "candidates": [{"id": "c", "text": "c 3"}]}
                """);
        try (CapturedLog log = new CapturedLog("org.apache.kafka", "io.streamrank")) {
            CommandAnswer sent =
                    CommandAnswer.to(new SendCommand(config), "--jsonl", lists.toString(), "--create-topics");
            assertThat(sent.out()).contains("Sent 2 candidate lists");

            WorkerAssembly assembly = new WorkerAssembly(config);
            IngestSettings settings = assembly.ingestSettings(
                    config.kafka().bootstrapServers(),
                    "worker",
                    true,
                    config.kafka().properties());
            try (DemoWorker worker =
                    DemoWorker.start(assembly, settings, new Models(List.of(new TestingReranker("test"))))) {
                Eventually.await("both are answered", () -> {
                    worker.throwFailure();
                    return worker.tally().pairs() == 2 && worker.tally().deadLetters() == 1;
                });
            }

            assertThat(CommandAnswer.to(new TailCommand(config), "--from-beginning", "--max", "1", "--format", "jsonl")
                            .out())
                    .contains("\"requestId\":\"r\"");
            assertThat(CommandAnswer.to(
                                    new TailCommand(config),
                                    "--batches",
                                    "--from-beginning",
                                    "--idle",
                                    "5s",
                                    "--max",
                                    "2")
                            .out())
                    .contains("pairs/s", "test", "worker");
            assertThat(CommandAnswer.to(new DlqListCommand(config)).out()).contains("unknown_model", "nobody");

            ThroughputAssembly throughput = new ThroughputAssembly(config);
            throughput.requireTopics(settings);
            try (ThroughputService adding = ThroughputService.start(throughput.settings(
                    config.kafka().bootstrapServers(), "adder", config.kafka().properties()))) {
                Eventually.await(
                        "what was ranked is added up",
                        PATIENCE,
                        () -> adding.health().isLive() && addedUp(mechanism) == 2);
            }
            assertThat(log.text()).contains("sasl.jaas.config").doesNotContain(PASSWORD, KeyStores.PASSWORD);
        }
    }

    /** Pairs in the throughput topic, read by the listener that asks nobody. */
    private static long addedUp(Mechanism mechanism) throws RejectedException {
        return CommittedWindows.read(broker.bootstrapServers(), mechanism + ".throughput")
                .pairs(WindowSize.HOUR, true);
    }

    @ParameterizedTest
    @EnumSource
    void aWrongPasswordIsToldAtStartWithTheSettingToLookAt(Mechanism mechanism) {
        StreamrankConfig config = config(mechanism, mechanism.entry(WRONG_PASSWORD));
        try (CapturedLog log = new CapturedLog("org.apache.kafka", "io.streamrank")) {
            CommandAnswer tail = CommandAnswer.to(new TailCommand(config), "--max", "1");

            assertThat(tail.exitCode()).isEqualTo(ExitCode.KAFKA);
            assertThat(tail.err())
                    .contains(broker.securedBootstrapServers(), "do not accept each other")
                    .contains("streamrank.kafka.properties.\"sasl.jaas.config\"");
            assertThatThrownBy(() -> startWorker(config))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("streamrank.kafka.properties.\"sasl.jaas.config\"");
            assertThat(tail.out() + tail.err() + log.text()).doesNotContain(WRONG_PASSWORD);
        }
    }

    /** Kafka's own message quotes what it stumbles over, which here is a piece of the password. */
    @Test
    void anEntryThatKafkaCannotReadIsToldWithoutQuotingIt() {
        String unquoted =
                ScramLoginModule.class.getName() + " required username=worker password=open " + PASSWORD + ";";
        try (CapturedLog log = new CapturedLog("org.apache.kafka", "io.streamrank")) {
            CommandAnswer tail = CommandAnswer.to(new TailCommand(config(Mechanism.SCRAM, unquoted)), "--max", "1");

            assertThat(tail.exitCode()).isEqualTo(ExitCode.KAFKA);
            assertThat(tail.err()).contains("streamrank.kafka.properties.\"sasl.jaas.config\" is no entry");
            assertThat(tail.out() + tail.err() + log.text()).doesNotContain(PASSWORD);
        }
    }

    private static void startWorker(StreamrankConfig config) throws InterruptedException {
        WorkerAssembly assembly = new WorkerAssembly(config);
        IngestSettings settings = assembly.ingestSettings(
                config.kafka().bootstrapServers(),
                "worker",
                false,
                config.kafka().properties());
        assembly.worker(settings, new Models(List.of(new TestingReranker("test"))), report -> {})
                .run();
    }

    private static StreamrankConfig config(Mechanism mechanism, String entry) {
        Map<String, String> settings = new HashMap<>();
        settings.put("streamrank.kafka.bootstrap-servers", broker.securedBootstrapServers());
        settings.put("streamrank.kafka.properties.\"security.protocol\"", "SASL_SSL");
        settings.put("streamrank.kafka.properties.\"sasl.mechanism\"", mechanism.word);
        settings.put("streamrank.kafka.properties.\"sasl.jaas.config\"", entry);
        stores.trusting("worker")
                .forEach((name, value) -> settings.put("streamrank.kafka.properties.\"" + name + "\"", value));
        settings.put("streamrank.topics.candidates", mechanism + ".candidates");
        settings.put("streamrank.topics.ranked", mechanism + ".ranked");
        settings.put("streamrank.topics.batches", mechanism + ".batches");
        settings.put("streamrank.topics.dead-letters", mechanism + ".dlq");
        settings.put("streamrank.topics.throughput", mechanism + ".throughput");
        settings.put(
                "streamrank.throughput.state-dir", folder.resolve("throughput").toString());
        settings.put("streamrank.kafka.group-id", mechanism.name());
        return StreamrankConfigTest.config(settings);
    }
}
