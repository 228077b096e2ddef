package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * Sides that do the same work in turns, in short rounds, so that what else a shared machine does slows all alike. They
 * are compared within rounds: the median of a ratio says more than the ratio of two medians.
 */
final class SideBySide {
    private static final double NANOS = 1e9;

    private final Map<String, Work> sides = new LinkedHashMap<>();
    private final Map<String, List<Double>> seconds = new LinkedHashMap<>();

    /** Some of the same work as the others'. */
    @FunctionalInterface
    interface Work {
        /** Does it once. */
        void run() throws Exception;
    }

    SideBySide add(String name, Work work) {
        sides.put(name, work);
        seconds.put(name, new ArrayList<>());
        return this;
    }

    /** Runs each side once untimed, and then once a round; the next round begins with another side. */
    SideBySide measure(int rounds) throws Exception {
        for (Work work : sides.values()) {
            work.run();
        }
        List<String> names = List.copyOf(sides.keySet());
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < names.size(); i++) {
                String name = names.get((round + i) % names.size());
                long start = System.nanoTime();
                sides.get(name).run();
                seconds.get(name).add((System.nanoTime() - start) / NANOS);
            }
        }
        return this;
    }

    /** In a typical round. */
    double medianSeconds(String name) {
        return percentile(seconds.get(name), 50);
    }

    /** How many times as fast one side is as another, in the median round. */
    double timesAsFast(String name, String peer) {
        return percentile(ratios(name, peer), 50);
    }

    /**
     * Tells what was measured.
     *
     * @param amount how much of it each round did, in {@code unit}
     * @param peer which side the others are compared with
     */
    void tell(ObjectNode node, double amount, String unit, String peer) {
        for (String name : sides.keySet()) {
            ObjectNode side = node.putObject(name);
            side.put(unit + "_per_second", rounded(amount / medianSeconds(name)));
            ObjectNode times = side.putObject("times_" + peer);
            List<Double> ratios = ratios(name, peer);
            times.put("median", rounded(percentile(ratios, 50)))
                    .put("lower_quartile", rounded(percentile(ratios, 25)))
                    .put("upper_quartile", rounded(percentile(ratios, 75)));
            ArrayNode rounds = side.putArray("seconds");
            seconds.get(name).forEach(value -> rounds.add(rounded(value)));
        }
    }

    private List<Double> ratios(String name, String peer) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < seconds.get(name).size(); i++) {
            ratios.add(seconds.get(peer).get(i) / seconds.get(name).get(i));
        }
        return ratios;
    }

    private static double percentile(List<Double> values, double percent) {
        return new Percentile()
                .evaluate(values.stream().mapToDouble(Double::doubleValue).toArray(), percent);
    }

    /** Four digits are more than any of this is good for. */
    static double rounded(double value) {
        return Double.isFinite(value)
                ? new java.math.BigDecimal(value)
                        .round(new java.math.MathContext(4))
                        .doubleValue()
                : value;
    }
}
