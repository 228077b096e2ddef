package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Ranking.Outcome;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.Timings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RankingFormatTest {
    private static final Ranking RANKED = ranking(
            "q1",
            Outcome.RANKED,
            List.of(new RankedCandidate("d \"3\"", 4.25f, 1, 12, true), new RankedCandidate("d1", -0.5f, 2, 1, false)));
    private static final Ranking EXPIRED = ranking(null, Outcome.EXPIRED, List.of());

    @Test
    void tableAlignsItsColumns() {
        assertThat(RankingFormat.TABLE.format(RANKED, 10)).isEqualToNormalizingNewlines("""
                        r1  query q1  minilm@0123456789ab  ranked  in-1@42
                             1  was   12      4.2500  d "3"  (cut)
                             2  was    1     -0.5000  d1""");
    }

    @Test
    void tableSaysHowManyItLeftOut() {
        assertThat(RankingFormat.TABLE.format(RANKED, 1))
                .endsWith("d \"3\"  (cut)" + System.lineSeparator() + "        and 1 more");
    }

    @Test
    void tableSaysThatADeadlineHadPassed() {
        assertThat(RankingFormat.TABLE.format(EXPIRED, 10))
                .isEqualTo("r1  query -  minilm@0123456789ab  expired  in-1@42");
    }

    @Test
    void jsonLineHoldsTheWholeEvent() throws IOException {
        String line = RankingFormat.JSONL.format(RANKED, 10);

        String expected = """
                {"requestId": "r1", "queryId": "q1", "outcome": "RANKED",
                 "model": {"id": "minilm", "revision": "0123456789ab", "family": "bert"},
                 "device": "cpu", "dtype": "float32",
                 "ranking": [
                   {"id": "d \\"3\\"", "score": 4.25, "rank": 1, "previousRank": 12, "truncated": true},
                   {"id": "d1", "score": -0.5, "rank": 2, "previousRank": 1, "truncated": false}],
                 "source": {"topic": "in", "partition": 1, "offset": 42},
                 "timings": {"queueMicros": 1500, "tokenizeMicros": 20, "inferenceMicros": 3000000},
                 "attributes": {"tenant": "a"}}
                """;
        assertThat(line).doesNotContain("\n");
        assertThat(new ObjectMapper().readTree(line)).isEqualTo(new ObjectMapper().readTree(expected));
    }

    @Test
    void jsonLineOfAnExpiredRequestHasNoCandidates() throws IOException {
        var node = new ObjectMapper().readTree(RankingFormat.JSONL.format(EXPIRED, 10));

        assertThat(node.get("outcome").textValue()).isEqualTo("EXPIRED");
        assertThat(node.get("queryId").isNull()).isTrue();
        assertThat(node.get("ranking")).isEmpty();
    }

    private static Ranking ranking(@Nullable String queryId, Outcome outcome, List<RankedCandidate> candidates) {
        return new Ranking(
                "r1",
                queryId,
                outcome,
                new ModelRef("minilm", "0123456789ab", "bert"),
                "cpu",
                "float32",
                candidates,
                new SourcePosition("in", 1, 42),
                new Timings(Duration.ofNanos(1_500_000), Duration.ofNanos(20_000), Duration.ofSeconds(3)),
                Map.of("tenant", "a"));
    }
}
