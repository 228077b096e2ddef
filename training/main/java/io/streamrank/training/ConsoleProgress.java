package io.streamrank.training;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** Tells of a run line by line: the first steps, then one line every few seconds. */
final class ConsoleProgress implements TrainingObserver {
    private static final Duration BETWEEN = Duration.ofSeconds(5);
    private static final int FIRST = 3;

    private final PrintStream out;
    private long told;
    private boolean warned;

    ConsoleProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public void stepped(StepMetrics metrics) {
        if (metrics.indistinct() > 0 && !warned) {
            warned = true;
            out.printf(
                    Locale.ROOT,
                    "warning: step %d: %d of %d pairs have the same tokens as another document of their query, so"
                            + " nothing is learnt of them. A smaller streamrank.train.query-length or a larger max-length"
                            + " may tell them apart; metrics.jsonl counts them%n",
                    metrics.step(),
                    metrics.indistinct(),
                    metrics.pairs());
        }
        long now = System.nanoTime();
        boolean last = metrics.step() == metrics.steps();
        if (metrics.step() > FIRST
                && !last
                && now - told < BETWEEN.toNanos()
                && !metrics.result().skipped()) {
            return;
        }
        told = now;
        out.printf(
                Locale.ROOT,
                "step %d of %d: loss %.4f, gradient %.3f, learning rate %.2e, %.0f pairs/s, %.0f tokens/s, %s left%s%n",
                metrics.step(),
                metrics.steps(),
                metrics.result().loss(),
                metrics.result().gradientNorm(),
                metrics.learningRate(),
                metrics.pairsPerSecond(),
                metrics.tokensPerSecond(),
                clock(metrics.left()),
                metrics.result().skipped() ? ", skipped" : "");
    }

    @Override
    public void evaluated(long step, Quality quality, boolean best) {
        out.printf(Locale.ROOT, "step %d: validation %s%s%n", step, text(quality), best ? ", the best so far" : "");
    }

    private static String text(Quality quality) {
        return quality.measures().entrySet().stream()
                .map(measure -> String.format(Locale.ROOT, "%s %.4f", measure.getKey(), measure.getValue()))
                .collect(Collectors.joining(", "));
    }

    @Override
    public void saved(long step, Path folder) {
        out.printf(Locale.ROOT, "step %d: wrote %s%n", step, folder);
    }

    private static String clock(Duration left) {
        return String.format(Locale.ROOT, "%d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart());
    }
}
