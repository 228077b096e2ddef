package io.streamrank.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.cli.ContainerSettings;
import io.streamrank.cli.StreamrankConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests keep the schemas of their kinds, and ask of a worker what it has: settings, paths, ports, topics. */
class ManifestsTest {
    private static final Pattern VARIABLE = Pattern.compile("\\bSTREAMRANK_[A-Z0-9_]+");
    private static final Set<String> KINDS_OF_RIGHTS = Set.of("Role", "ClusterRole", "RoleBinding");
    private static final int BESIDE_THE_DRAIN_SECONDS = 25;

    private final List<JsonNode> files = Kustomize.files();

    ManifestsTest() throws IOException {}

    @Test
    void filesKeepTheirSchemas() {
        assertThat(files).hasSizeGreaterThan(10).allSatisfy(ManifestSchemas::require);
    }

    @ParameterizedTest
    @CsvSource({
        "StatefulSet, /spec",
        "StatefulSet, /spec/template/spec/containers/0/livenessProbe",
        "ServiceMonitor, /spec",
        "KafkaTopic, /spec",
        "KafkaUser, /spec/authorization/acls/0",
        "ScaledObject, /spec"
    })
    void schemasRefuseWhatIsNotInThem(String kind, String place) {
        JsonNode manifest = files.stream()
                .filter(each -> each.get("kind").asText().equals(kind))
                .findFirst()
                .orElseThrow()
                .deepCopy();
        ((ObjectNode) manifest.at(place)).put("initialDelaySecond", 5);

        assertThatThrownBy(() -> ManifestSchemas.require(manifest))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("initialDelaySecond");
    }

