package io.streamrank.replay.scale;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records that are passed over, counted by reason since the start; the first of each is worth a line. Thread-safe. */
final class LeftOut {
    private static final Logger LOG = LoggerFactory.getLogger(LeftOut.class);

    private final Map<Reason, AtomicLong> counts = new EnumMap<>(Reason.class);

    /** Why. */
    enum Reason {
        NO_RANKING("is no ranking"),
        EXPIRED("answers a list as expired, unranked: a replay has to rank what is late"),
        CUT("holds only the best of its list (topK): a replay has to publish whole lists"),
        OTHER_MODEL("is a ranking by another model than those asked for"),
        NO_JUDGMENT("is no judgment");

        private final String words;

        Reason(String words) {
            this.words = words;
        }
    }

    LeftOut() {
        for (Reason reason : Reason.values()) {
            counts.put(reason, new AtomicLong());
        }
    }

    long count(Reason reason) {
        AtomicLong count = counts.get(reason);
        return count == null ? 0 : count.get();
    }

    void add(Reason reason, String where) {
        AtomicLong count = counts.get(reason);
        if (count != null && count.getAndIncrement() == 0) {
            LOG.warn("{} {}. It is left out, and so are others like it", where, reason.words);
        }
    }
}
