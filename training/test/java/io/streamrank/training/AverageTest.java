package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.model.TensorFile;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class AverageTest {
    private static final String LAYER = "backbone.layers.0.mixer.in_proj.weight";

    @TempDir
    private Path folder = Path.of("");

    private final StringWriter errors = new StringWriter();

    @BeforeEach
    void twoModels() {
        student("one", 1, 2);
        student("two", 2, 2);
    }

    @Test
    void isTheMeanOfEveryNumber() {
        assertThat(average("--shares", "3,1")).as(errors.toString()).isZero();

        float[] one = numbers("one");
        float[] two = numbers("two");
        float[] mean = numbers("mean");
        assertThat(mean).hasSameSizeAs(one);
        for (int i = 0; i < mean.length; i++) {
            assertThat(mean[i]).isEqualTo((float) (0.75 * one[i] + 0.25 * two[i]));
        }
        try (Trainable trainable = Trainable.open(folder.resolve("mean"), 0)) {
            assertThat(trainable.family()).isEqualTo("mamba2");
        }
    }

    @Test
    void takesEqualSharesAndTheTypeAskedFor() throws IOException {
        assertThat(average("--weights", "float16")).as(errors.toString()).isZero();

        float[] one = numbers("one");
        float[] two = numbers("two");
        float[] mean = numbers("mean");
        for (int i = 0; i < mean.length; i++) {
            assertThat(mean[i]).isCloseTo((one[i] + two[i]) / 2, within(one[i], two[i]));
        }
        Path mean16 = folder.resolve("mean");
        assertThat(Files.readString(mean16.resolve("config.json"))).contains("\"torch_dtype\" : \"float16\"");
        assertThat(Files.size(mean16.resolve("model.safetensors")))
                .isLessThan(Files.size(folder.resolve("one").resolve("model.safetensors")) * 6 / 10);
        assertThat(mean16.resolve("reranker.json"))
                .hasSameTextualContentAs(folder.resolve("one").resolve("reranker.json"));
    }

    @Test
    void namesTheTensorThatOneOfThemLacks() {
        student("two", 2, 1);

        assertThat(average()).isOne();
        assertThat(errors.toString()).contains("two has other tensors than", "backbone.layers.1.");
        assertThat(folder.resolve("mean")).doesNotExist();
    }

    @Test
    void refusesModelsThatReadPairsInOtherWays() throws IOException {
        Files.writeString(folder.resolve("two").resolve("reranker.json"), "{\"template\": \"{query} {document}\"}");

        assertThat(average()).isOne();
        assertThat(errors.toString()).contains("reranker.json of", "two is another than that of");
    }

    @Test
    void refusesSharesThatAreNone() {
        assertThat(average("--shares", "1,0")).isOne();
        assertThat(errors.toString()).contains("shares are [1.0, 0.0]; each has to be above 0");
        assertThat(average("--shares", "1")).isOne();
        assertThat(errors.toString()).contains("there are 2 checkpoints and 1 shares");
    }

    private static Offset<Float> within(float one, float two) {
        return Offset.offset((Math.abs(one) + Math.abs(two)) / 2048 + 1e-7f);
    }

    private float[] numbers(String name) {
        return TensorFile.open(folder.resolve(name).resolve("model.safetensors"))
                .numbers(LAYER);
    }

    private void student(String name, int seed, int layers) {
        int exit = execute(
                "student",
                "--kind=mamba2",
                "--vocabulary=" + GoldenCheckpoint.folder("bert"),
                "--layers=" + layers,
                "--state=4",
                "--seed=" + seed,
                "--output=" + folder.resolve(name));
        assertThat(exit).as(errors.toString()).isZero();
    }

    private int average(String... options) {
        List<String> all = new ArrayList<>(List.of(
                "average",
                folder.resolve("one").toString(),
                folder.resolve("two").toString(),
                "--output=" + folder.resolve("mean")));
        all.addAll(List.of(options));
        return execute(all.toArray(String[]::new));
    }

    private int execute(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setErr(new PrintWriter(errors, true));
        return commandLine.execute(arguments);
    }
}
