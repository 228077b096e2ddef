package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.KeyStores;
import io.streamrank.testing.TestingReranker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.plain.PlainLoginModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker does its work with the rights that the manifest of its Kafka user lists, at a broker that grants no others. */
@Timeout(480)
class WorkerRightsIT {
    private static final Path USER = Path.of("k8s/components/strimzi/user.yaml");
    private static final String NAME = "worker";
    private static final String LOGIN = PlainLoginModule.class.getName() + " required ";
    private static final String CREDENTIALS = "username=\"worker\" password=\"open-2-all\";";

    @Test
    void theUsersRightsSuffice(@TempDir Path folder) throws Exception {
        KeyStores stores = new KeyStores(folder).withKey("broker").withTrust(NAME, "broker");
        BrokerSettings settings = BrokerSettings.in(folder.resolve("broker"))
                .withOverride("sasl.enabled.mechanisms", "PLAIN")
                .withOverride("listener.name.secured.plain.sasl.jaas.config", LOGIN + "user_worker=\"open-2-all\";")
                .withOverride("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
                .withOverride("super.users", "User:ANONYMOUS");
        for (var property : stores.identity("broker").entrySet()) {
            settings = settings.withOverride(property.getKey(), property.getValue());
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(settings)) {
            grant(broker);
            StreamrankConfig owner = StreamrankConfigTest.config(
                    Map.of("streamrank.kafka.bootstrap-servers", broker.bootstrapServers()));
            StreamrankConfig config = config(broker, stores);
            WorkerAssembly assembly = new WorkerAssembly(config);
            createTopics(owner);
            Path lists = Files.writeString(folder.resolve("lists.jsonl"), """
                    {"query": "q", "candidates": [{"id": "a", "text": "a 1"}, {"id": "b", "text": "b 2"}]}
                    {"query": "q", "model": "nobody", "candidates": [{"id": "c", "text": "c 3"}]}
                    """);
            assertThat(CommandAnswer.to(new SendCommand(owner), "--jsonl", lists.toString())
                            .exitCode())
                    .isZero();

            IngestSettings worker = assembly.ingestSettings(
                    config.kafka().bootstrapServers(),
                    "ns.streamrank-0",
                    false,
                    config.kafka().properties());
            try (DemoWorker running =
                    DemoWorker.start(assembly, worker, new Models(List.of(new TestingReranker("test"))))) {
                Eventually.await("both are answered", () -> {
                    running.throwFailure();
                    return running.tally().pairs() == 2 && running.tally().deadLetters() == 1;
                });
            }

            CommandAnswer refused = CommandAnswer.to(new SendCommand(config), "--jsonl", lists.toString());
            assertThat(refused.exitCode()).as("what is not granted is refused").isNotZero();
            assertThat(refused.err()).containsIgnoringCase("authoriz");
        }
    }

    /** As Strimzi's user operator does. */
    private static void grant(EmbeddedBroker broker) throws Exception {
        JsonNode acls = new YAMLMapper().readTree(USER.toFile()).at("/spec/authorization/acls");
        List<AclBinding> bindings = new ArrayList<>();
        for (JsonNode acl : acls) {
            ResourcePattern resource = new ResourcePattern(
                    acl.at("/resource/type").asText().equals("transactionalId")
                            ? ResourceType.TRANSACTIONAL_ID
                            : ResourceType.valueOf(
                                    acl.at("/resource/type").asText().toUpperCase(Locale.ROOT)),
                    acl.at("/resource/name").asText(),
                    acl.at("/resource/patternType").asText().equals("prefix")
                            ? PatternType.PREFIXED
                            : PatternType.LITERAL);
            for (JsonNode operation : acl.get("operations")) {
                String constant =
                        operation.asText().replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
                bindings.add(new AclBinding(
                        resource,
                        new AccessControlEntry(
                                "User:" + NAME, "*", AclOperation.valueOf(constant), AclPermissionType.ALLOW)));
            }
        }
        assertThat(bindings).hasSizeGreaterThan(10);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createAcls(bindings).all().get();
        }
    }

    private static void createTopics(StreamrankConfig owner) throws InterruptedException {
        IngestSettings settings =
                new WorkerAssembly(owner).ingestSettings(owner.kafka().bootstrapServers(), "owner", true, Map.of());
        new TopicCheck(settings).require(settings.topics().all());
    }

    private static StreamrankConfig config(EmbeddedBroker broker, KeyStores stores) {
        Map<String, String> settings = new HashMap<>();
        settings.put("streamrank.kafka.bootstrap-servers", broker.securedBootstrapServers());
        settings.put("streamrank.kafka.properties.\"security.protocol\"", "SASL_SSL");
        settings.put("streamrank.kafka.properties.\"sasl.mechanism\"", "PLAIN");
        settings.put("streamrank.kafka.properties.\"sasl.jaas.config\"", LOGIN + CREDENTIALS);
        stores.trusting(NAME)
                .forEach((name, value) -> settings.put("streamrank.kafka.properties.\"" + name + "\"", value));
        return StreamrankConfigTest.config(settings);
    }
}
