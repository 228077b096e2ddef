package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnknownVariablesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "STREAMRANK_HOME",
                "STREAMRANK_KAFKA_BOOTSTRAP_SERVERS",
                "STREAMRANK_KAFKA_PROPERTIES__SECURITY_PROTOCOL_",
                "STREAMRANK_MODELS_SMALL",
                "STREAMRANK_MODELS__SMALL__MAX_LENGTH",
                "STREAMRANK_THROUGHPUT_PRICE_PER_HOUR_GPU",
                "STREAMRANK_HTTP_PORT"
            })
    void knowsSettings(String name) {
        assertThat(UnknownVariables.in(List.of(name))).isEmpty();
    }

    @Test
    void findsWhatSetsNothing() {
        assertThat(UnknownVariables.in(List.of(
                        "STREAMRANK_KAFKA_BOOSTRAP_SERVERS", "PATH", "STREAMRANK_GROUP_ID", "STREAMRANK_MODEL_PATHS")))
                .containsExactly("STREAMRANK_GROUP_ID", "STREAMRANK_KAFKA_BOOSTRAP_SERVERS", "STREAMRANK_MODEL_PATHS");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "STREAMRANK_SERVICE_HOST",
                "STREAMRANK_SERVICE_PORT",
                "STREAMRANK_SERVICE_PORT_HTTP",
                "STREAMRANK_PORT",
                "STREAMRANK_PORT_8080_TCP_ADDR",
                "STREAMRANK_WORKER_PORT_8080_TCP"
            })
    void leavesAloneWhatKubernetesSets(String name) {
        assertThat(UnknownVariables.in(List.of(name))).isEmpty();
    }
}
