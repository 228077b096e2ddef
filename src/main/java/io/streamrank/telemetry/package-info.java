/**
 * Metrics and traces: watches the ingest room through its observer and by asking it, and knows Micrometer and
 * OpenTelemetry so that nobody else needs to. The edges wire it; without it everything works the same.
 */
@NullMarked
package io.streamrank.telemetry;

import org.jspecify.annotations.NullMarked;
