package io.streamrank.training;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Cuts a batch into parts whose activations fit: as many whole groups as a budget of tokens takes. A larger group is a
 * part by itself, and cut further where it is scored.
 */
final class MicroBatches {
    private MicroBatches() {}

    /**
     * Groups of like size come together, so that tables of groups have few empty places.
     *
     * @param tokens the budget
     */
    static List<List<Group>> of(List<Group> batch, int tokens) {
        List<Group> ordered = new ArrayList<>(batch);
        ordered.sort(Comparator.comparingInt(Group::size));
        List<List<Group>> parts = new ArrayList<>();
        List<Group> part = new ArrayList<>();
        int used = 0;
        for (Group group : ordered) {
            if (!part.isEmpty() && used + group.tokens() > tokens) {
                parts.add(part);
                part = new ArrayList<>();
                used = 0;
            }
            part.add(group);
            used += group.tokens();
        }
        if (!part.isEmpty()) {
            parts.add(part);
        }
        return parts;
    }
}
