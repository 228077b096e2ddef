package io.streamrank.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A checkpoint opened for training rather than serving: the same files, checks, tokenizer, batches and forward pass, and
 * its weights by name. A bare encoder or backbone opens too; what it lacks of a ranking head is told as
 * {@linkplain Parameter#fresh fresh} parameters.
 */
public final class Trainable implements AutoCloseable {
    /** How causal families read pairs where {@code reranker.json} says nothing else; an end-of-text token follows. */
    public static final String DEFAULT_TEMPLATE = CausalTemplate.DEFAULT_TEXT;

    /** What may be missing: modules between a bare model and its score. */
    private static final List<String> HEADS = List.of("head.score.", "head.dense.", "head.pooler.", "head.norm.");

    /** What transformers takes where a configuration says nothing. */
    private static final double INITIALIZER_RANGE = 0.02;

    private final Checkpoint checkpoint;
    private final Architecture architecture;
    private final PairTokenizer tokenizer;
    private final List<Parameter> parameters;
    private final boolean lengthIsSet;
    private final PairLimits limits;

    private Trainable(
            Checkpoint checkpoint,
            Architecture architecture,
            PairTokenizer tokenizer,
            List<Parameter> parameters,
            boolean lengthIsSet,
            PairLimits limits) {
        this.checkpoint = checkpoint;
        this.architecture = architecture;
        this.tokenizer = tokenizer;
        this.parameters = List.copyOf(parameters);
        this.lengthIsSet = lengthIsSet;
        this.limits = limits;
    }

    /**
     * Opens a Hugging Face checkpoint folder.
     *
     * @param maxLength the longest pair in tokens; 0 takes the checkpoint's own
     * @throws CheckpointException where it cannot be trained as it is
     */
    public static Trainable open(Path folder, int maxLength) {
        return open(folder, new PairLimits(maxLength, 0, 0));
    }

    /**
     * Opens a Hugging Face checkpoint folder.
     *
     * @param wanted how many tokens pairs and their halves may have, where that is not the checkpoint's own
     * @throws CheckpointException where it cannot be trained as it is
     */
    public static Trainable open(Path folder, PairLimits wanted) {
        return open(folder, wanted, false);
    }

    /**
     * Opens a Hugging Face checkpoint folder.
     *
     * @param wanted how many tokens pairs and their halves may have, where that is not the checkpoint's own
     * @param newHead whether the ranking head it may have is left aside: all of it is {@linkplain Parameter#fresh fresh}
     * @throws CheckpointException where it cannot be trained as it is
     */
    public static Trainable open(Path folder, PairLimits wanted, boolean newHead) {
        Checkpoint checkpoint = Checkpoint.open(folder);
        Architecture architecture = Families.readForTraining(checkpoint);
        PairSettings pairs = PairSettings.of(checkpoint, architecture, wanted);
        List<Parameter> parameters = parameters(checkpoint, architecture, newHead);
        return new Trainable(
                checkpoint,
                architecture,
                PairTokenizer.open(checkpoint.tokenizer(), pairs, 0),
                parameters,
                wanted.pair() > 0,
                pairs.limits());
    }

    private static List<Parameter> parameters(Checkpoint checkpoint, Architecture architecture, boolean newHead) {
        Map<String, String> written = Families.writtenNames(checkpoint);
        Weights weights = new Weights(checkpoint.weights());
        List<Parameter> parameters = new ArrayList<>();
        for (Weight weight : architecture.weights()) {
            boolean fresh = mayBeMissing(weight)
                    && (newHead || weights.used(List.of(weight)).isEmpty());
            List<Long> shape = weight.shape().stream().map(Dimension::size).toList();
            String stored = written.getOrDefault(weight.name(), weight.stored());
            parameters.add(new Parameter(weight.name(), stored, shape, fresh));
        }
        List<CheckpointException> problems = weights.problems(stored(architecture, parameters));
        if (!problems.isEmpty()) {
            throw problems.get(0);
        }
        return parameters;
    }

    private static boolean mayBeMissing(Weight weight) {
        return HEADS.stream().anyMatch(weight.name()::startsWith);
    }

    private static List<Weight> stored(Architecture architecture, List<Parameter> parameters) {
        Map<String, Boolean> fresh = parameters.stream().collect(Collectors.toMap(Parameter::name, Parameter::fresh));
        return architecture.weights().stream()
                .filter(weight -> !fresh.getOrDefault(weight.name(), false))
                .toList();
    }

    /** Whether device and threads, as in {@link ModelSettings}, mean a GPU on this machine. */
    public static boolean onGpu(String device, int threads) {
        return device(device, threads).isGpu();
    }

    /** How many GPUs libtorch sees; threads as in {@link ModelSettings}. */
    public static int gpus(int threads) {
        return TorchEngine.start(threads).getGpuCount();
    }

    /** The version of libtorch that runs, the CPU's or a GPU's; starts it if nothing has. */
    public static String libtorch() {
        return TorchEngine.version(0);
    }

    private static Device device(String device, int threads) {
        return Placement.device(ModelSettings.defaults().withDevice(device).withThreads(threads));
    }

    /** The checkpoint's folder. */
    public Path folder() {
        return checkpoint.folder();
    }

    /** What tells its weights from others. */
    public String revision() {
        return checkpoint.revision();
    }

    /** {@code config.json}'s model_type. */
    public String family() {
        return architecture.family();
    }

    /** Whether it reads from left to right, and pairs follow the template of {@code reranker.json}. */
    public boolean causal() {
        return architecture.causal();
    }

    /** The longest pair in tokens. */
    public int maxLength() {
        return tokenizer.maxLength();
    }

    /** Whether that was asked for, and not the checkpoint's own. */
    public boolean lengthIsSet() {
        return lengthIsSet;
    }

    /** The tokens that pairs, queries and documents may have; 0 for a half without a limit. */
    public PairLimits limits() {
        return limits;
    }

    /** How many labels the ranking head has: 1, or 2 that rank by their difference. */
    public int labels() {
        return parameters.stream()
                .filter(parameter -> parameter.name().equals("head.score.weight"))
                .mapToInt(parameter -> Math.toIntExact(parameter.shape().get(0)))
                .findFirst()
                .orElse(1);
    }

    /** The share of random zeros in what sublayers add that it was trained with; 0 where its family has none. */
    public double dropout() {
        return Dropout.of(checkpoint.config(), family()).hidden();
    }

    /** The share of attention weights set to zero that it was trained with. */
    public double attentionDropout() {
        return Dropout.of(checkpoint.config(), family()).attention();
    }

    /** The standard deviation that its own configuration gives for new weights. */
    public double initializerRange() {
        return checkpoint.config().positive("initializer_range", INITIALIZER_RANGE);
    }

    /** All weights, in the order of the architecture. */
    public List<Parameter> parameters() {
        return parameters;
    }

    /** Turns one query with its documents into token ids, as the worker does. */
    public List<EncodedPair> encode(String query, List<String> documents) {
        return tokenizer.encode(query, documents);
    }

    /** Turns texts into token ids, each alone in its tokenizer's frame for one, its end cut off where it is too long. */
    public List<EncodedPair> encodeAlone(List<String> texts) {
        return tokenizer.encodeAlone(texts);
    }

    /** Puts pairs into one packed batch. */
    public PackedBatch pack(List<EncodedPair> pairs) {
        for (int i = 0; i < pairs.size(); i++) {
            architecture.check(pairs.get(i), i);
        }
        return PackedBatch.of(pairs, architecture);
    }

    /**
     * Compiles a module around the forward pass.
     *
     * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:1}
     * @param threads CPU threads of one operation, as in {@link ModelSettings}
     */
    public TorchModule compile(ModuleSource module, String device, int threads, Arithmetic arithmetic) {
        return compile(module, device, threads, arithmetic, CudaOperators.AUTO);
    }

    /**
     * Compiles a module around the forward pass.
     *
     * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:1}
     * @param threads CPU threads of one operation, as in {@link ModelSettings}
     * @param operators as in {@link ModelSettings}
     */
    public TorchModule compile(
            ModuleSource module, String device, int threads, Arithmetic arithmetic, String operators) {
        Device where = device(device, threads);
        List<String> sources = new ArrayList<>(module.sources());
        sources.addAll(architecture.sources());
        sources.add(TorchArchive.PRODUCTS);
        Map<String, Object> constants = new HashMap<>(architecture.constants());
        constants.putAll(module.constants());
        constants.put("compute_type", arithmetic.computeNumber());
        constants.put("wide_type", arithmetic.wideNumber());
        boolean fast = arithmetic != Arithmetic.FLOAT64 && CudaOperators.serve(architecture, where, operators);
        byte[] archive = TorchArchive.assemble(sources, constants, module.attributes(), fast);
        return new TorchModule(archive, architecture.family(), where);
    }

    /**
     * The weights as a method's dictionary argument, read from the checkpoint when the call is made. The method sees them
     * in no particular order.
     *
     * @param fresh the values of those that the checkpoint lacks, by name
     */
    public TorchValue weights(Map<String, float[]> fresh) {
        return arguments -> {
            new Weights(checkpoint.weights())
                    .read(stored(architecture, parameters), arguments.device)
                    .forEach(arguments::add);
            parameters.stream().filter(Parameter::fresh).forEach(parameter -> {
                NDArray array = arguments.device.create(valuesOf(parameter, fresh), new Shape(parameter.dimensions()));
                array.setName(Weights.DICTIONARY + parameter.name());
                arguments.add(array);
            });
        };
    }

    private static float[] valuesOf(Parameter parameter, Map<String, float[]> fresh) {
        float[] values = fresh.get(parameter.name());
        if (values == null || values.length != parameter.size()) {
            throw new IllegalArgumentException("no values for " + parameter);
        }
        return values;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
