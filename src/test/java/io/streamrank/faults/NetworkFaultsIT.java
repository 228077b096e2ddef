package io.streamrank.faults;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What befalls the network between workers and broker. */
@ExtendWith(FaultSuite.class)
@Timeout(900)
class NetworkFaultsIT {
    @Test
    void cut(FaultSuite suite) throws Exception {
        suite.play(Fault.WORKER_CUT_OFF, FaultSuite.times(3));
    }

    @Test
    @Tag(FaultSuite.FULL)
    void stalled(FaultSuite suite) throws Exception {
        suite.play(Fault.ALL_STALLED, FaultSuite.times(2));
    }

    @Test
    void losesTheAnswerToACommit(FaultSuite suite) throws Exception {
        suite.play(Fault.COMMIT_ANSWER_LOST, FaultSuite.times(3));
    }
}
