package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.streamrank.testing.Eventually;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** The page as an operator sees it, in a real browser; skipped where there is none. */
@Timeout(300)
class PageIT {
    private static final String ATTACK = "<img src=x onerror=\"window.attacked=true\">";

    private static Chromium browser;

    private PageServer server;

    @BeforeAll
    static void startBrowser() {
        Optional<String> missing = Chromium.missing();
        assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
        browser = Chromium.start();
    }

    @AfterAll
    static void endBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void serve() throws IOException {
        server = new PageServer();
        browser.complaints();
    }

    @AfterEach
    void stop() {
        // What it asked in vain would be the next test's complaint.
        browser.leave();
        server.close();
    }

    @Test
    void showsWhatTheApiSays() throws Exception {
        open();

        browser.awaitText("#figure-pairs", "2,480");
        browser.awaitText("#workers-table", "host-1");
        browser.awaitText("#models-table", PageAnswers.MAMBA);
        browser.awaitText("#lag-table", "host-0 (this)");
        assertThat(browser.shown("#worker-state")).isEqualTo("READY");
        assertThat(browser.shown("header .facts"))
                .contains("Worker host-0", "Group streamrank", "Version 1.2.3", "Reads partitions 0–2, 7")
                .contains("1,200 lists, 3.0 MiB of 64 MiB");
        assertThat(browser.shown("#figure-latency")).isEqualTo("844 ms");
        assertThat(browser.shown("#figure-busy")).isEqualTo("80%");
        assertThat(browser.shown("#figure-fill")).isEqualTo("75%");
        assertThat(browser.shown("#figure-lag")).isEqualTo("1,530");
        assertThat(browser.shown("#figure-lag-note")).isEqualTo("oldest 1 min 23 s");
        assertThat(browser.shown("#figure-cost")).isEqualTo("0.00161");
        assertThat(browser.shown("#figure-dead-letters")).isEqualTo("1,205");
        assertThat(browser.rows("#throughput-table"))
                .hasSize(2)
                .contains(List.of(
                        PageAnswers.MINILM,
                        "1,240",
                        "62",
                        "124,000",
                        "40%",
                        "75%",
                        "1.2 / 2.4 / 4.8 ms",
                        "40 / 80 / 160 ms",
                        "211 / 422 / 844 ms",
                        "0.00161",
                        "3"));
        assertThat(browser.rows("#lag-table"))
                .contains(List.of("0", "1,500", "1 min 23 s", "1,000,000", "1,001,500", "host-0 (this)"));
        assertThat(browser.rows("#workers-table"))
                .containsExactly(
                        List.of("host-0 this worker", "/10.0.0.1", "0–2, 7", "4", "1,240", "80%"),
                        List.of("host-1", "/10.0.0.2", "3–6", "4", "1,240", "80%"));
        assertThat(browser.rows("#models-table").get(0))
                .startsWith(PageAnswers.MINILM + " default", "bert", "eea19b5c5708", "100%", "cpu", "bfloat16", "8,192")
                .contains("75%, 2.0 MiB");
        assertThat(browser.rows("#dead-letters-reasons"))
                .containsExactly(List.of("undecodable", "1,203"), List.of("unknown_model", "2"));
        assertThat(browser.rows("#dead-letters-table").get(0))
                .contains("unknown_model", "rerank.candidates-1 @ 77", "model bge is not held by this worker");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void drawsEveryPlotAndSaysTheSameInATable() throws Exception {
        open();
        browser.awaitText("#figure-pairs", "2,480");
        browser.awaitText("#lag-plot .legend", "1,530 records");

        List<?> drawn = (List<?>) browser.ask("""
                return [...document.querySelectorAll('.plot canvas')].map(canvas => {
                  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                  return new Set(new Uint32Array(pixels.buffer)).size;
                });""");
        assertThat(drawn)
                .hasSize(5)
                .allSatisfy(colours -> assertThat((long) colours).isGreaterThan(5));

        browser.click("#throughput-plot summary");
        browser.awaitText("#throughput-plot table", "1,240 pairs/s");
        assertThat(browser.rows("#throughput-plot"))
                .hasSize(60)
                .allSatisfy(row -> assertThat(row).hasSize(3).endsWith("1,240 pairs/s", "1,240 pairs/s"));
        browser.click("#latency-end-to-end summary");
        browser.awaitText("#latency-end-to-end table", "211 ms");
        assertThat(browser.rows("#latency-end-to-end").get(0)).endsWith("211 ms", "422 ms", "844 ms");
        assertThat(browser.complaints()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1m", "1h"})
    void showsLongerWindows(String size) throws Exception {
        open();
        browser.awaitText("#figure-pairs", "2,480");

        browser.click("[data-window='" + size + "']");
        browser.click("#throughput-plot summary");

        String time = size.equals("1m") ? "\\d\\d:\\d\\d" : "\\w{3} \\d\\d:\\d\\d";
        Eventually.await("60 windows of " + size, () -> {
            List<List<String>> rows = browser.rows("#throughput-plot");
            return rows.size() == 60 && rows.stream().allMatch(row -> row.get(0).matches(time));
        });
        assertThat(browser.ask("return document.querySelector('[aria-pressed=true]').dataset.window"))
                .isEqualTo(size);
        assertThat(browser.rows("#throughput-table").get(0)).contains("1,240");
    }

    @Test
    void aRankingIsReachedAndOpenedByKeyboard() throws Exception {
        open();
        browser.awaitText("#rankings-list", "query-41");

        browser.press(Keys.TAB);
        assertThat(focused()).isEqualTo("Skip to the figures");
        for (int i = 0; i < 60 && !focused().contains("query-41"); i++) {
            browser.press(Keys.TAB);
            assertThat(outline()).as("the focus is seen on %s", focused()).isNotEqualTo("none");
        }
        assertThat(focused()).contains("query-41", PageAnswers.MINILM, "first was 10");
        browser.press(Keys.ENTER);

        browser.awaitText(".candidates", "doc-10");
        assertThat(browser.rows(".candidates")).hasSize(10);
        assertThat(browser.rows(".candidates").get(0)).containsExactly("1", "10", "▲ up 9", "4.500", "doc-1");
        assertThat(browser.rows(".candidates").get(9)).containsExactly("10", "1", "▼ down 9", "−4.500", "doc-10");
        assertThat(browser.shown(".ranking-content .facts"))
                .contains("Request request-41", "rerank.candidates-2 @ 41", "Inference 48 ms");
    }

    @Test
    void anOpenRankingStaysWhenNewerOnesCome() throws Exception {
        open();
        browser.awaitText("#rankings-list", "query-41");
        browser.click(".ranking summary");
        browser.awaitText(".candidates", "doc-10");
        int asked = server.asked("rankings");

        server.answering("rankings", query -> "{\"textsShown\":false,\"rankings\":[]}");

        Eventually.await("two more answers", () -> server.asked("rankings") > asked + 2);
        assertThat(browser.rows(".candidates")).hasSize(10);
        assertThat(browser.shown("#rankings-list")).doesNotContain("query-40");
    }

    @ParameterizedTest
    @CsvSource({"light, 200", "dark, 30"})
    void colours(String scheme, int brightness) throws Exception {
        server.answering("rankings", query -> PageAnswers.rankings(3, "doc-", "some text"));
        browser.open(server.address(), 1280, 900, scheme);
        browser.awaitText("#figure-pairs", "2,480");
        browser.awaitText("#models-table", PageAnswers.MAMBA);
        browser.click(".ranking summary");
        browser.click("#trial-example");
        browser.click("#trial-submit");
        browser.awaitText("#trial-summary", "4 documents");

        List<?> tooNear = (List<?>) browser.ask(resource("contrast.js"));

        assertThat(Integer.parseInt((String) tooNear.get(0)))
                .as("texts looked at")
                .isGreaterThan(150);
        assertThat(tooNear).hasSize(1);
        String background = (String) browser.ask("return getComputedStyle(document.body).backgroundColor");
        int red = Integer.parseInt(background.replaceAll("rgb\\((\\d+),.*", "$1"));
        assertThat(red > 128).as(background).isEqualTo(brightness > 128);
    }

    @Test
    void fitsAPhoneWithMuchToShow() throws Exception {
        List<String> names = PageAnswers.longNames(6);
        server.answering("models", query -> PageAnswers.models(names));
        server.answering("throughput", query -> PageAnswers.throughput(query, names, "worker"));
        server.answering("lag", query -> PageAnswers.lag(30));
        server.answering(
                "rankings", query -> PageAnswers.rankings(20, "urn:a-very-long-name:".repeat(6), "long ".repeat(60)));

        browser.open(server.address(), 360, 740, "light");
        browser.awaitText("#figure-pairs", "7,440");
        browser.awaitText("#lag-partitions", "2 of 30 behind");
        browser.awaitText("#models-table", names.get(5));
        browser.click(".ranking summary");
        browser.ask("document.querySelectorAll('details').forEach(each => { each.open = true; }); return true");
        browser.awaitText("#throughput-plot details", "1,240 pairs/s");

        assertThat(browser.ask("return document.documentElement.scrollWidth")).isEqualTo(360L);
        assertThat(browser.isShown("#throughput-alone")).isTrue();
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void asksForTheTokenAndKeepsItForTheTab() throws Exception {
        server.wanting("secret");
        open();
        Eventually.await("the form", () -> browser.isShown("#token-form"));
        assertThat(browser.isShown("main")).isFalse();
        assertThat(browser.isShown("#token-error")).isFalse();

        browser.type("#token", "wrong" + Keys.ENTER);
        browser.awaitText("#token-error", "not accepted");
        browser.type("#token", "secret" + Keys.ENTER);
        browser.awaitText("#figure-pairs", "2,480");
        assertThat(browser.isShown("#token-form")).isFalse();

        open();
        browser.awaitText("#figure-pairs", "2,480");
        browser.click("#token-forget");
        Eventually.await("the form again", () -> browser.isShown("#token-form"));
        assertThat(browser.ask("return sessionStorage.length")).isEqualTo(0L);
    }

    @Test
    void aLateRefusalOfAnOlderTokenTakesNoNewerOneAway() throws Exception {
        // The panel of workers asks two questions, and hears "no" to the first well before the second is answered.
        server.wanting("secret").refusingLate("throughput", 4000);
        open();
        Eventually.await("the form", () -> browser.isShown("#token-form"));

        browser.type("#token", "secret" + Keys.ENTER);
        browser.awaitText("#worker-state", "READY");
        browser.awaitText("#workers-table", "host-1");

        assertThat(browser.isShown("#token-form")).isFalse();
    }

    @Test
    void saysWhenTheApiDoesNotAnswerAndGoesOnWhenItDoes() throws Exception {
        open();
        browser.awaitText("#figure-pairs", "2,480");

        server.reachable(false);
        browser.awaitText("#offline", "It last did at");
        assertThat(browser.shown("#announcements")).isEqualTo("The worker does not answer.");
        assertThat(browser.shown("#figure-pairs")).isEqualTo("2,480");
        assertThat(browser.ask("return getComputedStyle(document.querySelector('main')).filter"))
                .isEqualTo("grayscale(1)");

        server.reachable(true);
        // The page may have found out by itself, and taken the button away.
        browser.ask("document.querySelector('#offline-retry').click(); return true");
        Eventually.await("no banner", () -> !browser.isShown("#offline"));
        browser.awaitText("#updated", "live");
    }

    @Test
    void anErrorOfOnePanelIsShownThereAndHarmsNoOther() throws Exception {
        server.answering("lag", query -> "no JSON");
        open();

        browser.awaitText("#lag-error", "does not come from Streamrank");
        browser.awaitText("#figure-pairs", "2,480");
        assertThat(browser.isShown("#offline")).isFalse();
    }

    @Test
    void whatTheApiSaysStaysText() throws Exception {
        server.answering("rankings", query -> PageAnswers.rankings(2, ATTACK, ATTACK));
        server.answering("models", query -> PageAnswers.models(List.of("<b>model</b>")));
        server.answering("throughput", query -> PageAnswers.throughput(query, List.of("<i>model</i>"), "streams"));
        open();
        browser.awaitText("#rankings-list", ATTACK);
        browser.awaitText("#models-table", "<b>model</b>");
        browser.awaitText("#throughput-table", "<i>model</i>");
        browser.click(".ranking summary");
        browser.awaitText(".candidates", ATTACK);

        assertThat(browser.rows(".candidates").get(0)).last().asString().contains(ATTACK + "1", ATTACK);
        assertThat(browser.ask("return document.querySelectorAll('main img, main b, main i').length"))
                .isEqualTo(0L);
        assertThat(browser.ask("return window.attacked === undefined")).isEqualTo(true);
    }

    @Test
    void triesAModel() throws Exception {
        open();
        browser.awaitText("#trial-model", PageAnswers.MINILM + " (default)");

        browser.click("#trial-example");
        browser.type("#trial-query", Keys.chord(Keys.CONTROL, Keys.ENTER));

        browser.awaitText("#trial-summary", "4 documents by " + PageAnswers.MINILM + " in ");
        assertThat(browser.shown("#trial-summary")).contains("of which queue", "inference");
        assertThat(browser.rows("#trial-table").get(0))
                .startsWith("1", "3", "▲ up 2", "2.250")
                .last()
                .asString()
                .startsWith("document 3 Lima is");
        assertThat(browser.shown("#trial-warnings")).isEqualTo("Document 3 was cut.");
    }

    @Test
    void aProcessWithoutAWorkerSaysSo() throws Exception {
        server.without("worker");
        open();

        browser.awaitText("#worker-state", "no worker");
        browser.awaitText("#worker-meaning", "no such path");
        browser.awaitText("#figure-pairs", "2,480");
    }

    @Test
    void emptyPanelsSayWhatToDo() throws Exception {
        server.answering("worker", query -> PageAnswers.worker("CUT_OFF"));
        server.answering("throughput", query -> PageAnswers.throughput(query, List.of(), "streams"));
        server.answering("rankings", query -> "{\"textsShown\":false,\"rankings\":[]}");
        server.answering("dead-letters", query -> "{\"counts\":{},\"deadLetters\":[]}");
        open();

        browser.awaitText("#throughput-empty", "./streamrank send");
        browser.awaitText("#rankings-empty", "./streamrank send");
        browser.awaitText("#dead-letters-empty", "None.");
        browser.awaitText(
                "#worker-meaning",
                "lost touch with Kafka and waits for it. Nothing is lost. Last contact 1 min 1 s ago.");
        assertThat(browser.isShown("#latency")).isFalse();
    }

    @Test
    void asksNothingTwiceAtOnceAndNothingWhilePaused() throws Exception {
        open();
        browser.awaitText("#figure-pairs", "2,480");
        // Longer than the page waits from an answer to the next question.
        server.delay(3_000);
        int before = server.asked("lag");
        Eventually.await("a slow answer, and one more question", () -> server.asked("lag") >= before + 2);
        assertThat(server.mostLagQuestionsTogether()).isEqualTo(1);

        server.delay(0);
        browser.click("#pause");
        Thread.sleep(500);
        Eventually.await("all is answered", () -> !server.isAsked());
        int paused = server.asked("worker");
        Thread.sleep(4_000);
        assertThat(server.asked("worker")).isEqualTo(paused);

        browser.click("#pause");
        Eventually.await("it goes on", () -> server.asked("worker") > paused);
    }

    private void open() {
        browser.open(server.address(), 1280, 900, "light");
    }

    private static String focused() {
        return ((String) browser.ask("return document.activeElement.textContent"))
                .strip()
                .replaceAll("\\s+", " ");
    }

    private static String outline() {
        return (String) browser.ask("return getComputedStyle(document.activeElement).outlineStyle");
    }

    private static String resource(String name) throws IOException {
        try (InputStream content = PageIT.class.getResourceAsStream("/audit/" + name)) {
            return new String(content.readAllBytes(), UTF_8);
        }
    }
}
