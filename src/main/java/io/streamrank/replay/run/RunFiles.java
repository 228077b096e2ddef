package io.streamrank.replay.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.FirstStageScores;
import io.streamrank.replay.TrecRun;
import io.streamrank.replay.TrecRun.Entry;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What is made of a folder's lists and scores once all are there: runs, and the totals. Each list is held alone, however
 * many there are. A topic may stand in a run once, so that of several lists of a query the runs have the first.
 */
final class RunFiles {
    private static final long MICROS_MAX = 3_600_000_000L;
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final double MICROS_PER_MILLI = 1e3;
    private static final double NANOS_PER_SECOND = 1e9;

    private final ReplayFolder folder;
    private final ObjectNode description;
    private final List<String> models = new ArrayList<>();

    /** @param description what the folder is to say of the replay, but for totals */
    RunFiles(ReplayFolder folder, ObjectNode description) {
        this.folder = folder;
        this.description = description;
        description
                .path("models")
                .forEach(model -> models.add(model.path("name").asText()));
    }

    /** A run on its way: it gets its name when it is whole. */
    private static final class RunWriter implements Closeable {
        private final Path file;
        private final String name;
        private final BufferedWriter writer;

        RunWriter(Path file, String name) throws IOException {
            this.file = file;
            this.name = name;
            this.writer = Files.newBufferedWriter(FolderNames.beside(file), UTF_8);
        }

        /** In trec_eval's order, so that its own ranks are these. */
        void write(String topic, List<Entry> entries) throws IOException {
            List<Entry> ordered = TrecRun.of(name, Map.of(topic, entries)).ranking(topic);
            for (int i = 0; i < ordered.size(); i++) {
                Entry entry = ordered.get(i);
                writer.write(topic + " Q0 " + entry.documentId() + " " + (i + 1) + " " + entry.score() + " " + name);
                writer.write('\n');
            }
        }

        void publish() throws IOException {
            writer.close();
            Files.move(
                    FolderNames.beside(file),
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }

        @Override
        public void close() throws IOException {
            writer.close();
        }
    }

    /** Writes the runs and gives {@value FolderNames#REPLAY} as it is to be at the end. */
    ObjectNode write() throws IOException {
        Path root = folder.root();
        Path lists = root.resolve(FolderNames.LISTS);
        BitSet repeated = new RepeatedTopics(lists, root.resolve("topics.tmp")).find();
        Map<String, RunWriter> runs = new LinkedHashMap<>();
        Map<String, LineFile> scores = new LinkedHashMap<>();
        try (LineFile lines = new LineFile(lists)) {
            for (String model : models) {
                runs.put(model, run(model));
                scores.put(model, new LineFile(root.resolve(FolderNames.scores(model))));
            }
            runs.put(FolderNames.FIRST_STAGE, run(FolderNames.FIRST_STAGE));
            runs.put(FolderNames.LIVE, run(FolderNames.LIVE));
            int line = 0;
            for (JsonNode list = lines.next(); list != null; list = lines.next()) {
                write(list, repeated.get(line++), runs, scores);
            }
            for (RunWriter run : runs.values()) {
                run.publish();
            }
        } finally {
            closeAll(runs.values());
            closeAll(scores.values());
        }
        return totals(repeated.cardinality());
    }

    private RunWriter run(String name) throws IOException {
        return new RunWriter(folder.root().resolve(FolderNames.run(name)), name);
    }

    private static void closeAll(Iterable<? extends Closeable> files) throws IOException {
        for (Closeable file : files) {
            file.close();
        }
    }

