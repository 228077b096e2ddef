package io.streamrank.fetch;

import java.time.Duration;

/** The time that all of a fetch may take. */
final class Deadline {
    private final long until;
    private final Duration timeout;

    Deadline(Duration timeout) {
        this.timeout = timeout;
        this.until = System.nanoTime() + timeout.toNanos();
    }

    /** @throws FetchException once the time is up */
    void require(String where) throws FetchException {
        if (left().isZero()) {
            throw new FetchException(
                    where,
                    "it takes longer than the " + timeout.toSeconds() + " s of streamrank.fetch.timeout",
                    "Allow it more time; what is checked already is not fetched again");
        }
    }

    Duration left() {
        long nanos = until - System.nanoTime();
        return nanos <= 0 ? Duration.ZERO : Duration.ofNanos(nanos);
    }
}
