package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Timings;
import java.util.List;
import org.junit.jupiter.api.Test;

class DirectRankingTest {
    private static final double EXACT = 1e-9;

    @Test
    void theLogisticFunctionMakesProbabilitiesOfRawScores() {
        DirectRanking ranking = ranking(false);

        assertThat(ranking.probability(scored(0))).isEqualTo(0.5);
        assertThat(ranking.probability(scored(2))).isCloseTo(0.8807970779778823, within(EXACT));
        assertThat(ranking.probability(scored(-200))).isBetween(0.0, EXACT);
        assertThat(ranking.probability(scored(200))).isEqualTo(1);
    }

    @Test
    void probabilitiesStayWhatTheyAre() {
        assertThat(ranking(true).probability(scored(0.25f))).isEqualTo(0.25);
    }

    private static RankedCandidate scored(float score) {
        return new RankedCandidate("d", score, 1, 1, false);
    }

    private static DirectRanking ranking(boolean probabilities) {
        return new DirectRanking(
                new ModelRef("m", "0123456789ab", "bert"),
                "cpu",
                "float32",
                List.of(),
                0,
                0,
                probabilities,
                Timings.NONE);
    }
}
