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
        suite.play(Fault.WORKER_KILLED_IN_MID_TRANSACTION, FaultSuite.times(2));
    }

    @Test
    @Tag(FaultSuite.FULL)
    void killedInMidTransactionAndRestarted(FaultSuite suite) throws Exception {
        suite.play(Fault.WORKER_RESTARTED_AFTER_KILL, FaultSuite.times(2));
    }

    @Test
    void stoppedUntilOthersTookOver(FaultSuite suite) throws Exception {
        suite.play(Fault.ZOMBIE, FaultSuite.times(2));
    }

    @Test
    @Tag(FaultSuite.FULL)
    void stoppedUntilItsSuccessorTookOver(FaultSuite suite) throws Exception {
        suite.play(Fault.ZOMBIE_REPLACED, FaultSuite.times(2));
    }

    /** What sessions and names have a part in; the seed decides by which protocol the others go. */
    @Test
    @Tag(FaultSuite.FULL)
    void byTheOtherProtocol(FaultSuite suite) throws Exception {
        try (Scene scene = suite.openScene("other-protocol", suite.otherManner())) {
            suite.play(scene, Fault.WORKER_KILLED_IN_MID_TRANSACTION, 1);
            suite.play(scene, Fault.WORKER_RESTARTED_AFTER_KILL, 1);
            suite.play(scene, Fault.ZOMBIE, 1);
            suite.play(scene, Fault.ZOMBIE_REPLACED, 1);
        }
    }

    @Test
    @Tag(FaultSuite.FULL)
    void askedToEnd(FaultSuite suite) throws Exception {
        suite.play(Fault.WORKER_TERMINATED, FaultSuite.times(2));
    }
}
