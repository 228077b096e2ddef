package io.streamrank.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.streamrank.ingest.PipelineObserver;
import java.util.Map;
import java.util.Optional;

/**
 * OpenTelemetry's SDK, set up by its standard {@code OTEL_*} variables; off, and not even loaded, unless
 * {@code OTEL_TRACES_EXPORTER} names an exporter.
 */
public final class Tracing implements AutoCloseable {
    private static final String EXPORTER = "otel.traces.exporter";
    private static final String NO_EXPORTER = "none";

    private static final AttributeKey<String> SERVICE_VERSION = AttributeKey.stringKey("service.version");
    private static final AttributeKey<String> SERVICE_INSTANCE = AttributeKey.stringKey("service.instance.id");

    private final OpenTelemetrySdk sdk;
    private final String version;

    private Tracing(OpenTelemetrySdk sdk, String version) {
        this.sdk = sdk;
        this.version = version;
    }

    /**
     * As the environment asks for it; empty if it does not.
     *
     * @param instance the worker's name
     * @throws IllegalArgumentException if an {@code OTEL_*} variable cannot be followed
     */
    public static Optional<Tracing> configured(String version, String instance) {
        String exporter =
                System.getProperty(EXPORTER, System.getenv().getOrDefault("OTEL_TRACES_EXPORTER", NO_EXPORTER));
        return exporter.isBlank() || exporter.equals(NO_EXPORTER)
                ? Optional.empty()
                : Optional.of(of(version, instance));
    }

    private static Tracing of(String version, String instance) {
        try {
            OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                    // Metrics are Prometheus's to read, logs are the console's.
                    .addPropertiesSupplier(() -> Map.of(
                            "otel.service.name", "streamrank",
                            "otel.metrics.exporter", NO_EXPORTER,
                            "otel.logs.exporter", NO_EXPORTER))
                    .addResourceCustomizer((resource, config) -> resource.toBuilder()
                            .putAll(Attributes.of(SERVICE_VERSION, version, SERVICE_INSTANCE, instance))
                            .build())
                    .disableShutdownHook()
                    .build()
                    .getOpenTelemetrySdk();
            return new Tracing(sdk, version);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "OpenTelemetry cannot be set up as the OTEL_* variables say: " + e.getMessage()
                            + ". Correct them, or unset OTEL_TRACES_EXPORTER to go without traces",
                    e);
        }
    }

    /**
     * Makes a span of each batch.
     *
     * @param topic which the batches come from
     * @param group that reads it
     * @param maxLinks the most requests that a span links to
     */
    public PipelineObserver batchSpans(String topic, String group, int maxLinks) {
        return new BatchSpans(sdk.getTracer("io.streamrank", version), topic, group, maxLinks);
    }

    /** Sends what is left, and ends; waits some seconds for it at most. */
    @Override
    public void close() {
        sdk.close();
    }
}
