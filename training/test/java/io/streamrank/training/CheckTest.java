package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.TensorFile;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class CheckTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder = Path.of("");

    private final StringWriter said = new StringWriter();

    @ParameterizedTest
    @MethodSource("io.streamrank.training.GoldenCheckpoint#families")
    void findsNothingWrongWithWhatTrainingWrites(String family) throws IOException {
        write(family);

        CheckpointCheck check = CheckpointCheck.of(folder);

        assertThat(check.troubles()).isEmpty();
        assertThat(check.facts()).hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void findsNothingWrongWithTheCheckpointOfThisProject() {
        assertThat(execute("check", Path.of("models", "minilm-l6-reranker").toString()))
                .as(said.toString())
                .isZero();
        assertThat(said.toString()).contains("good: ").contains("BertForSequenceClassification");
    }

    @Test
    void scoresDocumentsWhereItIsAskedTo() throws IOException {
        write("bert");

        assertThat(execute("check", folder.toString(), "--query=river", "--document=stone", "--document=moon"))
                .isZero();
        assertThat(said.toString())
                .containsPattern("-?\\d\\.\\d{6} +stone\n")
                .containsPattern("-?\\d\\.\\d{6} +moon\n");
        assertThat(execute("check", folder.toString(), "--query=river")).isOne();
        assertThat(said.toString()).contains("--query with a --document at least");
    }

    @Test
    void saysWhatTheWorkerLacks() throws IOException {
        GoldenCheckpoint.writeBare(folder);

        assertThat(execute("check", folder.toString())).isOne();

        assertThat(said.toString())
                .contains("trouble ")
                .contains("classifier.weight is missing")
                .endsWith("not good\n");
    }

    @Test
    void saysWhatTransformersWouldReadOtherwise() throws IOException {
        write("bert");
        config(config -> {
            config.remove("id2label");
            config.putArray("architectures").add("BertModel");
            config.put("dtype", "float16");
        });

        CheckpointCheck check = CheckpointCheck.of(folder);

        assertThat(check.troubles())
                .containsExactly(
                        "config.json names BertModel in architectures, expected BertForSequenceClassification",
                        "config.json has 2 labels to transformers (id2label, num_labels), the head 1");
        assertThat(check.remarks()).anyMatch(remark -> remark.contains("says float16, stored are [F32]"));
    }

    @Test
    void namesTensorsThatTransformersCallsOtherwise() throws IOException {
        write("bert");
        // As files of a bare encoder have them, which the worker reads too.
        rewrite(name -> name.replaceFirst("^bert\\.", ""), values -> {});

        assertThat(CheckpointCheck.of(folder).troubles())
                .hasSize(1)
                .allSatisfy(trouble -> assertThat(trouble)
                        .contains("BertForSequenceClassification looks for bert.")
                        .contains("more, which the files have under other names"));
    }

    @Test
    void namesTensorsThatHoldWhatIsNoNumber() throws IOException {
        write("bert");
        rewrite(UnaryOperator.identity(), values -> {
            if (values.length == 1) {
                values[0] = Float.NaN;
            }
        });

        assertThat(CheckpointCheck.of(folder).troubles())
                .hasSize(1)
                .allSatisfy(trouble -> assertThat(trouble).contains("not all numbers are finite in classifier.bias"));
    }

    private void write(String family) throws IOException {
        try (Trainable trainable = GoldenCheckpoint.open(family);
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact())) {
            new CheckpointWriter(learner).write(folder, Learner.Table.WEIGHTS, TensorFile.Type.FLOAT32);
        }
    }

    private void config(Consumer<ObjectNode> change) throws IOException {
        Path file = folder.resolve("config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
        change.accept(config);
        Files.writeString(file, config.toPrettyString());
    }

    private void rewrite(UnaryOperator<String> naming, Consumer<float[]> change) throws IOException {
        Path file = folder.resolve("model.safetensors");
        TensorFile tensors = TensorFile.open(file);
        List<TensorFile.Entry> entries = tensors.names().stream()
                .map(name -> {
                    float[] values = tensors.numbers(name);
                    change.accept(values);
                    return new TensorFile.Entry(naming.apply(name), tensors.shape(name), () -> values);
                })
                .toList();
        Path other = folder.resolve("other");
        TensorFile.write(other, TensorFile.Type.FLOAT32, entries);
        Files.delete(file);
        Files.move(other, file);
    }

    private int execute(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        PrintWriter writer = new PrintWriter(said, true);
        commandLine.setOut(writer).setErr(writer);
        return commandLine.execute(arguments);
    }
}
