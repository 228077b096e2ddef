package io.streamrank.telemetry;

import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.streamrank.contract.BatchStatistics;
import io.streamrank.ingest.BatchTrace;
import io.streamrank.ingest.BatchTrace.Stage;
import io.streamrank.ingest.BatchTrace.Step;
import io.streamrank.ingest.BatchTrace.TraceContext;
import io.streamrank.ingest.CommitReport;
import io.streamrank.ingest.PipelineObserver;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A span for each batch, linked to its requests' own traces, with a child for each stage. Made when the batch has come
 * to its end, of the times it was noted at: a batch is in three threads, and none of them carries a context. Attributes
 * are names, counts and classes of errors, never a text.
 */
final class BatchSpans implements PipelineObserver {
    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    private static final AttributeKey<String> OPERATION_NAME = AttributeKey.stringKey("messaging.operation.name");
    private static final AttributeKey<String> OPERATION_TYPE = AttributeKey.stringKey("messaging.operation.type");
    private static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    private static final AttributeKey<String> GROUP = AttributeKey.stringKey("messaging.consumer.group.name");
    private static final AttributeKey<Long> MESSAGES = AttributeKey.longKey("messaging.batch.message_count");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

    private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("streamrank.outcome");
    private static final AttributeKey<List<String>> MODELS = AttributeKey.stringArrayKey("streamrank.models");
    private static final AttributeKey<Long> REQUESTS = AttributeKey.longKey("streamrank.requests");
    private static final AttributeKey<Long> EXPIRED = AttributeKey.longKey("streamrank.expired");
    private static final AttributeKey<Long> DEAD_LETTERS = AttributeKey.longKey("streamrank.dead_letters");
    private static final AttributeKey<Long> PAIRS = AttributeKey.longKey("streamrank.pairs");
    private static final AttributeKey<Long> TOKENS = AttributeKey.longKey("streamrank.tokens");
    private static final AttributeKey<Long> PASSES = AttributeKey.longKey("streamrank.passes");
    private static final AttributeKey<Long> SPLITS = AttributeKey.longKey("streamrank.splits");
    private static final AttributeKey<Long> FAILED_DELIVERIES = AttributeKey.longKey("streamrank.failed_deliveries");

    private static final String PROCESS = "process";

    private final Tracer tracer;
    private final String topic;
    private final String group;
    private final int maxLinks;

    /** Reads the two headers that make a trace context. */
    private enum Headers implements TextMapGetter<TraceContext> {
        OF_REQUEST;

        @Override
        public Iterable<String> keys(TraceContext carrier) {
            return List.of("traceparent", "tracestate");
        }

        @Override
        public @Nullable String get(@Nullable TraceContext carrier, String key) {
            TraceContext request = requireNonNull(carrier);
            return switch (key) {
                case "traceparent" -> request.traceparent();
                case "tracestate" -> request.tracestate();
                default -> null;
            };
        }
    }

    BatchSpans(Tracer tracer, String topic, String group, int maxLinks) {
        this.tracer = tracer;
        this.topic = topic;
        this.group = group;
        this.maxLinks = maxLinks;
    }

    @Override
    public void ended(BatchTrace batch) {
        List<Stage> stages = batch.stages();
        SpanBuilder builder = tracer.spanBuilder(PROCESS + " " + topic)
                .setNoParent()
                .setSpanKind(SpanKind.CONSUMER)
                .setStartTimestamp(stages.get(0).start())
                .setAttribute(SYSTEM, "kafka")
                .setAttribute(OPERATION_NAME, PROCESS)
                .setAttribute(OPERATION_TYPE, PROCESS)
                .setAttribute(DESTINATION, topic)
                .setAttribute(GROUP, group)
                .setAttribute(MESSAGES, (long) batch.events().count());
        batch.events().traces(maxLinks).stream()
                .map(BatchSpans::spanContext)
                .filter(SpanContext::isValid)
                .forEach(builder::addLink);
        Span span = builder.startSpan();
        if (span.isRecording()) {
            Context parent = Context.root().with(span);
            for (int i = 0; i < stages.size(); i++) {
                addChild(parent, stages.get(i), batch, i == stages.size() - 1);
            }
            addResult(span, batch);
        }
        span.end(stages.get(stages.size() - 1).end());
    }

    private static SpanContext spanContext(TraceContext request) {
        return Span.fromContext(
                        W3CTraceContextPropagator.getInstance().extract(Context.root(), request, Headers.OF_REQUEST))
                .getSpanContext();
    }

    private void addChild(Context parent, Stage stage, BatchTrace batch, boolean last) {
        Span child = tracer.spanBuilder(stage.step().name().toLowerCase(Locale.ROOT))
                .setParent(parent)
                .setStartTimestamp(stage.start())
                .startSpan();
        if (stage.step() == Step.PUBLISH) {
            child.setAttribute(FAILED_DELIVERIES, (long) batch.failedDeliveries());
        }
        if (last) {
            addStatus(child, batch);
        }
        child.end(stage.end());
    }

    private static void addResult(Span span, BatchTrace batch) {
        addStatus(span, batch);
        if (batch.committed().isEmpty()) {
            span.setAttribute(OUTCOME, batch.failure() == null ? "dropped" : "failed");
            return;
        }
        CommitReport report = batch.committed().get();
        List<BatchStatistics> statistics = report.statistics();
        span.setAttribute(OUTCOME, "committed")
                .setAttribute(
                        MODELS,
                        statistics.stream().map(told -> told.model().id()).toList())
                .setAttribute(REQUESTS, (long) report.requests())
                .setAttribute(EXPIRED, (long) report.expired())
                .setAttribute(DEAD_LETTERS, (long) report.deadLetters())
                .setAttribute(PAIRS, (long) report.pairs())
                .setAttribute(TOKENS, report.tokens())
                .setAttribute(
                        PASSES,
                        statistics.stream().mapToLong(BatchStatistics::batches).sum())
                .setAttribute(
                        SPLITS,
                        statistics.stream().mapToLong(BatchStatistics::splits).sum());
    }

    private static void addStatus(Span span, BatchTrace batch) {
        Throwable failure = batch.failure();
        if (failure != null) {
            // Its message may quote what it failed on.
            span.setAttribute(ERROR_TYPE, failure.getClass().getName());
            span.setStatus(StatusCode.ERROR, "the worker ended in this batch; nothing of it was committed");
        } else if (batch.committed().isEmpty()) {
            span.setStatus(StatusCode.ERROR, "its partitions were taken away; their next owner scores it again");
        }
    }
}
