package io.streamrank.ingest;

import java.util.List;

/** The headers of the W3C trace context. */
final class TraceHeaders {
    static final String TRACEPARENT = "traceparent";
    static final String TRACESTATE = "tracestate";
    static final List<String> ALL = List.of(TRACEPARENT, TRACESTATE);

    private TraceHeaders() {}
}
