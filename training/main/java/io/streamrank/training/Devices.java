package io.streamrank.training;

import java.util.List;

/**
 * What a {@link Learner} computes on.
 *
 * @param names {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:1}; several share the work of each batch
 * @param comparedEvery steps between comparisons of the weights that several have; 0 for none but before they are written
 */
public record Devices(List<String> names, int comparedEvery) {
    private static final int COMPARED_EVERY = 100;

    public Devices {
        names = List.copyOf(names);
        if (names.isEmpty()) {
            throw new IllegalArgumentException("devices are none, expected one at least");
        }
        Settings.atLeast("devices-compared-every", comparedEvery, 0);
    }

    /** One or several. */
    public static Devices of(List<String> names) {
        return new Devices(names, COMPARED_EVERY);
    }
}
