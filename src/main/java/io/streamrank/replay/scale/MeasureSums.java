package io.streamrank.replay.scale;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * A model's measures, summed over queries. The sums are exact, so that they don't depend on the order in which values
 * came, changed and went.
 *
 * @param queries how many count
 * @param sums one a measure
 */
record MeasureSums(long queries, List<BigDecimal> sums) {
    MeasureSums {
        sums = List.copyOf(sums);
    }

    static MeasureSums zero(int measures) {
        List<BigDecimal> zeros = new ArrayList<>();
        for (int i = 0; i < measures; i++) {
            zeros.add(BigDecimal.ZERO);
        }
        return new MeasureSums(0, zeros);
    }

    MeasureSums after(Change change) {
        long count = queries;
        List<BigDecimal> all = new ArrayList<>(sums);
        if (!change.before().isEmpty()) {
            count--;
            for (int i = 0; i < all.size(); i++) {
                all.set(i, all.get(i).subtract(exact(change.before().get(i))));
            }
        }
        if (!change.after().isEmpty()) {
            count++;
            for (int i = 0; i < all.size(); i++) {
                all.set(i, all.get(i).add(exact(change.after().get(i))));
            }
        }
        return new MeasureSums(
                count, all.stream().map(BigDecimal::stripTrailingZeros).toList());
    }

    private static BigDecimal exact(double value) {
        return new BigDecimal(value);
    }

    /** A measure's mean over the queries that count. */
    double mean(int measure) {
        return queries == 0 ? Double.NaN : sums.get(measure).doubleValue() / queries;
    }

    /**
     * How one query's values have changed.
     *
     * @param before one a measure; none where the query did not count
     * @param after one a measure; none where the query counts no more
     */
    record Change(RankedQuery.ModelKey model, List<Double> before, List<Double> after) {
        Change {
            before = List.copyOf(before);
            after = List.copyOf(after);
        }
    }
}
