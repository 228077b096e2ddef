package io.streamrank.replay;

/** Quantiles of sorted numbers. */
public final class Quantiles {
    private Quantiles() {}

    /**
     * The quantile, interpolated between the two numbers nearest to it (Hyndman and Fan's type 7).
     *
     * @param sorted ascending
     * @param share between 0, the least, and 1, the greatest
     * @return NaN if there are no numbers
     */
    public static double of(double[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double place = share * (sorted.length - 1);
        int below = (int) Math.floor(place);
        int above = Math.min(sorted.length - 1, below + 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
