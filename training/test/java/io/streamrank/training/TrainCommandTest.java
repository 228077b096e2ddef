package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TrainCommandTest {
    @TempDir
    private Path folder = Path.of("");

    private final StringWriter errors = new StringWriter();

    @Test
    void trainsFromAFileAndGoesOnFromItsFolder() throws IOException {
        writeLines("train.jsonl", 12);
        writeLines("valid.jsonl", 4);
        Path file = properties(
                "validation=valid.jsonl", "epochs=2", "batch-size=3", "negatives=2", "learning-rate=1e-3", "threads=1");

        assertThat(execute("train", file.toString())).as(errors.toString()).isZero();

        try (Reranker reranker = Rerankers.load(
                folder.resolve("run/best"),
                "trained",
                ModelSettings.defaults().withDevice("cpu").withDtype("float32"))) {
            assertThat(reranker.score(reranker.encode("river", List.of("stone", "moon"))))
                    .hasSize(2);
        }
        assertThat(Files.readString(folder.resolve("run/last/progress.json"))).contains("\"step\" : 8");
        assertThat(execute("train", file.toString())).isOne();
        assertThat(errors.toString()).contains("holds a run already");
        assertThat(execute("resume", folder.resolve("run").toString())).isZero();
    }

    @Test
    void saysWhatIsWrongWithAFile() throws IOException {
        writeLines("train.jsonl", 2);

        assertThat(execute("train", properties("learning-rat=1").toString())).isOne();
        assertThat(execute("train", properties("learning-rate=fast").toString()))
                .isOne();
        assertThat(execute("train", properties("learning-rate=-1").toString())).isOne();
        Files.writeString(folder.resolve("train.jsonl"), "{\"query\": \"a\", \"positives\": [\"b\"]}\n");
        assertThat(execute("train", properties().toString())).isOne();

        assertThat(errors.toString())
                .contains("streamrank.train.learning-rat is not known")
                .contains("streamrank.train.learning-rate is fast, expected a number")
                .contains("learning-rate is -1.0, expected more than 0")
                .contains("train.jsonl:1: expected a list of documents");
    }

    @Test
    void everyKeyIsInTheDocumentationWithItsDefault() throws IOException {
        Pattern row = Pattern.compile("\\| `streamrank\\.train\\.([a-z0-9.-]+)` \\| ([^|]*) \\|.*");
        List<String> documented = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("docs", "training.md"))) {
            Matcher matcher = row.matcher(line);
            if (matcher.matches()) {
                documented.add(matcher.group(1) + "=" + matcher.group(2).replace("`", ""));
            }
        }

        assertThat(documented)
                .containsExactlyElementsOf(RunFile.keys().entrySet().stream()
                        .map(each -> each.getKey() + "=" + each.getValue())
                        .toList());
    }

    private int execute(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setErr(new PrintWriter(errors, true));
        return commandLine.execute(arguments);
    }

    private Path properties(String... more) throws IOException {
        StringBuilder text = new StringBuilder();
        List<String> all = new ArrayList<>(
                List.of("model=" + GoldenCheckpoint.folder("bert").toAbsolutePath(), "data=train.jsonl", "output=run"));
        all.addAll(List.of(more));
        all.forEach(line -> text.append("streamrank.train.").append(line).append('\n'));
        return Files.writeString(folder.resolve("run.properties"), text);
    }

    private void writeLines(String name, int lines) throws IOException {
        Random random = new Random(name.hashCode());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            ObjectNode line = new ObjectMapper().createObjectNode().put("query", GoldenCheckpoint.text(random, 3));
            line.putArray("positives").add(GoldenCheckpoint.text(random, 6));
            for (int n = 0; n < 3; n++) {
                line.withArray("negatives").add(GoldenCheckpoint.text(random, 8));
            }
            text.append(line).append('\n');
        }
        Files.writeString(folder.resolve(name), text);
    }
}
