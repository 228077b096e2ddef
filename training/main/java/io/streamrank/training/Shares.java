package io.streamrank.training;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Divides a batch among devices: whole groups, about as many tokens for each, always the same. */
final class Shares {
    private Shares() {}

    /**
     * The largest groups are given away first, each to the device that has least.
     *
     * @return a share for each device, in the batch's order; empty where there are fewer groups than devices
     */
    static List<List<Group>> of(List<Group> batch, int devices) {
        if (devices == 1) {
            return List.of(batch);
        }
        int[] owner = new int[batch.size()];
        long[] load = new long[devices];
        IntStream.range(0, batch.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> -batch.get(i).tokens()))
                .forEach(i -> {
                    owner[i] = least(load);
                    load[owner[i]] += batch.get(i).tokens();
                });
        List<List<Group>> shares = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
            int own = device;
            shares.add(IntStream.range(0, batch.size())
                    .filter(i -> owner[i] == own)
                    .mapToObj(batch::get)
                    .toList());
        }
        return shares;
    }

    private static int least(long[] load) {
        int least = 0;
        for (int i = 1; i < load.length; i++) {
            least = load[i] < load[least] ? i : least;
        }
        return least;
    }
}
