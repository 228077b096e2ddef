package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * How long sides took for the same work, round by round. They did it in turns, so that what else a shared machine does
 * slows all alike, and are compared within rounds: the median of a ratio says more than the ratio of two medians.
 */
final class TimedRounds {
    /** More digits than any of this is good for. */
    private static final MathContext DIGITS = new MathContext(4);

    private final Map<String, List<Double>> seconds = new LinkedHashMap<>();

    /** A side's turn. */
    interface Turn {
        /** Does the work once, and says how many seconds count. */
        double seconds() throws Exception;
    }

    /**
     * Gives each side a turn that does not count, and then one a round; the next round begins with another side. All turns
     * are on one thread, and not on the one that loaded the models: as in the worker. The thread that computes first has
     * OpenMP's waiting threads spin for long, which on a busy machine costs several times the work.
     */
    static TimedRounds of(Map<String, Turn> sides, int rounds) throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            return thread.submit(() -> turns(sides, rounds)).get();
        } finally {
            thread.shutdown();
        }
    }

    private static TimedRounds turns(Map<String, Turn> sides, int rounds) throws Exception {
        TimedRounds timed = new TimedRounds();
        List<String> names = List.copyOf(sides.keySet());
        for (String name : names) {
            Objects.requireNonNull(sides.get(name)).seconds();
        }
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < names.size(); i++) {
                String name = names.get((round + i) % names.size());
                timed.add(name, Objects.requireNonNull(sides.get(name)).seconds());
            }
        }
        return timed;
    }

    /** A turn of which all counts. */
    static Turn whole(Work work) {
        return () -> {
            long start = System.nanoTime();
            work.run();
            return (System.nanoTime() - start) / 1e9;
        };
    }

    /** Something to be timed. */
    interface Work {
        void run() throws Exception;
    }

    void add(String name, double took) {
        seconds.computeIfAbsent(name, any -> new ArrayList<>()).add(took);
    }

    /** In a typical round. */
    double medianSeconds(String name) {
        return percentile(seconds(name), 50);
    }

    /** How many times as fast one side was as another, in the median round. */
    double timesAsFast(String name, String peer) {
        return percentile(ratios(name, peer), 50);
    }

    /**
     * Tells what each side did.
     *
     * @param amount how much of it a turn was, in {@code unit}
     * @param peers sides that all are compared with
     */
    void tell(ObjectNode node, double amount, String unit, List<String> peers) {
        for (String name : seconds.keySet()) {
            ObjectNode side = node.putObject(name);
            side.put(unit + "_per_second", rounded(amount / medianSeconds(name)));
            for (String peer : peers) {
                List<Double> ratios = ratios(name, peer);
                side.putObject("times_" + peer)
                        .put("median", rounded(percentile(ratios, 50)))
                        .put("lower_quartile", rounded(percentile(ratios, 25)))
                        .put("upper_quartile", rounded(percentile(ratios, 75)));
            }
            ArrayNode rounds = side.putArray("seconds");
            seconds(name).forEach(value -> rounds.add(rounded(value)));
        }
    }

    private List<Double> seconds(String name) {
        return Objects.requireNonNull(seconds.get(name), name);
    }

    private List<Double> ratios(String name, String peer) {
        return IntStream.range(0, seconds(name).size())
                .mapToObj(i -> seconds(peer).get(i) / seconds(name).get(i))
                .toList();
    }

    private static double percentile(List<Double> values, double percent) {
        return new Percentile()
                .evaluate(values.stream().mapToDouble(Double::doubleValue).toArray(), percent);
    }

    static double rounded(double value) {
        return Double.isFinite(value) ? new BigDecimal(value).round(DIGITS).doubleValue() : value;
    }
}
