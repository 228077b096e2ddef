package io.streamrank.cli;

import java.io.PrintWriter;
import java.util.Locale;

/** Tells how far measuring is, at each tenth. */
final class MeasureProgress {
    private static final int STEPS = 10;

    private final PrintWriter out;
    private int told;

    MeasureProgress(PrintWriter out) {
        this.out = out;
    }

    void at(double fraction) {
        int step = (int) (fraction * STEPS);
        if (step > told && step < STEPS) {
            told = step;
            out.println(String.format(Locale.ROOT, "  %d%% of the records are read", step * 100 / STEPS));
            out.flush();
        }
    }
}
