package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.testing.TestingReranker;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ModelsTest {
    private static final int MANY = 4_000;
    private static final double BY_KEY = 0.016105433022663318;
    private static final double BY_ID = 0.9594679343386515;
    private static final double BY_TEXT = 0.9037218318636059;
    private static final double OF_ANOTHER = 0.07086397124729482;

    private final TestingReranker first = new TestingReranker("test");
    private final TestingReranker other = new TestingReranker("other");
    private final TestingReranker next = new TestingReranker("test").ofRevision("fedcba987654");
    private final Models models = new Models(List.of(first, other));

    @Test
    void withoutANextRevisionTheFirstGetsAll() {
        assertThat(models.choose(request(null, "query"), key(1))).isSameAs(first);
        assertThat(models.choose(request("test", "query"), null)).isSameAs(first);
        assertThat(models.choose(request("other", "query"), key(1))).isSameAs(other);
        assertThat(models.choose(request("unknown", "query"), key(1))).isNull();
        assertThat(models.share(first)).isEqualTo(1);
        assertThat(models.share(next)).isZero();
    }

    @Test
    void givesTheNextRevisionItsShareAndNobodyElses() {
        assertThat(models.rollOut(next, 0.25)).isEmpty();

        assertThat(models.all()).containsExactly(first, next, other);
        assertThat(models.ids()).containsExactly("test", "other");
        assertThat(models.share(first)).isEqualTo(0.75);
        assertThat(models.share(next)).isEqualTo(0.25);
        assertThat((double) requestsOfNext() / MANY).isCloseTo(0.25, within(0.03));
        assertThat(models.choose(request("other", "query"), key(1))).isSameAs(other);
    }

    @Test
    void whoHasComeToTheNextRevisionStaysThereAsItsShareGrows() {
        models.rollOut(next, 0.25);
        List<Integer> atAQuarter = keysOfNext();
        models.rollOut(next, 0.5);

        assertThat(keysOfNext()).hasSizeGreaterThan(atAQuarter.size()).containsAll(atAQuarter);

        models.rollOut(next, 1);
        assertThat(keysOfNext()).hasSize(MANY);
        models.rollOut(next, 0);
        assertThat(keysOfNext()).isEmpty();
        models.rollOut(next, 0.25);
        assertThat(keysOfNext()).isEqualTo(atAQuarter);
    }

    @Test
    void aRequestIsPlacedByItsKeyElseItsQueryAsOtherProgramsCanTell() {
        // Each is what Python's hashlib makes of it.
        assertThat(RequestShare.of(next.model(), request(null, "query"), key(1)))
                .isEqualTo(BY_KEY);
        assertThat(RequestShare.of(next.model(), named("q-1"), null)).isEqualTo(BY_ID);
        assertThat(RequestShare.of(next.model(), request(null, "query"), new byte[0]))
                .isEqualTo(BY_TEXT);
        assertThat(RequestShare.of(
                        new TestingReranker("other").ofRevision("fedcba987654").model(), named("q-1"), key(1)))
                .isEqualTo(OF_ANOTHER);
    }

    @Test
    void handsBackWhatIsGivenUp() {
        TestingReranker third = new TestingReranker("test").ofRevision("00aa00aa00aa");
        models.rollOut(next, 0.5);

        assertThat(models.rollOut(next, 1)).isEmpty();
        assertThat(models.rollOut(third, 0.5)).containsSame(next);
        assertThat(models.rollBack("test")).containsSame(third);
        assertThat(models.rollBack("test")).isEmpty();
        assertThat(models.all()).containsExactly(first, other);
    }

    @Test
    void refusesWhatIsNoShareOrNoModel() {
        assertThatThrownBy(() -> models.rollOut(next, 1.5)).hasMessage("share is 1.5, expected 0 to 1");
        assertThatThrownBy(() -> models.rollOut(next, Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> models.rollOut(new TestingReranker("third"), 1))
                .hasMessage("there is no model third; this worker holds [test, other]");
    }

    @Test
    void closesAll() {
        models.rollOut(next, 0.5);

        models.close();

        assertThat(List.of(first, next, other)).allMatch(TestingReranker::isClosed);
    }

    private long requestsOfNext() {
        return keysOfNext().size();
    }

    private List<Integer> keysOfNext() {
        return IntStream.range(0, MANY)
                .filter(i -> models.choose(request(null, "query"), key(i)) == next)
                .boxed()
                .toList();
    }

    private static byte[] key(int number) {
        return ("key-" + number).getBytes(UTF_8);
    }

    private static RerankRequest named(String queryId) {
        return new RerankRequest(
                "r", new Query(queryId, "query"), List.of(new Candidate("d", "a 1", null)), null, null, null, Map.of());
    }

    private static RerankRequest request(@Nullable String model, String query) {
        return new RerankRequest(
                "r", new Query(null, query), List.of(new Candidate("d", "a 1", null)), model, null, null, Map.of());
    }
}
