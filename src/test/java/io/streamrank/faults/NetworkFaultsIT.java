package io.streamrank.faults;

import static org.assertj.core.api.Assertions.assertThat;

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
        suite.play(Fault.WORKER_CUT_OFF, FaultSuite.times(2));
    }

    @Test
    @Tag(FaultSuite.FULL)
    void stalled(FaultSuite suite) throws Exception {
        suite.play(Fault.ALL_STALLED, FaultSuite.times(2));
    }

    @Test
    void losesTheAnswerToACommit(FaultSuite suite, Scene scene) throws Exception {
        String found = "commit whose answer was lost did happen";
        int times = FaultSuite.times(2);
        int before = scene.crew().timesLogged(found);

        suite.play(Fault.COMMIT_ANSWER_LOST, times);

        // Kafka's own repetitions did not settle it before the worker asked.
        assertThat(scene.crew().timesLogged(found) - before).isEqualTo(times);
    }
}
