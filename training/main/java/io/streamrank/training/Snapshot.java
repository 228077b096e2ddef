package io.streamrank.training;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.Parameter;
import io.streamrank.model.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What it takes to go on as if training had never stopped: a checkpoint in float32, the optimizer's state in
 * {@code optimizer.safetensors}, and the {@link TrainingProgress} in {@code progress.json}.
 */
final class Snapshot {
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String PROGRESS = "progress.json";
    private static final String MADE_OF = "made_of";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final CheckpointWriter writer;
    private final Learner learner;

    Snapshot(CheckpointWriter writer, Learner learner) {
        this.writer = writer;
        this.learner = learner;
    }

    void write(Path folder, TrainingProgress progress, RunOrigin origin) throws IOException {
        Folders.replace(folder, unfinished -> {
            writer.write(unfinished, Learner.Table.WEIGHTS, TensorFile.Type.FLOAT32);
            List<TensorFile.Entry> entries = new ArrayList<>();
            for (Learner.Table table : tables()) {
                for (int i = 0; i < learner.trained(); i++) {
                    int index = i;
                    Parameter parameter = learner.parameters().get(i);
                    entries.add(new TensorFile.Entry(
                            name(table, parameter), parameter.shape(), () -> learner.get(table, index)));
                }
            }
            TensorFile.write(unfinished.resolve(OPTIMIZER), TensorFile.Type.FLOAT32, entries);
            Files.writeString(
                    unfinished.resolve(PROGRESS), json(progress, origin).toPrettyString() + "\n");
        });
    }

    /** What a folder says that its run was made of. */
    RunOrigin origin(Path folder) throws IOException {
        Map<String, String> parts = new HashMap<>();
        json(folder)
                .path(MADE_OF)
                .fields()
                .forEachRemaining(
                        part -> parts.put(part.getKey(), part.getValue().asText()));
        return new RunOrigin(parts);
    }

    private static ObjectNode json(Path folder) throws IOException {
        return (ObjectNode) JSON.readTree(folder.resolve(PROGRESS).toFile());
    }

    /** Takes weights and state over from a folder. */
    TrainingProgress read(Path folder) throws IOException {
        TensorFile weights = TensorFile.open(folder.resolve(CheckpointWriter.WEIGHTS));
        TensorFile state = TensorFile.open(folder.resolve(OPTIMIZER));
        for (int i = 0; i < learner.trained(); i++) {
            Parameter parameter = learner.parameters().get(i);
            learner.put(Learner.Table.WEIGHTS, i, weights.floats(parameter.stored(), parameter.size()));
            for (Learner.Table table : tables()) {
                learner.put(table, i, state.floats(name(table, parameter), parameter.size()));
            }
        }
        ObjectNode json = json(folder);
        TrainingProgress progress = new TrainingProgress(
                json.path("step").asLong(),
                json.path("batches").asLong(),
                json.path("applied").asLong(),
                json.path("skipped").asInt(),
                json.path("usual_loss").asDouble(Double.NaN),
                json.path("best").asDouble(Double.NaN),
                json.path("best_step").asLong(),
                json.path("evaluated_step").asLong(TrainingProgress.NEVER));
        learner.continueFrom(progress.batches(), progress.applied());
        return progress;
    }

    private List<Learner.Table> tables() {
        return learner.averages()
                ? List.of(Learner.Table.FIRST_MOMENT, Learner.Table.SECOND_MOMENT, Learner.Table.AVERAGE)
                : List.of(Learner.Table.FIRST_MOMENT, Learner.Table.SECOND_MOMENT);
    }

    private static String name(Learner.Table table, Parameter parameter) {
        return switch (table) {
                    case FIRST_MOMENT -> "exp_avg.";
                    case SECOND_MOMENT -> "exp_avg_sq.";
                    case AVERAGE -> "average.";
                    case WEIGHTS, GRADIENTS, STEPS, LOSS ->
                        throw new IllegalArgumentException(table + " is no state of the optimizer");
                }
                + parameter.stored();
    }

    private static ObjectNode json(TrainingProgress progress, RunOrigin origin) {
        ObjectNode json = JSON.createObjectNode()
                .put("step", progress.step())
                .put("batches", progress.batches())
                .put("applied", progress.applied())
                .put("skipped", progress.skipped())
                .put("best_step", progress.bestStep())
                .put("evaluated_step", progress.evaluatedStep());
        // JSON has no NaN: what is not known is left out.
        if (!Double.isNaN(progress.usualLoss())) {
            json.put("usual_loss", progress.usualLoss());
        }
        if (!Double.isNaN(progress.best())) {
            json.put("best", progress.best());
        }
        if (!origin.parts().isEmpty()) {
            ObjectNode parts = json.putObject(MADE_OF);
            origin.parts().forEach(parts::put);
        }
        return json;
    }
}
