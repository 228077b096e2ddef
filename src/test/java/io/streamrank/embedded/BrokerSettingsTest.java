package io.streamrank.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BrokerSettingsTest {
    private final BrokerSettings settings = BrokerSettings.in(Path.of("/data/broker"));

    @Test
    void travelsThroughACommandLine() {
        BrokerSettings sent = settings.withPort(9092)
                .withControllerPort(9093)
                .withOverride("advertised.listeners", "PLAINTEXT://127.0.0.1:1")
                .withOverride("log.cleaner.enable", "")
                .withOverride("metric.reporters", "a=b");

        assertThat(BrokerSettings.fromArguments(sent.toArguments())).isEqualTo(sent);
        BrokerSettings detoured = sent.withDetour(new Detour(9094, 19_094));
        assertThat(BrokerSettings.fromArguments(detoured.toArguments())).isEqualTo(detoured);
    }

    @Test
    void refusesAnOverrideOfWhatItDerives() {
        assertThatThrownBy(() -> settings.withOverride("listeners", "PLAINTEXT://0.0.0.0:9092"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[listeners]");
    }

    @Test
    void refusesPortsOutOfRange() {
        assertThatThrownBy(() -> settings.withPort(65_536)).hasMessageContaining("port is 65536");
        assertThatThrownBy(() -> settings.withControllerPort(-1)).hasMessageContaining("controllerPort is -1");
    }

    @Test
    void refusesOnePortForBothListeners() {
        assertThatThrownBy(() -> settings.withPort(9092).withControllerPort(9092))
                .hasMessageContaining("both 9092");
    }

    @Test
    void refusesAMalformedCommandLine() {
        assertThatThrownBy(() -> BrokerSettings.fromArguments(List.of("/data")))
                .hasMessageContaining("<directory> <port> <controller port> <detour>");
        assertThatThrownBy(() -> BrokerSettings.fromArguments(List.of("/data", "0", "0", "-", "-", "novalue")))
                .hasMessageContaining("novalue");
    }
}
