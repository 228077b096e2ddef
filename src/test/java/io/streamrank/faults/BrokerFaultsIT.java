package io.streamrank.faults;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What befalls the broker. */
@ExtendWith(FaultSuite.class)
@Timeout(900)
class BrokerFaultsIT {
    @Test
    void killed(FaultSuite suite) throws Exception {
        suite.play(Fault.BROKER_KILLED, FaultSuite.times(2));
    }

    @Test
    @Tag(FaultSuite.FULL)
    void bounced(FaultSuite suite) throws Exception {
        suite.play(Fault.BROKER_BOUNCED, FaultSuite.times(2));
    }

    @Test
    @Tag(FaultSuite.FULL)
    void stalled(FaultSuite suite) throws Exception {
        suite.play(Fault.BROKER_STALLED, FaultSuite.times(2));
    }
}
