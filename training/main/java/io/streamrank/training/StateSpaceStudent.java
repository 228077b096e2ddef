package io.streamrank.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.TensorFile;
import io.streamrank.training.StudentSettings.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A Mamba or Mamba-2 to be distilled: random but for its embeddings, which are those of the model that lends its
 * vocabulary. First values are the authors' (https://github.com/state-spaces/mamba, {@code mixer_seq_simple.py},
 * {@code mamba_simple.py}, {@code mamba2.py}) with one difference: what a token writes its key with (B) and what a token
 * reads with (C) begin as the same projection. A token of the query then reads most from like tokens of the document, as
 * random projections keep likeness (Johnson and Lindenstrauss, 1984); from two unlike ones a small model needs very many
 * pairs to find that out.
 */
final class StateSpaceStudent {
    private static final int EXPAND = 2;
    private static final int TAPS = 4;

    /** The authors' 64, or what divides the inner width. */
    private static final int HEAD_WIDTH_MOST = 64;

    private static final double STEP_LEAST = 1e-3;
    private static final double STEP_MOST = 0.1;
    private static final double STEP_FLOOR = 1e-4;

    /** Mamba-2's A is drawn from 1 to this. */
    private static final double DECAY_MOST = 16;

    private static final String EMBEDDINGS = "embeddings.word_embeddings.weight";

    /** Document first, so that the worker can keep what a document leaves behind. */
    private static final String TEMPLATE = "{document} [SEP] {query}";

    private static final String END = "[SEP]";

    private static final JsonMapper JSON = new JsonMapper();

    private final StudentSettings settings;
    private final Random random;
    private final int hidden;
    private final int inner;
    private final List<TensorFile.Entry> tensors = new ArrayList<>();

    private StateSpaceStudent(StudentSettings settings, int hidden) {
        this.settings = settings;
        this.hidden = hidden;
        inner = EXPAND * hidden;
        random = new Random(settings.seed());
    }

