package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A batch's way through the pipeline: what it did when, and how it ended. Says nothing of any text.
 *
 * @param stages those it has been in, in order; the last one may have failed
 * @param committed what its transaction brought; empty where nothing was committed
 * @param failure what ended the worker in this batch, if anything did
 * @param failedDeliveries attempts that failed before the one that succeeded, or all of them
 * @param events of the batch
 */
public record BatchTrace(
        List<Stage> stages,
        Optional<CommitReport> committed,
        @Nullable Throwable failure,
        int failedDeliveries,
        Events events) {

    /** What is done to a batch. */
    public enum Step {
        /** Texts are turned into token ids. */
        TOKENIZE,
        /** Pairs are scored. */
        INFER,
        /** Outcomes are delivered and committed. */
        PUBLISH
    }

    /** One step of a batch. */
    public record Stage(Step step, Instant start, Duration took) {
        public Stage {
            requireNonNull(step, "step");
            requireNonNull(start, "start");
            requireNonNull(took, "took");
        }

        /** When it was over. */
        public Instant end() {
            return start.plus(took);
        }
    }

    /**
     * A request's W3C trace context, as its headers have it.
     *
     * @param tracestate what belongs to the parent, for the vendors it names
     */
    public record TraceContext(String traceparent, @Nullable String tracestate) {
        public TraceContext {
            requireNonNull(traceparent, "traceparent");
        }
    }

    /** What a batch was made of. */
    public interface Events {
        /** How many. */
        int count();

        /** The traces of the first events that have one; read on demand. */
        List<TraceContext> traces(int max);
    }

    public BatchTrace {
        stages = List.copyOf(stages);
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("a batch has been in one stage at least");
        }
        requireNonNull(committed, "committed");
        requireNonNull(events, "events");
    }

    static Events of(List<Event> events) {
        return new Events() {
            @Override
            public int count() {
                return events.size();
            }

            @Override
            public List<TraceContext> traces(int max) {
                List<TraceContext> traces = new ArrayList<>();
                for (Iterator<Event> left = events.iterator(); traces.size() < max && left.hasNext(); ) {
                    Event event = left.next();
                    String traceparent = header(event, TraceHeaders.TRACEPARENT);
                    if (traceparent != null) {
                        traces.add(new TraceContext(traceparent, header(event, TraceHeaders.TRACESTATE)));
                    }
                }
                return traces;
            }
        };
    }

    private static @Nullable String header(Event event, String name) {
        Header header = event.record().headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
    }
}
