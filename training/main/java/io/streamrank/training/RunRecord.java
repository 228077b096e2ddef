package io.streamrank.training;

import io.streamrank.training.run.RunFolder;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes what a trainer says of its run into the run's folder. */
final class RunRecord implements TrainingObserver, Closeable {
    private final double epochsPerStep;
    private @Nullable RunFolder folder;

    RunRecord(double epochsPerStep) {
        this.epochsPerStep = epochsPerStep;
    }

    /** From here on everything is written there. */
    void open(RunFolder opened) {
        folder = opened;
    }

    @Override
    public void stepped(StepMetrics metrics) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss", metrics.result().loss());
        values.put("gradient_norm", metrics.result().gradientNorm());
        values.put("learning_rate", metrics.learningRate());
        values.put("pairs_per_second", metrics.pairsPerSecond());
        values.put("tokens_per_second", metrics.tokensPerSecond());
        values.put("indistinct_pairs", (double) metrics.indistinct());
        values.put("skipped", metrics.result().skipped() ? 1.0 : 0.0);
        try {
            if (folder != null) {
                folder.step(metrics.step(), metrics.step() * epochsPerStep, values);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void evaluated(long step, Quality quality, boolean best) {
        try {
            if (folder != null) {
                folder.validation(step, step * epochsPerStep, quality.measures());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (folder != null) {
            folder.close();
        }
    }
}
