package io.streamrank.training;

import io.streamrank.model.DeviceFault;
import io.streamrank.model.Trainable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many tokens a pass may have: what was asked for, until the device's memory turns out to be too small for it, and
 * half of what did not fit from then on. A thread a device makes passes, any thread may prepare batches.
 */
final class MicroBatchBudget {
    private static final Logger LOG = LoggerFactory.getLogger(MicroBatchBudget.class);

    private final Trainable trainable;
    private volatile int tokens;

    MicroBatchBudget(int tokens, Trainable trainable) {
        this.tokens = tokens;
        this.trainable = trainable;
    }

    int tokens() {
        return tokens;
    }

    PreparedBatch prepare(List<Group> batch) {
        return PreparedBatch.of(batch, tokens, trainable);
    }

    /**
     * Makes a batch's passes, each anew in smaller parts if it does not fit.
     *
     * @param pass changes nothing where it fails for want of memory
     */
    void each(PreparedBatch batch, Consumer<PreparedBatch.Part> pass) {
        Deque<PreparedBatch.Part> left = new ArrayDeque<>(batch.parts());
        while (!left.isEmpty()) {
            PreparedBatch.Part part = left.removeFirst();
            try {
                pass.accept(part);
            } catch (RuntimeException e) {
                if (DeviceFault.of(e) != DeviceFault.OUT_OF_MEMORY || !part.canBeHalved()) {
                    throw e;
                }
                shrinkTo(part.tokensOfAPass() / 2);
                LOG.warn(
                        "a pass of {} tokens does not fit into the device's memory: from now on passes have {} at most",
                        part.tokensOfAPass(),
                        tokens);
                List<PreparedBatch.Part> smaller = prepare(part.groups()).parts();
                for (int i = smaller.size(); i-- > 0; ) {
                    left.addFirst(smaller.get(i));
                }
            }
        }
    }

    private synchronized void shrinkTo(int fitting) {
        tokens = Math.min(tokens, fitting);
    }
}
