package io.streamrank.replay.plot;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** From values to pixels, and the marks along the way. */
record Axis(double low, double high, boolean logarithmic, double lowPixel, double highPixel) {
    private static final int TICKS = 6;
    private static final double[] STEPS = {1, 2, 5, 10};
    private static final int[][] DIGITS = {{1}, {1, 2, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
    private static final double MARGIN = 0.05;

    /** A mark. */
    record Tick(double pixel, String label) {}

    /** An axis that holds all values, with a little room at both ends. */
    static Axis around(double[] values, boolean logarithmic, double lowPixel, double highPixel) {
        double[] finite = Arrays.stream(values)
                .filter(value -> Double.isFinite(value) && !(logarithmic && value <= 0))
                .toArray();
        double low = Arrays.stream(finite).min().orElse(logarithmic ? 1 : 0);
        double high = Arrays.stream(finite).max().orElse(logarithmic ? 10 : 1);
        if (logarithmic) {
            double room = high > low ? Math.pow(high / low, MARGIN) : 2;
            return new Axis(low / room, high * room, true, lowPixel, highPixel);
        }
        // A flat line stands in the middle.
        double room = high > low ? MARGIN * (high - low) : 0.5;
        return new Axis(low - room, high + room, false, lowPixel, highPixel);
    }

    double of(double value) {
        double share = logarithmic
                ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
                : (value - low) / (high - low);
        return lowPixel + Math.max(-1, Math.min(2, share)) * (highPixel - lowPixel);
    }

    List<Tick> ticks() {
        return logarithmic ? logarithmicTicks() : linearTicks();
    }

    private List<Tick> linearTicks() {
        double rough = (high - low) / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double step = power * 10;
        for (int i = STEPS.length - 1; i >= 0; i--) {
            step = STEPS[i] * power >= rough ? STEPS[i] * power : step;
        }
        List<Tick> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
            ticks.add(new Tick(of(i * step), label(i * step, step)));
        }
        return ticks;
    }

    /** At powers of ten, with as many between them as there is room for. */
    private List<Tick> logarithmicTicks() {
        List<Tick> ticks = List.of();
        for (int[] digits : DIGITS) {
            ticks = ticksAt(digits);
            if (ticks.size() >= TICKS / 2) {
                break;
            }
        }
        return ticks;
    }

    private List<Tick> ticksAt(int[] digits) {
        List<Tick> ticks = new ArrayList<>();
        for (int exponent = (int) Math.floor(Math.log10(low)); Math.pow(10, exponent) <= high; exponent++) {
            for (int digit : digits) {
                double value = digit * Math.pow(10, exponent);
                if (value >= low && value <= high) {
                    ticks.add(new Tick(of(value), label(value, Math.pow(10, exponent))));
                }
            }
        }
        return ticks;
    }

    private static String label(double value, double step) {
        if (value == 0) {
            return "0";
        }
        if (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4) {
            return String.format(Locale.ROOT, "%.0e", value);
        }
        int digits = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
        return String.format(Locale.ROOT, "%,." + digits + "f", new BigDecimal(value));
    }
}
