package io.streamrank.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.TensorFile;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checkpoints that a few large steps have made, the same on every machine to rounding: what {@code record_references.py}
 * has transformers load, and what the tests compare with its scores.
 */
final class ReferenceCheckpoint {
    /** What the steps of {@link #train} begin with where it is not a golden checkpoint. */
    static final String BARE = "bert-bare";

    static final String HALF = "bert-float16";
    static final String MINILM = "minilm-l6-reranker";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A large epsilon: gradients that are nothing but rounding move nothing. */
    private static final OptimizerSettings OPTIMIZER =
            new OptimizerSettings(1, 0.9, 0.999, 1e-2, 0.01, true, 1, false, 1, 0);

    private static final int STEPS = 3;

    private ReferenceCheckpoint() {}

    static List<String> names() {
        List<String> names = new ArrayList<>(GoldenCheckpoint.families());
        names.addAll(List.of(BARE, HALF, MINILM));
        return names;
    }

    /** Every query with its documents whose scores are recorded; the last document is longer than any model takes. */
    static Example pairs() {
        Example short_ = GoldenCheckpoint.examples(21, 1, 5).get(0);
        List<Passage> passages = new ArrayList<>(short_.passages());
        passages.add(new Passage("green stone river ".repeat(200), 0));
        return new Example(short_.query(), passages);
    }

    /** The groups that every step trains on. */
    static List<Example> groups() {
        return GoldenCheckpoint.examples(20, 2, 4);
    }

    /** Where training begins; {@code work} is for what has to be made first. */
    static Path start(String name, Path work) throws IOException {
        return switch (name) {
            case BARE -> GoldenCheckpoint.writeBare(Files.createDirectories(work.resolve("bare")));
            case HALF -> GoldenCheckpoint.folder("bert");
            case MINILM -> Path.of("models", MINILM);
            default -> GoldenCheckpoint.folder(name);
        };
    }

    /** Trains and writes into a folder; returns the pairs as the model reads them. */
    static List<EncodedPair> train(String name, Path start, Path folder) throws IOException {
        boolean half = name.equals(HALF) || name.equals(MINILM);
        double rate = name.equals(MINILM) ? 1e-3 : 3e-2;
        try (Trainable trainable = Trainable.open(start, 0);
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact().withOptimizer(OPTIMIZER))) {
            List<Group> batch = groups().stream().map(learner::encode).toList();
            for (int step = 0; step < STEPS; step++) {
                learner.accumulate(batch);
                learner.step(rate);
            }
            new CheckpointWriter(learner)
                    .write(folder, Learner.Table.WEIGHTS, half ? TensorFile.Type.FLOAT16 : TensorFile.Type.FLOAT32);
            return learner.encode(pairs()).pairs();
        }
    }

    /**
     * Writes all checkpoints for {@code record_references.py}, with the pairs to score; and of golden checkpoints as they
     * are the groups to train on.
     *
     * @param arguments an empty folder
     */
    public static void main(String[] arguments) throws IOException {
        Path all = Path.of(arguments[0]);
        for (String name : names()) {
            Path folder = Files.createDirectories(all.resolve(name));
            Path start = start(name, all);
            List<EncodedPair> pairs = train(name, start, folder);
            ObjectNode told = JSON.createObjectNode();
            told.put("start", start.toString()).put("query", pairs().query());
            pairs().passages().forEach(passage -> told.withArray("documents").add(passage.text()));
            ids(told.putArray("ids"), pairs);
            try (Trainable trainable = Trainable.open(start, 0)) {
                for (Example group : groups()) {
                    List<String> texts =
                            group.passages().stream().map(Passage::text).toList();
                    ids(told.withArray("groups").addArray(), trainable.encode(group.query(), texts));
                }
            }
            JSON.writeValue(folder.resolve("pairs.json").toFile(), told);
        }
        System.exit(0);
    }

    private static void ids(ArrayNode node, List<EncodedPair> pairs) {
        for (EncodedPair pair : pairs) {
            ArrayNode ids = node.addObject().putArray("input_ids");
            for (int id : pair.ids()) {
                ids.add(id);
            }
            if (pair.typeIds().length > 0) {
                ArrayNode types = ((ObjectNode) node.get(node.size() - 1)).putArray("token_type_ids");
                for (int type : pair.typeIds()) {
                    types.add(type);
                }
            }
        }
    }
}
