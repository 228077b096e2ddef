package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.Timings;
import io.streamrank.ingest.CommitReport;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.TrecRun;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A demo some of whose lists are dead letters: without an end, these tests run into their time limits. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DemoAnswersTest {
    private final StringWriter out = new StringWriter();
    private final Terminal terminal = new Terminal(new PrintWriter(out), false, () -> 0);
    private final DemoTally tally = new DemoTally();

    @Test
    void waitsForNoMoreThanTheRankedWhereTheRestAreDeadLetters() {
        Ranking ranking = ranking("r1");
        tally.add(committed(1, 2));

        Map<String, Ranking> rankings = new DemoAnswers(terminal, tally).collect(3, () -> List.of(ranking));

        assertThat(rankings).containsOnly(Map.entry("r1", ranking));
    }

    @Test
    void endsWhereAllAreDeadLetters() {
        Map<String, Ranking> rankings = new DemoAnswers(terminal, tally).collect(5, () -> {
            tally.add(committed(0, 5));
            return List.of();
        });

        assertThat(rankings).isEmpty();
    }

    @Test
    void refusesASecondAnswer() {
        Ranking ranking = ranking("r1");

        assertThatThrownBy(() -> new DemoAnswers(terminal, tally).collect(2, () -> List.of(ranking, ranking)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("two answers to r1");
    }

    @Test
    void reportsOnNothing() {
        tally.add(committed(0, 5));

        new DemoReport(terminal, TrecRun.of("bm25", Map.of()), Qrels.of(Map.of())).print(Map.of(), Map.of(), tally);

        assertThat(out.toString()).contains("ranked   0 lists, 0 pairs").doesNotContain("Quality");
    }

    private static Ranking ranking(String requestId) {
        return new Ranking(
                requestId,
                "q1",
                Ranking.Outcome.RANKED,
                new ModelRef("minilm", "0123456789ab", "bert"),
                "cpu",
                "float32",
                List.of(new RankedCandidate("d1", 1, 1, 1, false)),
                new SourcePosition("in", 0, 0),
                new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO),
                Map.of());
    }

    private static CommitReport committed(int requests, int deadLetters) {
        CommitReport.Rejected rejected = new CommitReport.Rejected(deadLetters, new SourcePosition("in", 0, 0));
        return new CommitReport(
                requests,
                0,
                Map.of(Rejection.Reason.INVALID, rejected),
                0,
                0,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                List.of());
    }
}
