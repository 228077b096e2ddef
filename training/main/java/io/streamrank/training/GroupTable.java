package io.streamrank.training;

import io.streamrank.model.TorchValue;
import java.util.List;

/**
 * Groups side by side, as {@code losses.py} takes them: where each document's score is, its label and its teacher's score.
 */
final class GroupTable {
    private static final int ROWS = 3;

    private final float[] values;
    private final int groups;
    private final int widest;

    private GroupTable(float[] values, int groups, int widest) {
        this.values = values;
        this.groups = groups;
        this.widest = widest;
    }

    /** @param place of each document, all groups one after the other, where its score is */
    static GroupTable of(List<Group> groups, int[] place) {
        int widest = groups.stream().mapToInt(Group::size).max().orElse(0);
        int cells = groups.size() * widest;
        float[] values = new float[ROWS * cells];
        int next = 0;
        for (int g = 0; g < groups.size(); g++) {
            Group group = groups.get(g);
            for (int k = 0; k < widest; k++) {
                int cell = g * widest + k;
                boolean there = k < group.size();
                values[cell] = there ? place[next++] : -1;
                values[cells + cell] = there ? group.labels()[k] : 0;
                float teacher = there ? group.teacher()[k] : 0;
                values[2 * cells + cell] = Float.isNaN(teacher) ? 0 : teacher;
            }
        }
        return new GroupTable(values, groups.size(), widest);
    }

    TorchValue value() {
        return TorchValue.floats(values, List.of((long) ROWS, (long) groups, (long) widest));
    }
}
