package io.streamrank.cli;

import io.streamrank.contract.Rejection;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.CommitReport.Rejected;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Warns of dead letters: of the first for a reason at once, of those that follow in sums. Says where events stood, never
 * what was in them. For one thread at a time.
 */
final class DeadLetterWarnings {
    /** Between two warnings for one reason. */
    static final long INTERVAL_NANOS = 30_000_000_000L;

    private static final Logger LOG = Logger.getLogger("io.streamrank.worker");

    private final LongSupplier nanoClock;
    private final Map<Rejection.Reason, Unsaid> byReason = new EnumMap<>(Rejection.Reason.class);

    /** What has not been said of a reason yet. */
    private static final class Unsaid {
        private long saidAt;
        private long count;
        private @Nullable SourcePosition first;

        Unsaid(long saidAt) {
            this.saidAt = saidAt;
        }
    }

    DeadLetterWarnings() {
        this(System::nanoTime);
    }

    DeadLetterWarnings(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    void add(Map<Rejection.Reason, Rejected> rejections) {
        rejections.forEach((reason, rejected) -> add(reason, rejected, nanoClock.getAsLong()));
    }

    private void add(Rejection.Reason reason, Rejected rejected, long now) {
        Unsaid unsaid = byReason.computeIfAbsent(reason, any -> new Unsaid(now - INTERVAL_NANOS));
        unsaid.count += rejected.count();
        if (unsaid.first == null) {
            unsaid.first = rejected.first();
        }
        if (now - unsaid.saidAt >= INTERVAL_NANOS) {
            LOG.warnf(
                    "Dead letters for %s: %d, the first from %s; `streamrank dlq list --reason %s` says more",
                    reason.word(), unsaid.count, unsaid.first, reason.word());
            unsaid.saidAt = now;
            unsaid.count = 0;
            unsaid.first = null;
        }
    }
}
