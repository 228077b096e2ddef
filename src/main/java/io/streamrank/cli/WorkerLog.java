package io.streamrank.cli;

import io.streamrank.ingest.CommitReport;
import java.time.Duration;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Says every ten seconds, while there is work, how much was done, and warns of dead letters; knows how much it was in
 * all. A stretch begins with its first transaction: idle time does not count.
 */
final class WorkerLog implements Consumer<CommitReport> {
    private static final Logger LOG = Logger.getLogger("io.streamrank.worker");
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final DeadLetterWarnings deadLetterWarnings = new DeadLetterWarnings();
    private long since;
    private long lastCommit = Long.MIN_VALUE;
    private long requests;
    private long deadLetters;
    private long pairs;
    private long tokens;
    private long allRequests;
    private long allDeadLetters;

    @Override
    public synchronized void accept(CommitReport report) {
        long now = System.nanoTime();
        if (requests + deadLetters == 0) {
            long begun = now - report.inference().plus(report.publish()).toNanos();
            since = Math.max(begun, lastCommit);
        }
        lastCommit = now;
        requests += report.requests();
        deadLetters += report.deadLetters();
        allRequests += report.requests();
        allDeadLetters += report.deadLetters();
        pairs += report.pairs();
        tokens += report.tokens();
        deadLetterWarnings.add(report.rejections());
        if (now - since >= INTERVAL.toNanos()) {
            double seconds = (now - since) / 1e9;
            LOG.infof(
                    "Ranked %d lists, %d dead letters; %.0f pairs/s, %.0f tokens/s over %.0f s",
                    requests, deadLetters, pairs / seconds, tokens / seconds, seconds);
            requests = 0;
            deadLetters = 0;
            pairs = 0;
            tokens = 0;
        }
    }

    /** All lists answered, all dead letters written. */
    synchronized String total() {
        return allRequests + " lists ranked, " + allDeadLetters + " dead letters since the start";
    }
}
