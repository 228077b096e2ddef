package io.streamrank.replay.scale;

import io.streamrank.replay.GradeBound;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records that are passed over: the first of each kind that this process meets is worth a line. Their counts go through
 * the topology, where each counts once. Thread-safe.
 */
public final class LeftOut {
    private static final Logger LOG = LoggerFactory.getLogger(LeftOut.class);

    private final Set<Reason> told = ConcurrentHashMap.newKeySet();

    /** Why. */
    public enum Reason {
        /** It cannot be read as a ranking. */
        NO_RANKING("no-ranking", "is no ranking"),
        /** A list that was answered as expired. */
        EXPIRED("expired", "answers a list as expired, unranked: a replay has to rank what is late"),
        /** A ranking without its lower ranks. */
        CUT("cut", "holds only the best of its list (topK): a replay has to publish whole lists"),
        /** A ranking by somebody who was not asked for. */
        OTHER_MODEL("other-model", "is a ranking by another model than those asked for"),
        /** It cannot be read as a judgment. */
        NO_JUDGMENT("no-judgment", "is no judgment"),
        /** A judgment whose grade a measure cannot take. */
        GRADE_TOO_HIGH(
                "grade-too-high",
                "judges with a grade above " + GradeBound.EXPONENTIAL_GRADE_MAX
                        + ", which measures with exponential gain (ndcg_exp) cannot take");

        private final String word;
        private final String words;

        Reason(String word, String words) {
            this.word = word;
            this.words = words;
        }

        /** What it is called in the topic of totals and in reports. */
        public String word() {
            return word;
        }
    }

    LeftOut() {}

    void tell(Reason reason, String where) {
        if (told.add(reason)) {
            LOG.warn("{} {}. It is left out, and so are others like it", where, reason.words);
        }
    }
}
