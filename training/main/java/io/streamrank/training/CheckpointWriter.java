package io.streamrank.training;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.Parameter;
import io.streamrank.model.TensorFile;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Writes what a {@link Learner} holds as a Hugging Face checkpoint folder, which the worker and transformers load as it is:
 * weights under transformers' names, {@code config.json} kept and completed, the tokenizer's files copied,
 * {@code reranker.json} where a pair's form would not be known without it.
 */
final class CheckpointWriter {
    static final String WEIGHTS = "model.safetensors";
    static final String RERANKER = "reranker.json";

    private static final String CONFIG = "config.json";

    /** From here on float16 rounds to infinity. */
    private static final float FLOAT16_BEYOND = 65520;

    /** transformers' classes for ranking; the state spaces have none, so theirs stay as they were. */
    private static final Map<String, String> CLASSES = Map.ofEntries(
            Map.entry("bert", "BertForSequenceClassification"),
            Map.entry("roberta", "RobertaForSequenceClassification"),
            Map.entry("xlm-roberta", "XLMRobertaForSequenceClassification"),
            Map.entry("electra", "ElectraForSequenceClassification"),
            Map.entry("distilbert", "DistilBertForSequenceClassification"),
            Map.entry("modernbert", "ModernBertForSequenceClassification"),
            Map.entry("deberta-v2", "DebertaV2ForSequenceClassification"),
            Map.entry("bart", "BartForSequenceClassification"),
            Map.entry("llama", "LlamaForSequenceClassification"),
            Map.entry("qwen2", "Qwen2ForSequenceClassification"),
            Map.entry("qwen3", "Qwen3ForSequenceClassification"),
            Map.entry("gpt_neox", "GPTNeoXForSequenceClassification"),
            Map.entry("opt", "OPTForSequenceClassification"));

    private static final List<String> COPIED = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.txt",
            "vocab.json",
            "merges.txt",
            "spm.model",
            "sentencepiece.bpe.model",
            "tokenizer.model",
            "config_sentence_transformers.json");

    private static final JsonMapper JSON = JsonMapper.builder()
            // Mamba configurations of transformers 4 hold a bare Infinity.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private final Trainable trainable;
    private final Learner learner;

    /** What transformers calls a family's model that ranks; nothing where it has none. */
    static Optional<String> transformersClass(String family) {
        return Optional.ofNullable(CLASSES.get(family));
    }

    CheckpointWriter(Learner learner) {
        this.trainable = learner.trainable();
        this.learner = learner;
    }

    /**
     * Writes into an empty folder.
     *
     * @param table the weights, or their average
     */
    void write(Path folder, Learner.Table table, TensorFile.Type type) throws IOException {
        learner.requireEqualWeights();
        copy(COPIED, trainable.folder(), folder);
        writeJson(folder.resolve(CONFIG), config(type));
        ObjectNode pairs = reranker();
        if (!pairs.isEmpty()) {
            writeJson(folder.resolve(RERANKER), pairs);
        }
        TensorFile.write(folder.resolve(WEIGHTS), type, entries(table, type));
    }

    /** Copies all of a checkpoint that this class wrote but its weights, and says in which type those are. */
    static void copyCompanions(Path from, Path to, TensorFile.Type type) throws IOException {
        copy(COPIED, from, to);
        copy(List.of(RERANKER), from, to);
        ObjectNode config = readJson(from.resolve(CONFIG));
        putType(config, type);
        writeJson(to.resolve(CONFIG), config);
    }

    private static void copy(List<String> names, Path from, Path to) throws IOException {
        for (String name : names) {
            Path file = from.resolve(name);
            if (Files.exists(file)) {
                Files.copy(file, to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private List<TensorFile.Entry> entries(Learner.Table table, TensorFile.Type type) {
        List<TensorFile.Entry> entries = new ArrayList<>();
        List<Parameter> parameters = learner.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            int index = i;
            String name = parameters.get(i).stored();
            entries.add(new TensorFile.Entry(
                    name, parameters.get(i).shape(), () -> requireHeld(name, type, learner.get(table, index))));
        }
        return entries;
    }

    /** @throws TrainingException if one of a tensor's numbers is none, or too large for a type */
    static float[] requireHeld(String tensor, TensorFile.Type type, float[] numbers) {
        for (float number : numbers) {
            if (!Float.isFinite(number)) {
                throw new TrainingException("tensor " + tensor + " has " + number + ", which is no finite number");
            }
            if (type == TensorFile.Type.FLOAT16 && Math.abs(number) >= FLOAT16_BEYOND) {
                throw new TrainingException(
                        "tensor " + tensor + " has " + number + ", which float16 does not hold: write"
                                + " bfloat16 or float32 instead (streamrank.train.weights, or --weights)");
            }
        }
        return numbers;
    }

    private ObjectNode config(TensorFile.Type type) throws IOException {
        ObjectNode config = readJson(trainable.folder().resolve(CONFIG));
        int labels = trainable.labels();
        ObjectNode names = config.putObject("id2label");
        ObjectNode ids = config.putObject("label2id");
        for (int i = 0; i < labels; i++) {
            names.put(Integer.toString(i), "LABEL_" + i);
            ids.put("LABEL_" + i, i);
        }
        if (config.has("num_labels")) {
            config.put("num_labels", labels);
        }
        String architecture = CLASSES.get(trainable.family());
        if (architecture != null) {
            config.putArray("architectures").add(architecture);
        }
        putType(config, type);
        return config;
    }

    /** transformers 5 calls it dtype, 4 torch_dtype. */
    private static void putType(ObjectNode config, TensorFile.Type type) {
        config.put(config.has("dtype") ? "dtype" : "torch_dtype", type.name().toLowerCase(Locale.ROOT));
    }

    private ObjectNode reranker() throws IOException {
        Path file = trainable.folder().resolve(RERANKER);
        ObjectNode pairs = Files.exists(file) ? readJson(file) : JSON.createObjectNode();
        if (trainable.causal() && !pairs.has("template")) {
            pairs.put("template", Trainable.DEFAULT_TEMPLATE);
            pairs.put("append_eos", true);
        }
        if (trainable.causal() || pairs.has("max_length") || trainable.lengthIsSet()) {
            pairs.put("max_length", trainable.maxLength());
        }
        if (trainable.limits().query() > 0) {
            pairs.put("max_query_length", trainable.limits().query());
        }
        if (trainable.limits().document() > 0) {
            pairs.put("max_document_length", trainable.limits().document());
        }
        return pairs;
    }

    static ObjectNode readJson(Path file) throws IOException {
        return (ObjectNode) JSON.readTree(file.toFile());
    }

    private static void writeJson(Path file, ObjectNode json) throws IOException {
        Files.writeString(file, json.toPrettyString() + "\n");
    }
}