    @Test
    void schemasAskForWhatIsRequired() {
        JsonNode nameless = Kustomize.one(files, "StatefulSet", "streamrank").deepCopy();
        ((ObjectNode) nameless.at("/spec/template/spec/containers/0")).remove("name");

        assertThatThrownBy(() -> ManifestSchemas.require(nameless)).hasMessageContaining("field `name` is not found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "gpu", "dev", "secured", "fetched"})
    void overlaysKeepTheirSchemas(String overlay) {
        assertThat(Kustomize.render(overlay)).hasSizeGreaterThan(5).allSatisfy(ManifestSchemas::require);
    }

    @Test
    void everyFileIsTaken() throws IOException {
        Set<Path> taken = new HashSet<>();
        Kustomize.kustomizations().forEach((folder, kustomization) -> {
            taken.add(folder.resolve("kustomization.yaml"));
            Stream.of("resources", "components")
                    .flatMap(list -> elements(kustomization.path(list)))
                    .forEach(path -> assertThat(folder.resolve(path.asText())).exists());
            elements(kustomization.path("resources")).forEach(path -> taken.add(folder.resolve(path.asText())));
            elements(kustomization.path("patches"))
                    .filter(patch -> patch.has("path"))
                    .forEach(patch -> taken.add(folder.resolve(patch.get("path").asText())));
        });
        try (Stream<Path> all = Files.walk(Kustomize.FOLDER)) {
            assertThat(all.filter(path -> path.toString().endsWith(".yaml"))).allMatch(taken::contains);
        }
    }

    /** In files too, so that it is known where no overlay can be rendered. */
    @Test
    void everyVariableIsASetting() throws IOException {
        Map<String, String> names = new TreeMap<>();
        try (Stream<Path> all = Files.walk(Kustomize.FOLDER)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                VARIABLE.matcher(Files.readString(file)).results().forEach(name -> names.put(name.group(), ""));
            }
        }
        assertThat(names).hasSizeGreaterThan(8);
        assertThat(ContainerSettings.unknown(names)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "gpu", "dev", "secured", "fetched"})
    void workersStartWithTheirSettings(String overlay) {
        JsonNode pod = pod(overlay);
        StreamrankConfig config = ContainerSettings.read(environment(overlay));

        assertThat(config.http().host()).as("where the kubelet can ask").isEqualTo("0.0.0.0");
        assertThat(pod.at("/containers/0/ports/0/containerPort").asInt())
                .isEqualTo(config.http().port());
        assertThat(pod.get("terminationGracePeriodSeconds").asLong())
                .isGreaterThan(config.limits().drainTimeout().toSeconds() + BESIDE_THE_DRAIN_SECONDS);
        assertThat(config.kafka().instanceId().orElseThrow()).contains("$(POD_NAME)");
        assertThat(config.model().device()).isEqualTo(Set.of("gpu", "secured").contains(overlay) ? "gpu" : "cpu");
        int port = Integer.parseInt(config.kafka().bootstrapServers().replaceAll(".*:", ""));
        JsonNode allowed = Kustomize.one(Kustomize.render(overlay), "NetworkPolicy", "streamrank")
                .at("/spec/egress/1/ports/0");
        assertThat(port)
                .isBetween(allowed.get("port").asInt(), allowed.get("endPort").asInt());
    }

    @Test
    void securedWorkersReachKafkaByTheirUser() {
        assertThat(ContainerSettings.read(environment("secured")).kafka().properties())
                .containsEntry("security.protocol", "SASL_SSL")
                .containsEntry("sasl.mechanism", "SCRAM-SHA-512")
                .containsEntry("ssl.truststore.location", "/etc/streamrank/ca/ca.p12")
                .containsKeys("sasl.jaas.config", "ssl.truststore.password", "ssl.truststore.type");
        assertThat(Kustomize.render("secured").stream()
                        .filter(manifest -> manifest.get("kind").asText().equals("Secret")))
                .singleElement()
                .satisfies(secret -> assertThat(secret.get("data").properties())
                        .extracting(Map.Entry::getKey)
                        .containsExactly("username"));
    }

    @Test
    void gpusAreAskedForWhereTheyAreNeeded() {
        assertThat(pod("gpu")
                        .at("/containers/0/resources/limits")
                        .path("nvidia.com/gpu")
                        .asText())
                .isEqualTo("1");
        assertThat(pod("gpu").path("nodeSelector").has("nvidia.com/gpu.present"))
                .isTrue();
        assertThat(pod("cpu").toString()).doesNotContain("nvidia");
        assertThat(pod("gpu").at("/containers/0/image").asText()).isEqualTo("streamrank:gpu");
        assertThat(pod("cpu").at("/containers/0/image").asText()).isEqualTo("streamrank:cpu");
    }

    /** What the Pod Security Standards call restricted, and a root file system that nobody writes to. */
    @Test
    void podsMayNothing() {
        JsonNode pod = Kustomize.one(files, "StatefulSet", "streamrank").at("/spec/template/spec");
        requireRestricted(pod);
        requireRestricted(Kustomize.one(files, "Job", "streamrank-model-fetch").at("/spec/template/spec"));
        Set<String> writable = elements(pod.at("/containers/0/volumeMounts"))
                .filter(mount -> !mount.path("readOnly").asBoolean())
                .map(mount -> mount.get("mountPath").asText())
                .collect(Collectors.toSet());
        assertThat(writable).as("the image's volumes").containsExactlyInAnyOrder("/tmp", "/var/lib/streamrank");
        assertThat(Kustomize.one(files, "ServiceAccount", "streamrank")
                        .get("automountServiceAccountToken")
                        .asBoolean(true))
                .isFalse();
        assertThat(files)
                .noneMatch(manifest ->
                        KINDS_OF_RIGHTS.contains(manifest.get("kind").asText()));
    }

    @Test
    void modelsAreFetchedToWhereWorkersReadThem() {
        JsonNode pod = pod("fetched");
        JsonNode fetch = pod.at("/initContainers/0");
        JsonNode worker = pod.at("/containers/0");

        requireRestricted(pod);
        assertThat(fetch.get("image").asText())
                .isEqualTo(worker.get("image").asText())
                .isEqualTo("streamrank:cpu");
        assertThat(fetch.get("args"))
                .extracting(JsonNode::asText)
                .containsExactly(
                        "models",
                        "fetch",
                        "$(MODEL_LOCATION)",
                        "--to",
                        "$(STREAMRANK_MODEL_PATH)",
                        "--revision",
                        "$(MODEL_REVISION)");
        assertThat(fetch.at("/envFrom/0/configMapRef/name").asText())
                .isEqualTo(worker.at("/envFrom/0/configMapRef/name").asText());
        JsonNode model = Kustomize.one(
                Kustomize.render("fetched"),
                "ConfigMap",
                fetch.at("/envFrom/1/configMapRef/name").asText());
        assertThat(model.get("data").has("MODEL_LOCATION")).isTrue();
        assertThat(model.at("/data/MODEL_REVISION").asText()).matches("[0-9a-f]{12,64}");
        assertThat(mount(fetch, "models").path("readOnly").asBoolean()).isFalse();
        assertThat(mount(worker, "models").path("readOnly").asBoolean()).isTrue();
        assertThat(volume(pod, "models").at("/persistentVolumeClaim/readOnly").asBoolean(true))
                .isFalse();
        assertThat(environment("fetched").get("STREAMRANK_MODEL_PATH"))
                .as("inside of the volume")
                .startsWith(mount(fetch, "models").get("mountPath").asText() + "/");
        assertThat(egress("fetched")).contains(443);
    }

    /** By a job of the same shape, whose policy lets it out alike. */
    @Test
    void nextModelsAreFetchedToTheSameVolume() {
        List<JsonNode> rendered = Kustomize.render("../jobs/model-fetch");
        assertThat(rendered).allSatisfy(ManifestSchemas::require);
        JsonNode job = Kustomize.one(rendered, "Job", "streamrank-model-fetch");
        JsonNode container = job.at("/spec/template/spec/containers/0");
        JsonNode model = Kustomize.one(
                rendered,
                "ConfigMap",
                container.at("/envFrom/0/configMapRef/name").asText());

        String claim = "/persistentVolumeClaim/claimName";
        JsonNode workers = Kustomize.one(files, "StatefulSet", "streamrank").at("/spec/template/spec");
        assertThat(volume(job.at("/spec/template/spec"), "models").at(claim).asText())
                .isEqualTo(volume(workers, "models").at(claim).asText());
        assertThat(model.at("/data/MODEL_FOLDER").asText())
                .startsWith(mount(container, "models").get("mountPath").asText() + "/");
        assertThat(job.at("/spec/template/metadata/labels")
                        .path("app.kubernetes.io/name")
                        .asText())
                .as("whom the policy is for")
                .isEqualTo(Kustomize.one(rendered, "NetworkPolicy", "streamrank-model-fetch")
                        .at("/spec/podSelector/matchLabels")
                        .path("app.kubernetes.io/name")
                        .asText());
    }

    @Test
    void rolloutsReachRunningWorkers() {
        JsonNode pod = pod("fetched");
        JsonNode mount = mount(pod.at("/containers/0"), "rollout");
        String map = volume(pod, "rollout").at("/configMap/name").asText();
        StreamrankConfig config = ContainerSettings.read(environment("fetched"));

        assertThat(map).as("of the same name whatever it says").isEqualTo("streamrank-rollout");
        assertThat(mount.has("subPath")).as("which is never updated").isFalse();
        assertThat(config.rollout().file())
                .contains(Path.of(mount.get("mountPath").asText(), "rollout.properties"));
        assertThat(Kustomize.one(Kustomize.render("fetched"), "ConfigMap", map)
                        .get("data")
                        .has("rollout.properties"))
                .isTrue();
    }

    @Test
    void registriesAreReached() {
        StreamrankConfig.Registry registry =
                ContainerSettings.read(environment("fetched")).registry();

        assertThat(registry.url().orElseThrow())
                .isNotEmpty()
                .allSatisfy(url -> assertThat(egress("fetched")).contains(url.getPort()));
        assertThat(registry.cacheDir().orElseThrow()).startsWithRaw(Path.of("/var/lib/streamrank"));
    }

    @Test
    void scalesWithinThePartitions() {
        StreamrankConfig config = ContainerSettings.read(Map.of());
        JsonNode spec = Kustomize.one(files, "ScaledObject", "streamrank").get("spec");
        JsonNode trigger = spec.at("/triggers/0/metadata");
        String topic = trigger.get("topic").asText();
        int partitions =
                Kustomize.one(files, "KafkaTopic", topic).at("/spec/partitions").asInt();

        assertThat(topic).isEqualTo(config.topics().candidates());
        assertThat(trigger.get("consumerGroup").asText())
                .isEqualTo(config.kafka().groupId());
        assertThat(trigger.get("limitToPartitionsWithLag").asText()).isEqualTo("true");
        assertThat(spec.get("maxReplicaCount").asInt()).isEqualTo(partitions);
        assertThat(spec.get("minReplicaCount").asInt()).as("markers leave lag").isEqualTo(1);
        assertThat(trigger.get("lagThreshold").asInt())
                .as("lag that markers of transactions alone make")
                .isGreaterThan(partitions);
        JsonNode startup =
                Kustomize.one(files, "StatefulSet", "streamrank").at("/spec/template/spec/containers/0/startupProbe");
        int start = startup.get("periodSeconds").asInt()
                * startup.get("failureThreshold").asInt();
        assertThat(spec.get("cooldownPeriod").asInt())
                .as("longer than a start may take")
                .isGreaterThan(start);
        assertThat(spec.at("/advanced/horizontalPodAutoscalerConfig/behavior/scaleDown/stabilizationWindowSeconds")
                        .asInt())
                .isGreaterThan(start);
        assertThat(start).isGreaterThan((int) config.limits().joinTimeout().toSeconds());
        for (String overlay : List.of("cpu", "gpu", "secured", "fetched")) {
            List<JsonNode> rendered = Kustomize.render(overlay);
            assertThat(Kustomize.one(rendered, "ScaledObject", "streamrank")
                            .at("/spec/triggers/0/metadata/bootstrapServers")
                            .asText())
                    .isEqualTo(environment(overlay).get("STREAMRANK_KAFKA_BOOTSTRAP_SERVERS"));
            assertThat(Kustomize.one(rendered, "StatefulSet", "streamrank")
                            .get("spec")
                            .has("replicas"))
                    .isFalse();
        }
    }

    @Test
    void topicsAndRightsAreTheWorkers() {
        StreamrankConfig config = ContainerSettings.read(Map.of());
        List<String> topics = List.of(
                config.topics().candidates(),
                config.topics().ranked(),
                config.topics().batches(),
                config.topics().deadLetters());
        assertThat(files.stream().filter(each -> each.get("kind").asText().equals("KafkaTopic")))
                .extracting(each -> each.at("/metadata/name").asText())
                .containsExactlyInAnyOrderElementsOf(topics);
        assertThat(topics).allSatisfy(name -> {
            JsonNode spec = Kustomize.one(files, "KafkaTopic", name).get("spec");
            assertThat(spec.get("replicas").asInt()).isEqualTo(3);
            assertThat(spec.at("/config").path("min.insync.replicas").asInt()).isEqualTo(2);
        });
        assertThat(bytes(config.topics().candidates()))
                .isEqualTo(config.limits().maxEventBytes());
        assertThat(bytes(config.topics().deadLetters()))
                .isEqualTo(config.limits().maxEventBytes() + (64 << 10));
        assertThat(bytes(config.topics().ranked()))
                .isGreaterThan(config.limits().maxResultBytes());

        JsonNode acls = Kustomize.one(files, "KafkaUser", "streamrank").at("/spec/authorization/acls");
        Map<String, Set<String>> rights = new TreeMap<>();
        acls.forEach(acl -> rights.put(
                acl.at("/resource/type").asText() + " "
                        + acl.at("/resource/name").asText(),
                elements(acl.get("operations")).map(JsonNode::asText).collect(Collectors.toSet())));
        assertThat(rights.keySet().stream().filter(name -> name.startsWith("topic ")))
                .containsExactlyInAnyOrderElementsOf(
                        topics.stream().map(name -> "topic " + name).toList());
        assertThat(rights.get("topic " + config.topics().candidates()))
                .contains("Read")
                .doesNotContain("Write");
        assertThat(rights.get("topic " + config.topics().ranked()))
                .contains("Write")
                .doesNotContain("Read");
        assertThat(rights.get("group " + config.kafka().groupId())).contains("Read");
        assertThat(rights.get("transactionalId " + config.kafka().groupId() + "/"))
                .contains("Write", "Describe");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "gpu", "dev", "secured", "fetched"})
    void policiesAndBudgetsAreOfTheWorkersAlone(String overlay) {
        List<JsonNode> rendered = Kustomize.render(overlay);
        JsonNode workers = Kustomize.one(rendered, "StatefulSet", "streamrank").at("/spec/selector/matchLabels");
        JsonNode policy = Kustomize.one(rendered, "NetworkPolicy", "streamrank");
        assertThat(workers.isEmpty()).isFalse();
        assertThat(policy.at("/spec/podSelector/matchLabels")).isEqualTo(workers);
        assertThat(Kustomize.one(rendered, "PodDisruptionBudget", "streamrank").at("/spec/selector/matchLabels"))
                .isEqualTo(workers);
        JsonNode peer = policy.at("/spec/ingress/0/from/0/podSelector");
        assertThat(peer.has("matchLabels")).isFalse();
        assertThat(peer.at("/matchExpressions/0/values/0").asText()).isEqualTo("prometheus");
    }

