package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;

/**
 * Measures whether bfloat16 is worth it on this machine: two scorers of one checkpoint take turns on the same pairs, so
 * that what else the machine does slows both alike.
 */
final class DtypeTrial {
    /** How much faster bfloat16 must be: less is not worth other scores than the next machine's. */
    static final double SPEEDUP_MIN = 1.2;

    /** In how many of all passes it must be faster at all: where the machine is too busy to tell, float32 it is. */
    static final double FASTER_PASSES_MIN = 0.75;

    /** How far a score may be off, as a part of the span from the lowest float32 score to the highest. */
    static final double DIFFERENCE_MAX = 0.02;

    /** How alike both must order the sample. */
    static final double RANK_CORRELATION_MIN = 0.999;

    /** Rounds over the sample, unless the time is up before. */
    static final int ROUNDS = 5;

    /** After which no further pass begins. Where not even the first round is done then, float32 it is. */
    static final long TIME_MAX_NANOS = 10_000_000_000L;

    /** A pass is large enough that the multiplications count and not the calls. */
    private static final int PASS_TOKENS = 512;

    private final Side float32;
    private final Side bfloat16;
    private final LongSupplier nanoTime;
    private final List<List<EncodedPair>> passes = new ArrayList<>();
    private final List<float[]> exact = new ArrayList<>();
    private final List<float[]> rounded = new ArrayList<>();
    private final List<Double> speedups = new ArrayList<>();
    private final List<Double> float32Speeds = new ArrayList<>();
    private final List<Double> bfloat16Speeds = new ArrayList<>();

    /** A scorer of one kind of arithmetic. */
    @FunctionalInterface
    interface Side {
        float[] score(List<EncodedPair> pairs);
    }

    /**
     * What to take, and why.
     *
     * @param dtype the arithmetic
     * @param report what was measured, for the log
     */
    record Verdict(Dtype dtype, String report) {}

    /** One side's scores and how long they took. */
    @SuppressWarnings("ArrayRecordComponent") // lives for one pass
    private record Timed(float[] scores, long nanos) {}

    /** @param pairs the sample, the shortest pair first */
    DtypeTrial(Side float32, Side bfloat16, List<EncodedPair> pairs, LongSupplier nanoTime) {
        this.float32 = float32;
        this.bfloat16 = bfloat16;
        this.nanoTime = nanoTime;
        int tokens = PASS_TOKENS;
        for (EncodedPair pair : pairs) {
            // A model that remembers documents would be timed at remembering.
            EncodedPair whole = new EncodedPair(pair.ids(), pair.typeIds(), pair.truncated());
            if (tokens + whole.tokens() > PASS_TOKENS) {
                passes.add(new ArrayList<>());
                tokens = 0;
            }
            passes.get(passes.size() - 1).add(whole);
            tokens += whole.tokens();
        }
    }

    Verdict verdict() {
        long start = nanoTime.getAsLong();
        // The first calls compile.
        List<EncodedPair> shortest = passes.get(0).subList(0, 1);
        float32.score(shortest);
        bfloat16.score(shortest);
        int pass = 0;
        while (pass < ROUNDS * passes.size() && nanoTime.getAsLong() - start < TIME_MAX_NANOS) {
            compare(pass++);
        }
        return pass < passes.size()
                ? new Verdict(
                        Dtype.FLOAT32,
                        text(
                                "float32, as %,d tokens were too many to compare it with bfloat16 in %d s",
                                tokens(passes.stream().flatMap(List::stream).toList()), TIME_MAX_NANOS / 1_000_000_000))
                : verdict(joined(exact), joined(rounded));
    }

    /** One pass by both, now this one first and now that. */
    private void compare(int number) {
        List<EncodedPair> pass = passes.get(number % passes.size());
        boolean float32First = (number / passes.size() + number) % 2 == 0;
        Timed first = timed(float32First ? float32 : bfloat16, pass);
        Timed second = timed(float32First ? bfloat16 : float32, pass);
        Timed wide = float32First ? first : second;
        Timed narrow = float32First ? second : first;
        speedups.add((double) wide.nanos() / narrow.nanos());
        float32Speeds.add(tokens(pass) * 1e9 / wide.nanos());
        bfloat16Speeds.add(tokens(pass) * 1e9 / narrow.nanos());
        if (number < passes.size()) {
            exact.add(wide.scores());
            rounded.add(narrow.scores());
        }
    }

    private Timed timed(Side side, List<EncodedPair> pass) {
        long start = nanoTime.getAsLong();
        float[] scores = side.score(pass);
        return new Timed(scores, Math.max(1, nanoTime.getAsLong() - start));
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private Verdict verdict(float[] expected, float[] given) {
        double speedup = median(speedups);
        double difference = difference(expected, given);
        double correlation = Double.isFinite(difference)
                ? new SpearmansCorrelation().correlation(doubles(expected), doubles(given))
                : Double.NaN;
        // Written so that what is not a number speaks against bfloat16.
        boolean faster = speedup >= SPEEDUP_MIN && fasterPasses() >= FASTER_PASSES_MIN;
        boolean taken = faster && difference <= DIFFERENCE_MAX && correlation >= RANK_CORRELATION_MIN;
        Dtype dtype = taken ? Dtype.BFLOAT16 : Dtype.FLOAT32;
        return new Verdict(
                dtype,
                text(
                        "%s: float32 reads %,.0f tokens/s, bfloat16 %,.0f; in the median pass %.2f times as many (needed:"
                                + " %.1f) and more in %.0f%% of the passes (needed: %.0f%%), with scores"
                                + " off by %.2f%% of their spread at most (allowed: %.0f%%) and a rank correlation of"
                                + " %.5f (needed: %.3f)",
                        dtype.label(),
                        median(float32Speeds),
                        median(bfloat16Speeds),
                        speedup,
                        SPEEDUP_MIN,
                        100 * fasterPasses(),
                        100 * FASTER_PASSES_MIN,
                        100 * difference,
                        100 * DIFFERENCE_MAX,
                        correlation,
                        RANK_CORRELATION_MIN));
    }

    private double fasterPasses() {
        return (double) speedups.stream().filter(speedup -> speedup > 1).count() / speedups.size();
    }

    private static double difference(float[] exact, float[] rounded) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        double largest = 0;
        for (int i = 0; i < exact.length; i++) {
            low = Math.min(low, exact[i]);
            high = Math.max(high, exact[i]);
            largest = Math.max(largest, Math.abs((double) exact[i] - rounded[i]));
        }
        return largest / (high - low);
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    private static float[] joined(List<float[]> parts) {
        float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    private static long tokens(List<EncodedPair> pairs) {
        return pairs.stream().mapToLong(EncodedPair::tokens).sum();
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
