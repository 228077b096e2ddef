package io.streamrank.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import picocli.CommandLine.Help.Ansi;

/**
 * What a person watches: colours and a line that rewrites itself on a terminal; plain lines, and a progress line every
 * few seconds, anywhere else.
 */
final class Terminal {
    private static final long TERMINAL_INTERVAL_NANOS = 200_000_000L;
    private static final long LOG_INTERVAL_NANOS = 10_000_000_000L;
    private static final String ERASE_LINE = "\r\u001b[2K";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR = "\u001b[2J" + HOME;
    private static final String ERASE_TO_LINE_END = "\u001b[K";
    private static final String ERASE_BELOW = "\u001b[J";

    private final PrintWriter out;
    private final boolean ansi;
    private final LongSupplier nanoClock;
    private long lastProgress;
    private boolean progressShown;
    private List<String> screen = List.of();

    Terminal(PrintWriter out) {
        this(out, Ansi.AUTO.enabled(), System::nanoTime);
    }

    Terminal(PrintWriter out, boolean ansi, LongSupplier nanoClock) {
        this.out = out;
        this.ansi = ansi;
        this.nanoClock = nanoClock;
        // A terminal shows the first progress at once; elsewhere only what takes long is worth a line.
        this.lastProgress = nanoClock.getAsLong() - (ansi ? TERMINAL_INTERVAL_NANOS : 0);
    }

    /** Prints a line with picocli's markup: {@code @|bold text|@}. */
    synchronized void line(String format, Object... arguments) {
        eraseProgress();
        out.println(markup(String.format(Locale.ROOT, format, arguments)));
        out.flush();
    }

    /** Prints text as it is: whatever it holds, nothing in it is markup. */
    synchronized void raw(String text) {
        eraseProgress();
        out.println(text);
        out.flush();
    }

    /** Shows how far things are, at most a few times a second on a terminal, every few seconds elsewhere. */
    synchronized void progress(String format, Object... arguments) {
        long now = nanoClock.getAsLong();
        if (now - lastProgress < (ansi ? TERMINAL_INTERVAL_NANOS : LOG_INTERVAL_NANOS)) {
            return;
        }
        lastProgress = now;
        String text = String.format(Locale.ROOT, format, arguments);
        if (ansi) {
            out.print(ERASE_LINE + text);
            progressShown = true;
        } else {
            out.println(text);
        }
        out.flush();
    }

    /** Whether a person watches, who sees colours. */
    boolean isInteractive() {
        return ansi;
    }

    /**
     * Shows lines with picocli's markup, from the top of an emptied terminal; elsewhere prints them where they differ from
     * those before.
     */
    synchronized void screen(List<String> lines) {
        if (lines.equals(screen)) {
            return;
        }
        StringBuilder text = new StringBuilder();
        if (ansi) {
            text.append(screen.isEmpty() ? CLEAR : HOME);
        }
        for (String line : lines) {
            text.append(markup(line)).append(ansi ? ERASE_TO_LINE_END : "").append(System.lineSeparator());
        }
        if (ansi) {
            text.append(ERASE_BELOW);
        }
        screen = List.copyOf(lines);
        out.print(text);
        out.flush();
    }

    /** Whether whoever read the output has closed it, as {@code head} does. */
    synchronized boolean isGone() {
        return out.checkError();
    }

    private void eraseProgress() {
        if (progressShown) {
            out.print(ERASE_LINE);
            progressShown = false;
        }
    }

    /** Markup to colours, or to nothing where there are none. */
    String markup(String text) {
        return (ansi ? Ansi.ON : Ansi.OFF).string(text);
    }
}
