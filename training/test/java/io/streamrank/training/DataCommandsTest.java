package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.replay.TrecRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
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
