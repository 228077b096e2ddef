package io.streamrank.cli;

import io.streamrank.contract.Latency;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.Work;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Throughput as a table of one window, for people. */
final class ThroughputFormat {
    private static final String ROW = "%-30s %7s %8s %9s %5s %5s %16s %25s %6s";
    private static final String COST = " %11s";
    private static final int NAME_CHARS = 30;
    private static final double MICROS_PER_MILLI = 1e3;
    private static final double MICROS_PER_SECOND = 1e6;

    private ThroughputFormat() {}

    /** The table's first line. */
    static String heading(boolean priced) {
        return String.format(
                        Locale.ROOT,
                        ROW,
                        "model, worker",
                        "lists/s",
                        "pairs/s",
                        "tokens/s",
                        "busy",
                        "fill",
                        "queue p50/p99",
                        "end to end p50/p99/max",
                        "failed")
                + (priced ? String.format(Locale.ROOT, COST, "1,000 pairs") : "");
    }

    /**
     * A line of the table.
     *
     * @param priced whether the heading has a column for the cost
     */
    static String row(Throughput window, boolean priced) {
        Work work = window.work();
        String worker = window.scope().worker();
        String line = String.format(
                Locale.ROOT,
                ROW,
                cut(worker == null ? window.scope().model() : "  " + worker),
                rate((double) work.requests() / window.size().duration().toSeconds()),
                rate(window.pairsPerSecond()),
                rate(window.tokensPerSecond()),
                percent(window.busyShare()),
                percent(window.batchFill()),
                times(List.of(window.queue().p50(), window.queue().p99()), window.queue()),
                times(
                        List.of(
                                window.endToEnd().p50(),
                                window.endToEnd().p99(),
                                window.endToEnd().max()),
                        window.endToEnd()),
                work.failures() == 0 ? "-" : String.format(Locale.ROOT, "%,d", work.failures()));
        return priced ? line + String.format(Locale.ROOT, COST, cost(window.costPer1000Pairs())) : line;
    }

    private static String cut(String text) {
        return text.length() <= NAME_CHARS ? text : text.substring(0, NAME_CHARS - 1) + "…";
    }

    private static String rate(double perSecond) {
        return perSecond == 0 ? "-" : String.format(Locale.ROOT, perSecond < 10 ? "%,.1f" : "%,.0f", perSecond);
    }

    private static String percent(double share) {
        return share == 0 ? "-" : String.format(Locale.ROOT, "%.0f%%", 100 * share);
    }

    private static String cost(@Nullable Double cost) {
        return cost == null ? "-" : String.format(Locale.ROOT, "%.6f", cost);
    }

    /** In one unit, that of the longest. */
    private static String times(List<Duration> times, Latency latency) {
        if (latency.count() == 0) {
            return "-";
        }
        long longest = micros(times.get(times.size() - 1));
        boolean seconds = longest >= MICROS_PER_SECOND;
        List<String> texts = new ArrayList<>();
        for (Duration time : times) {
            double value = micros(time) / (seconds ? MICROS_PER_SECOND : MICROS_PER_MILLI);
            texts.add(String.format(Locale.ROOT, value < 10 ? "%.1f" : "%,.0f", value));
        }
        return String.join(" / ", texts) + (seconds ? " s" : " ms");
    }

    private static long micros(Duration duration) {
        return TimeUnit.MICROSECONDS.convert(duration);
    }
}
