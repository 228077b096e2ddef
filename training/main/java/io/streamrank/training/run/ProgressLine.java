package io.streamrank.training.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import picocli.CommandLine.Help.Ansi;

/**
 * Says how far a long task is and how long it will still take: one line that rewrites itself on a terminal, a line every
 * half minute elsewhere. Without colours.
 */
public final class ProgressLine {
    private static final long TERMINAL_INTERVAL_NANOS = 200_000_000L;
    private static final long LOG_INTERVAL_NANOS = 30_000_000_000L;

    private final PrintStream out;
    private final boolean terminal;
    private final LongSupplier nanoClock;
    private final String unit;
    private final long total;
    private long intervalNanos;
    private long toldFirst;
    private long begun;
    private long doneBefore;
    private long lastShown;
    private int shownLength;

    ProgressLine(PrintStream out, boolean terminal, LongSupplier nanoClock, long total, String unit) {
        this.out = out;
        this.terminal = terminal;
        this.nanoClock = nanoClock;
        this.total = total;
        this.unit = unit;
        this.intervalNanos = terminal ? TERMINAL_INTERVAL_NANOS : LOG_INTERVAL_NANOS;
        this.begun = nanoClock.getAsLong();
        this.lastShown = begun - (terminal ? TERMINAL_INTERVAL_NANOS : 0);
    }

    /**
     * On standard error.
     *
     * @param total of how many
     * @param unit what is counted: {@code queries}, {@code steps}
     */
    public static ProgressLine of(long total, String unit) {
        return new ProgressLine(System.err, Ansi.AUTO.enabled(), System::nanoTime, total, unit);
    }

    /** Off a terminal, tells of each of the first counts, and then as often as this. */
    public synchronized ProgressLine telling(long first, Duration between) {
        if (!terminal) {
            toldFirst = first;
            intervalNanos = between.toNanos();
        }
        return this;
    }

    /** Says something else, in a line of its own. */
    public synchronized void say(String text) {
        if (shownLength > 0) {
            out.print("\r" + " ".repeat(shownLength) + "\r");
            shownLength = 0;
        }
        out.println(text);
        out.flush();
    }

    /** The time left is reckoned from here on: so much was done before, in no time. */
    public synchronized void begin(long alreadyDone) {
        doneBefore = alreadyDone;
        begun = nanoClock.getAsLong();
    }

    /** Says how many are done. */
    public void done(long count) {
        done(count, "");
    }

    /**
     * Says how many are done.
     *
     * @param remark what else is worth knowing: {@code loss 0.31}; may be empty
     */
    public synchronized void done(long count, String remark) {
        long now = nanoClock.getAsLong();
        boolean last = count >= total;
        if (!last && count - doneBefore > toldFirst && now - lastShown < intervalNanos) {
            return;
        }
        lastShown = now;
        show(line(count, remark, now - begun), last);
    }

    private String line(long count, String remark, long nanos) {
        long fresh = count - doneBefore;
        double perSecond = nanos <= 0 ? 0 : fresh * 1e9 / nanos;
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%,d of %,d %s", count, total, unit));
        if (!remark.isEmpty()) {
            line.append(", ").append(remark);
        }
        if (perSecond > 0) {
            line.append(String.format(Locale.ROOT, perSecond < 10 ? ", %.1f/s" : ", %,.0f/s", perSecond));
            line.append(
                    count >= total
                            ? ", took " + text(Duration.ofNanos(nanos))
                            : ", " + text(Duration.ofMillis((long) ((total - count) / perSecond * 1e3))) + " left");
        }
        return line.toString();
    }

    private void show(String line, boolean last) {
        if (terminal) {
            // Blanks over what a longer line left.
            out.print("\r" + line + " ".repeat(Math.max(0, shownLength - line.length())));
            shownLength = line.length();
        }
        if (!terminal || last) {
            out.println(terminal ? "" : line);
            shownLength = 0;
        }
        out.flush();
    }

    /** For people: {@code 48 s}, {@code 3 min 20 s}, {@code 2 h 5 min}. */
    static String text(Duration duration) {
        long seconds = Math.round(duration.toMillis() / 1e3);
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600
                ? seconds / 60 + " min " + seconds % 60 + " s"
                : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
    }
}
