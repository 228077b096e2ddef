package io.streamrank.training.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.plot.Plot;
import io.streamrank.replay.plot.Plot.Point;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a training run leaves behind but its checkpoints:
 *
 * <pre>
 * config.properties       every setting, defaults too
 * run.json                seed and versions, of the first start and of each time it was taken up again
 * metrics.jsonl           a line for each step and each validation
 * events.out.tfevents.*   the same for TensorBoard
 * loss.svg, validation.svg
 * </pre>
 *
 * One thread may write at a time.
 */
public final class RunFolder implements RunMetrics, Closeable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONFIG = "config.properties";
    private static final String RUN = "run.json";
    private static final String METRICS = "metrics.jsonl";
    private static final String VALIDATION = "validation";

    /** How much of the smoothed loss is the former one: 50 steps count about as much as all before them. */
    private static final double SMOOTHING = 0.98;

    private final Path folder;
    private final InstantSource clock;
    private final BufferedWriter metrics;
    private final EventFile events;
    private final List<Point> losses = new ArrayList<>();
    private final Map<String, List<Point>> validations = new TreeMap<>();

    private RunFolder(Path folder, InstantSource clock, EventFile events) throws IOException {
        this.folder = folder;
        this.clock = clock;
        this.events = events;
        this.metrics = Files.newBufferedWriter(
                folder.resolve(METRICS), UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /**
     * Begins a run in a folder that holds none; it is made where it is missing.
     *
     * @param config every setting by its key, in the order in which they shall be written
     * @param versions what it is made with; see {@link RunVersions}
     * @throws FileAlreadyExistsException if the folder holds a run
     */
    public static RunFolder create(Path folder, Map<String, String> config, long seed, Map<String, String> versions)
            throws IOException {
        return create(folder, config, seed, versions, InstantSource.system());
    }

    static RunFolder create(
            Path folder, Map<String, String> config, long seed, Map<String, String> versions, InstantSource clock)
            throws IOException {
        Files.createDirectories(folder);
        if (isBegun(folder)) {
            throw new FileAlreadyExistsException(
                    folder.toString(), null, "it holds a run: name another folder, or resume that run");
        }
        // Of a start that failed before the run was there.
        Files.deleteIfExists(folder.resolve(METRICS));
        writeConfig(folder.resolve(CONFIG), config);
        ObjectNode run = JSON.createObjectNode().put("seed", seed);
        run.putArray("starts").add(start(0, versions, clock));
        write(folder.resolve(RUN), run);
        return new RunFolder(folder, clock, EventFile.create(folder, clock));
    }

    /**
     * Goes on with a run. Metrics of later steps and validations are dropped, as these come again.
     *
     * @param step the last step that counts
     * @param validated the last step whose validation does
     * @throws NoSuchFileException if there is no run in the folder
     */
    public static RunFolder resume(Path folder, long step, long validated, Map<String, String> versions)
            throws IOException {
        return resume(folder, step, validated, versions, InstantSource.system());
    }

    /** Whether a folder holds a run, however far it came. */
    public static boolean isBegun(Path folder) {
        return Files.exists(folder.resolve(RUN));
    }

    static RunFolder resume(Path folder, long step, long validated, Map<String, String> versions, InstantSource clock)
            throws IOException {
        Path file = folder.resolve(RUN);
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no run to resume");
        }
        ObjectNode run = (ObjectNode) JSON.readTree(Files.readString(file));
        run.withArray("starts").add(start(step, versions, clock));
        write(file, run);
        List<JsonNode> kept = keepUntil(folder.resolve(METRICS), step, validated);
        // What comes again: the next step, or the evaluation before all steps.
        long first = step == 0 && validated < 0 ? 0 : step + 1;
        RunFolder resumed = new RunFolder(folder, clock, EventFile.goOn(folder, clock, first));
        kept.forEach(resumed::remember);
        return resumed;
    }

    private static ObjectNode start(long step, Map<String, String> versions, InstantSource clock) {
        ObjectNode start =
                JSON.createObjectNode().put("time", clock.instant().toString()).put("after_step", step);
        ObjectNode list = start.putObject("versions");
        versions.forEach(list::put);
        return start;
    }

    /** As {@link java.util.Properties} reads it, but in order and without the time. */
    private static void writeConfig(Path file, Map<String, String> config) throws IOException {
        StringBuilder text = new StringBuilder();
        config.forEach((key, value) -> text.append(escaped(key, true))
                .append('=')
                .append(escaped(value, false))
                .append('\n'));
        Files.writeString(file, text);
    }

    private static String escaped(String text, boolean key) {
        String escaped = text.replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t");
        if (key) {
            return escaped.replace(" ", "\\ ")
                    .replace("=", "\\=")
                    .replace(":", "\\:")
                    .replace("#", "\\#");
        }
        return escaped.startsWith(" ") ? "\\" + escaped : escaped;
    }

    private static void write(Path file, JsonNode content) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.writeString(next, content.toPrettyString() + "\n");
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /** An interruption may have left a broken last line; it goes with what is dropped. */
    private static List<JsonNode> keepUntil(Path file, long step, long validated) throws IOException {
        List<JsonNode> kept = new ArrayList<>();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                JsonNode node = parsed(line);
                if (node == null) {
                    continue;
                }
                long counts = node.path("kind").asText().equals(VALIDATION) ? validated : step;
                if (node.path("step").asLong(Long.MAX_VALUE) <= counts) {
                    kept.add(node);
                }
            }
        }
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.write(next, kept.stream().map(JsonNode::toString).toList());
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
        return kept;
    }

    private static @Nullable JsonNode parsed(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Where it is. */
    public Path folder() {
        return folder;
    }

    @Override
    public void step(long step, double epoch, Map<String, Double> values) throws IOException {
        take("train", step, epoch, values);
    }

    /** Plots are drawn anew each time. */
    @Override
    public void validation(long step, double epoch, Map<String, Double> values) throws IOException {
        take(VALIDATION, step, epoch, values);
        plot();
    }

    private void take(String kind, long step, double epoch, Map<String, Double> values) throws IOException {
        ObjectNode line = JSON.createObjectNode()
                .put("kind", kind)
                .put("step", step)
                .put("epoch", epoch)
                .put("time", clock.instant().toString());
        ObjectNode list = line.putObject("values");
        Map<String, Double> tagged = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            // JSON has no NaN.
            list.put(name, Double.isFinite(value) ? value : null);
            tagged.put(kind + "/" + name, value);
        });
        metrics.write(line + "\n");
        metrics.flush();
        events.scalars(step, tagged);
        remember(line);
    }

    private void remember(JsonNode line) {
        double step = line.path("step").asDouble();
        JsonNode values = line.path("values");
        if (line.path("kind").asText().equals("train")) {
            if (values.path("loss").isNumber()) {
                losses.add(new Point(step, values.path("loss").asDouble()));
            }
            return;
        }
        values.fields().forEachRemaining(value -> {
            if (value.getValue().isNumber()) {
                validations
                        .computeIfAbsent(value.getKey(), name -> new ArrayList<>())
                        .add(new Point(step, value.getValue().asDouble()));
            }
        });
    }

    /** Draws the plots of what there is. */
    public void plot() throws IOException {
        Plot loss = new Plot("Training loss", "step", "loss")
                .line("each step", 0, true, losses)
                .line("smoothed", 1, false, smoothed(losses));
        Files.writeString(folder.resolve("loss.svg"), loss.standalone());
        Plot validation = new Plot("Validation", "step", "measure");
        int series = 0;
        for (Map.Entry<String, List<Point>> measure : validations.entrySet()) {
            validation.line(measure.getKey(), series++, false, measure.getValue());
        }
        Files.writeString(folder.resolve("validation.svg"), validation.standalone());
    }

    /** Exponential moving average without the pull of its start. */
    private static List<Point> smoothed(List<Point> points) {
        List<Point> smooth = new ArrayList<>();
        double sum = 0;
        double weight = 0;
        for (Point point : points) {
            sum = SMOOTHING * sum + point.y();
            weight = SMOOTHING * weight + 1;
            smooth.add(new Point(point.x(), sum / weight));
        }
        return smooth;
    }

    /** Draws the plots a last time. */
    @Override
    public void close() throws IOException {
        try (BufferedWriter first = metrics;
                EventFile second = events) {
            plot();
        }
    }
}
