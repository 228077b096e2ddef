package io.streamrank.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * How measured ratios compare with recorded ones.
 *
 * @param lines one a ratio, to be read by people
 * @param regressed whether one is lower than its record by more than the tolerance, or was not measured at all
 */
record GuardReport(List<String> lines, boolean regressed) {
    GuardReport {
        lines = List.copyOf(lines);
    }

    /**
     * Compares.
     *
     * @param recorded how many times as fast as its peer each thing was
     * @param measured the same, now
     * @param tolerance the share by which a ratio may be lower
     */
    static GuardReport of(Map<String, Double> recorded, Map<String, Double> measured, double tolerance) {
        List<String> lines = new ArrayList<>();
        boolean regressed = false;
        TreeSet<String> names = new TreeSet<>(recorded.keySet());
        names.addAll(measured.keySet());
        for (String name : names) {
            Double before = recorded.get(name);
            Double now = measured.get(name);
            if (now == null) {
                regressed = true;
                lines.add(String.format(Locale.ROOT, "%-28s recorded %.3f  was not measured", name, before));
            } else if (before == null) {
                lines.add(line(name, "not recorded yet", now));
            } else {
                // Written so that what is not a number counts as slower.
                boolean held = now >= before * (1 - tolerance);
                regressed |= !held;
                String change = String.format(Locale.ROOT, "recorded %.3f  %+.1f%%", before, 100 * (now / before - 1));
                lines.add(line(name, held ? change : change + "  SLOWER", now));
            }
        }
        return new GuardReport(lines, regressed);
    }

    private static String line(String name, String change, double now) {
        return String.format(Locale.ROOT, "%-28s %.3f times its peer  %s", name, now, change);
    }
}
