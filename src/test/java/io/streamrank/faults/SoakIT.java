package io.streamrank.faults;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Everything at once: many events, and all that can break in random order. */
@ExtendWith(FaultSuite.class)
@Timeout(1_800)
class SoakIT {
    private static final int WORKERS = 3;
    private static final int PAUSE_MILLIS_MAX = 4_000;

    @Test
    void everythingBreaksInRandomOrder(FaultSuite suite, Scene scene) throws Exception {
        long start = System.nanoTime();
        int before = scene.sent();
        int events = FaultSuite.events(100_000, 3_000);
        scene.crew().fill(FaultSuite.events(WORKERS, WORKERS - 1));
        scene.traffic().begin(FaultSuite.events(400, 300));
        List<Blow> blows = new ArrayList<>();
        List<Fault> deck = new ArrayList<>();
        Random random = new Random(suite.seed());
        while (scene.sent() - before < events) {
            if (deck.isEmpty()) {
                deck.addAll(Arrays.asList(Fault.values()));
                Collections.shuffle(deck, random);
            }
            Thread.sleep(random.nextInt(PAUSE_MILLIS_MAX));
            Fault fault = deck.remove(deck.size() - 1);
            System.out.println("Soak: " + fault.title());
            blows.add(fault.strike(scene));
            scene.crew().fill(FaultSuite.events(WORKERS, WORKERS - 1));
        }
        scene.settle();
        List<Recovery> recoveries = blows.stream().map(scene::recovery).toList();
        suite.report()
                .add(Report.Row.of("soak: all of these in random order", scene.sent() - before, recoveries, start));
    }
}
