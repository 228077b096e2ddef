package io.streamrank.replay;

import java.math.BigDecimal;

/** Means whose sums are exact before they are rounded, so that they don't depend on the order of the values. */
public final class ExactMean {
    private ExactMean() {}

    /** The mean of finite numbers; NaN where there is none. */
    public static double of(double[] values) {
        BigDecimal sum = BigDecimal.ZERO;
        for (double value : values) {
            sum = sum.add(new BigDecimal(value));
        }
        return of(sum, values.length);
    }

    /** The mean of so many values with this sum. */
    public static double of(BigDecimal sum, long count) {
        return count == 0 ? Double.NaN : sum.doubleValue() / count;
    }
}
