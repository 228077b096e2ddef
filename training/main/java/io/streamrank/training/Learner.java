package io.streamrank.training;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModuleSource;
import io.streamrank.model.Parameter;
import io.streamrank.model.TorchModule;
import io.streamrank.model.TorchValue;
import io.streamrank.model.Trainable;
import io.streamrank.training.data.ListScorer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A checkpoint with its gradients and its optimizer, on a device or on several. The weights are float32 and change at each
 * step; what goes in is batches, what comes out is a few numbers. Not thread-safe.
 *
 * <p>A batch's gradients are summed over micro-batches, so its size changes nothing but time. Several devices hold the same
 * weights: each computes the gradients of some of a batch's groups, then each gets the sum of all gradients and makes the
 * same step.
 */
public final class Learner implements AutoCloseable {
    private static final List<String> SOURCES = List.of("trainer.py", "layers.py", "optimizer.py", "losses.py");
    private static final List<String> ATTRIBUTES = List.of("shapes", "fixed", "state");

    /** What a device keeps, in the order in which {@code trainer.py} counts it; all but the last two of all weights. */
    enum Table {
        WEIGHTS,
        GRADIENTS,
        FIRST_MOMENT,
        SECOND_MOMENT,
        AVERAGE,
        STEPS,
        LOSS;

        /** What a step changes, the average last. */
        private static final List<Table> MOVING = List.of(WEIGHTS, FIRST_MOMENT, SECOND_MOMENT, AVERAGE);
    }

    private final Trainable trainable;
    private final LearnerSettings settings;
    private final ParameterPlan plan;
    private final MicroBatchBudget budget;
    private final Team team;
    private final boolean draws;
    private final long deviceBytes;
    private long batches;
    private long uncompared;

    private Learner(
            Trainable trainable, LearnerSettings settings, ParameterPlan plan, MicroBatchBudget budget, Team team) {
        this.trainable = trainable;
        this.settings = settings;
        this.plan = plan;
        this.budget = budget;
        this.team = team;
        this.draws = dropout(trainable, settings) > 0 || attentionDropout(trainable, settings) > 0;
        Map<String, float[]> fresh = FreshWeights.of(trainable, settings.seed());
        this.deviceBytes = team.ask((replica, i) -> replica.bind(plan, trainable.weights(fresh)))
                .get(0);
    }

    /** Puts a checkpoint on its devices. The trainable stays the caller's, who closes it after this. */
    public static Learner of(Trainable trainable, LearnerSettings settings) {
        Map<String, Object> constants = new HashMap<>(settings.loss().constants());
        constants.put("hidden_dropout", dropout(trainable, settings));
        constants.put("attention_zeros", attentionDropout(trainable, settings));
        constants.put("recompute", settings.recompute());
        constants.put("averages", settings.optimizer().averageDecay() > 0);
        ParameterPlan plan = ParameterPlan.of(trainable.parameters(), settings.optimizer());
        constants.put("order", plan.order().stream().map(Parameter::name).toList());
        ModuleSource source = new ModuleSource(SOURCES, constants, ATTRIBUTES);
        MicroBatchBudget budget = new MicroBatchBudget(settings.microBatchTokens(), trainable);
        List<Replica> replicas = new ArrayList<>();
        try {
            for (String device : settings.devices().names()) {
                TorchModule module = trainable.compile(
                        source, device, settings.threads(), settings.arithmetic(), settings.operators());
                replicas.add(new Replica(trainable, budget, module));
            }
            requireOneKind(replicas);
            return new Learner(trainable, settings, plan, budget, new Team(replicas));
        } catch (RuntimeException e) {
            replicas.forEach(Replica::close);
            throw e;
        }
    }

    private static double dropout(Trainable trainable, LearnerSettings settings) {
        return settings.dropout().orElse(trainable.dropout());
    }

    private static double attentionDropout(Trainable trainable, LearnerSettings settings) {
        return settings.attentionDropout().orElse(trainable.attentionDropout());
    }

