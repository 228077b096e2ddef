package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.replay.UnjudgedPolicy;
import io.streamrank.replay.report.ReplayReport.Changes;
import io.streamrank.replay.report.ReplayReport.Difference;
import io.streamrank.replay.report.ReplayReport.Example;
import io.streamrank.replay.report.ReplayReport.Mean;
import io.streamrank.replay.report.ReplayReport.Result;
import io.streamrank.replay.report.Report.Judgments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final double TINY = 1e-12;

    private final Path folder;

    ReportTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void comparesModelsWithTheLiveRanking() throws IOException {
        TestingReplay replay = new TestingReplay("same", "reversed");
        for (int i = 0; i < 20; i++) {
            replay.list("q" + i, "query " + i)
                    .candidate("a", "", 1.0)
                    .candidate("b", "", 0.5)
                    .candidate("c", "", 0.25)
                    .live(new Entry("b", 3), new Entry("a", 2), new Entry("c", 1))
                    .scored(new double[] {2, 3, 1}, new double[] {-2, -3, -1});
        }

        ReplayReport report = report(replay, TestingSettings.of(), null);

        assertThat(report.baseline()).isEqualTo("live");
        assertThat(report.contenders())
                .extracting(Result::name)
                .containsExactly("first-stage", "live", "same", "reversed");
        Changes same = requireNonNull(result(report, "same").changes());
        assertThat(same.lists()).isEqualTo(20);
        assertThat(same.sameFirst()).isEqualTo(1);
        assertThat(same.overlap()).isEqualTo(1);
        assertThat(same.rbo()).isCloseTo(1, within(TINY));
        assertThat(same.tau()).isCloseTo(1, within(TINY));
        assertThat(same.shift()).isZero();
        Changes reversed = requireNonNull(result(report, "reversed").changes());
        assertThat(reversed.sameFirst()).isZero();
        assertThat(reversed.tau()).isCloseTo(-1, within(TINY));
        assertThat(reversed.shift()).isEqualTo(-4);
        assertThat(reversed.rbo()).isBetween(0.7, 0.9);
        assertThat(result(report, "first-stage").changes()).isNull();
        assertThat(report.examples()).hasSize(5).allSatisfy(example -> {
            assertThat(example.model()).isEqualTo("reversed");
            assertThat(example.baselineTop()).extracting(line -> line.id()).containsExactly("b", "a", "c");
            assertThat(example.modelTop()).extracting(line -> line.otherRank()).containsExactly(3, 2, 1);
        });
    }

    @Test
    void withoutLiveRankingsTheFirstOfSeveralModelsIsTheBaseline() throws IOException {
        assertThat(report(small("one", "two"), TestingSettings.of(), null).baseline())
                .isEqualTo("one");
        assertThat(report(small("one"), TestingSettings.of(), null).baseline()).isEqualTo("first-stage");
        assertThat(report(small("one", "two"), TestingSettings.of().withBaseline("two"), null)
                        .baseline())
                .isEqualTo("two");
        assertThatThrownBy(() -> report(small("one"), TestingSettings.of().withBaseline("live"), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("baseline 'live' is none of [first-stage, one]");
    }

    @Test
    void testsAModelThatIsBetter() throws IOException {
        TestingReplay replay = new TestingReplay("worse", "better", "alike");
        for (int i = 0; i < 30; i++) {
            replay.list("q" + i, "query " + i)
                    .candidate("a", "", null)
                    .candidate("b", "", null)
                    .scored(new double[] {2, 1}, new double[] {1, 2}, new double[] {2, i == 0 ? 3 : 1});
        }
        Qrels qrels = qrels(30, Map.of("b", 1));

        ReplayReport report = report(replay, TestingSettings.of(), qrels);

        Mean mean = requireNonNull(result(report, "better").means().get("recip_rank_cut_10"));
        assertThat(mean).isEqualTo(new Mean(1, 1, 1, 30));
        Difference better =
                requireNonNull(result(report, "better").differences().get("recip_rank_cut_10"));
        assertThat(better.value()).isEqualTo(0.5);
        assertThat(better.p()).isLessThan(0.001);
        assertThat(better.corrected()).isEqualTo(2 * better.p());
        assertThat(better.better()).isEqualTo(30);
        Difference alike = requireNonNull(result(report, "alike").differences().get("recip_rank_cut_10"));
        assertThat(alike.corrected()).isEqualTo(1);
        assertThat(alike.same()).isEqualTo(29);
        Difference first =
                requireNonNull(result(report, "first-stage").differences().get("recip_rank_cut_10"));
        assertThat(first.p()).isNaN();
        assertThat(report.examples())
                .extracting(Example::why)
                .contains(Example.Why.GAINED, Example.Why.CHANGED)
                .doesNotContain(Example.Why.LOST);
    }

    @Test
    void givesTheSameTwice() throws IOException {
        TestingReplay replay = small("one", "two");
        Qrels qrels = qrels(9, Map.of("b", 1, "c", 2));

        ReplayReport first = report(replay, TestingSettings.of(), qrels);
        ReplayReport second = report(replay, TestingSettings.of(), qrels);

        assertThat(withoutTime(first)).isEqualTo(withoutTime(second));
    }

    @Test
    void aQueryCountsOnceByItsFirstList() throws IOException {
        TestingReplay replay = new TestingReplay("m");
        replay.list("q", "").candidate("a", "", null).candidate("b", "", null).scored(new double[] {2, 1});
        replay.list("q", "").candidate("a", "", null).candidate("b", "", null).scored(new double[] {1, 2});

        ReplayReport report = report(replay, TestingSettings.of(), qrels("q", Map.of("b", 1)));

        assertThat(mean(report, "m", "recip_rank_cut_10")).isEqualTo(0.5);
        assertThat(requireNonNull(report.judgments()).repeated()).isEqualTo(1);
        assertThat(report.lists()).isEqualTo(2);
    }

    @Test
    void aListWithoutAQueryIdIsJudgedByItsRequest() throws IOException {
        TestingReplay replay = new TestingReplay("m");
        replay.list(null, "").candidate("a", "", null).scored(new double[] {2});

        ReplayReport report = report(replay, TestingSettings.of(), qrels("r0", Map.of("a", 1)));

        assertThat(mean(report, "m", "recip_rank_cut_10")).isEqualTo(1);
    }

    @Test
    void judgedQueriesWithoutAListCountIfAsked() throws IOException {
        Qrels qrels = Qrels.of(Map.of("q0", Map.of("a", 1), "elsewhere", Map.of("a", 1)));

        ReplayReport without = report(small("one"), TestingSettings.of(), qrels);
        ReplayReport with = report(small("one"), TestingSettings.of().withEveryJudgedQuery(), qrels);

        assertThat(mean(with, "one", "recip_rank_cut_10")).isEqualTo(mean(without, "one", "recip_rank_cut_10") / 2);
        assertThat(requireNonNull(without.judgments()).unknown()).isEqualTo(1);
        assertThat(requireNonNull(with.judgments()).lacking()).isEqualTo(1);
    }

    @Test
    void unjudgedDocumentsAreWhatThePolicySays() throws IOException {
        TestingReplay replay = new TestingReplay("m");
        for (String query : List.of("whole", "part")) {
            replay.list(query, "")
                    .candidate("a", "", null)
                    .candidate("b", "", null)
                    .scored(new double[] {2, 1});
        }
        Qrels qrels = Qrels.of(Map.of("whole", Map.of("a", 0, "b", 1), "part", Map.of("b", 1)));

        assertThat(mean(report(replay, TestingSettings.of(), qrels), "m", "recip_rank_cut_10"))
                .isEqualTo(0.5);
        assertThat(mean(
                        report(replay, TestingSettings.of().withUnjudged(UnjudgedPolicy.CONDENSED), qrels),
                        "m",
                        "recip_rank_cut_10"))
                .isEqualTo(0.75);
        ReplayReport skipping = report(replay, TestingSettings.of().withUnjudged(UnjudgedPolicy.SKIP), qrels);
        assertThat(mean(skipping, "m", "recip_rank_cut_10")).isEqualTo(0.5);
        assertThat(requireNonNull(skipping.judgments()).skipped()).isEqualTo(1);
        assertThat(requireNonNull(skipping.judgments()).queries()).isEqualTo(1);
    }

    @Test
    void scoresAreHeldToGrades() throws IOException {
        TestingReplay replay = new TestingReplay("m");
        for (int i = 0; i < 100; i++) {
            replay.list("q" + i, "")
                    .candidate("a", "", null)
                    .candidate("b", "", null)
                    .candidate("unjudged", "", null)
                    .scored(new double[] {i / 100.0, 1 - i / 100.0, 0.5});
        }
        Qrels qrels = Qrels.of(IntStream.range(0, 100)
                .boxed()
                .collect(Collectors.toMap(i -> "q" + i, i -> Map.of("a", i >= 50 ? 1 : 0, "b", -1))));

        Calibration calibration = requireNonNull(
                result(report(replay, TestingSettings.of(), qrels), "m").calibration());

        assertThat(calibration.probabilities()).isTrue();
        assertThat(calibration.grades()).extracting(grade -> grade.grade()).containsExactly(0, 1);
        assertThat(calibration.grades()).extracting(grade -> grade.documents()).containsExactly(50L, 50L);
        assertThat(calibration.grades().get(1).low()).isEqualTo(0.5);
        assertThat(calibration.bins())
                .hasSize(10)
                .allSatisfy(bin -> assertThat(bin.documents()).isEqualTo(10));
        assertThat(calibration.bins().get(0).relevant()).isZero();
        assertThat(calibration.bins().get(9).score()).isCloseTo(0.945, within(1e-9));
        assertThat(calibration.error()).isCloseTo(0.25, within(0.01));
    }

    @Test
    void conditionsAreAskedOfEveryModelButTheBaseline() throws IOException {
        TestingSettings settings = TestingSettings.of()
                .withConditions("recip_rank_cut_10 < baseline", "map < 2", "pairs_per_second < 30 * 1", "rbo >= 0");

        ReplayReport report =
                report(small("one", "two", "three"), settings.withBaseline("three"), qrels(9, Map.of("b", 1)));

        assertThat(report.verdicts())
                .extracting(verdict -> verdict.condition() + " " + verdict.model() + " " + verdict.holds())
                .containsExactly(
                        "recip_rank_cut_10 < baseline one false",
                        "recip_rank_cut_10 < baseline two true",
                        "map < 2 one true",
                        "map < 2 two true",
                        "map < 2 three true",
                        "pairs_per_second < 30 * 1 one false",
                        "pairs_per_second < 30 * 1 two true",
                        "pairs_per_second < 30 * 1 three true",
                        "rbo >= 0 one true",
                        "rbo >= 0 two true");
        assertThat(report.failed()).isTrue();
    }

    @Test
    void conditionsCompareOverTheQueriesThatAllHave() throws IOException {
        TestingReplay replay = new TestingReplay("m");
        // The model is right where the live worker was, and wrong where that has no ranking.
        replay.list("ranked", "")
                .candidate("a", "", null)
                .candidate("b", "", null)
                .live(new Entry("b", 2), new Entry("a", 1))
                .scored(new double[] {1, 2});
        replay.list("unranked", "")
                .candidate("a", "", null)
                .candidate("b", "", null)
                .scored(new double[] {2, 1});
        Qrels qrels = Qrels.of(Map.of("ranked", Map.of("b", 1), "unranked", Map.of("b", 1)));

        ReplayReport report = report(
                replay,
                TestingSettings.of().withConditions("recip_rank_cut_10 < baseline", "recip_rank_cut_10 < 1"),
                qrels);

        assertThat(mean(report, "m", "recip_rank_cut_10")).isEqualTo(0.75);
        assertThat(report.verdicts())
                .containsExactly(
                        new FailCondition.Verdict("recip_rank_cut_10 < baseline", "m", 1, 1, false),
                        new FailCondition.Verdict("recip_rank_cut_10 < 1", "m", 0.75, 1, true));
    }

    @Test
    void aConditionThatNobodyCanBeAskedIsAnError() {
        assertThatThrownBy(() -> report(
                        small("one"),
                        TestingSettings.of().withConditions("map < baseline").withBaseline("one"),
                        qrels(9, Map.of("b", 1))))
                .isInstanceOf(ConditionException.class)
                .hasMessageContaining("there is no model but the baseline, one");
    }

    @Test
    void ofAReplayThatHasNotEndedItReadsWhatIsSetDownAlone() throws IOException {
        small("one", "two").unfinished(4).write(folder);
        for (String file : List.of("lists.jsonl", "scores.one.jsonl", "scores.two.jsonl")) {
            List<String> lines = new ArrayList<>(Files.readAllLines(folder.resolve(file)));
            lines.set(4, lines.get(4).substring(0, 10));
            Files.write(folder.resolve(file), lines.subList(0, file.contains("two") ? 5 : 6));
        }

        ReplayReport report =
                Report.of(ReplayReader.open(folder), TestingSettings.of().build(), null);

        assertThat(report.lists()).isEqualTo(4);
        assertThat(report.ending()).isEqualTo(ReplayReport.Ending.UNFINISHED);
    }

    @Test
    void ofAReplayThatHasSetNothingDownThereIsNothingToReport() throws IOException {
        small("one").unfinished(0).write(folder);
        Files.delete(folder.resolve("progress.json"));

        assertThatThrownBy(() -> Report.of(
                        ReplayReader.open(folder), TestingSettings.of().build(), null))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageContaining("holds no lists yet");
    }

    @Test
    void readsAsLongLinesAsAReplayWrites() throws IOException {
        String text = "x".repeat(17 << 20);
        new TestingReplay("m")
                .list("q", "query")
                .candidate("a", text, null)
                .scored(new double[] {1})
                .write(folder);

        ReplayReport report =
                Report.of(ReplayReader.open(folder), TestingSettings.of().build(), null);

        assertThat(report.lists()).isEqualTo(1);
    }

    @Test
    void withALiveRankingThatWasCutOthersAreComparedDownToItsLastRank() throws IOException {
        TestingReplay replay = new TestingReplay("same");
        for (int i = 0; i < 20; i++) {
            replay.list("q" + i, "query " + i)
                    .candidate("a", "", 1.0)
                    .candidate("b", "", 0.5)
                    .candidate("relevant", "", 0.25)
                    .live(new Entry("b", 3), new Entry("a", 2))
                    .scored(new double[] {2, 3, 1});
        }
        TestingSettings settings =
                TestingSettings.of().withMeasures(List.of("recall_10")).withConditions("recall_10 > baseline");

        ReplayReport report = report(replay, settings, qrels(20, Map.of("b", 1, "relevant", 1)));

        assertThat(report.cutLive()).isEqualTo(20);
        Result same = result(report, "same");
        assertThat(mean(report, "same", "recall_10")).as("as trec_eval has it").isEqualTo(1);
        assertThat(mean(report, "live", "recall_10")).isEqualTo(0.5);
        assertThat(requireNonNull(same.differences().get("recall_10")).value()).isZero();
        assertThat(requireNonNull(same.changes()).rbo()).isCloseTo(1, within(TINY));
        assertThat(requireNonNull(same.changes()).overlap()).isEqualTo(1);
        assertThat(report.failed()).isFalse();
        assertThat(report.examples()).isEmpty();
    }

    @Test
    void equalScoresKeepTheOrderInWhichPeopleGotThem() throws IOException {
        TestingReplay replay = new TestingReplay("flat");
        replay.list("q", "query")
                .candidate("a", "", null)
                .candidate("b", "", null)
                .candidate("c", "", null)
                .live(new Entry("a", 1), new Entry("b", 1), new Entry("c", 1))
                .scored(new double[] {0, 0, 0});

        ReplayReport report =
                report(replay, TestingSettings.of().withBaseline("first-stage"), qrels("q", Map.of("a", 1)));

        Changes flat = requireNonNull(result(report, "flat").changes());
        assertThat(flat.sameFirst()).isEqualTo(1);
        assertThat(flat.rbo()).isCloseTo(1, within(TINY));
        assertThat(mean(report, "flat", "recip_rank_cut_10"))
                .as("trec_eval puts the greater id first")
                .isCloseTo(1 / 3.0, within(TINY));
        assertThat(mean(report, "live", "recip_rank_cut_10")).isCloseTo(1 / 3.0, within(TINY));
    }

    @Test
    void namesAreCheckedBeforeAnythingIsRead() {
        List<String> models = List.of("old", "new");
        ReportSettings wrong =
                TestingSettings.of().withConditions("map < odl - 0.01").build();

        assertThatThrownBy(() -> Report.requireNames(wrong, models, true))
                .isInstanceOf(ConditionException.class)
                .hasMessageContaining("at character 7: 'odl' is neither a measure nor one of");
        assertThatThrownBy(() -> Report.requireNames(
                        TestingSettings.of().withBaseline("live").build(), models, false))
                .hasMessage("baseline 'live' is none of [first-stage, old, new]");
        Report.requireNames(TestingSettings.of().withBaseline("live").build(), models, true);
    }

    @Test
    void refusesAFinishedReplayThatLacksScores() throws IOException {
        small("one", "two").write(folder);
        Path scores = folder.resolve("scores.two.jsonl");
        Files.write(scores, Files.readAllLines(scores).subList(0, 4));

        assertThatThrownBy(() -> Report.of(
                        ReplayReader.open(folder), TestingSettings.of().build(), null))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageContaining("lists.jsonl:5: has no line of scores in")
                .hasMessageContaining("scores.two.jsonl");
    }

    @Test
    void namesTheLineThatIsWrong() throws IOException {
        small("one").write(folder);
        Path scores = folder.resolve("scores.one.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(scores));
        lines.set(2, "{\"line\":2,\"scores\":[1,2]}");
        Files.write(scores, lines);

        assertThatThrownBy(() -> Report.of(
                        ReplayReader.open(folder), TestingSettings.of().build(), null))
                .hasMessageContaining("scores.one.jsonl:3: expected 3 scores, one for each candidate, not 2");

        lines.set(2, "{\"line\":3,\"scores\":[1,2,3]}");
        Files.write(scores, lines);
        assertThatThrownBy(() -> Report.of(
                        ReplayReader.open(folder), TestingSettings.of().build(), null))
                .hasMessageContaining("scores.one.jsonl:3: expected \"line\": 2, not 3");
    }

    @Test
    void refusesFoldersThatAreNoReplays() throws IOException {
        assertThatThrownBy(() -> ReplayReader.open(folder)).hasMessageContaining("it has no replay.json");

        Files.writeString(folder.resolve("replay.json"), "{");
        assertThatThrownBy(() -> ReplayReader.open(folder)).hasMessageContaining("is not JSON");

        Files.writeString(folder.resolve("replay.json"), "{\"version\": 2}");
        assertThatThrownBy(() -> ReplayReader.open(folder)).hasMessageContaining("expected version 1, not 2");

        Files.writeString(folder.resolve("replay.json"), "{\"version\": 1, \"models\": [{\"name\": \"live\"}]}");
        assertThatThrownBy(() -> ReplayReader.open(folder)).hasMessageContaining("a model is called 'live'");
    }

    @Test
    void refusesMoreListsThanAllowed() {
        assertThatThrownBy(() -> report(small("one"), TestingSettings.of().withMaxLists(8), null))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageContaining("has more than 8 lists, as many as streamrank.report.max-lists allows");
    }

    @Test
    void refusesJudgmentsOfOtherQueries() {
        assertThatThrownBy(() -> report(small("one"), TestingSettings.of(), qrels("other", Map.of("a", 1))))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageContaining("none of its 9 lists has a query among the 1 judged ones (other) of the test");
    }

    private static ObjectNode withoutTime(ReplayReport report) {
        ObjectNode node = JsonReport.of(report);
        node.remove("created");
        return node;
    }

    /** Nine lists of three documents; the second model turns the order of the first around. */
    private static TestingReplay small(String... models) {
        TestingReplay replay = new TestingReplay(models);
        for (int i = 0; i < 9; i++) {
            double[][] scores = new double[models.length][];
            for (int j = 0; j < models.length; j++) {
                scores[j] = j % 2 == 0 ? new double[] {1, 3, 2} : new double[] {3, 1, 2};
            }
            replay.list("q" + i, "query " + i)
                    .candidate("a", "text a", 3.0)
                    .candidate("b", "text b", 2.0)
                    .candidate("c", "text c", 1.0)
                    .scored(scores);
        }
        return replay;
    }

    private static Qrels qrels(int queries, Map<String, Integer> grades) {
        return Qrels.of(IntStream.range(0, queries).boxed().collect(Collectors.toMap(i -> "q" + i, i -> grades)));
    }

    private static Qrels qrels(String query, Map<String, Integer> grades) {
        return Qrels.of(Map.of(query, grades));
    }

    private ReplayReport report(TestingReplay replay, TestingSettings settings, @Nullable Qrels qrels)
            throws IOException {
        replay.write(folder);
        return Report.of(
                ReplayReader.open(folder), settings.build(), qrels == null ? null : new Judgments(qrels, "the test"));
    }

    private static double mean(ReplayReport report, String contender, String measure) {
        return requireNonNull(result(report, contender).means().get(measure)).value();
    }

    private static Result result(ReplayReport report, String contender) {
        return report.contenders().stream()
                .filter(result -> result.name().equals(contender))
                .findFirst()
                .orElseThrow();
    }
}
