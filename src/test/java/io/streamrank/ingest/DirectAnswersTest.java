package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.Timings;
import io.streamrank.testing.TestingReranker;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DirectAnswersTest {
    private final TestingReranker reranker = new TestingReranker("test");

    @Test
    void whoseAnswerCannotBeMadeTakesNobodyElsesAway() {
        DirectRequest first = request();
        DirectRequest broken = request();
        DirectRequest last = request();
        // More scores than candidates: no ranking comes of it.
        Verdicts<DirectRequest> verdicts =
                new Verdicts<>(List.of(scored(first, 1), scored(broken, 1, 2), scored(last, 3)), Map.of());

        assertThatThrownBy(() -> DirectAnswers.give(verdicts)).isInstanceOf(IndexOutOfBoundsException.class);

        assertThat(first.answer()).isCompleted();
        assertThat(broken.answer()).isCompletedExceptionally();
        assertThat(last.answer()).isCompleted();
        assertThat(last.answer().join().candidates().get(0).score()).isEqualTo(3);
    }

    private DirectRequest request() {
        return new DirectRequest(TestingEvents.request("a 1"), reranker, 1);
    }

    private Verdict<DirectRequest> scored(DirectRequest request, float... scores) {
        return new Verdict.Scored<>(request, reranker.encode(request.request()), scores, Timings.NONE);
    }
}
