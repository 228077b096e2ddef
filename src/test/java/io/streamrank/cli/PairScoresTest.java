package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.replay.QueryPair;
import io.streamrank.testing.TestingReranker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairScoresTest {
    /** Ten characters with its number; a character is a token of the testing model. */
    private static final String DOCUMENT = "document ";

    private final TestingReranker reranker = new TestingReranker("m");

    @Test
    void scoresInTheGivenOrder() {
        List<QueryPair> pairs = List.of(
                QueryPair.of("which", "a long document 1"),
                QueryPair.of("why", "short 2"),
                QueryPair.of("which", "longer than all the others 3"),
                QueryPair.of("why", "middling 4"));

        PairScores scores = scores(pairs, new BatchPolicy(40, 100));

        assertThat(scores.scores()).containsExactly(1, 2, 3, 4);
        assertThat(reranker.batches()).isEqualTo(3);
    }

    @Test
    void keepsToTheConfiguredPairsOfAPass() {
        List<QueryPair> pairs = IntStream.range(0, 9)
                .mapToObj(i -> QueryPair.of("q", DOCUMENT + i))
                .toList();

        scores(pairs, new BatchPolicy(10_000, 3));

        assertThat(reranker.batches()).isEqualTo(3);
    }

    @Test
    void readsASharedDocumentOncePerPass() {
        List<QueryPair> pairs = new ArrayList<>();
        for (String query : List.of("a", "b", "c", "d")) {
            pairs.add(QueryPair.of(query, DOCUMENT + 1));
            pairs.add(QueryPair.of(query, DOCUMENT + 2));
        }
        // Two documents of ten tokens and a token of query for each pair; apart, each pair has eleven.
        BatchPolicy policy = new BatchPolicy(2 * 10 + 8, 100);

        scores(pairs, policy);
        assertThat(reranker.batches()).isEqualTo(4);
        reranker.sharingPrefixes(0);
        PairScores shared = scores(pairs, policy);

        assertThat(reranker.batches()).isEqualTo(4 + 1);
        assertThat(shared.scores()).containsExactly(1, 2, 1, 2, 1, 2, 1, 2);
        assertThat(shared.tokens()).isEqualTo(8 * 11);
    }

    private PairScores scores(List<QueryPair> pairs, BatchPolicy policy) {
        return PairScores.of(reranker, pairs, policy, new Terminal(new PrintWriter(new StringWriter())));
    }
}
