package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.model.TensorFile;
import io.streamrank.model.Trainable;
import io.streamrank.training.StudentSettings.Kind;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class StudentTest {
    private static final int STATE = 4;

    @TempDir
    private Path folder = Path.of("");

    private final StringWriter errors = new StringWriter();

    @ParameterizedTest
    @EnumSource
    void learns(Kind kind) {
        assertThat(create(kind, "student", 1)).as(errors.toString()).isZero();

        try (Trainable student = Trainable.open(folder.resolve("student"), 0);
                Learner learner = Learner.of(student, GoldenCheckpoint.exact())) {
            assertThat(student.family()).isEqualTo(kind.modelType());
            assertThat(student.parameters())
                    .filteredOn(parameter -> parameter.fresh())
                    .hasSize(1);
            List<Group> batch = GoldenCheckpoint.examples(1, 4, 3).stream()
                    .map(learner::encode)
                    .toList();
            double before = learner.loss(batch);
            for (int i = 0; i < 20; i++) {
                learner.accumulate(batch);
                assertThat(learner.step(3e-3).gradientNorm()).isPositive();
            }
            assertThat(learner.loss(batch)).isLessThan(0.9 * before);
        }
    }

    @ParameterizedTest
    @EnumSource
    void beginsWithTheLendersEmbeddingsAndByItsSeed(Kind kind) throws IOException {
        create(kind, "one", 1);
        create(kind, "again", 1);
        create(kind, "other", 2);

        assertThat(Files.readAllBytes(weights("again")))
                .isEqualTo(Files.readAllBytes(weights("one")))
                .isNotEqualTo(Files.readAllBytes(weights("other")));
        TensorFile lender = TensorFile.open(GoldenCheckpoint.folder("bert").resolve("model.safetensors"));
        assertThat(TensorFile.open(weights("one")).numbers("backbone.embeddings.weight"))
                .isEqualTo(lender.numbers("bert.embeddings.word_embeddings.weight"));
    }

    @ParameterizedTest
    @EnumSource
    void readsWithWhatItWritesWith(Kind kind) {
        create(kind, "student", 1);
        String name = kind == Kind.MAMBA ? "x_proj.weight" : "in_proj.weight";

        TensorFile file = TensorFile.open(weights("student"));
        List<Long> shape = file.shape("backbone.layers.0.mixer." + name);
        int width = Math.toIntExact(shape.get(1));
        float[] values = file.numbers("backbone.layers.0.mixer." + name);
        // Below the step's rows, or the gate's and the inner channels'.
        int first = kind == Kind.MAMBA ? 3 : 2 * 96;
        assertThat(Arrays.copyOfRange(values, (first + STATE) * width, (first + 2 * STATE) * width))
                .isEqualTo(Arrays.copyOfRange(values, first * width, (first + STATE) * width));
    }

    @Test
    void namesWhatTheLenderLacks() {
        int exit = execute("--vocabulary", GoldenCheckpoint.folder("llama").toString(), "--output", folder + "/x");

        assertThat(exit).isOne();
        assertThat(errors.toString())
                .contains("llama has no tensor embeddings.word_embeddings.weight: take a BERT checkpoint");
    }

    private int create(Kind kind, String name, int seed) {
        return execute(
                "--kind=" + kind.modelType(),
                "--vocabulary=" + GoldenCheckpoint.folder("bert"),
                "--layers=2",
                "--state=" + STATE,
                "--seed=" + seed,
                "--output=" + folder.resolve(name));
    }

    private Path weights(String name) {
        return folder.resolve(name).resolve("model.safetensors");
    }

    private int execute(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        String[] all = new String[arguments.length + 1];
        all[0] = "student";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return commandLine.setErr(new PrintWriter(errors)).execute(all);
    }
}
