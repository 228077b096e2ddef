package io.streamrank.replay.scale;

import io.streamrank.replay.scale.MeasureSums.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.streams.KeyValue;
import org.jspecify.annotations.Nullable;

/**
 * How what is known of a query has changed.
 *
 * @param task which of the tasks knows it: lists are counted by task, so that no single one has to count them all
 * @param lists how many more lists everybody has ranked, and of values, by {@link ListCounts}, who has ranked them;
 *     null where that is as it was
 */
record QueryUpdate(
        int task,
        QueryOutcome before,
        QueryOutcome after,
        @Nullable Change lists) {

    /** Whether it is worth telling: of a query that nobody has judged there is nothing to tell. */
    boolean isToBeTold() {
        return !before.equals(after) && (before.judged() || after.judged());
    }

    /** What changes of which totals. */
    List<KeyValue<String, Change>> changes() {
        List<KeyValue<String, Change>> changes = new ArrayList<>();
        if (lists != null) {
            changes.add(KeyValue.pair(Total.lists(task).key(), lists));
        }
        Set<String> names = new TreeSet<>(before.values().keySet());
        names.addAll(after.values().keySet());
        for (String name : names) {
            List<Double> was = before.values().getOrDefault(name, List.of());
            List<Double> is = after.values().getOrDefault(name, List.of());
            if (!was.equals(is)) {
                int count = (is.isEmpty() ? 0 : 1) - (was.isEmpty() ? 0 : 1);
                changes.add(KeyValue.pair(Total.of(name).key(), new Change(count, was, is)));
            }
        }
        return changes;
    }
}