    private static void requireOneKind(List<Replica> replicas) {
        List<String> devices = replicas.stream().map(Replica::device).toList();
        long gpus = devices.stream().filter(device -> !device.equals("cpu")).count();
        Set<String> different = new HashSet<>(devices);
        if (gpus > 0 && different.size() < devices.size()) {
            throw new IllegalArgumentException("devices are " + devices + ", expected every GPU once and no CPU");
        }
        if (gpus > 0 && gpus < devices.size()) {
            throw new IllegalArgumentException("devices are " + devices + ", expected GPUs or CPUs, not both");
        }
    }

    /** Bytes that weights, gradients and the optimizer's state take on each device; activations come on top. */
    public long deviceBytes() {
        return deviceBytes;
    }

    /** Where it computes: {@code cpu}, {@code gpu(0)}, {@code gpu(0), gpu(1)}. */
    public String device() {
        return String.join(", ", team.devices());
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

    /** Scores lists as serving does, with the weights of now. */
    public ListScorer scorer() {
        BatchPolicy policy = new BatchPolicy(
                Math.multiplyExact(budget.tokens(), team.size()),
                Math.multiplyExact(BatchPolicy.DEFAULT_BATCH_PAIRS, team.size()));
        return new ListScorer(trainable::encode, this::score, policy);
    }

    /** Scores pairs as serving does, with the weights of now. */
    public float[] score(List<EncodedPair> pairs) {
        List<Integer> cuts = PreparedBatch.cuts(pairs, budget.tokens());
        float[] scores = new float[pairs.size()];
        team.tell((replica, number) -> {
            for (int i = number; i < cuts.size(); i += team.size()) {
                int from = i == 0 ? 0 : cuts.get(i - 1);
                float[] part = replica.score(pairs.subList(from, cuts.get(i)));
                System.arraycopy(part, 0, scores, from, part.length);
            }
        });
        return scores;
    }

    /** The mean loss of a batch's groups with the weights of now, without gradients and without random zeros. */
    public double loss(List<Group> batch) {
        batch.forEach(settings.loss()::check);
        double sum = 0;
        for (List<Group> part : MicroBatches.of(batch, budget.tokens())) {
            sum += team.first().assess(part);
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
     * @throws TrainingException for a group that the loss can say nothing about, or if a device fails
     */
    public void accumulate(List<Group> batch, int batches) {
        accumulate(prepare(batch), batches);
    }

    /**
     * What a batch takes on the host before the devices can work on it. Any thread may call this at any time.
     *
     * @throws TrainingException for a group that the loss can say nothing about
     */
    SharedBatch prepare(List<Group> batch) {
        batch.forEach(settings.loss()::check);
        return new SharedBatch(
                Shares.of(batch, team.size()).stream().map(budget::prepare).toList());
    }

    /**
     * Adds the gradients of a prepared batch's share in the mean loss of several batches.
     *
     * @throws java.util.concurrent.CancellationException if it is {@linkplain #stop stopped} before the last pass; what was
     *     added is then to be forgotten
     */
    void accumulate(SharedBatch batch, int ofBatches) {
        accumulate(batch, ofBatches, drawing(batch));
    }

    /** The same with random zeros drawn in a given way. */
    void accumulate(SharedBatch batch, int ofBatches, Drawing drawing) {
        double factor = 1.0 / batch.groups() / ofBatches;
        long number = batches++;
        if (drawing == Drawing.SIDE_BY_SIDE) {
            team.first().sow(PassSeeds.ofBatch(settings.seed(), number));
        }
        team.tell((replica, i) ->
                replica.gather(batch.shares().get(i), factor, new PassSeeds(settings.seed(), number, i), drawing));
    }

    private Drawing drawing(SharedBatch batch) {
        boolean gpus = !team.first().device().equals("cpu");
        return Drawing.of(draws ? team.size() : 0, gpus, settings.recompute() || batch.takesGroupsApart());
    }

    /** Lets no pass for gradients begin any more; from any thread. */
    void stop() {
        budget.stop();
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
     * @throws TrainingException if several devices do not do the same
     */
    public StepResult step(double learningRate, double largestLoss) {
        beginStep(learningRate, largestLoss);
        return endStep();
    }

    /** Has the devices step, and does not wait for them. */
    void beginStep(double learningRate, double largestLoss) {
        team.sumUp(Table.GRADIENTS, plan.numbersInAll());
        team.sumUp(Table.LOSS, 1);
        OptimizerSettings optimizer = settings.optimizer();
        team.tell((replica, i) -> replica.beginStep(
                learningRate,
                optimizer.beta1(),
                optimizer.beta2(),
                optimizer.epsilon(),
                optimizer.clipNorm() > 0 ? optimizer.clipNorm() : Double.POSITIVE_INFINITY,
                optimizer.averageDecay(),
                largestLoss));
    }

    /**
     * What the last step met, once it is over. What the devices were given to do after it may still go on.
     *
     * @throws TrainingException if several devices did not do the same
     */
    StepResult endStep() {
        List<double[]> results = team.ask((replica, i) -> replica.endStep());
        double[] result = results.get(0);
        for (int i = 1; i < results.size(); i++) {
            if (!Arrays.equals(results.get(i), result)) {
                throw new TrainingException(
                        "devices " + device() + " met different losses or gradients in one step: "
                                + results.stream().map(Arrays::toString).toList()
                                + ". They are not of one kind, or one computes wrongly; go on from the last snapshot on others");
            }
        }
        int every = settings.devices().comparedEvery();
        if (every > 0 && ++uncompared >= every) {
            requireEqualWeights();
        }
        return new StepResult(result[0], result[1], result[2] != 0);
    }

    /** @throws TrainingException naming the device whose weights are not those of the first */
    void requireEqualWeights() {
        uncompared = 0;
        team.requireEqualWeights();
    }

    /**
     * Puts the average of the weights, where one is kept, in the place of the weights, and these in its place: before an
     * evaluation and after it.
     */
    public void swapAverage() {
        if (averages()) {
            team.tell((replica, i) -> replica.swapAverage());
        }
    }

    /** Forgets what has been gathered since the last step. */
    public void forget() {
        team.tell((replica, i) -> replica.forget());
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

    /** How many steps changed the weights. */
    long steps() {
        return team.first().steps();
    }

    /** Whether all that training changes is numbers: neither infinite nor none. */
    boolean isFinite() {
        List<Table> tables = averages() ? Table.MOVING : Table.MOVING.subList(0, Table.MOVING.size() - 1);
        return team
                .ask((replica, i) -> tables.stream().allMatch(table -> replica.isFinite(table, plan.numbersInAll())))
                .stream()
                .allMatch(Boolean::booleanValue);
    }

    /**
     * Goes on from where another learner was.
     *
     * @param batchesSeen what random zeros follow from
     */
    void continueFrom(long batchesSeen, long stepsMade) {
        batches = batchesSeen;
        TorchValue steps = TorchValue.floats(new float[] {stepsMade}, List.of(1L));
        team.tell((replica, i) -> replica.put(Table.STEPS, 0, 1, steps));
    }

    /** The numbers of one parameter in a table; of a frozen one, its weights. */
    float[] get(Table table, int parameter) {
        return parameter < trained()
                ? team.first().get(table, begin(parameter), end(parameter))
                : team.first().getFixed(parameter - trained());
    }

    /** The same where everything is float64. */
    double[] getWide(Table table, int parameter) {
        return team.first().getWide(table, begin(parameter), end(parameter));
    }

    void put(Table table, int parameter, float[] values) {
        put(table, parameter, TorchValue.floats(values, List.of((long) values.length)));
    }

    /** Writes numbers of a parameter where everything is float64. */
    void putWide(Table table, int parameter, double[] values) {
        put(table, parameter, TorchValue.doubles(values));
    }

    private void put(Table table, int parameter, TorchValue values) {
        team.tell((replica, i) -> replica.put(table, begin(parameter), end(parameter), values));
    }

    private int begin(int parameter) {
        return plan.begins().get(parameter);
    }

    private int end(int parameter) {
        return begin(parameter) + plan.order().get(parameter).size();
    }

    /** The devices' own, for tests of what happens when they differ. */
    Team team() {
        return team;
    }

    /** Whether an average of the weights is kept. */
    boolean averages() {
        return settings.optimizer().averageDecay() > 0;
    }

    @Override
    public void close() {
        team.close();
    }
}
