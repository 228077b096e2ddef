package io.streamrank.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.cli.ContainerSettings;
import io.streamrank.cli.StreamrankConfig;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import kafka.server.KafkaConfig;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

/** The compose file is one, and its settings, ports and files are those that there are. */
class ComposeFileTest {
    private static final Path FILE = Path.of("docker/compose.yaml");
    private static final Path SCHEMA = Path.of("src/test/resources/compose/compose-spec.json");

    private final JsonNode compose = Yaml.read(FILE);

    ComposeFileTest() throws IOException {}

    @Test
    void keepsTheSpecification() throws IOException {
        Validator validator = Validator.create(
                JsonSchema.of(schema()),
                new JsonSchemaOptions()
                        .setDraft(Draft.DRAFT201909)
                        .setBaseUri("app://compose")
                        .setOutputFormat(OutputFormat.Basic));

        assertThat(validator.validate(new JsonObject(compose.toString())).getErrors())
                .isNullOrEmpty();
        JsonObject broken = new JsonObject(compose.toString());
        broken.getJsonObject("services").getJsonObject("worker-1").put("comand", "work");
        assertThat(validator.validate(broken).getValid()).isFalse();
    }

    @Test
    void startsInOrderOfHealth() {
        assertThat(names(compose.get("services")))
                .containsExactlyInAnyOrder(
                        "kafka-1", "kafka-2", "kafka-3", "registry", "worker-1", "worker-2", "prometheus", "grafana");
        assertThat(names(compose.get("services"))).allSatisfy(name -> {
            JsonNode service = compose.get("services").get(name);
            service.path("depends_on").properties().forEach(needed -> {
                assertThat(needed.getValue().get("condition").asText()).isEqualTo("service_healthy");
                assertThat(compose.at("/services/" + needed.getKey()).has("healthcheck")
                                || needed.getKey().startsWith("worker"))
                        .as("%s waits for %s to be well, which has to say so", name, needed.getKey())
                        .isTrue();
            });
        });
    }

    @Test
    void takesPinnedImagesAlone() throws IOException {
        List<String> known = Files.readAllLines(Path.of("docker/images"));
        assertThat(compose.get("services")).allSatisfy(service -> {
            String image = service.get("image").asText();
            if (!image.equals("${STREAMRANK_IMAGE:-streamrank:cpu}")) {
                assertThat(image).matches("\\$\\{[A-Z]+_IMAGE:\\?.+}");
                String name = image.substring(2, image.indexOf(':'));
                assertThat(known).anyMatch(line -> line.startsWith(name + "="));
            }
        });
    }

    @Test
    void workersSettingsAreSettings() {
        assertThat(workers()).hasSize(2).allSatisfy(worker -> {
            Map<String, String> environment = environment(worker);
            assertThat(ContainerSettings.unknown(environment)).isEmpty();
            StreamrankConfig config = ContainerSettings.read(environment);
            assertThat(config.kafka().instanceId()).isPresent();
            assertThat(worker.get("ports").get(0).asText())
                    .endsWith(":" + config.http().port());
            assertThat(Duration.parse(
                            "PT" + worker.get("stop_grace_period").asText().toUpperCase(Locale.ROOT)))
                    .isGreaterThan(config.limits().drainTimeout().plusSeconds(25));
            assertThat(worker.get("read_only").asBoolean()).isTrue();
            assertThat(config.registry().url().orElseThrow())
                    .isNotEmpty()
                    .allSatisfy(
                            url -> assertThat(names(worker.get("depends_on"))).contains(url.getHost()));
            assertThat(config.registry().cacheDir().orElseThrow()).startsWithRaw(Path.of("/var/lib/streamrank"));
        });
        assertThat(workers().map(worker -> environment(worker).get("STREAMRANK_KAFKA_INSTANCE_ID")))
                .doesNotHaveDuplicates();
    }

    @Test
    void brokersSettingsAreKafkas() {
        Set<String> names =
                CollectionConverters.asJava(KafkaConfig.configNames().toSet());
        assertThat(brokers()).hasSize(3).allSatisfy(broker -> {
            Map<String, String> environment = environment(broker);
            assertThat(environment.keySet())
                    .filteredOn(name -> !name.equals("CLUSTER_ID"))
                    .allSatisfy(name -> assertThat(names)
                            .contains(name.substring("KAFKA_".length())
                                    .toLowerCase(Locale.ROOT)
                                    .replace('_', '.')));
            assertThat(environment)
                    .containsEntry("KAFKA_DEFAULT_REPLICATION_FACTOR", "3")
                    .containsEntry("KAFKA_MIN_INSYNC_REPLICAS", "2")
                    .containsEntry("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "3")
                    .containsEntry("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "2");
        });
        assertThat(brokers().map(broker -> environment(broker).get("KAFKA_NODE_ID")))
                .containsExactlyInAnyOrder("1", "2", "3");
    }

    @Test
    void mountsWhatThereIs() {
        assertThat(compose.get("services").findValues("volumes").stream()
                        .flatMap(volumes -> StreamSupport.stream(volumes.spliterator(), false))
                        .map(volume -> volume.asText().replaceAll(":.*", "")))
                .isNotEmpty()
                .allSatisfy(source -> {
                    if (source.startsWith(".")) {
                        assertThat(Path.of("docker").resolve(source)).exists();
                    } else {
                        assertThat(compose.get("volumes").has(source))
                                .as(source)
                                .isTrue();
                    }
                });
    }

    @Test
    void prometheusReadsEveryWorker() throws IOException {
        JsonNode job = Yaml.read(Path.of("docker/prometheus.yaml")).at("/scrape_configs/0");

        assertThat(job.get("job_name").asText()).contains("streamrank");
        assertThat(job.get("metrics_path").asText()).isEqualTo("/metrics");
        assertThat(job.at("/static_configs/0/targets"))
                .extracting(JsonNode::asText)
                .containsExactly("worker-1:8080", "worker-2:8080");
        assertThat(Yaml.read(Path.of("docker/grafana/datasource.yaml"))
                        .at("/datasources/0/url")
                        .asText())
                .isEqualTo("http://prometheus:9090");
    }

    /**
     * Without its ids, which are of an older draft than it says, and would be taken for places; and its durations are
     * Go's, not ISO's.
     */
    private static JsonObject schema() throws IOException {
        JsonNode schema = new ObjectMapper().readTree(SCHEMA.toFile());
        schema.findParents("id").stream()
                .filter(parent -> parent.get("id").isTextual())
                .forEach(parent -> ((ObjectNode) parent).remove("id"));
        schema.findParents("format").stream()
                .filter(parent -> parent.get("format").asText().equals("duration"))
                .forEach(parent -> ((ObjectNode) parent).remove("format"));
        return new JsonObject(schema.toString());
    }

    private Stream<JsonNode> workers() {
        return services("worker-");
    }

    private Stream<JsonNode> brokers() {
        return services("kafka-");
    }

    private Stream<JsonNode> services(String prefix) {
        return names(compose.get("services")).stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> compose.get("services").get(name));
    }

    private static Map<String, String> environment(JsonNode service) {
        Map<String, String> environment = new HashMap<>();
        service.get("environment")
                .properties()
                .forEach(entry ->
                        environment.put(entry.getKey(), entry.getValue().asText()));
        return environment;
    }

    private static List<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).toList();
    }
}
