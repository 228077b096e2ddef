package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.TokenIds;
import io.streamrank.model.DocumentIds;
import io.streamrank.testing.TestingReranker;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final int MAX_EVENT_BYTES = 200;
    private static final int MAX_CANDIDATES = 3;

    private final TestingReranker first = new TestingReranker("first");
    private final TestingReranker second = new TestingReranker("second");
    private final Lease lease = TestingEvents.lease(0);
    private final Admission admission =
            new Admission(new CandidateListCodec(), new Models(List.of(first, second)), limits());

    @Test
    void givesRequestsToTheModelTheyName() {
        Event named = admit(TestingEvents.encoded(TestingEvents.requestOf("second", null, null, "a 1")));
        Event unnamed = admit(TestingEvents.encoded(TestingEvents.request("a 1")));

        assertThat(((Event.Accepted) named).reranker()).isSameAs(second);
        assertThat(((Event.Accepted) unnamed).reranker()).isSameAs(first);
    }

    @Test
    void ranksWhatIsReplayedWholeAndByTheDefaultModelWhateverItAskedFor() {
        Admission replaying =
                new Admission(new CandidateListCodec(), new Models(List.of(first, second)), limits(), any -> true);
        byte[] asked = TestingEvents.encoded(TestingEvents.requestOf("unknown", 1, Instant.EPOCH, "a 1", "b 2"));

        Event event = replaying.admit(TestingEvents.record(0, 1, asked), lease).orElseThrow();

        assertThat(event).isInstanceOfSatisfying(Event.Accepted.class, accepted -> {
            assertThat(accepted.reranker()).isSameAs(first);
            assertThat(accepted.request().topK()).isNull();
            assertThat(accepted.request().deadline()).isNull();
            assertThat(accepted.request().candidates()).hasSize(2);
        });
    }

    @Test
    void passesOverListsOfQueriesThatAreNotInAReplaysSample() {
        Admission replaying = new Admission(
                new CandidateListCodec(),
                new Models(List.of(first, second)),
                limits(),
                text -> !text.equals(TestingEvents.request("a 1").query().text()));

        assertThat(replaying.admit(
                        TestingEvents.record(0, 1, TestingEvents.encoded(TestingEvents.request("a 1"))), lease))
                .isEmpty();
        assertThat(replaying.admit(TestingEvents.record(0, 2, new byte[] {1, 2, 3}), lease))
                .as("what cannot be read is told in any sample")
                .containsInstanceOf(Event.Rejected.class);
    }

    @Test
    void keepsTheRecordItsLeaseAndItsPlace() {
        var record = TestingEvents.record(3, 17, TestingEvents.encoded(TestingEvents.request("a 1")));

        Event event = admission.admit(record, lease).orElseThrow();

        assertThat(event.record()).isSameAs(record);
        assertThat(event.lease()).isSameAs(lease);
        assertThat(event.source()).hasToString(TestingEvents.TOPIC + "-3@17");
    }

    @Test
    void rejectsWhatIsNoEvent() {
        assertThat(rejection(null).reason()).isEqualTo(Reason.EMPTY_VALUE);
        assertThat(rejection(new byte[] {1, 2, 3}).reason()).isEqualTo(Reason.UNKNOWN_FORMAT);
    }

    @Test
    void rejectsLargeEventsBeforeReadingThem() {
        Rejection rejection = rejection(new byte[MAX_EVENT_BYTES + 1]);

        assertThat(rejection.reason()).isEqualTo(Reason.TOO_LARGE);
        assertThat(rejection.message()).contains("201 bytes").contains("200");
    }

    @Test
    void rejectsEmptyAndLongLists() {
        Rejection empty = rejection(TestingEvents.encoded(TestingEvents.request()));
        Rejection tooMany = rejection(TestingEvents.encoded(TestingEvents.request("a 1", "b 2", "c 3", "d 4")));

        assertThat(empty.reason()).isEqualTo(Reason.NO_CANDIDATES);
        assertThat(tooMany.reason()).isEqualTo(Reason.TOO_MANY_CANDIDATES);
        assertThat(tooMany.message()).contains("4 candidates").contains("3");
    }

    @Test
    void acceptsTheLongestListAllowed() {
        Event event = admit(TestingEvents.encoded(TestingEvents.request("a 1", "b 2", "c 3")));

        assertThat(event).isInstanceOf(Event.Accepted.class);
    }

    @Test
    void namesTheModelsItHoldsWhenAskedForAnother() {
        Rejection rejection = rejection(TestingEvents.encoded(TestingEvents.requestOf("third", null, null, "a 1")));

        assertThat(rejection.reason()).isEqualTo(Reason.UNKNOWN_MODEL);
        assertThat(rejection.message()).contains("'third'").contains("[first, second]");
    }

    /** Found by MutatedRecordsTest: the whole of a long name stood in the message, line breaks and all. */
    @Test
    void quotesOfANameNoMoreThanALineHolds() {
        first.taking(new DocumentIds("00112233aabb", 100));
        String name = "nobody\n" + "x".repeat(100);

        Rejection ofModel = rejection(TestingEvents.encoded(TestingEvents.requestOf(name, null, null, "")));
        Rejection ofTokenizer = rejection(TestingEvents.encoded(tokenized(name, 5)));

        assertThat(ofModel.message())
                .contains("'nobody\\u000Axxx")
                .contains("x…'")
                .hasSizeLessThan(200);
        assertThat(ofTokenizer.message())
                .contains("'nobody\\u000Axxx")
                .contains("x…'")
                .hasSizeLessThan(200);
    }

    @Test
    void acceptsTokenIdsOfItsModelsTokenizer() {
        first.taking(new DocumentIds("00112233aabb", 100));

        Event event = admit(TestingEvents.encoded(tokenized("00112233aabb", 0, 99)));

        assertThat(event).isInstanceOf(Event.Accepted.class);
        assertThat(((Event.Accepted) event).chars()).isEqualTo("query".length() + 2 * Rankable.CHARS_PER_TOKEN);
    }

    @Test
    void rejectsTokenIdsOfAnotherTokenizerOrOutsideTheVocabulary() {
        first.taking(new DocumentIds("00112233aabb", 100));

        Rejection another = rejection(TestingEvents.encoded(tokenized("ffffffffffff", 5)));
        Rejection outside = rejection(TestingEvents.encoded(tokenized("00112233aabb", 5, 100)));
        Rejection negative = rejection(TestingEvents.encoded(tokenized("00112233aabb", -1)));

        assertThat(another.reason()).isEqualTo(Reason.UNUSABLE_TOKEN_IDS);
        assertThat(another.message()).contains("'ffffffffffff'").contains("00112233aabb");
        assertThat(outside.reason()).isEqualTo(Reason.UNUSABLE_TOKEN_IDS);
        assertThat(outside.message()).contains("token id 100, expected 0 to 99");
        assertThat(negative.message()).contains("token id -1");
    }

    @Test
    void rejectsTokenIdsForAModelThatTakesNone() {
        Rejection rejection = rejection(TestingEvents.encoded(tokenized("00112233aabb", 5)));

        assertThat(rejection.reason()).isEqualTo(Reason.UNUSABLE_TOKEN_IDS);
        assertThat(rejection.message()).contains("model first takes no token ids");
    }

    @Test
    void tokenIdsThatTheNextRevisionCannotReadStayWithTheFirst() {
        first.taking(new DocumentIds("00112233aabb", 100));
        TestingReranker next =
                new TestingReranker("first").ofRevision("fedcba987654").taking(new DocumentIds("ffffffffffff", 100));
        Models held = new Models(List.of(first, second));
        held.rollOut(next, 1);
        Admission rolledOut = new Admission(new CandidateListCodec(), held, limits());

        Event old = rolledOut
                .admit(TestingEvents.record(0, 0, TestingEvents.encoded(tokenized("00112233aabb", 5))), lease)
                .orElseThrow();
        Event current = rolledOut
                .admit(TestingEvents.record(0, 1, TestingEvents.encoded(tokenized("ffffffffffff", 5))), lease)
                .orElseThrow();
        Event plain = rolledOut
                .admit(TestingEvents.record(0, 2, TestingEvents.encoded(TestingEvents.request("a 1"))), lease)
                .orElseThrow();

        assertThat(((Event.Accepted) old).reranker()).isSameAs(first);
        assertThat(((Event.Accepted) current).reranker()).isSameAs(next);
        assertThat(((Event.Accepted) plain).reranker()).isSameAs(next);
    }

    @Test
    void asksNothingOfATokenizerThatIsNamedForNoIds() {
        RerankRequest request = new RerankRequest(
                "r",
                new Query(null, "q"),
                List.of(new Candidate("a", "a 1", null)),
                "ffffffffffff",
                null,
                null,
                null,
                Map.of());

        assertThat(admit(TestingEvents.encoded(request))).isInstanceOf(Event.Accepted.class);
    }

    @Test
    void givesDirectRequestsToTheModelTheyName() throws Exception {
        DirectRequest direct = admission.admit(TestingEvents.requestOf("second", null, null, "a 1"));

        assertThat(direct.reranker()).isSameAs(second);
        assertThat(direct.bytes()).isGreaterThan(100);
    }

    @Test
    void holdsDirectRequestsToTheLimitsOfEvents() {
        assertThat(refusal(TestingEvents.request())).isEqualTo(Reason.NO_CANDIDATES);
        assertThat(refusal(TestingEvents.request("a", "b", "c", "d"))).isEqualTo(Reason.TOO_MANY_CANDIDATES);
        assertThat(refusal(TestingEvents.request("x".repeat(MAX_EVENT_BYTES)))).isEqualTo(Reason.TOO_LARGE);
        assertThat(refusal(TestingEvents.requestOf("third", null, null, "a"))).isEqualTo(Reason.UNKNOWN_MODEL);
        assertThat(refusal(TestingEvents.requestOf(null, 0, null, "a"))).isEqualTo(Reason.INVALID);
        assertThat(refusal(tokenized("00112233aabb", 5))).isEqualTo(Reason.UNUSABLE_TOKEN_IDS);
    }

    private Reason refusal(RerankRequest request) {
        RejectedException refused = catchThrowableOfType(RejectedException.class, () -> admission.admit(request));
        return refused.rejection().reason();
    }

    private static RerankRequest tokenized(String tokenizer, int... ids) {
        List<Candidate> candidates = List.of(new Candidate("a", "", null, new TokenIds(ids)));
        return new RerankRequest("r", new Query(null, "query"), candidates, tokenizer, null, null, null, Map.of());
    }

    private Event admit(byte @Nullable [] value) {
        return admission.admit(TestingEvents.record(0, 0, value), lease).orElseThrow();
    }

    private Rejection rejection(byte @Nullable [] value) {
        return ((Event.Rejected) admit(value)).rejection();
    }

    private static Limits limits() {
        return new TestingLimits()
                .maxEventBytes(MAX_EVENT_BYTES)
                .maxCandidates(MAX_CANDIDATES)
                .build();
    }
}