    @Test
    void scrapesAreLetIn() {
        JsonNode endpoint = Kustomize.one(files, "ServiceMonitor", "streamrank").at("/spec/endpoints/0");
        JsonNode service = Kustomize.one(files, "Service", "streamrank").at("/spec/ports/0");
        assertThat(endpoint.get("port").asText()).isEqualTo(service.get("name").asText());
        assertThat(Kustomize.one(files, "NetworkPolicy", "streamrank")
                        .at("/spec/ingress/0/ports/0/port")
                        .asText())
                .isEqualTo(service.get("targetPort").asText());
        assertThat(Kustomize.render("cpu"))
                .anyMatch(manifest -> manifest.at("/metadata/name").asText().equals("streamrank-dashboards")
                        && manifest.get("data").has("streamrank.json"));
    }

    private int bytes(String topic) {
        return Kustomize.one(files, "KafkaTopic", topic)
                .at("/spec/config")
                .path("max.message.bytes")
                .asInt();
    }

    /** Of a pod, what the Pod Security Standards ask for, and of each of its containers. */
    private static void requireRestricted(JsonNode pod) {
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.at("/securityContext/runAsUser").asInt()).isEqualTo(10_001);
        assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        assertThat(pod.get("automountServiceAccountToken").asBoolean(true)).isFalse();
        assertThat(Stream.concat(elements(pod.path("initContainers")), elements(pod.get("containers"))))
                .isNotEmpty()
                .allSatisfy(container -> {
                    JsonNode security = container.get("securityContext");
                    assertThat(security.get("allowPrivilegeEscalation").asBoolean(true))
                            .isFalse();
                    assertThat(security.get("readOnlyRootFilesystem").asBoolean())
                            .isTrue();
                    assertThat(security.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
                });
    }

