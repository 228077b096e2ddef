package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.testing.PackagedApp;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {
    /** Without asking first which arithmetic is faster here. */
    private static final Map<String, String> UNMEASURED = Map.of("STREAMRANK_MODEL_DTYPE", "float32");

    private final Path folder;

    DemoIT(@TempDir Path folder) {
        this.folder = folder;
    }

    /** The 19th and the 22nd are the first queries whose best candidate by BM25 is wrong: there is room to improve. */
    @Test
    void ranksTheSampleAndLeavesNothingBehind() throws Exception {
        try (PackagedApp demo = PackagedApp.start(folder, "demo", "--queries", "22", "--depth", "6")) {
            demo.awaitOutput("  broker ");
            List<ProcessHandle> children = demo.children();
            assertThat(children).hasSize(1);
            demo.awaitOutput("shows it live");
            assertThat(answerOf(page(demo.out()) + "api/worker")).contains("\"instanceId\":\"demo\"");
            assertThat(answerOf(page(demo.out()))).contains("<title>Streamrank");

            assertThat(demo.exitCode()).as(demo.err()).isZero();

            assertThat(demo.out())
                    .contains("22 queries with 132 candidates by BM25, from samples/squad11-dev")
                    .containsPattern("ranked +22 lists, 132 pairs, [0-9,]+ tokens in [0-9.]+ s: [0-9]+ pairs/s")
                    .containsPattern("nDCG@10 +MRR@10")
                    .doesNotContain("\u001b");
            List<Double> bm25 = figures("BM25, as sent", demo.out());
            List<Double> reranked = figures("reranked", demo.out());
            // Relevant passages: 19 first, one third, one sixth, and one list has none.
            assertThat(bm25).containsExactly(0.9026, 0.8864);
            // BM25 is nearly perfect on these few; how well the checkpoint ranks is CheckpointQualityTest's business.
            assertThat(reranked.get(0)).isBetween(0.85, 1.);
            assertThat(reranked.get(1)).isBetween(0.83, 1.);
            assertThat(demo.err()).isEmpty();
            assertThat(children).noneMatch(ProcessHandle::isAlive);
            assertThat(demoFolders()).isEmpty();
        }
    }

    @Test
    void leavesNothingBehindWhenInterrupted() throws Exception {
        try (PackagedApp demo = PackagedApp.start(folder, UNMEASURED, "demo")) {
            demo.awaitOutput("  ranking ");
            List<ProcessHandle> children = demo.children();
            assertThat(children).hasSize(1);

            demo.signal("INT");

            assertThat(demo.exitCode()).isEqualTo(130);
            assertThat(demo.err()).isEmpty();
            assertThat(children).noneMatch(ProcessHandle::isAlive);
            assertThat(demoFolders()).isEmpty();
        }
    }

    @Test
    void endsAndSaysWhyWhereListsAreDeadLetters() throws Exception {
        Path data = Files.createDirectory(folder.resolve("data"));
        Files.writeString(data.resolve("queries.tsv"), "q1\tcapital of Peru\nq2\tcapital of Chile\n");
        Files.writeString(data.resolve("corpus.jsonl"), """
                {"_id": "d1", "text": "Santiago is the capital of Chile."}
                {"_id": "d2", "text": "Lima is the capital of Peru."}
                {"_id": "d3", "text": "Quito is the capital of Ecuador."}
                """);
        Files.writeString(data.resolve("qrels.trec"), "q1 0 d2 1\nq2 0 d1 1\n");
        Files.writeString(data.resolve("run.trec"), """
                q1 Q0 d1 1 3 bm25
                q1 Q0 d2 2 2 bm25
                q2 Q0 d1 1 3 bm25
                q2 Q0 d2 2 2 bm25
                q2 Q0 d3 3 1 bm25
                """);
        Map<String, String> settings = new HashMap<>(UNMEASURED);
        settings.put("STREAMRANK_LIMITS_MAX_CANDIDATES", "2");

        try (PackagedApp demo = PackagedApp.start(folder, settings, "demo", "--data", data.toString())) {
            assertThat(demo.exitCode()).as(demo.out() + demo.err()).isEqualTo(ExitCode.FAILED);

            assertThat(demo.out())
                    .contains("Quality over 1 queries")
                    .contains("Not ranked: 1 of 2 lists, which went to rerank.candidates.dlq")
                    .containsPattern("1 as too_many_candidates; the first:\\s+.*3");
            assertThat(demo.err()).isEmpty();
            assertThat(demoFolders()).isEmpty();
        }
    }

    /** The address that the demo prints. */
    private static String page(String out) {
        Matcher line = Pattern.compile("^ *page +(http://127\\.0\\.0\\.1:\\d+/) shows it live$", Pattern.MULTILINE)
                .matcher(out);
        assertThat(line.find()).as(out).isTrue();
        return line.group(1);
    }

    private static String answerOf(String url) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** The two figures that the line with this label ends with. */
    private static List<Double> figures(String label, String report) {
        Matcher line = Pattern.compile(
                        "^ *" + Pattern.quote(label) + " +(\\d\\.\\d{4}) +(\\d\\.\\d{4})$", Pattern.MULTILINE)
                .matcher(report);
        assertThat(line.find()).as("%s in%n%s", label, report).isTrue();
        return List.of(Double.valueOf(line.group(1)), Double.valueOf(line.group(2)));
    }

    private List<Path> demoFolders() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("streamrank-demo"))
                    .toList();
        }
    }
}
