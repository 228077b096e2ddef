package io.streamrank.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.replay.BeirFolder;
import io.streamrank.training.data.TeacherScores.Teacher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeacherScoresTest {
    private static final Teacher TEACHER = new Teacher("0123456789ab", "bert", 512, "float32");
    private static final int LISTS = 40;

    private final Path folder;

    private final Path output;
    private final List<Long> skipped = new ArrayList<>();
    private final List<Long> done = new ArrayList<>();

    TeacherScoresTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        output = folder.resolve("scores.jsonl");
        String[] documents = new String[50];
        for (int i = 0; i < documents.length; i++) {
            documents[i] = "{\"_id\": \"d%d\", \"text\": \"text %d.5\"}".formatted(i, i);
        }
        TestFiles.write(folder, "corpus.jsonl", documents);
        List<String> queries = new ArrayList<>();
        List<String> qrels = new ArrayList<>();
        List<String> run = new ArrayList<>();
        for (int i = 0; i < LISTS; i++) {
            queries.add("q" + i + "\tquestion " + i);
            qrels.add("q" + i + " 0 d" + i + " 2");
            for (int rank = 0; rank < 5; rank++) {
                run.add("q%d Q0 d%d %d %d t".formatted(i, i + 2 * rank, rank, -rank));
            }
        }
        TestFiles.write(folder, "queries.tsv", queries.toArray(String[]::new));
        TestFiles.write(folder, "qrels.trec", qrels.toArray(String[]::new));
        TestFiles.write(folder, "run.trec", run.toArray(String[]::new));
    }

    @Test
    void scoresRelevantDocumentsAndTheBestOfTheRun() throws IOException {
        score(new TestingScorer(), 3);

        List<String> lines = Files.readAllLines(output);
        assertThat(lines).hasSize(LISTS);
        assertThat(lines.get(7))
                .isEqualTo("{\"query_id\":\"q7\",\"query\":\"question 7\","
                        + "\"positives\":[{\"id\":\"d7\",\"text\":\"text 7.5\",\"grade\":2.0,\"score\":7.5}],"
                        + "\"negatives\":[{\"id\":\"d9\",\"text\":\"text 9.5\",\"score\":9.5},"
                        + "{\"id\":\"d11\",\"text\":\"text 11.5\",\"score\":11.5}]}");
        assertThat(skipped).containsExactly(0L);
        assertThat(done).endsWith((long) LISTS);
        assertThat(folder.resolve("scores.jsonl.teacher.json"))
                .hasContent(
                        "{\"revision\":\"0123456789ab\",\"family\":\"bert\",\"max_length\":512,\"dtype\":\"float32\"}");
    }

    @Test
    void leavesOutWhatIsBarelyRelevant() throws IOException {
        TestFiles.write(folder, "qrels.trec", "q0 0 d0 2", "q0 0 d2 1", "q0 0 d4 0");
        try (CandidateSource source = CandidateSource.ofRun(new BeirFolder(folder, null), 2, 4)) {
            new TeacherScores(new TestingScorer().scorer(), TEACHER)
                    .write(source, output, false, skipped::add, done::add);
        }

        assertThat(Files.readAllLines(output).get(0))
                .contains("\"positives\":[{\"id\":\"d0\"")
                .contains("\"negatives\":[{\"id\":\"d4\"")
                .contains("\"d6\"")
                .doesNotContain("\"d2\"");
    }

    @Test
    void whatItWritesIsWhatTrainingReads() throws IOException {
        score(new TestingScorer(), 3);

        Map<String, String> keys = new HashMap<>(Map.of("groups", output.toString(), "shape", "list"));
        try (GroupSource source = DataSet.open(List.of(DataSet.parse("scored", keys)), 1)) {
            source.epoch(0, 0)
                    .forEachRemaining(group -> assertThat(group.passages()).allSatisfy(document -> {
                        assertThat(document.text()).isEqualTo("text " + document.teacher());
                        assertThat(document.label()).isIn(0f, 2f);
                    }));
        }
    }

    @Test
    void goesOnWhereItWasInterrupted() throws IOException {
        score(new TestingScorer(), 5);
        byte[] whole = Files.readAllBytes(output);
        for (int length : new int[] {0, 1, whole.length / 3, whole.length / 2, whole.length - 1, whole.length}) {
            Files.write(output, Arrays.copyOf(whole, length));
            long thereLines = new String(whole, 0, length, UTF_8)
                    .chars()
                    .filter(c -> c == '\n')
                    .count();
            TestingScorer scorer = new TestingScorer();

            score(scorer, 5);

            assertThat(Files.readAllBytes(output)).as("cut at %d", length).isEqualTo(whole);
            assertThat(skipped).endsWith(thereLines);
            assertThat(scorer.scored()).isEqualTo((int) (LISTS - thereLines) * 5);
        }
    }

    @Test
    void keepsWhatWasScoredBeforeAFailure() throws IOException {
        score(new TestingScorer(), 5);
        byte[] whole = Files.readAllBytes(output);
        Files.delete(output);

        assertThatThrownBy(() -> score(new TestingScorer().failingAfter(120), 5))
                .hasMessage("the device is gone");
        assertThat(Files.readAllLines(output)).hasSize(16);
        score(new TestingScorer(), 5);

        assertThat(Files.readAllBytes(output)).isEqualTo(whole);
        assertThat(skipped).endsWith(16L);
    }

    @Test
    void healsALineThatPowerFailureLeftBroken() throws IOException {
        score(new TestingScorer(), 5);
        byte[] whole = Files.readAllBytes(output);
        Files.write(output, "\0\0\0\n".getBytes(UTF_8), StandardOpenOption.APPEND);

        score(new TestingScorer(), 5);

        assertThat(Files.readAllBytes(output)).isEqualTo(whole);
    }

    @Test
    void refusesABrokenLineBeforeTheLast() throws IOException {
        score(new TestingScorer(), 5);
        List<String> lines = new ArrayList<>(Files.readAllLines(output));
        lines.set(3, lines.get(3).substring(0, 20));
        Files.write(output, lines);

        assertThatThrownBy(() -> score(new TestingScorer(), 5))
                .hasMessage(output
                        + ":4: expected a list with a score for each document; only the last line may be broken");
    }

    @Test
    void refusesToMixListsOrTeachers() throws IOException {
        score(new TestingScorer(), 5);

        assertThatThrownBy(() -> score(new TestingScorer(), 4))
                .hasMessageStartingWith(output + ":1: holds the list of query 'question 0', where that of 'question 0'"
                        + " with 4 documents belongs");
        Teacher other = new Teacher("ffffffffffff", "bert", 512, "float32");
        assertThatThrownBy(() -> score(new TestingScorer(), 5, other))
                .hasMessageContaining("was begun with teacher {\"revision\":\"0123456789ab\"");
        assertThatThrownBy(() -> new ScoredFile(Path.of("scores.jsonl.gz")))
                .hasMessageContaining("name one without .gz");
    }

    @Test
    void scoresListsOfAFile() throws IOException {
        Path lists = TestFiles.write(
                folder,
                "lists.jsonl.gz",
                "{\"query\": \"a\", \"positives\": [{\"id\": \"d3\"}], \"negatives\": [\"plain text 8\"]}",
                "{\"query\": \"b\", \"positives\": [], \"negatives\": [{\"id\": \"d4\"}], \"scores\": [99]}");

        try (CandidateSource source = CandidateSource.ofGroups(lists, folder.resolve("corpus.jsonl"))) {
            assertThat(source.size()).isEqualTo(2);
            new TeacherScores(new TestingScorer().scorer(), TEACHER)
                    .write(source, output, true, skipped::add, done::add);
        }

        assertThat(Files.readAllLines(output))
                .containsExactly(
                        "{\"query\":\"a\",\"positives\":[{\"id\":\"d3\",\"score\":3.5}],"
                                + "\"negatives\":[{\"text\":\"plain text 8\",\"score\":8.0}]}",
                        "{\"query\":\"b\",\"positives\":[],\"negatives\":[{\"id\":\"d4\",\"score\":4.5}]}");
    }

    private void score(TestingScorer scorer, int depth) throws IOException {
        score(scorer, depth, TEACHER);
    }

    private void score(TestingScorer scorer, int depth, Teacher teacher) throws IOException {
        try (CandidateSource source = CandidateSource.ofRun(new BeirFolder(folder, null), 1, depth)) {
            new TeacherScores(scorer.scorer(), teacher).write(source, output, false, skipped::add, done::add);
        }
    }
}
