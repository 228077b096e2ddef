package io.streamrank.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.util.Event;
import org.tensorflow.util.SessionLog;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class RunFolderTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-22T12:00:00Z"));
    private static final Map<String, String> VERSIONS = Map.of("java", "17");

    private final Path parent;

    RunFolderTest(@TempDir Path parent) {
        this.parent = parent;
    }

    @Test
    void holdsSettingsSeedAndVersions() throws IOException {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("learning-rate", "2e-5");
        config.put("data.my set.beir", " C:\\data=x#y");
        config.put("empty", "");
        config.put("note", "two\nlines: größer");
        try (RunFolder run = RunFolder.create(folder(), config, 42, VERSIONS, CLOCK)) {
            assertThat(run.folder()).isEqualTo(folder());
        }

        Properties read = new Properties();
        try (Reader in = Files.newBufferedReader(folder().resolve("config.properties"))) {
            read.load(in);
        }
        assertThat(read).containsExactlyInAnyOrderEntriesOf(config);
        assertThat(Files.readString(folder().resolve("config.properties"))).startsWith("learning-rate=2e-5\n");
        JsonNode run = JSON.readTree(Files.readString(folder().resolve("run.json")));
        assertThat(run.path("seed").asLong()).isEqualTo(42);
        assertThat(run.at("/starts/0/versions/java").asText()).isEqualTo("17");
        assertThat(run.at("/starts/0/time").asText()).isEqualTo("2026-11-22T12:00:00Z");
    }

    @Test
    void writesMetricsAsJsonLinesAndEvents() throws IOException {
        try (RunFolder run = create()) {
            run.step(1, 0.5, values("loss", 0.75, "gradient_norm", Double.NaN));
            run.validation(1, 0.5, values("ndcg_cut_10", 0.5));
        }

        assertThat(Files.readAllLines(folder().resolve("metrics.jsonl")))
                .containsExactly(
                        "{\"kind\":\"train\",\"step\":1,\"epoch\":0.5,\"time\":\"2026-11-22T12:00:00Z\","
                                + "\"values\":{\"loss\":0.75,\"gradient_norm\":null}}",
                        "{\"kind\":\"validation\",\"step\":1,\"epoch\":0.5,\"time\":\"2026-11-22T12:00:00Z\","
                                + "\"values\":{\"ndcg_cut_10\":0.5}}");
        List<Event> events = TestingEvents.readFolder(folder());
        assertThat(events).hasSize(3);
        assertThat(events.get(1).getSummary().getValue(0).getTag()).isEqualTo("train/loss");
        assertThat(events.get(2).getSummary().getValue(0).getTag()).isEqualTo("validation/ndcg_cut_10");
    }

    @Test
    void drawsWhatWasMeasured() throws Exception {
        try (RunFolder run = create()) {
            for (int step = 1; step <= 200; step++) {
                run.step(step, step / 100.0, values("loss", 1.0 / step));
            }
            run.validation(0, 0, values("ndcg_cut_10", 0.3, "map", 0.2));
            run.validation(200, 2, values("ndcg_cut_10", 0.6, "map", 0.4));
        }

        Document loss = svg("loss.svg");
        assertThat(points(loss, 0)).hasSize(200);
        assertThat(points(loss, 1)).hasSize(200);
        Document validation = svg("validation.svg");
        assertThat(points(validation, 0)).hasSize(2);
        // SVG's y goes down: the better value stands higher.
        assertThat(y(points(validation, 1)[1])).isLessThan(y(points(validation, 1)[0]));
        assertThat(validation.getDocumentElement().getTextContent()).contains("ndcg_cut_10", "map", "Validation");
    }

    @Test
    void drawsFlatAndEmptyLines() throws Exception {
        try (RunFolder run = create()) {
            run.validation(5, 1, values("map", 0.5, "ndcg_cut_10", Double.NaN));
        }

        assertThat(svg("loss.svg").getElementsByTagName("polyline").getLength()).isEqualTo(2);
        // In the plot and in the legend.
        assertThat(svg("validation.svg").getElementsByTagName("circle").getLength())
                .isEqualTo(2);
    }

    @Test
    void aResumedRunDropsWhatComesAgain() throws Exception {
        try (RunFolder run = create()) {
            for (int step = 1; step <= 10; step++) {
                run.step(step, 0, values("loss", 1.0));
                if (step % 2 == 0) {
                    run.validation(step, 0, values("map", 0.1));
                }
            }
        }
        Files.writeString(folder().resolve("metrics.jsonl"), "{\"kind\":\"tr", StandardOpenOption.APPEND);

        try (RunFolder run = RunFolder.resume(folder(), 6, 4, VERSIONS, CLOCK)) {
            run.step(7, 0, values("loss", 2.0));
        }

        List<String> lines = Files.readAllLines(folder().resolve("metrics.jsonl"));
        assertThat(lines).filteredOn(line -> line.contains("\"train\"")).hasSize(7);
        assertThat(lines).filteredOn(line -> line.contains("\"validation\"")).hasSize(2);
        assertThat(JSON.readTree(lines.get(8)).at("/values/loss").asDouble()).isEqualTo(2);
        assertThat(points(svg("loss.svg"), 0)).hasSize(7);
        JsonNode run = JSON.readTree(Files.readString(folder().resolve("run.json")));
        assertThat(run.path("starts")).hasSize(2);
        assertThat(run.at("/starts/1/after_step").asLong()).isEqualTo(6);
    }

    @Test
    void aRunThatBeginsAgainTellsTensorBoardToForgetAllOfIt() throws Exception {
        try (RunFolder run = create()) {
            run.validation(0, 0, values("map", 0.1));
            run.step(1, 0, values("loss", 1.0));
        }

        RunFolder.resume(folder(), 0, -1, VERSIONS, CLOCK).close();

        assertThat(folder().resolve("metrics.jsonl")).isEmptyFile();
        List<Event> events = TestingEvents.readFolder(folder());
        Event last = events.get(events.size() - 1);
        assertThat(last.getSessionLog().getStatus()).isEqualTo(SessionLog.SessionStatus.START);
        assertThat(last.getStep()).isZero();
    }

    @Test
    void goesOnAfterAStepThatWasEvaluatedAndNoOther() throws Exception {
        try (RunFolder run = create()) {
            run.validation(0, 0, values("map", 0.1));
            run.step(1, 0, values("loss", 1.0));
        }

        RunFolder.resume(folder(), 0, 0, VERSIONS, CLOCK).close();

        List<Event> events = TestingEvents.readFolder(folder());
        assertThat(events.get(events.size() - 1).getStep()).isEqualTo(1);
        assertThat(Files.readAllLines(folder().resolve("metrics.jsonl"))).hasSize(1);
    }

    @Test
    void refusesAFolderInUseAndOneWithoutARun() throws IOException {
        create().close();

        assertThatThrownBy(this::create)
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("it holds a run: name another folder, or resume");
        assertThatThrownBy(() -> RunFolder.resume(parent.resolve("nowhere"), 1, 1, VERSIONS))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void tellsVersionsWithoutStartingAnEngine() {
        Map<String, String> versions = RunVersions.of("cpu", parent);

        assertThat(versions)
                .containsKeys("streamrank", "java", "os", "djl", "libtorch")
                .containsEntry("device", "cpu");
        assertThat(versions).doesNotContainKey("git");
        assertThat(versions.get("libtorch")).startsWith("2.").isEqualTo(Trainable.libtorch());
    }

    private Path folder() {
        return parent.resolve("run");
    }

    private RunFolder create() throws IOException {
        return RunFolder.create(folder(), Map.of("a", "b"), 1, VERSIONS, CLOCK);
    }

    private static Map<String, Double> values(Object... namesAndValues) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put((String) namesAndValues[i], (Double) namesAndValues[i + 1]);
        }
        return values;
    }

    private Document svg(String name) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(folder().resolve(name).toFile());
    }

    private static String[] points(Document svg, int line) {
        String points = ((Element) svg.getElementsByTagName("polyline").item(line)).getAttribute("points");
        return points.split(" ");
    }

    private static double y(String point) {
        return Double.parseDouble(point.substring(point.indexOf(',') + 1));
    }
}
