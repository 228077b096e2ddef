package io.streamrank.training;

import io.streamrank.model.EncodedPair;
import io.streamrank.model.PackedBatch;
import io.streamrank.model.TorchModule;
import io.streamrank.model.TorchTensor;
import io.streamrank.model.TorchValue;
import io.streamrank.model.Trainable;
import io.streamrank.training.Learner.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The weights on one device, with their gradients and their optimizer: the calls into {@code trainer.py}. One thread at a
 * time.
 *
 * <p>A group larger than a micro-batch is scored in parts first; the loss's gradient by these scores, once known, weighs a
 * second pass over the same parts with the same random zeros. So the memory of activations is bounded for every group, and
 * the gradients are those of the whole (Gao et al., https://arxiv.org/abs/2101.06983).
 */
final class Replica implements AutoCloseable {
    /** Bits of a long beyond those that a double holds exactly. */
    private static final int DOUBLE_HIDES = 12;

    /** Libtorch has one seed for all devices of a process: a pass that sets it is begun by one device at a time. */
    private static final Lock SEED = new ReentrantLock(true);

    private final Trainable trainable;
    private final LearnerSettings settings;
    private final TorchModule module;
    private final boolean sharesSeed;
    private long passes;

    /** @param sharesSeed whether other devices draw random zeros as well */
    Replica(Trainable trainable, LearnerSettings settings, TorchModule module, boolean sharesSeed) {
        this.trainable = trainable;
        this.settings = settings;
        this.module = module;
        this.sharesSeed = sharesSeed;
    }

    /** Takes the weights over, and returns how many bytes all takes. */
    long bind(ParameterPlan plan, TorchValue weights) {
        return module.number("bind", TorchValue.doubles(plan.numbers()), weights);
    }

    String device() {
        return module.device();
    }

    /** Scores pairs that make up one pass. */
    float[] score(List<EncodedPair> pairs) {
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
        PackedBatch packed = packed(groups);
        return module.doubles(
                        "assess",
                        TorchValue.ints(packed.buffer()),
                        GroupTable.of(groups, places(packed)).value())[0];
    }

    /** How many passes {@link #gather} makes of micro-batches. */
    static long passes(List<List<Group>> parts, int tokens) {
        return parts.stream()
                .mapToLong(part -> isInParts(part, tokens)
                        ? PairCuts.of(part.get(0).pairs(), tokens).size()
                        : 1)
                .sum();
    }

    private static boolean isInParts(List<Group> part, int tokens) {
        return part.size() == 1 && part.get(0).tokens() > tokens;
    }

    /**
     * Adds the gradients of micro-batches.
     *
     * @param factor of their losses
     * @param passesBefore by how many passes the random zeros of the first are numbered
     */
    void gather(List<List<Group>> parts, double factor, long passesBefore) {
        passes = passesBefore;
        for (List<Group> part : parts) {
            if (isInParts(part, settings.microBatchTokens())) {
                inParts(part.get(0), factor);
            } else {
                atOnce(part, factor);
            }
        }
    }

    private void atOnce(List<Group> groups, double factor) {
        PackedBatch packed = packed(groups);
        pass(() -> module.run(
                "accumulate",
                TorchValue.ints(packed.buffer()),
                GroupTable.of(groups, places(packed)).value(),
                TorchValue.doubles(nextSeed(), factor)));
    }

    private void inParts(Group group, double factor) {
        List<PackedBatch> parts = new ArrayList<>();
        List<TorchValue> requests = new ArrayList<>();
        float[] scores = new float[group.size()];
        int[] place = new int[group.size()];
        int from = 0;
        for (int to : PairCuts.of(group.pairs(), settings.microBatchTokens())) {
            PackedBatch packed = trainable.pack(group.pairs().subList(from, to));
            TorchValue request = TorchValue.doubles(nextSeed(), 1);
            int begin = from;
            pass(() -> {
                float[] part = module.floats("rehearse", TorchValue.ints(packed.buffer()), request);
                System.arraycopy(part, 0, scores, begin, part.length);
            });
            for (int i = 0; i < packed.order().length; i++) {
                place[from + packed.order()[i]] = from + i;
            }
            parts.add(packed);
            requests.add(request);
            from = to;
        }
        double[] judged = module.doubles(
                "judge",
                TorchValue.floats(scores, List.of((long) scores.length)),
                GroupTable.of(List.of(group), place).value());
        from = 1;
        for (int p = 0; p < parts.size(); p++) {
            PackedBatch packed = parts.get(p);
            TorchValue request = requests.get(p);
            float[] pulls = new float[packed.order().length];
            for (int i = 0; i < pulls.length; i++) {
                pulls[i] = (float) (judged[from++] * factor);
            }
            pass(() -> module.run(
                    "pull",
                    TorchValue.ints(packed.buffer()),
                    TorchValue.floats(pulls, List.of((long) pulls.length)),
                    request));
        }
        module.run("count", TorchValue.doubles(judged[0] * factor));
    }

    /**
     * Begins a pass of random zeros. A GPU computes long after a pass was begun; were its queue full, though, beginning
     * would take as long as computing, and the others would wait: so it is empty first.
     */
    private void pass(Runnable begin) {
        if (!sharesSeed) {
            begin.run();
            return;
        }
        steps();
        SEED.lock();
        try {
            begin.run();
        } finally {
            SEED.unlock();
        }
    }

    /** As a float64 holds it exactly. */
    private double nextSeed() {
        return new SplittableRandom(settings.seed() ^ (++passes << Integer.SIZE)).nextLong() >>> DOUBLE_HIDES;
    }

    private PackedBatch packed(List<Group> groups) {
        return trainable.pack(
                groups.stream().flatMap(group -> group.pairs().stream()).toList());
    }

    /** Of each pair, its place in the packed order. */
    private static int[] places(PackedBatch packed) {
        int[] places = new int[packed.order().length];
        for (int i = 0; i < places.length; i++) {
            places[packed.order()[i]] = i;
        }
        return places;
    }

    /** Changes the weights; what is given and returned is {@code trainer.py}'s. */
    double[] step(double... values) {
        return module.doubles("step", TorchValue.doubles(values));
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
