package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.CommitReport.Rejected;
import io.streamrank.testing.CapturedLog;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DeadLetterWarningsTest {
    private final AtomicLong now = new AtomicLong(5);
    private final DeadLetterWarnings warnings = new DeadLetterWarnings(now::get);

    @Test
    void saysTheFirstAtOnceAndThoseThatFollowInSums() {
        try (CapturedLog log = new CapturedLog("io.streamrank.worker")) {
            warnings.add(rejected(Reason.UNDECODABLE, 2, 17));
            assertThat(log.text()).contains("undecodable").contains("2").contains("in-1@17");

            warnings.add(rejected(Reason.UNDECODABLE, 3, 20));
            warnings.add(rejected(Reason.UNDECODABLE, 4, 30));
            now.addAndGet(DeadLetterWarnings.INTERVAL_NANOS - 1);
            warnings.add(rejected(Reason.UNDECODABLE, 1, 40));
            assertThat(log.text()).doesNotContain("in-1@20").doesNotContain("in-1@30");

            now.incrementAndGet();
            warnings.add(rejected(Reason.UNDECODABLE, 1, 41));
            assertThat(log.text()).contains("in-1@20").contains("9").doesNotContain("in-1@41");
        }
    }

    @Test
    void keepsReasonsApart() {
        try (CapturedLog log = new CapturedLog("io.streamrank.worker")) {
            warnings.add(rejected(Reason.UNDECODABLE, 1, 17));
            warnings.add(rejected(Reason.UNKNOWN_MODEL, 1, 18));

            assertThat(log.text()).contains("in-1@17").contains("unknown_model").contains("in-1@18");
        }
    }

    private static Map<Reason, Rejected> rejected(Reason reason, int count, long offset) {
        return Map.of(reason, new Rejected(count, new SourcePosition("in", 1, offset)));
    }
}