    private static void write(
            JsonNode list, boolean repeated, Map<String, RunWriter> runs, Map<String, LineFile> scores)
            throws IOException {
        Map<String, JsonNode> scored = new LinkedHashMap<>();
        for (Map.Entry<String, LineFile> model : scores.entrySet()) {
            scored.put(model.getKey(), model.getValue().require().path("scores"));
        }
        if (repeated) {
            return;
        }
        String topic = TrecName.topic(list);
        JsonNode candidates = list.path("candidates");
        for (Map.Entry<String, JsonNode> model : scored.entrySet()) {
            write(runs.get(model.getKey()), topic, candidates, model.getValue());
        }
        write(runs.get(FolderNames.FIRST_STAGE), topic, candidates, null);
        JsonNode live = list.path("live").path("ranking");
        if (!live.isMissingNode()) {
            write(runs.get(FolderNames.LIVE), topic, live, null);
        }
    }

    /** @param scores one a candidate; absent where the candidates bring their own */
    private static void write(@Nullable RunWriter run, String topic, JsonNode candidates, @Nullable JsonNode scores)
            throws IOException {
        boolean places = scores == null && !tellOrder(candidates);
        List<Entry> entries = new ArrayList<>(candidates.size());
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < candidates.size(); i++) {
            String name = TrecName.of(candidates.get(i).path("id").asText());
            double given = scores == null
                    ? candidates.get(i).path("score").asDouble()
                    : scores.path(i).asDouble();
            // Two names may be one when their white space is written out.
            if (names.add(name)) {
                entries.add(new Entry(name, places ? candidates.size() - i : given));
            }
        }
        if (run != null) {
            run.write(topic, entries);
        }
    }

    /** Whether the candidates' own scores give the order they came in. */
    private static boolean tellOrder(JsonNode candidates) {
        List<@Nullable Double> scores = new ArrayList<>(candidates.size());
        for (JsonNode candidate : candidates) {
            JsonNode score = candidate.get("score");
            scores.add(score == null ? null : Double.valueOf(score.doubleValue()));
        }
        return FirstStageScores.tellOrder(scores);
    }

    private ObjectNode totals(int repeated) throws IOException {
        Progress progress = folder.progress();
        ObjectNode replay = description.deepCopy();
        replay.put("lists", progress.lists);
        replay.put("pairs", progress.pairs);
        replay.put("read", progress.read);
        replay.put("notSampled", progress.notSampled);
        replay.put("liveRankings", progress.live);
        replay.put("repeatedQueries", repeated);
        replay.put("unpublished", progress.unpublished);
        ObjectNode skipped = replay.putObject("skipped");
        progress.skipped.forEach(skipped::put);
        for (JsonNode model : replay.withArray("models")) {
            put((ObjectNode) model, progress.of(model.path("name").asText()));
        }
        replay.put("finished", true);
        return replay;
    }

    private void put(ObjectNode model, Progress.Done done) throws IOException {
        double seconds = done.scoring.toNanos() / NANOS_PER_SECOND;
        model.put("pairs", done.pairs);
        model.put("tokens", done.tokens);
        model.put("tokenizingSeconds", done.tokenizing.toNanos() / NANOS_PER_SECOND);
        model.put("scoringSeconds", seconds);
        model.put("pairsPerSecond", seconds == 0 ? 0 : done.pairs / seconds);
        Histogram millis = histogram(model.path("name").asText());
        model.putObject("listMillis")
                .put("p50", millis.getValueAtPercentile(50) / MICROS_PER_MILLI)
                .put("p95", millis.getValueAtPercentile(95) / MICROS_PER_MILLI)
                .put("p99", millis.getValueAtPercentile(99) / MICROS_PER_MILLI);
    }

    private Histogram histogram(String model) throws IOException {
        Histogram histogram = new Histogram(MICROS_MAX, SIGNIFICANT_DIGITS);
        try (LineFile lines = new LineFile(folder.root().resolve(FolderNames.timings(model)))) {
            for (JsonNode line = lines.next(); line != null; line = lines.next()) {
                long micros = Math.round(line.path("millis").asDouble() * MICROS_PER_MILLI);
                histogram.recordValue(Math.min(MICROS_MAX, micros));
            }
        }
        return histogram;
    }
}
