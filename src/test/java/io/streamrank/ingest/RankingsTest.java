package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.SourcePosition;
import io.streamrank.model.EncodedPair;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RankingsTest {
    private final TestingReranker reranker = new TestingReranker("test");
    private final Lease lease = TestingEvents.lease(2);

    @Test
    void ordersByScoreAndTellsThePreviousRank() {
        Outcome.Ranked ranked = rank(event(null, "a", "b", "c"), 1f, -2f, 3f);

        assertThat(ranked.ranking().candidates())
                .containsExactly(
                        new RankedCandidate("d2", 3f, 1, 3, false),
                        new RankedCandidate("d0", 1f, 2, 1, false),
                        new RankedCandidate("d1", -2f, 3, 2, false));
    }

    @Test
    void keepsTheFirstStagesOrderAmongEquals() {
        Outcome.Ranked ranked = rank(event(null, "a", "b", "c", "d"), 5f, 7f, 5f, 7f);

        assertThat(ids(ranked)).containsExactly("d1", "d3", "d0", "d2");
    }

    @Test
    void zeroHasNoSign() {
        Outcome.Ranked ranked = rank(event(null, "a", "b"), -0f, 0f);

        assertThat(ids(ranked)).containsExactly("d0", "d1");
    }

    @Test
    void returnsTheBestButCountsAllThatWereScored() {
        Outcome.Ranked ranked = rank(event(2, "a", "b", "c"), 1f, 2f, 3f);

        assertThat(ids(ranked)).containsExactly("d2", "d1");
        assertThat(ranked.pairs()).isEqualTo(3);
        assertThat(ranked.tokens()).isEqualTo(1 + 2 + 3);
    }

    @Test
    void aDepthBeyondTheListReturnsAll() {
        assertThat(ids(rank(event(9, "a"), 1f))).containsExactly("d0");
    }

    @Test
    void tellsWhichDocumentsWereCut() {
        Event.Accepted event = event(null, "a", "b");
        List<EncodedPair> pairs = List.of(pair(1, true), pair(1, false));

        Outcome.Ranked ranked = Rankings.ranked(event, pairs, new float[] {1, 2}, TestingEvents.TIMINGS);

        assertThat(ranked.truncated()).isEqualTo(1);
        assertThat(ranked.ranking().candidates())
                .extracting(RankedCandidate::truncated)
                .containsExactly(false, true);
    }

    @Test
    void carriesTheRequestOver() {
        Ranking ranking = rank(event(null, "a"), 1f).ranking();

        assertThat(ranking.requestId()).isEqualTo("r");
        assertThat(ranking.queryId()).isEqualTo("q-1");
        assertThat(ranking.attributes()).isEqualTo(Map.of("a", "b"));
        assertThat(ranking.model()).isEqualTo(reranker.model());
        assertThat(ranking.source()).isEqualTo(new SourcePosition(TestingEvents.TOPIC, 2, 41));
        assertThat(ranking.timings()).isEqualTo(TestingEvents.TIMINGS);
        assertThat(ranking.outcome()).isEqualTo(Ranking.Outcome.RANKED);
    }

    @Test
    void answersLateRequestsWithoutCandidates() {
        Ranking ranking = Rankings.expired(event(null, "a"), Duration.ofSeconds(3));

        assertThat(ranking.outcome()).isEqualTo(Ranking.Outcome.EXPIRED);
        assertThat(ranking.candidates()).isEmpty();
        assertThat(ranking.timings().queue()).isEqualTo(Duration.ofSeconds(3));
    }

    private Event.Accepted event(@Nullable Integer topK, String... texts) {
        return TestingEvents.accepted(lease, 41, reranker, TestingEvents.requestOf(null, topK, null, texts));
    }

    /** The first pair has one token, the second two, and so on. */
    private static Outcome.Ranked rank(Event.Accepted event, float... scores) {
        List<EncodedPair> pairs = IntStream.rangeClosed(1, scores.length)
                .mapToObj(tokens -> pair(tokens, false))
                .toList();
        return Rankings.ranked(event, pairs, scores, TestingEvents.TIMINGS);
    }

    private static EncodedPair pair(int tokens, boolean truncated) {
        return new EncodedPair(new int[tokens], new int[0], truncated);
    }

    private static List<String> ids(Outcome.Ranked ranked) {
        return ranked.ranking().candidates().stream().map(RankedCandidate::id).toList();
    }
}
