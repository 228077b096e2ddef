package io.streamrank.training;

import io.streamrank.training.run.ProgressLine;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;

/** Tells of a run: how far it is and how long it will take, and in lines of their own what happens besides. */
final class ConsoleProgress implements TrainingObserver {
    private final ProgressLine line;
    private boolean warned;

    ConsoleProgress(ProgressLine line) {
        this.line = line;
    }

    @Override
    public void stepped(StepMetrics metrics) {
        if (metrics.indistinct() > 0 && !warned) {
            warned = true;
            say(
                    "warning: step %d: %d of %d pairs have the same tokens as another document of their query, so nothing"
                            + " is learnt of them. A smaller streamrank.train.query-length or a larger max-length may tell"
                            + " them apart; metrics.jsonl counts them",
                    metrics.step(), metrics.indistinct(), metrics.pairs());
        }
        if (metrics.result().skipped()) {
            say(
                    "step %d: skipped, loss %.4f, gradient %.3f",
                    metrics.step(), metrics.result().loss(), metrics.result().gradientNorm());
        }
        line.done(
                metrics.step(),
                String.format(
                        Locale.ROOT,
                        "loss %.4f, gradient %.3f, learning rate %.2e, %.0f pairs/s, %.0f tokens/s",
                        metrics.result().loss(),
                        metrics.result().gradientNorm(),
                        metrics.learningRate(),
                        metrics.pairsPerSecond(),
                        metrics.tokensPerSecond()));
    }

    @Override
    public void evaluated(long step, Quality quality, boolean best) {
        say("step %d: validation %s%s", step, text(quality), best ? ", the best so far" : "");
    }

    private static String text(Quality quality) {
        return quality.measures().entrySet().stream()
                .map(measure -> String.format(Locale.ROOT, "%s %.4f", measure.getKey(), measure.getValue()))
                .collect(Collectors.joining(", "));
    }

    @Override
    public void saved(long step, Path folder) {
        say("step %d: wrote %s", step, folder);
    }

    private void say(String format, Object... values) {
        line.say(String.format(Locale.ROOT, format, values));
    }
}
