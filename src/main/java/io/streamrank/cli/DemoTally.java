package io.streamrank.cli;

import io.streamrank.ingest.CommitReport;
import java.time.Duration;

/** Adds up what the demo's worker commits. Thread-safe: the worker adds, whoever reports reads. */
final class DemoTally {
    private long firstNanos = System.nanoTime();
    private long lastNanos = firstNanos;
    private boolean begun;
    private int deadLetters;
    private long pairs;
    private long tokens;

    synchronized void add(CommitReport report) {
        if (!begun) {
            // The clock starts with the first batch, not with joining the group.
            firstNanos = System.nanoTime()
                    - report.inference().plus(report.publish()).toNanos();
            begun = true;
        }
        lastNanos = System.nanoTime();
        deadLetters += report.deadLetters();
        pairs += report.pairs();
        tokens += report.tokens();
    }

    /** Lists that can never be ranked and went to the dead-letter topic. */
    synchronized int deadLetters() {
        return deadLetters;
    }

    synchronized long pairs() {
        return pairs;
    }

    synchronized long tokens() {
        return tokens;
    }

    /** From the first batch's start to the last commit. */
    synchronized Duration busy() {
        return Duration.ofNanos(lastNanos - firstNanos);
    }

    synchronized double pairsPerSecond() {
        return pairs == 0 ? 0 : pairs * 1e9 / Math.max(1, lastNanos - firstNanos);
    }
}
