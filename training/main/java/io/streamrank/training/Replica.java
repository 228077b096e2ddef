package io.streamrank.training;

import io.streamrank.model.DeviceFault;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.PackedBatch;
import io.streamrank.model.TorchModule;
import io.streamrank.model.TorchTensor;
import io.streamrank.model.TorchValue;
import io.streamrank.model.Trainable;
import io.streamrank.training.Learner.Table;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The weights on one device, with their gradients and their optimizer: the calls into {@code trainer.py}. One thread at a
 * time.
 *
 * <p>A group larger than a micro-batch is scored in parts first; the loss's gradient by these scores, once known, weighs a
 * second pass over the same parts with the same random zeros. So the memory of activations is bounded for every group, and
 * the gradients are those of the whole (Gao et al., https://arxiv.org/abs/2101.06983).
 */
final class Replica implements AutoCloseable {
    /** How often to look whether a step is over: rarely enough to cost nothing, often enough to lose nothing. */
    private static final Duration BETWEEN_LOOKS = Duration.ofNanos(100_000);

    private static final int LOOKS_BEFORE_ASKING = 100_000;

    /** Of how many steps a device can tell at a time. */
    private static final int PLACES = 2;

    private final Trainable trainable;
    private final MicroBatchBudget budget;
    private final TorchModule module;
    private long stepsBegun;
    private long stepsEnded;

    Replica(Trainable trainable, MicroBatchBudget budget, TorchModule module) {
        this.trainable = trainable;
        this.budget = budget;
        this.module = module;
    }

    /** Takes the weights over, and returns how many bytes all takes. */
    long bind(ParameterPlan plan, TorchValue weights) {
        return module.number("bind", TorchValue.doubles(plan.numbers()), weights);
    }

    String device() {
        return module.device();
    }

    /** Scores pairs in one pass, in several where they do not fit. */
    float[] score(List<EncodedPair> pairs) {
        return budget.score(pairs, this::scoreAtOnce);
    }

    private float[] scoreAtOnce(List<EncodedPair> pairs) {
        PackedBatch packed = trainable.pack(pairs);
        float[] inOrder = module.floats("forward", TorchValue.ints(packed.buffer()));
        float[] scores = new float[inOrder.length];
        for (int i = 0; i < inOrder.length; i++) {
            scores[packed.order()[i]] = inOrder[i];
        }
        return scores;
    }

    /** The sum of the groups' losses, without gradients. */
    double assess(List<Group> groups) {
        PreparedBatch.Part whole = PreparedBatch.atOnce(groups, trainable);
        return module.doubles(
                        "assess",
                        TorchValue.ints(whole.packed().get(0).buffer()),
                        whole.table().value())[0];
    }

    /** Begins random zeros anew, on all devices of the process. */
    void sow(double seed) {
        module.run("sow", TorchValue.doubles(seed));
    }

    /**
     * Adds the gradients of a prepared batch.
     *
     * @param factor of its loss
     * @param drawing how its passes draw random zeros
     * @throws java.util.concurrent.CancellationException if the budget is stopped before a pass
     */
    void gather(PreparedBatch batch, double factor, PassSeeds seeds, Drawing drawing) {
        if (drawing == Drawing.SIDE_BY_SIDE) {
            module.run("skip", TorchValue.ints(seeds.device()));
        }
        budget.each(batch, part -> {
            if (part.scoredAtOnce()) {
                double seed = drawing == Drawing.SIDE_BY_SIDE ? PassSeeds.NONE : seeds.next();
                pass(
                        drawing,
                        () -> module.run(
                                "accumulate",
                                TorchValue.ints(part.packed().get(0).buffer()),
                                part.table().value(),
                                TorchValue.doubles(seed, factor)));
            } else {
                // Memory may have made parts of a group in a batch that had none.
                inParts(part, factor, seeds, drawing == Drawing.SIDE_BY_SIDE ? Drawing.IN_TURN : drawing);
            }
        });
    }

    private void inParts(PreparedBatch.Part part, double factor, PassSeeds seeds, Drawing drawing) {
        List<TorchValue> requests = new ArrayList<>();
        double[] scores = new double[part.pairs()];
        int from = 0;
        for (PackedBatch packed : part.packed()) {
            TorchValue request = TorchValue.doubles(seeds.next(), 1);
            int begin = from;
            pass(drawing, () -> {
                double[] some = module.doubles("rehearse", TorchValue.ints(packed.buffer()), request);
                System.arraycopy(some, 0, scores, begin, some.length);
            });
            requests.add(request);
            from += packed.order().length;
        }
        double[] judged =
                module.doubles("judge", TorchValue.doubles(scores), part.table().value());
        from = 1;
        for (int p = 0; p < part.packed().size(); p++) {
            PackedBatch packed = part.packed().get(p);
            double[] pulls = new double[packed.order().length];
            for (int i = 0; i < pulls.length; i++) {
                pulls[i] = judged[from++] * factor;
            }
            pull(drawing, packed, pulls, requests.get(p), p);
        }
        module.run("count", TorchValue.doubles(judged[0] * factor));
    }

    private void pull(Drawing drawing, PackedBatch packed, double[] pulls, TorchValue request, int before) {
        try {
            pass(
                    drawing,
                    () -> module.run("pull", TorchValue.ints(packed.buffer()), TorchValue.doubles(pulls), request));
        } catch (RuntimeException e) {
            if (before > 0 && DeviceFault.of(e) == DeviceFault.OUT_OF_MEMORY) {
                // Gradients of the group's other parts are in the sum already, so it cannot be done again.
                throw new TrainingException("the device's memory did not take part " + (before + 1)
                        + " of a group of which it took the parts before: set micro-batch-tokens to less than "
                        + budget.tokens());
            }
            throw e;
        }
    }

    /**
     * Begins a pass. A GPU computes long after that; were its queue full, though, beginning would take as long as
     * computing, and others that wait for their turn would wait for that: so it is empty first.
     */
    private void pass(Drawing drawing, Runnable begin) {
        budget.requireGoingOn();
        if (drawing == Drawing.IN_TURN) {
            steps();
        }
        drawing.begin(begin);
    }

    /**
     * Has the device step, and does not wait for it; what is given is {@code trainer.py}'s, but for the number. Two steps
     * may be begun and not ended.
     */
    void beginStep(double... values) {
        if (stepsBegun - stepsEnded >= PLACES) {
            throw new IllegalStateException("step " + (stepsEnded + 1) + " has not been ended");
        }
        double[] numbered = Arrays.copyOf(values, values.length + 1);
        numbered[values.length] = ++stepsBegun;
        module.run("step", TorchValue.doubles(numbered));
    }

    /**
     * What the first step met that has not been ended, once it is over. What the device was given to do after it may
     * still go on.
     */
    double[] endStep() {
        if (stepsEnded == stepsBegun) {
            throw new IllegalStateException("no step has been begun");
        }
        long step = stepsEnded + 1;
        for (long looks = 1; ; looks++) {
            if (number(told(step)) == step) {
                stepsEnded = step;
                // A device writes the number after the rest. What was read beside it may have been read before.
                VarHandle.acquireFence();
                return told(step);
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            if (looks % LOOKS_BEFORE_ASKING == 0) {
                // A device that has failed never tells; this waits for it, and so fails with what it says.
                steps();
            }
        }
    }

    private double[] told(long step) {
        return module.doubles("told", TorchValue.ints((int) (step % PLACES)));
    }

    private static double number(double[] told) {
        return told[told.length - 1];
    }

    void forget() {
        module.run("forget", TorchValue.ints(0));
    }

    void swapAverage() {
        module.run("swap", TorchValue.ints(0));
    }

    /** How many steps changed the weights; asking waits for all that the device has to do. */
    long steps() {
        return (long) module.doubles("get", range(Table.STEPS, 0, 1))[0];
    }

    /** One number for all weights; where one of these differs it is another, but for a chance in billions. */
    long checksum() {
        return module.number("checksum", TorchValue.ints(0));
    }

    /** Whether a whole state is of numbers, none infinite. */
    boolean isFinite(Table state, int size) {
        return module.number("finite", range(state, 0, size)) == 1;
    }

    /** A whole state, for other devices to read while nothing writes it. */
    TorchTensor share(Table state, int size) {
        return module.tensor("share", range(state, 0, size));
    }

    /** Sums a part of a state over all devices. */
    void sumUp(Table state, int begin, int end, List<TorchTensor> ofAll) {
        TorchValue[] arguments = new TorchValue[ofAll.size() + 1];
        arguments[0] = range(state, begin, end);
        for (int i = 0; i < ofAll.size(); i++) {
            arguments[i + 1] = ofAll.get(i);
        }
        module.run("sum_up", arguments);
    }

    /** Takes a part of a state from another device. */
    void take(Table state, int begin, int end, TorchTensor other) {
        module.run("take", range(state, begin, end), other);
    }

    float[] get(Table state, int begin, int end) {
        return module.floats("get", range(state, begin, end));
    }

    double[] getWide(Table state, int begin, int end) {
        return module.doubles("get", range(state, begin, end));
    }

    /** A frozen weight, by its place among them. */
    float[] getFixed(int place) {
        return module.floats("get_fixed", TorchValue.ints(place));
    }

    void put(Table state, int begin, int end, TorchValue values) {
        module.run("put", range(state, begin, end), values);
    }

    private static TorchValue range(Table state, int begin, int end) {
        return TorchValue.ints(state.ordinal(), begin, end);
    }

    @Override
    public void close() {
        module.close();
    }
}