    /**
     * Writes a bare backbone with tokenizer, which training gives a head.
     *
     * @param lender a BERT checkpoint: its tokenizer and word embeddings are taken
     * @param output an empty or new folder
     */
    static void write(StudentSettings settings, Path lender, Path output) throws IOException {
        TensorFile weights = TensorFile.open(lender.resolve(CheckpointWriter.WEIGHTS));
        String name = weights.names().stream()
                .filter(each -> each.endsWith(EMBEDDINGS))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        lender + " has no tensor " + EMBEDDINGS + ": take a BERT checkpoint"));
        List<Long> shape = weights.shape(name);
        StateSpaceStudent student = new StateSpaceStudent(settings, Math.toIntExact(shape.get(shape.size() - 1)));
        student.tensors.add(new TensorFile.Entry("backbone.embeddings.weight", shape, () -> weights.numbers(name)));
        student.addLayers();

        Files.createDirectories(output);
        ObjectNode tokenizer =
                (ObjectNode) JSON.readTree(lender.resolve("tokenizer.json").toFile());
        json(output, "config.json", student.config(shape.get(0)).put("eos_token_id", end(tokenizer, lender)));
        // Frames are the template's business.
        json(output, "tokenizer.json", (ObjectNode) tokenizer.putNull("post_processor"));
        json(
                output,
                "reranker.json",
                JSON.createObjectNode()
                        .put("template", TEMPLATE)
                        .put("append_eos", true)
                        .put("max_length", settings.maxLength()));
        TensorFile.write(output.resolve(CheckpointWriter.WEIGHTS), TensorFile.Type.FLOAT32, student.tensors);
    }

    private static int end(ObjectNode tokenizer, Path lender) {
        for (JsonNode added : tokenizer.path("added_tokens")) {
            if (added.path("content").asText().equals(END)) {
                return added.path("id").asInt();
            }
        }
        throw new IllegalArgumentException(lender.resolve("tokenizer.json") + " has no token " + END);
    }

    private static void json(Path folder, String name, ObjectNode content) throws IOException {
        Files.writeString(folder.resolve(name), content.toPrettyString() + "\n");
    }

    private ObjectNode config(long vocabulary) {
        ObjectNode config = JSON.createObjectNode();
        config.putArray("architectures").add(settings.kind() == Kind.MAMBA ? "MambaModel" : "Mamba2Model");
        config.put("model_type", settings.kind().modelType())
                .put("vocab_size", vocabulary)
                .put("hidden_size", hidden)
                .put("num_hidden_layers", settings.layers())
                .put("state_size", settings.state())
                .put("expand", EXPAND)
                .put("conv_kernel", TAPS)
                .put("layer_norm_epsilon", 1e-5)
                .put("hidden_act", "silu")
                .put("use_bias", false)
                .put("use_conv_bias", true)
                .put("residual_in_fp32", true)
                .put("initializer_range", 0.02)
                .put("tie_word_embeddings", true)
                .put("torch_dtype", "float32");
        if (settings.kind() == Kind.MAMBA) {
            return config.put("intermediate_size", inner).put("time_step_rank", rank());
        }
        return config.put("num_heads", heads())
                .put("head_dim", headWidth())
                .put("n_groups", 1)
                .put("chunk_size", 64);
    }

    private int heads() {
        return inner / headWidth();
    }

    private int headWidth() {
        return Math.min(Integer.lowestOneBit(inner), HEAD_WIDTH_MOST);
    }

    private int rank() {
        return (hidden + 15) / 16;
    }

    private void addLayers() {
        for (int i = 0; i < settings.layers(); i++) {
            String layer = "backbone.layers." + i + ".";
            fill(layer + "norm.weight", 1, hidden);
            if (settings.kind() == Kind.MAMBA) {
                mamba(layer + "mixer.");
            } else {
                mamba2(layer + "mixer.");
            }
            // Each block adds to the residual: the sum over all of them begins as large as one.
            double range = 1 / Math.sqrt(inner) / Math.sqrt(settings.layers());
            add(layer + "mixer.out_proj.weight", uniform(hidden * inner, range), hidden, inner);
        }
        fill("backbone.norm_f.weight", 1, hidden);
    }

    private void mamba(String mixer) {
        int state = settings.state();
        add(mixer + "in_proj.weight", linear(2 * inner, hidden), 2 * inner, hidden);
        convolution(mixer, inner);
        float[] projection = linear(rank() + 2 * state, inner);
        alike(projection, rank(), state, inner);
        add(mixer + "x_proj.weight", projection, rank() + 2 * state, inner);
        add(mixer + "dt_proj.weight", uniform(inner * rank(), 1 / Math.sqrt(rank())), inner, rank());
        add(mixer + "dt_proj.bias", steps(inner), inner);
        float[] decays = new float[inner * state];
        for (int i = 0; i < decays.length; i++) {
            decays[i] = (float) Math.log(i % state + 1);
        }
        add(mixer + "A_log", decays, inner, state);
        fill(mixer + "D", 1, inner);
    }

    private void mamba2(String mixer) {
        int state = settings.state();
        int rows = 2 * inner + 2 * state + heads();
        float[] projection = linear(rows, hidden);
        alike(projection, 2 * inner, state, hidden);
        add(mixer + "in_proj.weight", projection, rows, hidden);
        convolution(mixer, inner + 2 * state);
        add(mixer + "dt_bias", steps(heads()), heads());
        float[] decays = new float[heads()];
        for (int i = 0; i < decays.length; i++) {
            decays[i] = (float) Math.log(1 + random.nextDouble() * (DECAY_MOST - 1));
        }
        add(mixer + "A_log", decays, heads());
        fill(mixer + "D", 1, heads());
        fill(mixer + "norm.weight", 1, inner);
    }

    private void convolution(String mixer, int channels) {
        float[] taps = uniform(channels * TAPS, 1 / Math.sqrt(TAPS));
        float[] bias = uniform(channels, 1 / Math.sqrt(TAPS));
        if (channels > inner) {
            alike(taps, inner, settings.state(), TAPS);
            alike(bias, inner, settings.state(), 1);
        }
        add(mixer + "conv1d.weight", taps, channels, 1, TAPS);
        add(mixer + "conv1d.bias", bias, channels);
    }

    /** Makes C's rows, which follow B's, the same as those. */
    private static void alike(float[] matrix, int firstRow, int rows, int width) {
        System.arraycopy(matrix, firstRow * width, matrix, (firstRow + rows) * width, rows * width);
    }

    /** Biases whose softplus lies between the least and the most step, evenly in its logarithm. */
    private float[] steps(int count) {
        float[] biases = new float[count];
        for (int i = 0; i < count; i++) {
            double least = Math.log(STEP_LEAST);
            double step = Math.exp(least + random.nextDouble() * (Math.log(STEP_MOST) - least));
            step = Math.max(step, STEP_FLOOR);
            biases[i] = (float) (step + Math.log(-Math.expm1(-step)));
        }
        return biases;
    }

    private float[] linear(int rows, int columns) {
        return uniform(rows * columns, 1 / Math.sqrt(columns));
    }

    private float[] uniform(int count, double range) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) ((2 * random.nextDouble() - 1) * range);
        }
        return numbers;
    }

    private void fill(String name, float value, int count) {
        float[] numbers = new float[count];
        Arrays.fill(numbers, value);
        add(name, numbers, count);
    }

    private void add(String name, float[] numbers, long... shape) {
        tensors.add(new TensorFile.Entry(name, Arrays.stream(shape).boxed().toList(), () -> numbers));
    }
}
