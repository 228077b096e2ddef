package io.streamrank.replay.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.replay.report.Report.Judgments;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

class ReportFilesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SCRIPT = "</td></style><script>alert(1)</script>";
    private static final String ATTRIBUTE = "\" onmouseover=\"alert(1)' autofocus onfocus='alert(1)";
    private static final Pattern TAG = Pattern.compile("<([a-zA-Z!/][^\\s>]*)([^>]*)>");

    private final Path folder;

    ReportFilesTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void nothingThatComesFromOutsideBecomesMarkup() throws IOException {
        write(hostile(), Qrels.of(Map.of(SCRIPT, Map.of(ATTRIBUTE, 1, SCRIPT, 0))), SCRIPT + ATTRIBUTE);

        String page = Files.readString(folder.resolve(ReportFiles.HTML));

        assertThat(page).doesNotContain("<script", "<img", "onmouseover=\"", "onfocus='", "\u0000", "\u202E", "\uD800");
        assertThat(page).contains("&lt;/td&gt;&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
        Matcher tags = TAG.matcher(page);
        assertThat(tags.results().map(tag -> tag.group(2)))
                .isNotEmpty()
                .noneMatch(attributes ->
                        Pattern.compile("\\son\\w+\\s*=").matcher(attributes).find());
    }

    @Test
    void thePageNeedsNothingElse() throws IOException {
        write(hostile(), Qrels.of(Map.of(SCRIPT, Map.of("a", 1))), "qrels");

        String page = Files.readString(folder.resolve(ReportFiles.HTML));

        assertThat(page)
                .startsWith("<!DOCTYPE html>")
                .contains("default-src 'none'", "prefers-color-scheme: dark", "@media print")
                .doesNotContainPattern("(src|href)=\"(?!#|data:,)")
                .doesNotContain("@import", "url(");
    }

    @Test
    void everySectionIsThereAndWellFormed() throws Exception {
        write(hostile(), Qrels.of(Map.of(SCRIPT, Map.of("a", 1))), "qrels");

        String page = Files.readString(folder.resolve(ReportFiles.HTML));

        for (String id : List.of("summary", "quality", "changes", "cost", "calibration", "examples", "settings")) {
            assertThat(page).contains("<section id=\"" + id + "\">", "<a href=\"#" + id + "\">");
        }
        // But for the head's elements without an end, the page is XML.
        String body =
                page.substring(page.indexOf("<body>"), page.indexOf("</html>")).replace("<br>", "<br/>");
        var unused = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(body)));
    }

    @Test
    void withoutJudgmentsThereIsNoTalkOfQuality() throws IOException {
        write(hostile(), null, "");

        String page = Files.readString(folder.resolve(ReportFiles.HTML));

        assertThat(page)
                .contains("There were no judgments")
                .doesNotContain("<section id=\"quality\">", "<section id=\"calibration\">");
        assertThat(folder.resolve(ReportFiles.QUERIES)).doesNotExist();
    }

    @Test
    void theSameIsThereForPrograms() throws IOException {
        write(hostile(), Qrels.of(Map.of("plain", Map.of("b", 1))), "qrels");

        JsonNode json = JSON.readTree(folder.resolve(ReportFiles.JSON).toFile());

        assertThat(json.path("version").asInt()).isEqualTo(1);
        assertThat(json.path("lists").asInt()).isEqualTo(2);
        assertThat(json.path("baseline").asText()).isEqualTo("live");
        assertThat(json.path("judgments").path("queries").asInt()).isEqualTo(1);
        assertThat(json.path("settings").path("unjudged").asText()).isEqualTo("not-relevant");
        assertThat(json.path("settings").path("maxDocuments").isNull()).isTrue();
        assertThat(json.path("contenders").findValuesAsText("name")).containsExactly("first-stage", "live", "m");
        JsonNode model = json.path("contenders").get(2);
        assertThat(model.path("kind").asText()).isEqualTo("model");
        assertThat(model.path("measures").path("recip_rank_cut_10").path("mean").asDouble())
                .isEqualTo(1);
        assertThat(model.path("differences")
                        .path("recip_rank_cut_10")
                        .path("mean")
                        .asDouble())
                .isEqualTo(0.5);
        assertThat(model.path("model").path("memoryBytes").asLong()).isEqualTo(90_900_000);
        assertThat(model.path("latencyMillis").path("p50").asDouble()).isEqualTo(10.5);
        assertThat(model.path("changes").path("rboTenths")).hasSize(10);
        assertThat(json.path("failed").asBoolean()).isFalse();
        assertThat(JSON.readTree(Files.readString(folder.resolve(ReportFiles.QUERIES)))
                        .path("values")
                        .path("live")
                        .path("recip_rank_cut_10")
                        .asDouble())
                .isEqualTo(0.5);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void aDifferenceHasAColourWhereItIsSignificantAfterTheCorrection() throws IOException {
        TestingReplay replay = new TestingReplay("base", "one", "two", "three");
        for (int i = 0; i < 6; i++) {
            // Six of six: p is 2/64, less than 0.05, but not so three times over.
            double[] better = {1, 2};
            replay.list("q" + i, "query")
                    .candidate("a", "", null)
                    .candidate("b", "", null)
                    .scored(new double[] {2, 1}, better, better, better);
        }
        Qrels qrels =
                Qrels.of(IntStream.range(0, 6).boxed().collect(Collectors.toMap(i -> "q" + i, i -> Map.of("b", 1))));

        write(replay, qrels, "qrels");

        assertThat(Files.readString(folder.resolve(ReportFiles.HTML)))
                .contains("<small>+0.5000</small>")
                .doesNotContain("<small class=\"good\">+0.5000");
    }

    @Test
    void aSecondReportReplacesTheFirst() throws IOException {
        write(hostile(), Qrels.of(Map.of("plain", Map.of("b", 1))), "qrels");
        write(hostile(), null, "");

        assertThat(folder.resolve(ReportFiles.QUERIES)).doesNotExist();
        assertThat(JSON.readTree(folder.resolve(ReportFiles.JSON).toFile())
                        .path("judgments")
                        .isNull())
                .isTrue();
    }

    /** Texts that would be markup, leave attributes, turn directions, or are no text at all. */
    private static TestingReplay hostile() {
        TestingReplay replay = new TestingReplay("m");
        replay.list(SCRIPT, "<img src=x onerror=alert(1)> \u0000 \u202E \uD800 &amp; " + ATTRIBUTE)
                .candidate(ATTRIBUTE, "<img src=x onerror=alert(1)>", null)
                .candidate(SCRIPT, SCRIPT, null)
                .live(new Entry(ATTRIBUTE, 2), new Entry(SCRIPT, 1))
                .scored(new double[] {1, 2});
        return replay.list("plain", "a query")
                .candidate("a", "text", null)
                .candidate("b", "text", null)
                .live(new Entry("a", 2), new Entry("b", 1))
                .scored(new double[] {1, 2});
    }

    private void write(TestingReplay replay, @Nullable Qrels qrels, String source) throws IOException {
        replay.write(folder);
        ReportFiles.write(
                ReplayReader.open(folder),
                TestingSettings.of().build(),
                qrels == null ? null : new Judgments(qrels, source));
    }
}
