package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateList;
import io.streamrank.replay.CandidateLists;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.replay.UnjudgedPolicy;
import io.streamrank.replay.report.FailCondition;
import io.streamrank.replay.report.ReplayReader;
import io.streamrank.replay.report.Report.Judgments;
import io.streamrank.replay.report.ReportFiles;
import io.streamrank.replay.report.ReportSettings;
import io.streamrank.replay.report.TestingReplay;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A report of a replay as somebody sees it, in a real browser; skipped where there is none. */
@Timeout(600)
class ReportPageIT {
    private static final Path SAMPLE = Path.of("samples/squad11-dev");
    private static final String ATTACK = "<img src=x onerror=\"window.attacked=true\">";
    private static final String LONG = "a-model-with-a-very-long-name-that-does-not-fit-on-a-phone";

    private static Chromium browser;
    private static URI page;

    @BeforeAll
    static void makeReport(@TempDir Path folder) throws IOException {
        Optional<String> missing = Chromium.missing();
        assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
        TestingReplay replay = new TestingReplay("first", LONG, ATTACK);
        replay.list("attack", ATTACK)
                .candidate("a", ATTACK, null)
                .candidate("b", ATTACK, null)
                .live(new Entry("a", 2), new Entry("b", 1))
                .scored(new double[] {1, 2}, new double[] {2, 1}, new double[] {1, 2});
        Random random = new Random(1);
        CandidateLists lists = CandidateLists.read(new BeirFolder(SAMPLE, null), 20);
        int left = 30;
        for (CandidateList list : lists) {
            if (left-- > 0) {
                add(replay, list, random);
            }
        }
        replay.write(folder);
        ReportSettings settings = new ReportSettings(
                ReportSettings.MEASURES,
                false,
                1,
                Integer.MAX_VALUE,
                UnjudgedPolicy.NOT_RELEVANT,
                null,
                10,
                0.9,
                1_000,
                1,
                3,
                List.of(FailCondition.parse("ndcg_cut_10 < 0.999"), FailCondition.parse("rbo < 0")),
                1_000,
                1_000,
                null);
        ReportFiles.write(
                ReplayReader.open(folder),
                settings,
                new Judgments(Qrels.read(new BeirFolder(SAMPLE, null).qrels()), ATTACK));
        page = folder.resolve(ReportFiles.HTML).toUri();
        browser = Chromium.start();
    }

    private static void add(TestingReplay replay, CandidateList list, Random random) {
        TestingReplay.Building building =
                replay.list(list.query().id(), list.query().text());
        list.candidates().forEach(candidate -> building.candidate(candidate.id(), candidate.text(), candidate.score()));
        building.live(list.candidates().stream()
                .map(candidate -> new Entry(candidate.id(), random.nextGaussian()))
                .toArray(Entry[]::new));
        int count = list.candidates().size();
        building.scored(
                random.doubles(count, -3, 3).toArray(),
                random.doubles(count, -3, 3).toArray(),
                random.doubles(count, -3, 3).toArray());
    }

    @AfterAll
    static void endBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"1280, 900, light", "1280, 900, dark", "360, 740, light", "360, 740, dark"})
    void fitsAndCanBeRead(int width, int height, String scheme) throws Exception {
        browser.complaints();
        browser.open(page, width, height, scheme);

        assertThat(browser.shown("h1")).isEqualTo("Replay report");
        assertThat((long) browser.ask("return document.documentElement.scrollWidth"))
                .isLessThanOrEqualTo(width);
        assertThat((List<?>) browser.ask(contrast())).first().asString().isNotEqualTo("0");
        assertThat((List<?>) browser.ask(contrast())).hasSize(1);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void runsNothingAndAsksForNothing() throws Exception {
        browser.open(page, 1280, 900, "light");

        assertThat(browser.ask("return String(window.attacked)")).isEqualTo("undefined");
        assertThat((long) browser.ask("return document.querySelectorAll('script, img, iframe, object').length"))
                .isZero();
        assertThat((long) browser.ask("return performance.getEntriesByType('resource').length"))
                .isZero();
        assertThat(browser.shown("#examples")).contains("<img src=x onerror=");
    }

    @Test
    void everyPlotHasADescriptionAndATable() throws Exception {
        browser.open(page, 1280, 900, "light");

        assertThat((long) browser.ask("return document.querySelectorAll('svg[role=img][aria-label]').length"))
                .isEqualTo(browser.ask("return document.querySelectorAll('svg').length"))
                .isEqualTo(8L);
        assertThat((long) browser.ask("return document.querySelectorAll('svg text').length"))
                .isGreaterThan(80);
        assertThat((long) browser.ask("return document.querySelectorAll('section:has(svg):not(:has(table))').length"))
                .isZero();
        assertThat((List<?>) browser.ask("""
                return [...document.querySelectorAll('nav a')]
                  .filter(link => document.querySelector(link.getAttribute('href')) === null)""")).isEmpty();
    }

    @Test
    void tellsWhatBecameOfTheConditions() throws Exception {
        browser.open(page, 1280, 900, "light");

        assertThat(browser.shown(".notice.bad")).startsWith("Failed first: ndcg_cut_10 < 0.999 holds: ");
        assertThat(browser.shown(".notice.good")).startsWith("Passed first: rbo < 0 does not hold: ");
        assertThat(browser.rows("#summary"))
                .extracting(row -> row.get(0))
                .containsExactly("first-stage", "live baseline", "first", LONG, ATTACK);
    }

    private static String contrast() throws IOException {
        try (InputStream script = ReportPageIT.class.getResourceAsStream("/audit/contrast.js")) {
            return new String(script.readAllBytes(), UTF_8);
        }
    }
}
