package io.streamrank.replay.scale;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Values summed over queries, one sum a measure. The sums are exact, so that they don't depend on the order in which
 * values came, changed and went.
 *
 * @param count how many queries count, or lists
 * @param sums one a measure; none as long as there was no value
 */
record MeasureSums(long count, List<BigDecimal> sums) {
    static final MeasureSums ZERO = new MeasureSums(0, List.of());

    MeasureSums {
        sums = List.copyOf(sums);
    }

    MeasureSums after(Change change) {
        List<BigDecimal> all = new ArrayList<>(sums);
        while (all.size() < Math.max(change.before().size(), change.after().size())) {
            all.add(BigDecimal.ZERO);
        }
        for (int i = 0; i < change.before().size(); i++) {
            all.set(i, all.get(i).subtract(new BigDecimal(change.before().get(i))));
        }
        for (int i = 0; i < change.after().size(); i++) {
            all.set(i, all.get(i).add(new BigDecimal(change.after().get(i))));
        }
        return new MeasureSums(
                count + change.count(),
                all.stream().map(BigDecimal::stripTrailingZeros).toList());
    }

    /**
     * What is to be added to sums and taken from them.
     *
     * @param count how many more count
     * @param before values that count no more, one a measure
     * @param after values that count now, one a measure
     */
    record Change(long count, List<Double> before, List<Double> after) {
        /** So many more, and no values. */
        static Change ofCount(long count) {
            return new Change(count, List.of(), List.of());
        }

        Change {
            before = List.copyOf(before);
            after = List.copyOf(after);
        }
    }
}
