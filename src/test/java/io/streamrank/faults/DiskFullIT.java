package io.streamrank.faults;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The broker's disk runs full under load, the broker dies of it, space is given back, and it is started again. */
@ExtendWith(FaultSuite.class)
@Timeout(900)
@Tag(FaultSuite.FULL)
class DiskFullIT {
    @Test
    void theBrokersDiskRunsFull(FaultSuite suite, @TempDir Path folder) throws Exception {
        Optional<ScarceDisk> available = ScarceDisk.at(folder.resolve("disk"));
        assumeThat(available)
                .as("a disk that can run full: neither mount nor prlimit is allowed here")
                .isPresent();
        long start = System.nanoTime();
        try (ScarceDisk disk = available.orElseThrow();
                Stage stage = Stage.open(Files.createDirectory(folder.resolve("workers")), disk.folder());
                Scene scene = new Scene(stage, "disk-full", suite.seed(), suite.manner())) {
            scene.crew().fill(1);
            scene.traffic().begin(FaultSuite.EVENTS_PER_SECOND);
            scene.awaitFlow();

            disk.fill(stage.broker().pid());
            scene.await(
                    "the broker dies of its full disk", () -> !stage.broker().isAlive());
            disk.free();
            stage.broker().restart();

            Blow blow = scene.blow(Scene.allPartitions());
            scene.awaitRecovery(blow);
            scene.settle();
            suite.report()
                    .add(Report.Row.of(
                            FaultSuite.titled(disk.kind(), scene), scene.sent(), List.of(scene.recovery(blow)), start));
        }
    }
}
