package io.streamrank.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscalerBehavior;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What each kind of manifest may hold and has to. Kubernetes' own by the models generated from its API's description,
 * which know required fields and refuse unknown ones; the Prometheus operator's and Strimzi's by their typed models, which
 * refuse unknown fields and values of another type; KEDA's by what its documentation lists, for no library has it.
 */
final class ManifestSchemas {
    private interface Check {
        void accept(JsonNode manifest) throws IOException;
    }

    private interface OfKubernetes {
        void validate(JsonElement manifest) throws IOException;
    }

    /** Custom kinds take along what they don't know; here it is to be refused. */
    private static final ObjectMapper STRICT = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                    return false;
                }
            });

    private static final Map<String, Check> CHECKS = Map.ofEntries(
            kubernetes("v1/ConfigMap", V1ConfigMap::validateJsonElement),
            kubernetes("v1/Namespace", V1Namespace::validateJsonElement),
            kubernetes("v1/Secret", V1Secret::validateJsonElement),
            kubernetes("v1/Service", V1Service::validateJsonElement),
            kubernetes("v1/ServiceAccount", V1ServiceAccount::validateJsonElement),
            kubernetes("apps/v1/StatefulSet", V1StatefulSet::validateJsonElement),
            kubernetes("batch/v1/Job", V1Job::validateJsonElement),
            kubernetes("policy/v1/PodDisruptionBudget", V1PodDisruptionBudget::validateJsonElement),
            kubernetes("networking.k8s.io/v1/NetworkPolicy", V1NetworkPolicy::validateJsonElement),
            typed("monitoring.coreos.com/v1/PrometheusRule", PrometheusRule.class),
            typed("monitoring.coreos.com/v1/ServiceMonitor", ServiceMonitor.class),
            typed("kafka.strimzi.io/v1beta2/KafkaTopic", KafkaTopic.class),
            typed("kafka.strimzi.io/v1beta2/KafkaUser", KafkaUser.class),
            Map.entry("keda.sh/v1alpha1/ScaledObject", ManifestSchemas::scaledObject),
            Map.entry("keda.sh/v1alpha1/TriggerAuthentication", ManifestSchemas::triggerAuthentication));

    private ManifestSchemas() {}

    /** Fails where a manifest is not what its kind asks for. */
    static void require(JsonNode manifest) {
        String kind = manifest.path("apiVersion").asText() + "/"
                + manifest.path("kind").asText();
        assertThat(CHECKS).as("schemas").containsKey(kind);
        assertThat(manifest.at("/metadata/name").asText())
                .as("name of a %s", kind)
                .matches("[a-z0-9.-]+");
        try {
            CHECKS.get(kind).accept(manifest);
        } catch (IOException | RuntimeException e) {
            throw new AssertionError(kind + " " + manifest.at("/metadata/name").asText() + ": " + e.getMessage(), e);
        }
    }

    private static Map.Entry<String, Check> kubernetes(String kind, OfKubernetes model) {
        return Map.entry(kind, manifest -> model.validate(JsonParser.parseString(manifest.toString())));
    }

    private static Map.Entry<String, Check> typed(String kind, Class<?> model) {
        return Map.entry(kind, manifest -> STRICT.treeToValue(manifest, model));
    }

    private static void scaledObject(JsonNode manifest) throws IOException {
        fields(manifest, "", Set.of("apiVersion", "kind", "metadata", "spec"), Set.of("spec"));
        fields(
                manifest,
                "/spec",
                Set.of(
                        "scaleTargetRef",
                        "pollingInterval",
                        "initialCooldownPeriod",
                        "cooldownPeriod",
                        "idleReplicaCount",
                        "minReplicaCount",
                        "maxReplicaCount",
                        "fallback",
                        "advanced",
                        "triggers"),
                Set.of("scaleTargetRef", "triggers"));
        fields(manifest, "/spec/scaleTargetRef", Set.of("apiVersion", "kind", "name"), Set.of("name"));
        for (String number : List.of("pollingInterval", "cooldownPeriod", "minReplicaCount", "maxReplicaCount")) {
            assertThat(manifest.at("/spec/" + number).isInt()).as(number).isTrue();
        }
        fields(manifest, "/spec/advanced", Set.of("horizontalPodAutoscalerConfig"), Set.of());
        fields(manifest, "/spec/advanced/horizontalPodAutoscalerConfig", Set.of("behavior"), Set.of());
        V2HorizontalPodAutoscalerBehavior.validateJsonElement(
                JsonParser.parseString(manifest.at("/spec/advanced/horizontalPodAutoscalerConfig/behavior")
                        .toString()));
        JsonNode triggers = manifest.at("/spec/triggers");
        for (int i = 0; i < triggers.size(); i++) {
            String trigger = "/spec/triggers/" + i;
            fields(
                    manifest,
                    trigger,
                    Set.of("type", "metadata", "authenticationRef", "name", "useCachedMetrics", "metricType"),
                    Set.of("type", "metadata"));
            assertThat(manifest.at(trigger + "/type").asText()).isEqualTo("kafka");
            fields(
                    manifest,
                    trigger + "/metadata",
                    Set.of(
                            "bootstrapServers",
                            "consumerGroup",
                            "topic",
                            "lagThreshold",
                            "activationLagThreshold",
                            "offsetResetPolicy",
                            "allowIdleConsumers",
                            "scaleToZeroOnInvalidOffset",
                            "excludePersistentLag",
                            "limitToPartitionsWithLag",
                            "version",
                            "partitionLimitation",
                            "sasl",
                            "tls",
                            "unsafeSsl"),
                    Set.of("bootstrapServers", "consumerGroup", "topic", "lagThreshold"));
            assertThat(manifest.at(trigger + "/metadata"))
                    .as("trigger's values are strings")
                    .allMatch(JsonNode::isTextual);
        }
    }

    private static void triggerAuthentication(JsonNode manifest) {
        fields(manifest, "/spec", Set.of("secretTargetRef"), Set.of("secretTargetRef"));
        JsonNode references = manifest.at("/spec/secretTargetRef");
        for (int i = 0; i < references.size(); i++) {
            Set<String> all = Set.of("parameter", "name", "key");
            fields(manifest, "/spec/secretTargetRef/" + i, all, all);
            assertThat(references.get(i).get("parameter").asText())
                    .isIn("sasl", "username", "password", "tls", "ca", "cert", "key", "keyPassword");
        }
    }

    private static void fields(JsonNode manifest, String place, Set<String> known, Set<String> required) {
        List<String> there =
                manifest.at(place).properties().stream().map(Map.Entry::getKey).toList();
        assertThat(known).as("fields of %s", place).containsAll(there);
        assertThat(there).as("fields of %s", place).containsAll(required);
    }
}
