package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PassSeedsTest {
    @Test
    void areOfEachPassAloneHoweverManyADeviceMakes() {
        Set<Double> seen = new HashSet<>();
        for (int batch = 0; batch < 20; batch++) {
            for (int device = 0; device < 4; device++) {
                PassSeeds seeds = new PassSeeds(7, batch, device);
                // As many as halving makes of what the device was given, other numbers on each.
                for (int pass = 0; pass < 10 * (device + 1); pass++) {
                    double seed = seeds.next();
                    assertThat(seed).isEqualTo(Math.rint(seed)).isBetween(0.0, 0x1p52);
                    assertThat(seen.add(seed)).isTrue();
                }
            }
        }
    }

    @Test
    void areTheSameAgain() {
        assertThat(new PassSeeds(7, 3, 1).next()).isEqualTo(new PassSeeds(7, 3, 1).next());
        assertThat(new PassSeeds(7, 3, 1).next()).isNotEqualTo(new PassSeeds(8, 3, 1).next());
    }
}
