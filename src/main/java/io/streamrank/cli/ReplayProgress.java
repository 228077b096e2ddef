package io.streamrank.cli;

import io.streamrank.replay.run.ReplayWatcher;
import java.time.Duration;
import java.util.Locale;

/** Shows how far a replay is, and how long the rest takes. */
final class ReplayProgress implements ReplayWatcher {
    private static final double PERCENT = 100;

    private final Terminal terminal;

    ReplayProgress(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void at(Distance distance) {
        double seconds = Math.max(1e-3, distance.elapsed().toNanos() / 1e9);
        String fraction = distance.fraction()
                .map(done -> String.format(Locale.ROOT, ", %.1f %%", PERCENT * done))
                .orElse("");
        String left = distance.left()
                .filter(time -> !time.isZero())
                .map(time -> ", " + text(time) + " left")
                .orElse("");
        terminal.progress(
                "  %,d lists, %,d pairs scored, %.0f pairs/s%s%s",
                distance.lists(), distance.pairs(), distance.pairsNow() / seconds, fraction, left);
    }

    @Override
    public void scored() {
        terminal.progress("  all lists are scored; writing the runs");
    }

    /** {@code 2 h 05 min}, {@code 12 min}, {@code 40 s}. */
    static String text(Duration time) {
        if (time.toMinutes() >= Duration.ofHours(1).toMinutes()) {
            return String.format(Locale.ROOT, "%d h %02d min", time.toHours(), time.toMinutesPart());
        }
        return time.toSeconds() >= 2 * Duration.ofMinutes(1).toSeconds()
                ? time.toMinutes() + " min"
                : Math.max(1, time.toSeconds()) + " s";
    }
}
