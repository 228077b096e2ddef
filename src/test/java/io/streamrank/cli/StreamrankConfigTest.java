package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.streamrank.cli.WorkerAssembly.ModelChoice;
import io.streamrank.http.AccessSettings;
import io.streamrank.http.HttpSettings;
import io.streamrank.ingest.DeviceLimits;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.Topics;
import io.streamrank.model.ModelSettings;
import io.streamrank.throughput.Prices;
import io.streamrank.throughput.ThroughputSettings;
import io.streamrank.throughput.ThroughputSettings.HostAndPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamrankConfigTest {
    @Test
    void defaultsAreTheDocumentedOnes() {
        StreamrankConfig config = config(Map.of());

        assertThat(config.home()).isEqualTo(Path.of("."));
        assertThat(config.models()).isEmpty();
        assertThat(config.kafka().bootstrapServers()).isEqualTo("127.0.0.1:9092");
        assertThat(config.kafka().groupId()).isEqualTo("streamrank");
        assertThat(config.kafka().instanceId()).isEmpty();
        assertThat(config.kafka().groupProtocol()).isEqualTo(GroupProtocol.CLASSIC);
        assertThat(config.kafka().delivery()).isEqualTo(Guarantee.EXACTLY_ONCE);
        assertThat(config.kafka().createTopics()).isFalse();
        assertThat(config.kafka().partitions()).isEqualTo(3);
        assertThat(config.kafka().properties()).isEmpty();
        assertThat(config.model().path()).isEmpty();
        assertThat(config.model().device()).isEqualTo("auto");
        assertThat(config.model().dtype()).isEqualTo("auto");
        assertThat(config.batch().maxTokens()).isZero();
        assertThat(config.batch().maxPairs()).isEqualTo(4_096);
        assertThat(config.batch().passesInFlight()).isZero();
    }

    @Test
    void defaultLimitsAreThoseOfTheIngestRoom() {
        IngestSettings settings =
                new WorkerAssembly(config(Map.of())).ingestSettings("127.0.0.1:1", "w", false, Map.of());

        assertThat(settings.limits()).isEqualTo(Limits.DEFAULT);
        assertThat(settings.topics())
                .isEqualTo(new Topics("rerank.candidates", "rerank.ranked", "rerank.batches", "rerank.candidates.dlq"));
    }

    @Test
    void everySettingReachesWhatAddsUpThroughput() {
        ThroughputSettings settings = new ThroughputAssembly(config(Map.ofEntries(
                        Map.entry("streamrank.topics.batches", "b"),
                        Map.entry("streamrank.topics.throughput", "t"),
                        Map.entry("streamrank.throughput.application-id", "app"),
                        Map.entry("streamrank.throughput.grace", "3m"),
                        Map.entry("streamrank.throughput.windows-kept", "7"),
                        Map.entry("streamrank.throughput.commit-interval", "2s"),
                        Map.entry("streamrank.throughput.standby-replicas", "2"),
                        Map.entry("streamrank.throughput.state-dir", "/state"),
                        Map.entry("streamrank.throughput.application-server", "[::1]:8080"),
                        Map.entry("streamrank.throughput.close-timeout", "4s"),
                        Map.entry("streamrank.throughput.price-per-hour.gpu", "2.5"))))
                .settings("kafka:1", "host-0", Map.of("security.protocol", "SSL"));

        assertThat(settings)
                .isEqualTo(new ThroughputSettings(
                        "kafka:1",
                        "app",
                        "b",
                        "t",
                        Path.of("/state/host-0"),
                        Optional.of(new HostAndPort("[::1]", 8080)),
                        Duration.ofMinutes(3),
                        7,
                        Duration.ofSeconds(2),
                        2,
                        Duration.ofSeconds(4),
                        new Prices(Map.of("gpu", 2.5)),
                        Map.of("security.protocol", "SSL")));
    }

    @Test
    void throughputIsNamedAfterTheWorkersGroup() {
        ThroughputSettings settings = new ThroughputAssembly(config(Map.of("streamrank.kafka.group-id", "g")))
                .settings("kafka:1", "host-0", Map.of());

        assertThat(settings.applicationId()).isEqualTo("g-throughput");
        assertThat(settings.statisticsTopic()).isEqualTo("rerank.batches");
        assertThat(settings.throughputTopic()).isEqualTo("rerank.throughput");
        assertThat(settings.prices()).isEqualTo(Prices.NONE);
        assertThat(config(Map.of()).throughput().enabled()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "grace=-1s",
                "windows-kept=0",
                "commit-interval=0s",
                "standby-replicas=-1",
                "application-server=here",
                "application-server=here:0",
                "price-per-hour.gpu=-1",
                "price-per-hour.gpu=NaN"
            })
    void refusesThroughputSettingsOutOfRange(String setting) {
        String[] parts = setting.split("=", 2);
        ThroughputAssembly assembly =
                new ThroughputAssembly(config(Map.of("streamrank.throughput." + parts[0], parts[1])));

        assertThatThrownBy(() -> assembly.settings("kafka:1", "host-0", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("streamrank.throughput: ");
    }

    @Test
    void refusesKafkaPropertiesThatThroughputRestsOn() {
        ThroughputAssembly assembly = new ThroughputAssembly(config(Map.of()));

        assertThatThrownBy(
                        () -> assembly.settings("kafka:1", "host-0", Map.of("processing.guarantee", "at_least_once")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[processing.guarantee]");
        assertThat(assembly.settings("kafka:1", "host-0", Map.of("ssl.key.password", "secret"))
                        .toString())
                .contains("ssl.key.password")
                .doesNotContain("secret");
    }

    @Test
    void everySettingReachesTheServer() {
        HttpSettings settings = new HttpAssembly(config(Map.ofEntries(
                        Map.entry("streamrank.http.host", "0.0.0.0"),
                        Map.entry("streamrank.http.port", "81"),
                        Map.entry("streamrank.http.token", "first-token-0123456, second-token-012345"),
                        Map.entry("streamrank.http.peer-token", "third-token-0123456"),
                        Map.entry("streamrank.http.oidc.issuer", "https://issuer.example/realm"),
                        Map.entry("streamrank.http.oidc.audience", "streamrank"),
                        Map.entry("streamrank.http.texts", "true"),
                        Map.entry("streamrank.http.max-requests", "7"),
                        Map.entry("streamrank.http.max-body-bytes", "8"),
                        Map.entry("streamrank.http.request-timeout", "9s"),
                        Map.entry("streamrank.http.rerank-timeout", "10s"),
                        Map.entry("streamrank.http.peer-timeout", "11s"))))
                .settings();

        assertThat(settings)
                .isEqualTo(new HttpSettings(
                        "0.0.0.0",
                        81,
                        new AccessSettings(
                                List.of("first-token-0123456", "second-token-012345"),
                                Optional.of(new AccessSettings.Issuer("https://issuer.example/realm", "streamrank")),
                                Optional.of("third-token-0123456")),
                        true,
                        7,
                        8,
                        Duration.ofSeconds(9),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(11)));
        assertThat(settings.toString()).doesNotContain("token-0");
    }

    @Test
    void theApiIsThisMachinesAloneUnlessSet() {
        HttpSettings settings = new HttpAssembly(config(Map.of())).settings();

        assertThat(settings.host()).isEqualTo("127.0.0.1");
        assertThat(settings.access()).isEqualTo(AccessSettings.LOCAL);
        assertThat(settings.texts()).isFalse();
    }

    @Test
    void saysWhatIsWrongWithAccess() {
        assertThatThrownBy(() -> new HttpAssembly(config(Map.of("streamrank.http.token", "hunter2"))).settings())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("streamrank.http: token 1 must have at least 16 characters")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() ->
                        new HttpAssembly(config(Map.of("streamrank.http.oidc.issuer", "https://i.example"))).settings())
                .hasMessageContaining("streamrank.http: oidc.issuer and oidc.audience belong together");
    }

    @Test
    void everySettingReachesTheWorker() {
        IngestSettings settings = new WorkerAssembly(config(Map.ofEntries(
                        Map.entry("streamrank.kafka.group-id", "g"),
                        Map.entry("streamrank.kafka.group-protocol", "consumer"),
                        Map.entry("streamrank.kafka.delivery", "at-least-once"),
                        Map.entry("streamrank.kafka.partitions", "7"),
                        Map.entry("streamrank.topics.candidates", "in"),
                        Map.entry("streamrank.topics.ranked", "out"),
                        Map.entry("streamrank.topics.batches", "stats"),
                        Map.entry("streamrank.topics.dead-letters", "dlq"),
                        Map.entry("streamrank.limits.max-event-bytes", "1"),
                        Map.entry("streamrank.limits.max-candidates", "2"),
                        Map.entry("streamrank.limits.max-result-bytes", "3"),
                        Map.entry("streamrank.limits.oversize-results", "compress"),
                        Map.entry("streamrank.limits.max-in-flight-bytes", "4"),
                        Map.entry("streamrank.limits.max-batch-requests", "5"),
                        Map.entry("streamrank.limits.linger", "6ms"),
                        Map.entry("streamrank.limits.transaction-target", "PT7S"),
                        Map.entry("streamrank.limits.transaction-timeout", "8s"),
                        Map.entry("streamrank.limits.publish-timeout", "9m"),
                        Map.entry("streamrank.limits.drain-timeout", "10"),
                        Map.entry("streamrank.limits.join-timeout", "11s"),
                        Map.entry("streamrank.limits.max-age", "12h"),
                        Map.entry("streamrank.limits.max-unscorable", "12"),
                        Map.entry("streamrank.limits.device-retry-timeout", "13s"),
                        Map.entry("streamrank.limits.device-timeout", "14s"),
                        Map.entry("streamrank.http.max-rerank-requests", "15"))))
                .ingestSettings("127.0.0.1:1", "w", true, Map.of("security.protocol", "SSL"));

        assertThat(settings)
                .isEqualTo(new IngestSettings(
                        "127.0.0.1:1",
                        "g",
                        "w",
                        GroupProtocol.CONSUMER,
                        Guarantee.AT_LEAST_ONCE,
                        new Topics("in", "out", "stats", "dlq"),
                        new Limits(
                                1,
                                2,
                                3,
                                Limits.OversizeResults.COMPRESS,
                                4,
                                5,
                                15,
                                Duration.ofMillis(6),
                                Duration.ofSeconds(7),
                                Duration.ofSeconds(8),
                                Duration.ofMinutes(9),
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(11),
                                Duration.ofHours(12),
                                new DeviceLimits(12, Duration.ofSeconds(13), Duration.ofSeconds(14))),
                        true,
                        7,
                        Map.of("security.protocol", "SSL")));
    }

    @Test
    void theDefaultModelComesFirst() {
        StreamrankConfig config = config(Map.of(
                "streamrank.model.path", "models/base",
                "streamrank.models.small", "models/minilm"));

        assertThat(new WorkerAssembly(config).configuredModels())
                .containsExactly(
                        new ModelChoice("base", Path.of("models/base")),
                        new ModelChoice("small", Path.of("models/minilm")));
    }

    @Test
    void furtherModelsMayHaveSettingsOfTheirOwn() {
        StreamrankConfig config = config(Map.of(
                "streamrank.model.path", "models/base",
                "streamrank.model.dtype", "float32",
                "streamrank.model.threads", "3",
                "streamrank.models.\"v1.5\".path", "models/large",
                "streamrank.models.\"v1.5\".device", "gpu:1",
                "streamrank.models.\"v1.5\".max-length", "256",
                "streamrank.models.small", "models/minilm",
                "streamrank.models.small.dtype", "bfloat16"));

        assertThat(new WorkerAssembly(config).configuredModels())
                .containsExactlyInAnyOrder(
                        new ModelChoice("base", Path.of("models/base")),
                        new ModelChoice("v1.5", Path.of("models/large")),
                        new ModelChoice("small", Path.of("models/minilm")));
        ModelLoader loader = new ModelLoader(config);
        ModelSettings byDefault = loader.settings("base");
        assertThat(byDefault)
                .isEqualTo(ModelSettings.defaults().withDtype("float32").withThreads(3));
        assertThat(loader.settings("v1.5"))
                .isEqualTo(byDefault.withDevice("gpu:1").withMaxLength(256));
        assertThat(loader.settings("small")).isEqualTo(byDefault.withDtype("bfloat16"));
    }

    @Test
    void namesAFurtherModelWithoutFolder() {
        WorkerAssembly assembly = new WorkerAssembly(config(Map.of("streamrank.models.small.dtype", "bfloat16")));

        assertThatThrownBy(assembly::configuredModels)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("streamrank.models.small.path is missing");
    }

    @Test
    void takesClientPropertiesWithDotsInTheirNames() {
        StreamrankConfig config = config(Map.of("streamrank.kafka.properties.\"security.protocol\"", "SSL"));

        assertThat(config.kafka().properties()).containsExactly(Map.entry("security.protocol", "SSL"));
    }

    @Test
    void refusesAPropertyThatDoesNotExist() {
        assertThatThrownBy(() -> config(Map.of("streamrank.kafka.grup-id", "g")))
                .isInstanceOf(ConfigValidationException.class)
                .hasMessageContaining("streamrank.kafka.grup-id");
    }

    @Test
    void readsModelsWithAndWithoutAnId() {
        assertThat(ModelChoice.parse("models/minilm/")).isEqualTo(new ModelChoice("minilm", Path.of("models/minilm")));
        assertThat(ModelChoice.parse("fast=models/minilm"))
                .isEqualTo(new ModelChoice("fast", Path.of("models/minilm")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "=models/minilm", "fast=", "="})
    void refusesAModelWithoutFolderOrWithAnEmptyId(String text) {
        assertThatThrownBy(() -> ModelChoice.parse(text)).hasMessageContaining("expected FOLDER or ID=FOLDER");
    }

    @Test
    void refusesTwoModelsOfOneNameBeforeLoadingEither() {
        WorkerAssembly assembly = new WorkerAssembly(config(Map.of()));
        ModelChoice missing = ModelChoice.parse("m=no/such/folder");

        assertThatThrownBy(() -> assembly.load(List.of(missing, missing)))
                .hasMessageStartingWith("two models are called m");
    }

    @Test
    void namesTheGroupOfALimitOutOfRange() {
        WorkerAssembly assembly = new WorkerAssembly(config(Map.of("streamrank.limits.max-candidates", "0")));

        assertThatThrownBy(() -> assembly.ingestSettings("127.0.0.1:1", "w", false, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("streamrank.limits: maxCandidates must be positive, not 0");
    }

    static StreamrankConfig config(Map<String, String> properties) {
        return new SmallRyeConfigBuilder()
                .withMapping(StreamrankConfig.class)
                // As Quarkus does.
                .withConverter(Duration.class, 200, new DurationConverter())
                .withSources(new PropertiesConfigSource(properties, "test", 100))
                .build()
                .getConfigMapping(StreamrankConfig.class);
    }
}
