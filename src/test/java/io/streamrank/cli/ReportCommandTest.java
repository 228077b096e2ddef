package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.replay.report.ReportFiles;
import io.streamrank.replay.report.TestingReplay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
    private static final int LISTS = 12;

    private final Path folder;
    private final Path qrels;

    ReportCommandTest(@TempDir Path folder) {
        this.folder = folder;
        this.qrels = folder.resolve("qrels.trec");
    }

    @BeforeEach
    void replay() throws IOException {
        TestingReplay replay = new TestingReplay("old", "new");
        StringBuilder judgments = new StringBuilder();
        for (int i = 0; i < LISTS; i++) {
            replay.list("q" + i, "query")
                    .candidate("a", "text", null)
                    .candidate("b", "text", null)
                    .scored(new double[] {2, 1}, new double[] {1, 2});
            judgments.append("q").append(i).append(" 0 b 1\n");
        }
        replay.write(folder);
        Files.writeString(qrels, judgments);
    }

    @Test
    void showsATableAndWritesTheFiles() {
        CommandAnswer answer = report("--qrels", qrels.toString(), "--measures", "recip_rank_cut_10,map");

        assertThat(answer.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(answer.out().lines().toList())
                .startsWith(
                        "             recip_rank_cut_10     map    vs old       p  pairs/s  p95 list    memory",
                        "first-stage             0.5000  0.5000  +0.0000        –        –         –         –",
                        "old                     0.5000  0.5000         –       –       40   15.5 ms   90.9 MB",
                        "new                     1.0000  1.0000  +0.5000*  0.0005       20   25.5 ms  181.8 MB")
                .contains("12 lists, 12 judged queries by " + qrels + "; * differs from old, p < 0.05 after Holm")
                .endsWith("Report: " + folder.resolve("report.html"));
        assertThat(folder.resolve(ReportFiles.HTML)).exists();
        assertThat(folder.resolve(ReportFiles.JSON)).exists();
        assertThat(folder.resolve(ReportFiles.QUERIES)).exists();
    }

    @Test
    void showsAgreementWithoutJudgments() {
        CommandAnswer answer = report("--overlap-at", "1", "--rbo-p", "0.8");

        assertThat(answer.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(answer.out()).contains("overlap@1", "12 lists, no judgments").containsPattern("new +0\\.0% +0\\.8");
    }

    @Test
    void endsWithAStatusOfItsOwnIfAConditionHolds() {
        CommandAnswer passed = report("--qrels", qrels.toString(), "--fail-if", "ndcg_cut_10 < baseline - 0.01");
        CommandAnswer failed =
                report("--qrels", qrels.toString(), "--fail-if", "map > 2", "--fail-if", "pairs_per_second < baseline");

        assertThat(passed.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(passed.out()).contains("passed new: ndcg_cut_10 < baseline - 0.01 (1.0000 against ");
        assertThat(failed.exitCode()).isEqualTo(ExitCode.CONDITION);
        assertThat(failed.out()).contains("passed old: map > 2", "FAILED new: pairs_per_second < baseline (20.0000");
        assertThat(folder.resolve(ReportFiles.HTML)).exists();
    }

    @Test
    void saysWhereAConditionIsWrong() {
        CommandAnswer answer = report("--qrels", qrels.toString(), "--fail-if", "ndcg_cut_10 < % baseline");

        assertThat(answer.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(answer.err())
                .contains("--fail-if: at character 15: expected a number")
                .contains("              ^");
    }

    @Test
    void aConditionOnQualityNeedsJudgments() {
        CommandAnswer answer = report("--fail-if", "ndcg_cut_10 < baseline");

        assertThat(answer.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(answer.err()).contains("needs judgments: give --qrels or --judgments");
    }

    @Test
    void thePresetMeasuresWhatThePaperDoes() throws IOException {
        CommandAnswer answer = report("--qrels", qrels.toString(), "--preset", "ssm-rerankers");

        assertThat(answer.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(answer.out().lines().findFirst().orElseThrow())
                .containsSubsequence("recip_rank_cut_10", "ndcg_cut_10", "pairs/s", "memory");
        assertThat(new ObjectMapper()
                        .readTree(folder.resolve(ReportFiles.JSON).toFile())
                        .path("settings")
                        .path("maxDocuments")
                        .asInt())
                .isEqualTo(100);
    }

    @Test
    void saysWhatIsWrongWithOptions() {
        assertThat(report("--unjudged", "maybe").err())
                .contains("unknown policy 'maybe' for unjudged documents; known are [not-relevant, condensed, skip]");
        assertThat(report("--qrels", qrels.toString(), "--measures", "ndcg@10").err())
                .contains("unknown measure 'ndcg@10'");
        assertThat(report("--qrels", qrels.toString(), "--judgments").err()).contains("exclude each other");
        assertThat(report("--rbo-p", "1").err()).contains("must lie between 0 and 1");
        assertThat(report("--baseline", "live").err()).contains("baseline 'live' is none of [first-stage, old, new]");
        assertThat(report("--qrels", folder.resolve("none").toString()).exitCode())
                .isEqualTo(ExitCode.DATA);
    }

    private CommandAnswer report(String... options) {
        return CommandAnswer.to(
                new ReportCommand(StreamrankConfigTest.config(Map.of())),
                Stream.concat(Stream.of(folder.toString()), Arrays.stream(options))
                        .toArray(String[]::new));
    }
}
