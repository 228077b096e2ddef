package io.streamrank.cli;

import io.streamrank.http.MetricsPage;
import io.streamrank.telemetry.Metrics;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** The metrics of this process, for its HTTP server. */
final class ProcessMetrics implements MetricsPage, AutoCloseable {
    private final Metrics metrics = new Metrics(Version.text(), Clock.systemUTC());

    /** What it is made of. */
    Metrics metrics() {
        return metrics;
    }

    @Override
    public Content read(@Nullable String accept) {
        Metrics.Page page = metrics.page(accept);
        return new Content(page.contentType(), page.text());
    }

    @Override
    public void close() {
        metrics.close();
    }
}
