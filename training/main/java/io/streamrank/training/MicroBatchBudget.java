package io.streamrank.training;

import io.streamrank.model.DeviceFault;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Trainable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many tokens a pass may have: what was asked for, until the device's memory turns out to be too small for it, and
 * half of what did not fit from then on. A thread a device makes passes, any thread may prepare batches, and any may stop
 * what makes passes for training: none begins any more.
 */
final class MicroBatchBudget {
    private static final Logger LOG = LoggerFactory.getLogger(MicroBatchBudget.class);

    private final Trainable trainable;
    private volatile int tokens;
    private volatile boolean stopped;

    MicroBatchBudget(int tokens, Trainable trainable) {
        this.tokens = tokens;
        this.trainable = trainable;
    }

    int tokens() {
        return tokens;
    }

    void stop() {
        stopped = true;
    }

    /** @throws CancellationException if it was stopped */
    void requireGoingOn() {
        if (stopped) {
            throw new CancellationException("stopped between passes");
        }
    }

    PreparedBatch prepare(List<Group> batch) {
        return PreparedBatch.of(batch, tokens, trainable);
    }

    /**
     * Makes a batch's passes, each anew in smaller parts if it does not fit.
     *
     * @param pass changes nothing where it fails for want of memory
     * @throws CancellationException if it is stopped before the last
     */
    void each(PreparedBatch batch, Consumer<PreparedBatch.Part> pass) {
        Deque<PreparedBatch.Part> left = new ArrayDeque<>(batch.parts());
        while (!left.isEmpty()) {
            requireGoingOn();
            PreparedBatch.Part part = left.removeFirst();
            try {
                pass.accept(part);
            } catch (RuntimeException e) {
                if (DeviceFault.of(e) != DeviceFault.OUT_OF_MEMORY || !part.canBeHalved()) {
                    throw e;
                }
                halve(part.tokensOfAPass());
                List<PreparedBatch.Part> smaller = prepare(part.groups()).parts();
                for (int i = smaller.size(); i-- > 0; ) {
                    left.addFirst(smaller.get(i));
                }
            }
        }
    }

    /**
     * Scores the pairs of a pass, in smaller parts if they do not fit.
     *
     * @param pass scores what it is given at once
     */
    float[] score(List<EncodedPair> pairs, Function<List<EncodedPair>, float[]> pass) {
        try {
            return pass.apply(pairs);
        } catch (RuntimeException e) {
            if (DeviceFault.of(e) != DeviceFault.OUT_OF_MEMORY || pairs.size() == 1) {
                throw e;
            }
            halve(pairs.stream().mapToInt(EncodedPair::tokens).sum());
        }
        float[] scores = new float[pairs.size()];
        int from = 0;
        for (int to : PreparedBatch.cuts(pairs, tokens)) {
            float[] part = score(pairs.subList(from, to), pass);
            System.arraycopy(part, 0, scores, from, part.length);
            from = to;
        }
        return scores;
    }

    private synchronized void halve(int tooMany) {
        tokens = Math.min(tokens, Math.max(1, tooMany / 2));
        LOG.warn(
                "a pass of {} tokens does not fit into the device's memory: from now on passes have {} at most",
                tooMany,
                tokens);
    }
}
