package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.ingest.EncodedBatch.Item;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.EncodedPair;
import io.streamrank.testing.TestingReranker;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScoringTest {
    private static final int PAIRS_PER_PASS = 3;
    private static final BatchPolicy SMALL = new BatchPolicy(1_000, PAIRS_PER_PASS);
    private static final CacheStatistics TOKEN_CACHE = new CacheStatistics(5, 4, 1, 100);
    private static final Duration TOKENIZE = Duration.ofMillis(8);

    private final TestingReranker reranker = new TestingReranker("test");
    private final TestingReranker another = new TestingReranker("another");
    private final Lease lease = TestingEvents.lease(0);
    private final Scoring scoring = new Scoring(
            any -> SMALL,
            DeviceLimits.DEFAULT,
            new Heartbeats(System::nanoTime),
            Clock.fixed(TestingEvents.NOW, ZoneOffset.UTC),
            PipelineObserver.NONE);

    @Test
    void putsARequestSplitOverSeveralPassesTogetherAgain() throws Exception {
        Item<Event.Accepted> item = toScore(0, reranker, "a 3", "bbbb 1", "cc 7", "ddd 5", "eeeeee 2", "f 6", "g 4");

        ScoredBatch scored = score(item);

        assertThat(reranker.batches()).isGreaterThanOrEqualTo(3);
        assertThat(ids(scored.outcomes().get(0))).containsExactly("d2", "d5", "d3", "d6", "d0", "d4", "d1");
    }

    @Test
    void scoresSeveralRequestsTogetherAndTellsThemApart() throws Exception {
        ScoredBatch scored =
                score(toScore(0, reranker, "a 1", "bb 2"), toScore(1, reranker, "c 4"), toScore(2, reranker, "d 8"));

        assertThat(scores(scored.outcomes().get(0))).containsExactly(2f, 1f);
        assertThat(scores(scored.outcomes().get(1))).containsExactly(4f);
        assertThat(scores(scored.outcomes().get(2))).containsExactly(8f);
        assertThat(reranker.batches()).isEqualTo(2);
    }

    @Test
    void scoresEachModelsRequestsWithThatModel() throws Exception {
        ScoredBatch scored = score(
                toScore(0, reranker, "a 1", "b 2"), toScore(1, another, "c 3"), toScore(2, reranker, "d 9", "e 4"));

        assertThat(scores(scored.outcomes().get(0))).containsExactly(2f, 1f);
        assertThat(scores(scored.outcomes().get(1))).containsExactly(3f);
        assertThat(scores(scored.outcomes().get(2))).containsExactly(9f, 4f);
        assertThat(ranking(scored.outcomes().get(1)).model()).isEqualTo(another.model());
        assertThat(another.batches()).isEqualTo(1);
        assertThat(scored.costs()).containsOnlyKeys(reranker, another);
        ScoredBatch.Cost cost = requireNonNull(scored.costs().get(reranker));
        assertThat(cost.batches()).isEqualTo(2);
        assertThat(cost.tokenBudget()).isEqualTo(2_000);
        assertThat(cost.tokenize()).isEqualTo(TOKENIZE);
        assertThat(cost.tokenCache()).isEqualTo(TOKEN_CACHE);
        // Each text and the query, by the testing reranker's count of characters.
        assertThat(cost.tokensRead()).isEqualTo(tokens(reranker, "a 1", "b 2", "d 9", "e 4"));
        assertThat(cost.splits()).isZero();
        assertThat(cost.scoredAt()).isEqualTo(TestingEvents.NOW);
    }

    @Test
    void keepsTheOrderOfEventsOfAllKinds() throws Exception {
        Item<Event.Accepted> first = toScore(0, reranker, "a 1");
        Item<Event.Accepted> late =
                new Item.TooLate<>(TestingEvents.accepted(lease, 2, reranker, "late 1"), Duration.ofSeconds(1));
        Item<Event.Accepted> last = toScore(3, reranker, "b 2");
        Event rejected = TestingEvents.rejected(lease, 1, Reason.INVALID);

        ScoredBatch scored = ScoredBatch.of(
                List.of(first.asked(), rejected, late.asked(), last.asked()), verdicts(first, late, last));

        assertThat(scored.events()).extracting(event -> event.record().offset()).containsExactly(0L, 1L, 2L, 3L);
        assertThat(scored.outcomes().get(1)).isInstanceOf(Outcome.DeadLetter.class);
        assertThat(scored.outcomes().get(2)).isInstanceOf(Outcome.Expired.class);
    }

    @Test
    void asksNoModelWhenThereIsNothingToScore() throws Exception {
        ScoredBatch scored = ScoredBatch.of(List.of(TestingEvents.rejected(lease, 0, Reason.INVALID)), verdicts());

        assertThat(reranker.batches()).isZero();
        assertThat(scored.costs()).isEmpty();
    }

    @Test
    void scoresEqualPairsOnce() throws Exception {
        ScoredBatch scored = score(
                toScore(0, reranker, "a 1", "b 2", "a 1"), toScore(1, reranker, "a 1"), toScore(2, another, "a 1"));

        assertThat(scores(scored.outcomes().get(0))).containsExactly(2f, 1f, 1f);
        assertThat(scores(scored.outcomes().get(1))).containsExactly(1f);
        assertThat(ids(scored.outcomes().get(0))).containsExactly("d1", "d0", "d2");
        assertThat(reranker.pairs()).isEqualTo(2);
        assertThat(another.pairs()).isEqualTo(1);
        assertThat(requireNonNull(scored.costs().get(reranker)).duplicates()).isEqualTo(2);
        assertThat(((Outcome.Ranked) scored.outcomes().get(0)).pairs()).isEqualTo(3);
    }

    @Test
    void readsADocumentUnderSeveralQueriesInOnePass() throws Exception {
        TestingReranker causal = new TestingReranker("causal").sharingPrefixes(4);
        String document = "x".repeat(18) + " 1";
        BatchPolicy room = new BatchPolicy(20 + 3 * 10, 100);
        Scoring roomy = new Scoring(
                any -> room,
                DeviceLimits.DEFAULT,
                new Heartbeats(System::nanoTime),
                Clock.systemUTC(),
                PipelineObserver.NONE);

        ScoredBatch scored = scoredBy(
                roomy,
                toScoreUnder("one query.", 0, causal, document),
                toScoreUnder("a query...", 1, causal, "y".repeat(28) + " 2"),
                toScoreUnder("2nd query.", 2, causal, document),
                toScoreUnder("3rd query.", 3, causal, document));

        assertThat(causal.batches()).isEqualTo(2);
        assertThat(causal.pairs()).isEqualTo(4);
        ScoredBatch.Cost cost = requireNonNull(scored.costs().get(causal));
        assertThat(cost.cachedTokens()).isEqualTo(4 * 4);
        long tokens = scored.outcomes().stream()
                .mapToLong(outcome -> ((Outcome.Ranked) outcome).tokens())
                .sum();
        assertThat(cost.tokensRead()).isEqualTo(tokens - cost.cachedTokens());
    }

    @Test
    void refusesAnAnswerOfAnotherLength() throws Exception {
        TestingReranker shortOfOne = new TestingReranker("short");
        shortOfOne.forgetOneScore();

        assertThatThrownBy(() -> score(toScore(0, shortOfOne, "a 1", "b 2")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("model short gave 1 scores for 2 pairs");
    }

    private static long tokens(TestingReranker model, String... texts) {
        return model.encode("query", List.of(texts)).stream()
                .mapToLong(EncodedPair::tokens)
                .sum();
    }

    @SafeVarargs
    private ScoredBatch score(Item<Event.Accepted>... items) throws InterruptedException {
        return scoredBy(scoring, items);
    }

    @SafeVarargs
    private ScoredBatch scoredBy(Scoring by, Item<Event.Accepted>... items) throws InterruptedException {
        return ScoredBatch.of(Stream.of(items).<Event>map(Item::asked).toList(), by.score(batch(items)));
    }

    @SafeVarargs
    private Verdicts<Event.Accepted> verdicts(Item<Event.Accepted>... items) throws InterruptedException {
        return scoring.score(batch(items));
    }

    @SafeVarargs
    private EncodedBatch<Event.Accepted> batch(Item<Event.Accepted>... items) {
        return new EncodedBatch<>(List.of(items), TOKENIZE, 100, Map.of(reranker, TOKEN_CACHE));
    }

    private Item<Event.Accepted> toScore(long offset, TestingReranker by, String... texts) {
        return toScoreUnder("query", offset, by, texts);
    }

    private Item<Event.Accepted> toScoreUnder(String query, long offset, TestingReranker by, String... texts) {
        Event.Accepted event = TestingEvents.accepted(lease, offset, by, texts);
        var documents =
                event.request().candidates().stream().map(Candidate::text).toList();
        return new Item.ToScore<>(event, by.encode(query, documents), Duration.ofMillis(1));
    }

    private static Ranking ranking(Outcome outcome) {
        return ((Outcome.Ranked) outcome).ranking();
    }

    private static List<String> ids(Outcome outcome) {
        return ranking(outcome).candidates().stream().map(RankedCandidate::id).toList();
    }

    private static List<Float> scores(Outcome outcome) {
        return ranking(outcome).candidates().stream()
                .map(RankedCandidate::score)
                .toList();
    }
}
