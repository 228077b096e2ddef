package io.streamrank.replay.report;

import io.streamrank.replay.TrecRun.Entry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far a model agrees with the baseline, list by list. */
final class AgreementColumns {
    private static final int TENTHS = 10;

    private final DoubleList sameFirst = new DoubleList();
    private final DoubleList overlap = new DoubleList();
    private final DoubleList rbo = new DoubleList();
    private final DoubleList tau = new DoubleList();
    private final DoubleList shift = new DoubleList();

    /** Takes a list in; NaN everywhere if the baseline has not ranked it. */
    void add(@Nullable List<Entry> baseline, List<Entry> ranking, boolean comparableScores, ReportSettings settings) {
        if (baseline == null) {
            List.of(sameFirst, overlap, rbo, tau, shift).forEach(column -> column.add(Double.NaN));
            return;
        }
        Agreement agreement = Agreement.of(baseline, ranking, settings.topK(), settings.rboP());
        sameFirst.add(agreement.sameFirst() ? 1 : 0);
        overlap.add(agreement.overlap());
        rbo.add(agreement.rbo());
        tau.add(agreement.tau());
        shift.add(comparableScores ? agreement.shift() : Double.NaN);
    }

    DoubleList rbo() {
        return rbo;
    }

    ReplayReport.Changes result() {
        long[] histogram = new long[TENTHS];
        rbo.present().forEach(value -> histogram[Math.min(TENTHS - 1, (int) (value * TENTHS))]++);
        return new ReplayReport.Changes(
                rbo.present().count(),
                sameFirst.mean(),
                overlap.mean(),
                rbo.mean(),
                tau.mean(),
                shift.mean(),
                histogram);
    }
}
