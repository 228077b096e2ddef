package io.streamrank.training;

import io.streamrank.model.DeviceFault;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModuleSource;
import io.streamrank.model.PackedBatch;
import io.streamrank.model.Parameter;
import io.streamrank.model.TorchModule;
import io.streamrank.model.TorchValue;
import io.streamrank.model.Trainable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A checkpoint with its gradients and its optimizer on a device. The weights are float32 and change at each step; what
 * goes in is batches, what comes out is a few numbers. Not thread-safe.
 *
 * <p>A batch's gradients are summed over micro-batches, so its size changes nothing but time. A group larger than a
 * micro-batch is scored in parts first; the loss's gradient by these scores, once known, weighs a second pass over the
 * same parts with the same random zeros. So the memory of activations is bounded for every group, and the gradients are
 * those of the whole (Gao et al., https://arxiv.org/abs/2101.06983).
 */
public final class Learner implements AutoCloseable {
    private static final List<String> SOURCES = List.of("trainer.py", "layers.py", "optimizer.py", "losses.py");
    private static final List<String> ATTRIBUTES = List.of("shapes", "fixed", "state");

    /** Bits of a long beyond those that a double holds exactly. */
    private static final int DOUBLE_HIDES = 12;

    /** The tables that the device keeps of all trained weights. */
    enum Table {
        WEIGHTS(0),
        GRADIENTS(1),
        FIRST_MOMENT(2),
        SECOND_MOMENT(3),
        AVERAGE(4);

        /** As {@code trainer.py} counts them. */
        private final int number;

        Table(int number) {
            this.number = number;
        }
    }

    /** How often to look whether a step is over: rarely enough to cost nothing, often enough to lose nothing. */
    private static final Duration BETWEEN_LOOKS = Duration.ofNanos(100_000);

    private static final int LOOKS_BEFORE_ASKING = 100_000;

    /** Where {@code trainer.py} has the number of steps. */
    private static final int STEPS = 5;

    private final Trainable trainable;
    private final LearnerSettings settings;
    private final ParameterPlan plan;
    private final TorchModule module;
    private final MicroBatchBudget budget;
    private final long deviceBytes;
    private long passes;
    private long stepsBegun;

    private Learner(Trainable trainable, LearnerSettings settings, ParameterPlan plan, TorchModule module) {
        this.trainable = trainable;
        this.settings = settings;
        this.plan = plan;
        this.module = module;
        this.budget = new MicroBatchBudget(settings.microBatchTokens(), trainable);
        this.deviceBytes = module.number(
                "bind",
                TorchValue.doubles(plan.numbers()),
                trainable.weights(FreshWeights.of(trainable, settings.seed())));
    }

    /** Puts a checkpoint on its device. The trainable stays the caller's, who closes it after this. */
    public static Learner of(Trainable trainable, LearnerSettings settings) {
        Map<String, Object> constants = new HashMap<>(settings.loss().constants());
        constants.put("hidden_dropout", settings.dropout().orElse(trainable.dropout()));
        constants.put("attention_zeros", settings.attentionDropout().orElse(trainable.attentionDropout()));
        constants.put("recompute", settings.recompute());
        constants.put("averages", settings.optimizer().averageDecay() > 0);
        ParameterPlan plan = ParameterPlan.of(trainable.parameters(), settings.optimizer());
        constants.put("order", plan.order().stream().map(Parameter::name).toList());
        TorchModule module = trainable.compile(
                new ModuleSource(SOURCES, constants, ATTRIBUTES),
                settings.device(),
                settings.threads(),
                settings.arithmetic());
        try {
            return new Learner(trainable, settings, plan, module);
        } catch (RuntimeException e) {
            module.close();
            throw e;
        }
    }

    /** Bytes that weights, gradients and the optimizer's state take on the device; activations come on top. */
    public long deviceBytes() {
        return deviceBytes;
    }

    /** Where it computes: {@code cpu}, {@code gpu(0)}. */
    public String device() {
        return module.device();
    }

    /** How many numbers are trained. */
    public long trainedNumbers() {
        return plan.order().subList(0, plan.trained()).stream()
                .mapToLong(Parameter::size)
                .sum();
    }

    /** Turns an example into pairs, as the worker reads them. */
    public Group encode(Example example) {
        List<Passage> passages = example.passages();
        float[] labels = new float[passages.size()];
        float[] teacher = new float[passages.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = passages.get(i).label();
            teacher[i] = passages.get(i).teacher();
        }
        return new Group(
                trainable.encode(
                        example.query(), passages.stream().map(Passage::text).toList()),
                labels,
                teacher);
    }

    /** Scores pairs as serving does, with the weights of now. */
    public float[] score(List<EncodedPair> pairs) {
        float[] scores = new float[pairs.size()];
        int from = 0;
        for (int to : PreparedBatch.cuts(pairs, budget.tokens())) {
            PackedBatch packed = trainable.pack(pairs.subList(from, to));
            float[] part = module.floats("forward", TorchValue.ints(packed.buffer()));
            for (int i = 0; i < part.length; i++) {
                scores[from + packed.order()[i]] = part[i];
            }
            from = to;
        }
        return scores;
    }

    /** The mean loss of a batch's groups with the weights of now, without gradients and without random zeros. */
    public double loss(List<Group> batch) {
        batch.forEach(settings.loss()::check);
        double sum = 0;
        for (List<Group> part : MicroBatches.of(batch, budget.tokens())) {
            PreparedBatch.Part whole = PreparedBatch.atOnce(part, trainable);
            sum += module.doubles(
                            "assess",
                            TorchValue.ints(whole.packed().get(0).buffer()),
                            whole.table().value())[0];
        }
        return sum / batch.size();
    }

    /**
     * Adds the gradients of a batch's mean loss.
     *
     * @throws TrainingException for a group that the loss can say nothing about
     */
    public void accumulate(List<Group> batch) {
        accumulate(batch, 1);
    }

    /**
     * Adds the gradients of a batch's share in the mean loss of several batches.
     *
     * @param batches how many there are before the next step
     * @throws TrainingException for a group that the loss can say nothing about
     */
    public void accumulate(List<Group> batch, int batches) {
        accumulate(prepare(batch), batches);
    }

    /**
     * What a batch takes on the host before the device can work on it. Any thread may call this at any time.
     *
     * @throws TrainingException for a group that the loss can say nothing about
     */
    PreparedBatch prepare(List<Group> batch) {
        batch.forEach(settings.loss()::check);
        return budget.prepare(batch);
    }

    /** Adds the gradients of a prepared batch's share in the mean loss of several batches. */
    void accumulate(PreparedBatch batch, int batches) {
        double factor = 1.0 / batch.groups() / batches;
        budget.each(batch, part -> {
            if (part.scoredAtOnce()) {
                module.run(
                        "accumulate",
                        TorchValue.ints(part.packed().get(0).buffer()),
                        part.table().value(),
                        TorchValue.doubles(nextSeed(), factor));
            } else {
                inParts(part, factor);
            }
        });
    }

    /**
     * Changes the weights by what {@link #accumulate} has gathered since the last step.
     *
     * @param learningRate of this step
     */
    public StepResult step(double learningRate) {
        return step(learningRate, Double.POSITIVE_INFINITY);
    }

    /**
     * The same, if the loss is no larger than a limit.
     *
     * @param learningRate of this step
     * @param largestLoss beyond which nothing is changed
     */
    public StepResult step(double learningRate, double largestLoss) {
        beginStep(learningRate, largestLoss);
        return endStep();
    }

    /** Has the device step, and does not wait for it. */
    void beginStep(double learningRate, double largestLoss) {
        OptimizerSettings optimizer = settings.optimizer();
        module.run(
                "step",
                TorchValue.doubles(
                        learningRate,
                        optimizer.beta1(),
                        optimizer.beta2(),
                        optimizer.epsilon(),
                        optimizer.clipNorm() > 0 ? optimizer.clipNorm() : Double.POSITIVE_INFINITY,
                        optimizer.averageDecay(),
                        largestLoss,
                        (double) ++stepsBegun));
    }

    /** What the last step met, once it is over. What the device was given to do after it may still go on. */
    StepResult endStep() {
        for (long looks = 1; ; looks++) {
            double[] told = module.doubles("told", TorchValue.ints(0));
            if (told[told.length - 1] == stepsBegun) {
                return new StepResult(told[0], told[1], told[2] != 0);
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            if (looks % LOOKS_BEFORE_ASKING == 0) {
                // A device that has failed never tells; this waits for it, and so fails with what it says.
                steps();
            }
        }
    }

    /**
     * Puts the average of the weights, where one is kept, in the place of the weights, and these in its place: before an
     * evaluation and after it.
     */
    public void swapAverage() {
        if (averages()) {
            module.run("swap", TorchValue.ints(0));
        }
    }

    /** Forgets what has been gathered since the last step. */
    public void forget() {
        module.run("forget", TorchValue.ints(0));
    }

    private void inParts(PreparedBatch.Part part, double factor) {
        List<TorchValue> requests = new ArrayList<>();
        float[] scores = new float[part.pairs()];
        int from = 0;
        for (PackedBatch packed : part.packed()) {
            TorchValue request = TorchValue.doubles(nextSeed(), 1);
            float[] some = module.floats("rehearse", TorchValue.ints(packed.buffer()), request);
            System.arraycopy(some, 0, scores, from, some.length);
            requests.add(request);
            from += some.length;
        }
        double[] judged = module.doubles(
                "judge",
                TorchValue.floats(scores, List.of((long) scores.length)),
                part.table().value());
        from = 1;
        for (int p = 0; p < part.packed().size(); p++) {
            PackedBatch packed = part.packed().get(p);
            float[] pulls = new float[packed.order().length];
            for (int i = 0; i < pulls.length; i++) {
                pulls[i] = (float) (judged[from++] * factor);
            }
            pull(packed, pulls, requests.get(p), p);
        }
        module.run("count", TorchValue.doubles(judged[0] * factor));
    }

    private void pull(PackedBatch packed, float[] pulls, TorchValue request, int before) {
        try {
            module.run(
                    "pull",
                    TorchValue.ints(packed.buffer()),
                    TorchValue.floats(pulls, List.of((long) pulls.length)),
                    request);
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

    /** As a float64 holds it exactly. */
    private double nextSeed() {
        return new SplittableRandom(settings.seed() ^ (++passes << Integer.SIZE)).nextLong() >>> DOUBLE_HIDES;
    }

    /** The checkpoint it began with. */
    Trainable trainable() {
        return trainable;
    }

    /** All parameters, trained ones first. */
    List<Parameter> parameters() {
        return plan.order();
    }

    /** How many of the parameters are trained. */
    int trained() {
        return plan.trained();
    }

    /** The highest learning rate, which a schedule scales. */
    double learningRate() {
        return settings.optimizer().learningRate();
    }

    /** Forward passes of training so far, which random zeros follow from. */
    long passes() {
        return passes;
    }

    /** How many steps changed the weights. */
    long steps() {
        return (long) module.doubles("get", TorchValue.ints(STEPS, 0, 1))[0];
    }

    /** Goes on from where another learner was. */
    void continueFrom(long passesMade, long stepsMade) {
        passes = passesMade;
        module.run("put", TorchValue.ints(STEPS, 0, 1), TorchValue.floats(new float[] {stepsMade}, List.of(1L)));
    }

    /** The numbers of one parameter in a table; of a frozen one, its weights. */
    float[] get(Table table, int parameter) {
        return parameter < trained()
                ? module.floats("get", range(table, parameter))
                : module.floats("get_fixed", TorchValue.ints(parameter - trained()));
    }

    /** The same where everything is float64. */
    double[] getWide(Table table, int parameter) {
        return module.doubles("get", range(table, parameter));
    }

    void put(Table table, int parameter, float[] values) {
        module.run("put", range(table, parameter), TorchValue.floats(values, List.of((long) values.length)));
    }

    /** Writes numbers of a parameter where everything is float64. */
    void putWide(Table table, int parameter, double[] values) {
        module.run("put", range(table, parameter), TorchValue.doubles(values));
    }

    private TorchValue range(Table table, int parameter) {
        int begin = plan.begins().get(parameter);
        return TorchValue.ints(
                table.number, begin, begin + plan.order().get(parameter).size());
    }

    /** Whether an average of the weights is kept. */
    boolean averages() {
        return settings.optimizer().averageDecay() > 0;
    }

    @Override
    public void close() {
        module.close();
    }
}
