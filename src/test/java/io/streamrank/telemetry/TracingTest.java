package io.streamrank.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracingTest {
    private static final String EXPORTER = "otel.traces.exporter";

    @AfterEach
    void clear() {
        System.clearProperty(EXPORTER);
    }

    @Test
    void isOffUnlessAskedFor() {
        assertThat(Tracing.configured("1.2.3", "worker-0")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "", " "})
    void isOffWhereNoExporterIsNamed(String exporter) {
        System.setProperty(EXPORTER, exporter);

        assertThat(Tracing.configured("1.2.3", "worker-0")).isEmpty();
    }

    @Test
    void isSetUpWhereAnExporterIsNamed() {
        System.setProperty(EXPORTER, "otlp");

        try (Tracing tracing = Tracing.configured("1.2.3", "worker-0").orElseThrow()) {
            assertThat(tracing.batchSpans("rerank.candidates", "streamrank", 10))
                    .isNotNull();
        }
    }

    @Test
    void saysWhatCannotBeFollowed() {
        System.setProperty(EXPORTER, "carrier-pigeon");

        assertThatThrownBy(() -> Tracing.configured("1.2.3", "worker-0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("carrier-pigeon")
                .hasMessageContaining("OTEL_TRACES_EXPORTER");
    }
}
