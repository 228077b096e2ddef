package io.streamrank.faults;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Everything at once: many events, and all that can break in random order. */
@ExtendWith(FaultSuite.class)
@Timeout(1_800)
class SoakIT {
    private static final int WORKERS = 3;
    private static final int PAUSE_MILLIS_MAX = 2_000;

    @Test
    void everythingBreaksInRandomOrder(FaultSuite suite, Scene scene) throws Exception {
        long start = System.nanoTime();
        int before = scene.sent();
        int events = FaultSuite.events(100_000, 2_000);
        scene.crew().fill(FaultSuite.events(WORKERS, WORKERS - 1));
        scene.traffic().begin(FaultSuite.events(700, 300));
        List<Blow> blows = new ArrayList<>();
        List<Fault> deck = new ArrayList<>();
        Random random = new Random(suite.seed());
        int different = FaultSuite.events(Fault.values().length, 1);
        Set<Fault> played = EnumSet.noneOf(Fault.class);
        // However slow the machine: the whole soak has dealt every fault.
        while (scene.sent() - before < events || played.size() < different) {
            if (deck.isEmpty()) {
                deck.addAll(Arrays.asList(Fault.values()));
                Collections.shuffle(deck, random);
            }
            Thread.sleep(random.nextInt(PAUSE_MILLIS_MAX));
            Fault fault = deck.remove(deck.size() - 1);
            System.out.println("Soak: " + fault.title());
            blows.add(fault.strike(scene));
            played.add(fault);
            scene.crew().beginToFill(FaultSuite.events(WORKERS, WORKERS - 1));
        }
        scene.settle();
        List<Recovery> recoveries = blows.stream().map(scene::recovery).toList();
        suite.report()
                .add(Report.Row.of(
                        FaultSuite.titled("soak: in random order", scene), scene.sent() - before, recoveries, start));
    }
}
