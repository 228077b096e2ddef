package io.streamrank.faults;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What befalls workers. */
@ExtendWith(FaultSuite.class)
@Timeout(900)
class WorkerFaultsIT {
    @Test
    void killedInMidTransaction(FaultSuite suite) throws Exception {
        suite.play(Fault.WORKER_KILLED_IN_MID_TRANSACTION, FaultSuite.times(3));
    }

    @Test
    @Tag(FaultSuite.FULL)
    void killedInMidTransactionAndRestarted(FaultSuite suite) throws Exception {
        suite.play(Fault.WORKER_RESTARTED_AFTER_KILL, FaultSuite.times(3));
    }

    @Test
    void stoppedUntilOthersTookOver(FaultSuite suite) throws Exception {
        suite.play(Fault.ZOMBIE, FaultSuite.times(3));
    }

    @Test
    @Tag(FaultSuite.FULL)
    void stoppedUntilItsSuccessorTookOver(FaultSuite suite) throws Exception {
        suite.play(Fault.ZOMBIE_REPLACED, FaultSuite.times(2));
    }

    @Test
    @Tag(FaultSuite.FULL)
    void askedToEnd(FaultSuite suite) throws Exception {
        suite.play(Fault.WORKER_TERMINATED, FaultSuite.times(3));
    }
}
