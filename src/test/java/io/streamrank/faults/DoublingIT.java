package io.streamrank.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.ingest.IngestSettings.Guarantee;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** That traffic, witness and ledger find what is doubled: workers that promise only at-least-once are not let off. */
@ExtendWith(FaultSuite.class)
@Timeout(900)
@Tag(FaultSuite.FULL)
class DoublingIT {
    @Test
    void isFoundWhereAWorkerWithoutTransactionsIsKilled(FaultSuite suite) throws Exception {
        WorkerProcess.Manner manner = new WorkerProcess.Manner(suite.manner().protocol(), Guarantee.AT_LEAST_ONCE);
        try (Scene scene = suite.openScene("doubling", manner)) {
            scene.crew().fill(2);
            scene.traffic().begin(FaultSuite.EVENTS_PER_SECOND);
            scene.awaitFlow();

            WorkerProcess victim = scene.workerAtWork();
            CommitTrap trap = scene.stage().proxy().catchCommit(victim.consumer(), CommitTrap.Part.REQUEST);
            trap.awaitCaught();
            victim.kill();
            trap.lose();

            List<String> offences = scene.offencesOnceSettled();
            assertThat(offences)
                    .anyMatch(offence -> offence.contains(": answered 2 times"))
                    .noneMatch(offence -> offence.contains(": lost"))
                    .noneMatch(offence -> offence.contains(": wrong answer"))
                    .noneMatch(offence -> offence.contains(": answered, but never sent"));
        }
    }
}
