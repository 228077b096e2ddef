package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.replay.TrecRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DataCommandsTest {
    private final Path folder;
    private final StringWriter errors = new StringWriter();

    DataCommandsTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        List<String> documents = new ArrayList<>();
        List<String> run = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            documents.add("{\"id\": \"d%d\", \"text\": \"passage number%d of%d\"}".formatted(i, i, i));
            run.add("q1 Q0 d%d %d %d t".formatted(i, i + 1, -i));
        }
        Files.write(folder.resolve("corpus.jsonl"), documents);
        Files.writeString(folder.resolve("queries.tsv"), "q1\twhich passage\n");
        Files.writeString(folder.resolve("qrels.trec"), "q1 0 d6 1\n");
        Files.write(folder.resolve("run.trec"), run);
    }

    @Test
    void mineTakesRanksFiveAndBelowByDefault() throws IOException {
        Path output = folder.resolve("mined.jsonl");

        int exit = execute(
                new Mine(), "--beir", folder.toString(), "--output", output.toString(), "--negatives=3", "--ids");

        assertThat(exit).isZero();
        assertThat(Files.readAllLines(output))
                .containsExactly("{\"query_id\":\"q1\",\"query\":\"which passage\",\"positives\":[{\"id\":\"d6\"}],"
                        + "\"negatives\":[{\"id\":\"d4\"},{\"id\":\"d5\"},{\"id\":\"d7\"}]}");
    }

    /** The filter against scores computed here, on the first questions of the sample with the repository's checkpoint. */
    @Test
    void mineLeavesOutWhatTheCheckpointScoresTooHigh() throws IOException {
        Path run = folder.resolve("first.trec");
        TrecRun sample = TrecRun.read(Path.of("samples/squad11-train/run.trec.gz"));
        Map<String, List<TrecRun.Entry>> first = new LinkedHashMap<>();
        sample.queries().stream().limit(12).forEach(query -> first.put(query, sample.ranking(query)));
        TrecRun.of("bm25", first).write(run);
        double margin = 2;
        Path all = folder.resolve("all.jsonl");
        Path filtered = folder.resolve("filtered.jsonl");
        String[] arguments = {"--beir=samples/squad11-train", "--run=" + run, "--from-rank=1"};

        assertThat(execute(new Mine(), with(arguments, "--output=" + all))).isZero();
        int exit = execute(
                new Mine(),
                with(
                        arguments,
                        "--output=" + filtered,
                        "--filter-model=models/minilm-l6-reranker",
                        "--filter-margin=" + margin,
                        "--device=cpu",
                        "--dtype=float32"));

        assertThat(exit).as(errors.toString()).isZero();
        Map<String, List<String>> expected = new LinkedHashMap<>();
        try (Reranker reranker = Rerankers.load(
                Path.of("models/minilm-l6-reranker"),
                "test",
                ModelSettings.defaults().withDevice("cpu").withDtype("float32"))) {
            for (JsonNode list : lists(all)) {
                String query = list.path("query").asText();
                double limit = scores(reranker, query, list.path("positives")).values().stream()
                                .mapToDouble(Float::doubleValue)
                                .max()
                                .orElseThrow()
                        - margin;
                List<String> kept = new ArrayList<>();
                scores(reranker, query, list.path("negatives")).forEach((id, score) -> {
                    if (score <= limit) {
                        kept.add(id);
                    }
                });
                if (!kept.isEmpty()) {
                    expected.put(list.path("query_id").asText(), kept);
                }
            }
        }
        Map<String, List<String>> mined = new LinkedHashMap<>();
        lists(filtered).forEach(list -> mined.put(list.path("query_id").asText(), ids(list.path("negatives"))));
        assertThat(mined).isEqualTo(expected);
        assertThat(count(filtered)).isPositive().isLessThan(count(all));
    }

    private static String[] with(String[] some, String... more) {
        return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
    }

    private static List<JsonNode> lists(Path file) throws IOException {
        List<JsonNode> lists = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lists.add(new ObjectMapper().readTree(line));
        }
        return lists;
    }

    private static Map<String, Float> scores(Reranker reranker, String query, JsonNode documents) {
        Map<String, Float> scores = new LinkedHashMap<>();
        for (JsonNode document : documents) {
            List<EncodedPair> pair =
                    reranker.encode(query, List.of(document.path("text").asText()));
            scores.put(document.path("id").asText(), reranker.score(pair)[0]);
        }
        return scores;
    }

    private static List<String> ids(JsonNode documents) {
        List<String> ids = new ArrayList<>();
        documents.forEach(document -> ids.add(document.path("id").asText()));
        return ids;
    }

    private static int count(Path file) throws IOException {
        return lists(file).stream()
                .mapToInt(list -> list.path("negatives").size())
                .sum();
    }

    @Test
    void mineLeavesNoHalfAFile() throws IOException {
        Path output = Files.writeString(folder.resolve("mined.jsonl"), "of before\n");
        Files.writeString(folder.resolve("qrels.trec"), "q1 0 d6 1\nq2 0 nowhere 1\n");
        Files.writeString(folder.resolve("queries.tsv"), "q1\twhich passage\nq2\tanother\n");
        Files.writeString(folder.resolve("run.trec"), "q2 Q0 d1 1 1 t\n", StandardOpenOption.APPEND);

        int exit = execute(new Mine(), "--beir", folder.toString(), "--output", output.toString());

        assertThat(exit).isOne();
        assertThat(errors.toString()).contains("names document nowhere");
        assertThat(output).hasContent("of before");
    }

    @Test
    void mineSaysWhichOptionsBelongTogether() {
        assertThat(execute(new Mine(), "--beir=x", "--output=y", "--filter-margin=1"))
                .isNotZero();
        assertThat(errors.toString()).contains("--filter-margin and --filter-ratio need a --filter-model");
        assertThat(execute(new Mine(), "--run=x", "--output=" + folder.resolve("y")))
                .isNotZero();
    }

    @Test
    void teachWantsOneKindOfLists() {
        assertThat(execute(new Teach(), "--teacher=t", "--output=y")).isNotZero();
        assertThat(errors.toString()).contains("name either a run (--beir or --run) or --groups");
    }

    @Test
    void teachScoresWithTheWorkersOwnModel() throws IOException {
        Path output = folder.resolve("taught.jsonl");
        String[] arguments = {
            "--teacher=models/minilm-l6-reranker",
            "--beir=" + folder,
            "--depth=2",
            "--output=" + output,
            "--device=cpu",
            "--dtype=float32"
        };

        assertThat(execute(new Teach(), arguments)).isZero();
        String first = Files.readString(output);
        assertThat(execute(new Teach(), arguments)).isZero();

        assertThat(Files.readString(output)).isEqualTo(first);
        assertThat(first.lines()).hasSize(1);
        assertThat(first).containsPattern("\"id\":\"d6\",\"text\":\"passage number6 of6\",\"score\":-?[0-9.]+");
        assertThat(output.resolveSibling("taught.jsonl.teacher.json")).content().contains("\"dtype\":\"float32\"");
    }

    @Test
    void evaluateReranksWithTheWorkersOwnModel() throws IOException {
        Path output = folder.resolve("reranked.trec");

        int exit = execute(
                new Evaluate(),
                "--model=models/minilm-l6-reranker",
                "--corpus=" + folder.resolve("corpus.jsonl"),
                "--queries=" + folder.resolve("queries.tsv"),
                "--run=" + folder.resolve("run.trec"),
                "--qrels=" + folder.resolve("qrels.trec"),
                "--depth=7",
                "--batch-tokens=20",
                "--device=cpu",
                "--dtype=float32",
                "--output=" + output);

        assertThat(exit).as(errors.toString()).isZero();
        List<TrecRun.Entry> reranked = TrecRun.read(output).ranking("q1");
        List<String> documents = IntStream.range(0, 7)
                .mapToObj(i -> "passage number%d of%d".formatted(i, i))
                .toList();
        try (Reranker reranker = Rerankers.load(
                Path.of("models/minilm-l6-reranker"),
                "test",
                ModelSettings.defaults().withDevice("cpu").withDtype("float32"))) {
            float[] scores = reranker.score(reranker.encode("which passage", documents));
            assertThat(reranked).hasSize(7).isSortedAccordingTo((a, b) -> Double.compare(b.score(), a.score()));
            for (TrecRun.Entry entry : reranked) {
                int document = Integer.parseInt(entry.documentId().substring(1));
                assertThat(entry.score()).isCloseTo(scores[document], within(1e-4));
            }
        }
    }

    @Test
    void evaluateReadsJudgmentsBeforeItScores() throws IOException {
        Files.writeString(folder.resolve("qrels.trec"), "no judgments\n");

        int exit = execute(
                new Evaluate(),
                "--model=" + folder.resolve("no-model"),
                "--corpus=" + folder.resolve("corpus.jsonl"),
                "--queries=" + folder.resolve("queries.tsv"),
                "--run=" + folder.resolve("run.trec"),
                "--qrels=" + folder.resolve("qrels.trec"));

        assertThat(exit).isOne();
        assertThat(errors.toString()).contains("qrels.trec:1").doesNotContain("no-model is");
    }

    @Test
    void teachComparesWithAnEncoder() throws IOException {
        Path output = folder.resolve("taught.jsonl");
        String[] arguments = {
            "--similarity=" + GoldenCheckpoint.folder("bert"),
            "--beir=" + folder,
            "--depth=5",
            "--output=" + output,
            "--device=cpu"
        };

        assertThat(execute(new Teach(), arguments)).as(errors.toString()).isZero();
        String first = Files.readString(output);
        assertThat(execute(new Teach(), arguments)).isZero();

        assertThat(Files.readString(output)).isEqualTo(first);
        assertThat(first).containsPattern("\"id\":\"d6\",\"text\":\"passage number6 of6\",\"score\":-?[0-9.]+");
        assertThat(output.resolveSibling("taught.jsonl.teacher.json"))
                .content()
                .contains("\"scores\":\"mean-pooled cosine\",\"scale\":20.0");
        String[] otherScale = Arrays.copyOf(arguments, arguments.length + 1);
        otherScale[arguments.length] = "--scale=10";
        assertThat(execute(new Teach(), otherScale)).isNotZero();
        assertThat(errors.toString()).contains("was begun with teacher");
    }

    @Test
    void teachWantsOneKindOfTeacher() {
        String run = "--beir=" + folder;
        assertThat(execute(new Teach(), run, "--output=y")).isNotZero();
        assertThat(execute(new Teach(), run, "--output=y", "--teacher=a", "--similarity=b"))
                .isNotZero();
        assertThat(errors.toString()).contains("name either a --teacher that ranks or an encoder with --similarity");
        assertThat(execute(new Teach(), run, "--output=y", "--teacher=a", "--scale=2"))
                .isNotZero();
        assertThat(errors.toString()).contains("--scale needs");
    }

    @Test
    void queriesMakesSomeAndWritesTheRunsOwn() throws IOException {
        Path made = folder.resolve("made.jsonl");
        Path real = folder.resolve("real.jsonl");
        String[] arguments = {
            "--similarity=" + GoldenCheckpoint.folder("bert"),
            "--beir=" + folder,
            "--keywords=1",
            "--spans=2",
            "--output=" + made,
            "--real=" + real,
            "--device=cpu",
            "--ids"
        };

        assertThat(execute(new MakeQueries(), arguments)).as(errors.toString()).isZero();

        List<String> lines = Files.readAllLines(made);
        assertThat(lines.get(0))
                .startsWith(
                        "{\"query_id\":\"keywords-q1\",\"query\":\"passage\",\"positives\":[{\"id\":\"d6\",\"score\":");
        assertThat(lines).hasSizeBetween(2, 3);
        assertThat(Files.readAllLines(real)).hasSize(1);
        assertThat(folder.resolve("made.jsonl.teacher.json"))
                .content()
                .contains("\"family\":\"bert\"", "\"spans\":2", "\"seed\":1");
        String first = Files.readString(made);
        assertThat(execute(new MakeQueries(), arguments)).isZero();
        assertThat(Files.readString(made)).isEqualTo(first);
    }

    @Test
    void sliceSaysWhatItCut() throws IOException {
        Path output = folder.resolve("slice");

        assertThat(execute(new Slice(), "--beir=" + folder, "--documents=20", "--output=" + output))
                .isZero();

        assertThat(output.resolve("queries.tsv")).hasContent("q1\twhich passage");
        assertThat(output.resolve("run.trec.gz")).exists();
    }

    private int execute(Callable<Integer> command, String... arguments) {
        CommandLine line = new CommandLine(command).setErr(new PrintWriter(errors, true));
        line.setExecutionExceptionHandler((problem, failed, parsed) -> {
            failed.getErr().println(problem.getMessage() + " " + Arrays.toString(arguments));
            return failed.getCommandSpec().exitCodeOnExecutionException();
        });
        return line.execute(arguments);
    }
}
