package io.streamrank.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.ingest.BatchTrace.TraceContext;
import io.streamrank.ingest.CommitReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchSpansTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final TraceContext ONE = new TraceContext("00-" + TRACE + "-b7ad6b7169203331-01", "vendor=1");
    private static final TraceContext TWO = new TraceContext("00-" + TRACE + "-00f067aa0ba902b7-00", null);
    private static final TraceContext BROKEN = new TraceContext("rubbish", null);

    private final CommitReport report =
            TestingReports.report(new ModelRef("minilm", "0123456789ab", "bert"), Map.of(Reason.INVALID, 1));
    private final InMemorySpanExporter exported = InMemorySpanExporter.create();
    private SdkTracerProvider provider = provider(Sampler.alwaysOn());

    private SdkTracerProvider provider(Sampler sampler) {
        return SdkTracerProvider.builder()
                .setSampler(sampler)
                .addSpanProcessor(SimpleSpanProcessor.create(exported))
                .build();
    }

    private BatchSpans spans(int maxLinks) {
        return new BatchSpans(provider.get("test"), "rerank.candidates", "streamrank", maxLinks);
    }

    @AfterEach
    void close() {
        provider.close();
    }

    @Test
    void makesASpanOfABatchAndOneOfEachStage() {
        spans(10).ended(TestingReports.trace(3, report, null, 0));

        SpanData batch = span("process rerank.candidates");
        assertThat(exported.getFinishedSpanItems())
                .extracting(SpanData::getName)
                .containsExactlyInAnyOrder("process rerank.candidates", "tokenize", "infer", "publish");
        assertThat(List.of(span("tokenize"), span("infer"), span("publish")))
                .extracting(SpanData::getParentSpanId)
                .containsOnly(batch.getSpanId());
        assertThat(batch.getParentSpanContext().isValid()).isFalse();
        assertThat(batch.getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(batch.getStatus()).isEqualTo(StatusData.unset());
        assertThat(batch.getStartEpochNanos()).isEqualTo(nanos(TestingReports.NOW));
        assertThat(batch.getEndEpochNanos()).isEqualTo(nanos(TestingReports.NOW.plusMillis(162)));
        assertThat(span("infer").getStartEpochNanos()).isEqualTo(nanos(TestingReports.NOW.plusMillis(11)));
        assertThat(span("infer").getEndEpochNanos()).isEqualTo(nanos(TestingReports.NOW.plusMillis(111)));
    }

    @Test
    void saysWhatTheBatchWasInTheTermsOfMessaging() {
        spans(10).ended(TestingReports.trace(3, report, null, 0));

        assertThat(attributes(span("process rerank.candidates")))
                .containsOnly(
                        Map.entry("messaging.system", "kafka"),
                        Map.entry("messaging.operation.name", "process"),
                        Map.entry("messaging.operation.type", "process"),
                        Map.entry("messaging.destination.name", "rerank.candidates"),
                        Map.entry("messaging.consumer.group.name", "streamrank"),
                        Map.entry("messaging.batch.message_count", 7L),
                        Map.entry("streamrank.outcome", "committed"),
                        Map.entry("streamrank.models", List.of("minilm")),
                        Map.entry("streamrank.requests", 5L),
                        Map.entry("streamrank.expired", 2L),
                        Map.entry("streamrank.dead_letters", 1L),
                        Map.entry("streamrank.pairs", 12L),
                        Map.entry("streamrank.tokens", 120L),
                        Map.entry("streamrank.passes", 2L),
                        Map.entry("streamrank.splits", 3L));
    }

    @Test
    void linksToItsRequests() {
        spans(10).ended(TestingReports.trace(3, report, null, 0, ONE, BROKEN, TWO));

        assertThat(span("process rerank.candidates").getLinks())
                .extracting(link -> link.getSpanContext().getTraceId() + "-"
                        + link.getSpanContext().getSpanId() + "-"
                        + link.getSpanContext().isSampled())
                .containsExactly(TRACE + "-b7ad6b7169203331-true", TRACE + "-00f067aa0ba902b7-false");
        assertThat(span("process rerank.candidates")
                        .getLinks()
                        .get(0)
                        .getSpanContext()
                        .getTraceState()
                        .get("vendor"))
                .isEqualTo("1");
    }

    @Test
    void linksToNoMoreRequestsThanAllowed() {
        spans(1).ended(TestingReports.trace(3, report, null, 0, ONE, TWO));

        assertThat(span("process rerank.candidates").getLinks()).hasSize(1);
    }

    @Test
    void saysThatABatchEndedTheWorkerButNotInWhichWords() {
        spans(10).ended(TestingReports.trace(2, null, new IllegalStateException("on the text 'secret'"), 0));

        SpanData batch = span("process rerank.candidates");
        assertThat(exported.getFinishedSpanItems()).hasSize(3);
        assertThat(batch.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(span("infer").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(span("tokenize").getStatus()).isEqualTo(StatusData.unset());
        assertThat(attributes(batch))
                .containsEntry("streamrank.outcome", "failed")
                .containsEntry("error.type", "java.lang.IllegalStateException");
        assertThat(exported.getFinishedSpanItems().toString()).doesNotContain("secret");
    }

    @Test
    void saysThatABatchWasDroppedForItsPartitionsWereGone() {
        spans(10).ended(TestingReports.trace(3, null, null, 2));

        assertThat(attributes(span("process rerank.candidates"))).containsEntry("streamrank.outcome", "dropped");
        assertThat(span("process rerank.candidates").getStatus().getStatusCode())
                .isEqualTo(StatusCode.ERROR);
        assertThat(attributes(span("publish"))).containsEntry("streamrank.failed_deliveries", 2L);
    }

    @Test
    void leavesOutTheStagesOfABatchThatIsNotSampled() {
        provider = provider(Sampler.alwaysOff());

        spans(10).ended(TestingReports.trace(3, report, null, 0, ONE));

        assertThat(exported.getFinishedSpanItems()).isEmpty();
    }

    private SpanData span(String name) {
        return exported.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, Object> attributes(SpanData span) {
        return span.getAttributes().asMap().entrySet().stream()
                .collect(Collectors.toMap(entry -> ((AttributeKey<?>) entry.getKey()).getKey(), Map.Entry::getValue));
    }

    private static long nanos(Instant time) {
        return TimeUnit.MILLISECONDS.toNanos(time.toEpochMilli());
    }
}