    private static JsonNode mount(JsonNode container, String name) {
        return named(container.get("volumeMounts"), name);
    }

    private static JsonNode volume(JsonNode pod, String name) {
        return named(pod.get("volumes"), name);
    }

    private static JsonNode named(JsonNode array, String name) {
        return elements(array)
                .filter(each -> each.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The ports that an overlay's workers may call, but those of ranges. */
    private static List<Integer> egress(String overlay) {
        return elements(Kustomize.one(Kustomize.render(overlay), "NetworkPolicy", "streamrank")
                        .at("/spec/egress"))
                .flatMap(rule -> elements(rule.get("ports")))
                .map(port -> port.get("port").asInt())
                .toList();
    }

    private static JsonNode pod(String overlay) {
        return Kustomize.one(Kustomize.render(overlay), "StatefulSet", "streamrank")
                .at("/spec/template/spec");
    }

    /** Of the worker's container; what is only known in a cluster by a word in its place. */
    private static Map<String, String> environment(String overlay) {
        JsonNode container = pod(overlay).at("/containers/0");
        Map<String, String> environment = new HashMap<>();
        environment.put("STREAMRANK_HTTP_HOST", "0.0.0.0");
        String settings = container.at("/envFrom/0/configMapRef/name").asText();
        Kustomize.one(Kustomize.render(overlay), "ConfigMap", settings)
                .get("data")
                .properties()
                .forEach(entry ->
                        environment.put(entry.getKey(), entry.getValue().asText()));
        container.get("env").forEach(variable -> {
            String unknown = variable.at("/valueFrom").has("resourceFieldRef") ? "4" : "unknown";
            environment.put(
                    variable.get("name").asText(), variable.path("value").asText(unknown));
        });
        return environment;
    }

    private static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
