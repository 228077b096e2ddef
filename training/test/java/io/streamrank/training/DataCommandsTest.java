package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
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
