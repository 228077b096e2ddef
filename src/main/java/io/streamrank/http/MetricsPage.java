package io.streamrank.http;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** What is answered to one who reads the metrics. */
@FunctionalInterface
public interface MetricsPage {
    /**
     * Reads them all.
     *
     * @param accept the formats that the asker says it reads, as HTTP's header has them
     */
    Content read(@Nullable String accept);

    /** The metrics as they are, in one of these formats. */
    record Content(String contentType, String text) {
        public Content {
            requireNonNull(contentType, "contentType");
            requireNonNull(text, "text");
        }
    }
}
