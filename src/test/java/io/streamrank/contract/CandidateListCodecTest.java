package io.streamrank.contract;

import static io.streamrank.contract.Rejection.Reason.EMPTY_VALUE;
import static io.streamrank.contract.Rejection.Reason.INVALID;
import static io.streamrank.contract.Rejection.Reason.UNDECODABLE;
import static io.streamrank.contract.Rejection.Reason.UNKNOWN_FORMAT;
import static io.streamrank.contract.Rejection.Reason.UNKNOWN_SCHEMA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.streamrank.events.CandidateList;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CandidateListCodecTest {
    private final CandidateListCodec codec = new CandidateListCodec();

    @Test
    void readsBackWhatItWrote() throws Exception {
        byte[] bytes = codec.encode(ExampleEvents.request());

        RerankRequest read = codec.decode(bytes);

        assertThat(read).isEqualTo(ExampleEvents.request());
    }

    @Test
    void readsBackWhatIsAbsent() throws Exception {
        RerankRequest bare = ExampleEvents.request(List.of());

        RerankRequest read = codec.decode(codec.encode(bare));

        assertThat(read).isEqualTo(bare);
    }

    @Test
    void writesEqualRequestsAsEqualBytes() {
        Map<String, String> forwards = new LinkedHashMap<>();
        Map<String, String> backwards = new LinkedHashMap<>();
        IntStream.range(0, 50).forEach(i -> forwards.put("k" + i, "v" + i));
        IntStream.iterate(49, i -> i - 1).limit(50).forEach(i -> backwards.put("k" + i, "v" + i));

        byte[] one = codec.encode(withAttributes(forwards));
        byte[] other = codec.encode(withAttributes(backwards));

        assertThat(one).isEqualTo(other);
    }

    @Test
    void refusesWhatIsNotThere() {
        assertThat(rejectionOf(null).reason()).isEqualTo(EMPTY_VALUE);
        assertThat(rejectionOf(new byte[0]).reason()).isEqualTo(EMPTY_VALUE);
    }

    @Test
    void namesTheBytesOfAnUnknownFormat() {
        Rejection json = rejectionOf("{}".getBytes(StandardCharsets.UTF_8));
        Rejection confluent = rejectionOf(new byte[] {0, 0, 0, 0, 7, 2});

        assertThat(json.reason()).isEqualTo(UNKNOWN_FORMAT);
        assertThat(json.message()).contains("7B 7D").doesNotContain("Confluent");
        assertThat(confluent.reason()).isEqualTo(UNKNOWN_FORMAT);
        assertThat(confluent.message()).contains("00 00").contains("Confluent");
    }

    @Test
    void namesTheFingerprintOfAnUnknownSchema() {
        byte[] bytes = {(byte) 0xC3, 1, 1, 2, 3, 4, 5, 6, 7, (byte) 0xFE, 0};

        Rejection rejection = rejectionOf(bytes);

        assertThat(rejection.reason()).isEqualTo(UNKNOWN_SCHEMA);
        assertThat(rejection.message()).contains("CandidateList").contains("01 02 03 04 05 06 07 FE");
    }

    @Test
    void doesNotTakeARankingForACandidateList() {
        byte[] bytes = new RankedListCodec().encode(ExampleEvents.ranking());

        assertThat(rejectionOf(bytes).reason()).isEqualTo(UNKNOWN_SCHEMA);
    }

    @Test
    void refusesEveryTruncation() {
        byte[] whole = codec.encode(ExampleEvents.request());

        for (int length = 2; length < whole.length; length++) {
            assertThat(rejectionOf(Arrays.copyOf(whole, length)).reason())
                    .as("%d of %d bytes", length, whole.length)
                    .isEqualTo(UNDECODABLE);
        }
    }

    @Test
    void countsTrailingBytes() {
        byte[] whole = codec.encode(ExampleEvents.request());

        Rejection rejection = rejectionOf(Arrays.copyOf(whole, whole.length + 3));

        assertThat(rejection.reason()).isEqualTo(UNDECODABLE);
        assertThat(rejection.message()).contains("3 bytes follow");
    }

    @Test
    void refusesAStringLongerThanTheEvent() {
        byte[] bytes = codec.encode(ExampleEvents.request());
        bytes[10] = 0x7E; // the length of the request id: 63, zig-zag

        Rejection rejection = rejectionOf(Arrays.copyOf(bytes, 20));

        assertThat(rejection.reason()).isEqualTo(UNDECODABLE);
        assertThat(rejection.message())
                .contains("byte 11 of 20")
                .contains("63 bytes")
                .contains("9 bytes left");
    }

    @Test
    void refusesATopKBelowOne() {
        RerankRequest request = new RerankRequest("r", new Query(null, "q"), List.of(), null, 0, null, Map.of());

        Rejection rejection = rejectionOf(codec.encode(request));

        assertThat(rejection.reason()).isEqualTo(INVALID);
        assertThat(rejection.message()).contains("topK is 0");
    }

    @Test
    void refusesABlankQuery() {
        RerankRequest request = new RerankRequest("r", new Query("q", " \n"), List.of(), null, null, null, Map.of());

        assertThat(rejectionOf(codec.encode(request)).reason()).isEqualTo(INVALID);
    }

    @Test
    void namesTheIdThatTwoCandidatesShare() {
        List<Candidate> candidates = List.of(
                new Candidate("a", "one", null), new Candidate("b", "two", null), new Candidate("a", "three", null));

        Rejection rejection = rejectionOf(codec.encode(ExampleEvents.request(candidates)));

        assertThat(rejection.reason()).isEqualTo(INVALID);
        assertThat(rejection.message()).contains("candidates 0 and 2").contains("\"a\"");
    }

    @Test
    void cutsALongIdInAMessage() {
        Candidate candidate = new Candidate("x".repeat(10_000), "text", null);

        Rejection rejection = rejectionOf(codec.encode(ExampleEvents.request(List.of(candidate, candidate))));

        assertThat(rejection.message()).contains("xxx").hasSizeLessThan(200);
    }

    @Test
    void refusesMoreCandidatesThanTheLimit() {
        List<Candidate> candidates = IntStream.rangeClosed(0, AvroLimits.DEFAULT_MAX_COLLECTION_ITEMS)
                .mapToObj(i -> new Candidate(Integer.toString(i), "", null))
                .toList();

        Rejection rejection = rejectionOf(codec.encode(ExampleEvents.request(candidates)));

        assertThat(rejection.reason()).isEqualTo(UNDECODABLE);
        assertThat(rejection.message()).contains("100001 items");
    }

    @Test
    void refusesMoreTokenIdsThanTheLimitAndAllowsAsMany() throws Exception {
        Candidate most = new Candidate("a", "", null, new TokenIds(new int[AvroLimits.DEFAULT_MAX_COLLECTION_ITEMS]));
        Candidate more =
                new Candidate("c", "", null, new TokenIds(new int[AvroLimits.DEFAULT_MAX_COLLECTION_ITEMS + 1]));
        RerankRequest two = withTokenizer(List.of(most, new Candidate("b", "", null, most.tokenIds())));

        assertThat(codec.decode(codec.encode(two))).isEqualTo(two);
        Rejection rejection = rejectionOf(codec.encode(withTokenizer(List.of(most, more))));
        assertThat(rejection.reason()).isEqualTo(UNDECODABLE);
        assertThat(rejection.message()).contains("100001 items");
    }

    @Test
    void refusesTokenIdsOfNoNamedTokenizer() {
        List<Candidate> candidates =
                List.of(new Candidate("a", "text", null), new Candidate("b", "", null, new TokenIds(new int[] {5})));

        Rejection rejection = rejectionOf(codec.encode(ExampleEvents.request(candidates)));

        assertThat(rejection.reason()).isEqualTo(INVALID);
        assertThat(rejection.message()).contains("candidate 1").contains("tokenizer");
    }

    @Test
    void refusesAnEmptyListOfTokenIds() {
        CandidateList event = new CandidateList(
                "r",
                new io.streamrank.events.Query(null, "q"),
                List.of(
                        new io.streamrank.events.Candidate("a", "text", null, List.of(5)),
                        new io.streamrank.events.Candidate("b", "text", null, List.of())),
                "00112233aabb",
                null,
                null,
                null,
                Map.of());

        Rejection rejection =
                rejectionOf(new EventFormat<>(CandidateList.class, ReleasedSchemas.of("CandidateList")).encode(event));

        assertThat(rejection.reason()).isEqualTo(INVALID);
        assertThat(rejection.message()).contains("candidate 1").contains("empty list of token ids");
    }

    private static RerankRequest withTokenizer(List<Candidate> candidates) {
        return new RerankRequest("r", new Query(null, "q"), candidates, "00112233aabb", null, null, null, Map.of());
    }

    @Test
    void refusesAStringOverTheLimit() {
        Candidate candidate = new Candidate("a", "x".repeat(AvroLimits.DEFAULT_MAX_STRING_BYTES + 1), null);

        Rejection rejection = rejectionOf(codec.encode(ExampleEvents.request(List.of(candidate))));

        assertThat(rejection.reason()).isEqualTo(UNDECODABLE);
        assertThat(rejection.message()).contains("16777217").hasSizeLessThan(200);
    }

    @Test
    void servesManyThreads() throws Exception {
        List<RerankRequest> requests = IntStream.range(0, 8)
                .mapToObj(i -> ExampleEvents.request(List.of(new Candidate("c" + i, "text ".repeat(i), (double) i))))
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(requests.size());
        try {
            List<Callable<Boolean>> tasks = requests.stream()
                    .<Callable<Boolean>>map(request -> () -> survivesRoundTrips(request, 500))
                    .toList();

            List<Future<Boolean>> outcomes = threads.invokeAll(tasks);

            for (Future<Boolean> outcome : outcomes) {
                assertThat(outcome.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private boolean survivesRoundTrips(RerankRequest request, int times) throws RejectedException {
        for (int i = 0; i < times; i++) {
            if (!codec.decode(codec.encode(request)).equals(request)) {
                return false;
            }
        }
        return true;
    }

    private static RerankRequest withAttributes(Map<String, String> attributes) {
        return new RerankRequest("r", new Query(null, "q"), List.of(), null, null, null, attributes);
    }

    private Rejection rejectionOf(byte @Nullable [] value) {
        RejectedException thrown = catchThrowableOfType(RejectedException.class, () -> codec.decode(value));
        assertThat(thrown).isNotNull();
        return thrown.rejection();
    }
}
