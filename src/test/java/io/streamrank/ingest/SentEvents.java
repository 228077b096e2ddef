package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/** Sends random events, good and bad, remembers them, and holds what came out against what must have. */
final class SentEvents {
    /** The ways in which an event can be bad, each a number, so that a test can go through them. */
    private static final int WAYS_TO_BE_BAD = 9;

    private static final int MARKER_AND_FINGERPRINT = 10;
    private static final byte[] CALLERS_HEADER = {4, 2};

    private final TestingTopics topics;
    private final Random random;
    private final CandidateListCodec codec = new CandidateListCodec();
    private final Map<Future<RecordMetadata>, Sent> sent = new LinkedHashMap<>();

    SentEvents(TestingTopics topics, long seed) {
        this.topics = topics;
        this.random = new Random(seed);
    }

    /** A record and what must become of it: a ranking of this request, or a dead letter for this reason. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Sent(
            byte @Nullable [] value,
            @Nullable RerankRequest request,
            @Nullable Reason reason) {}

    void sendGood(int partition) {
        RerankRequest request = request(1 + random.nextInt(6), null);
        send(partition, new Sent(codec.encode(request), request, null));
    }

    /** Sends a malformed event; {@code way} counts them through. */
    void sendBad(int partition, int way) {
        byte[] good = codec.encode(request(2, null));
        send(
                partition,
                switch (way % WAYS_TO_BE_BAD) {
                    case 0 -> new Sent(noise(), null, Reason.UNKNOWN_FORMAT);
                    case 1 -> new Sent(Arrays.copyOf(good, good.length - 1), null, Reason.UNDECODABLE);
                    case 2 -> new Sent(Arrays.copyOf(good, good.length + 3), null, Reason.UNDECODABLE);
                    case 3 -> new Sent(otherFingerprint(good), null, Reason.UNKNOWN_SCHEMA);
                    case 4 -> new Sent(null, null, Reason.EMPTY_VALUE);
                    case 5 -> new Sent(codec.encode(request(0, null)), null, Reason.NO_CANDIDATES);
                    case 6 -> new Sent(codec.encode(request(2, "nobody")), null, Reason.UNKNOWN_MODEL);
                    case 7 -> new Sent(twins(), null, Reason.INVALID);
                    default -> new Sent(noiseInside(good), null, Reason.UNDECODABLE);
                });
    }

    int count() {
        return sent.size();
    }

    /**
     * Exactly one outcome for each event and none besides: every ranking as its numbers say, every dead letter as it
     * came, each partition's outcomes in its order, and statistics that add up to all of it.
     */
    void assertAnsweredExactlyOnce() throws Exception {
        Map<SourcePosition, Sent> expected = expected();
        List<Ranking> rankings = topics.rankings();
        List<ConsumerRecord<byte[], byte[]>> deadLetters = topics.deadLetters();
        List<SourcePosition> answered = new ArrayList<>();
        rankings.forEach(ranking -> answered.add(ranking.source()));
        deadLetters.forEach(letter -> answered.add(TestingTopics.source(letter)));
        assertThat(answered).doesNotHaveDuplicates();
        assertThat(answered).hasSameElementsAs(expected.keySet());

        rankings.forEach(ranking -> assertRanked(ranking, requireNonNull(expected.get(ranking.source()))));
        deadLetters.forEach(
                letter -> assertDeadLetter(letter, requireNonNull(expected.get(TestingTopics.source(letter)))));
        assertInOrder(rankings.stream().map(Ranking::source).toList());
        assertInOrder(deadLetters.stream().map(TestingTopics::source).toList());
        assertStatisticsAddUp(rankings, deadLetters);
    }

    /**
     * At least one outcome for each event and none of any other, each as it must be; leaving repetitions out, each
     * partition's outcomes in its order.
     *
     * @return how many repetitions there are
     */
    int assertAnsweredAtLeastOnce() throws Exception {
        Map<SourcePosition, Sent> expected = expected();
        Map<SourcePosition, Ranking> rankings = new LinkedHashMap<>();
        Map<SourcePosition, ConsumerRecord<byte[], byte[]>> deadLetters = new LinkedHashMap<>();
        int outcomes = 0;
        for (Ranking ranking : topics.rankings()) {
            assertThat(expected).containsKey(ranking.source());
            assertRanked(ranking, requireNonNull(expected.get(ranking.source())));
            rankings.putIfAbsent(ranking.source(), ranking);
            outcomes++;
        }
        for (ConsumerRecord<byte[], byte[]> letter : topics.deadLetters()) {
            SourcePosition source = TestingTopics.source(letter);
            assertThat(expected).containsKey(source);
            assertDeadLetter(letter, requireNonNull(expected.get(source)));
            deadLetters.putIfAbsent(source, letter);
            outcomes++;
        }
        assertThat(rankings).doesNotContainKeys(deadLetters.keySet().toArray(SourcePosition[]::new));
        Set<SourcePosition> answered = new HashSet<>(rankings.keySet());
        answered.addAll(deadLetters.keySet());
        assertThat(answered).isEqualTo(expected.keySet());
        assertInOrder(List.copyOf(rankings.keySet()));
        assertInOrder(List.copyOf(deadLetters.keySet()));
        return outcomes - answered.size();
    }

    private Map<SourcePosition, Sent> expected() throws Exception {
        Map<SourcePosition, Sent> expected = new HashMap<>();
        for (var entry : sent.entrySet()) {
            RecordMetadata at = entry.getKey().get();
            expected.put(new SourcePosition(at.topic(), at.partition(), at.offset()), entry.getValue());
        }
        return expected;
    }

    private static void assertRanked(Ranking ranking, Sent sent) {
        assertThat(sent.request()).as("what was sent as %s", ranking.source()).isNotNull();
        RerankRequest request = requireNonNull(sent.request());
        List<String> expected = request.candidates().stream()
                .sorted(Comparator.comparingDouble(candidate -> -score(candidate)))
                .map(Candidate::id)
                .toList();
        assertThat(ranking.requestId()).isEqualTo(request.requestId());
        assertThat(ranking.candidates()).extracting(RankedCandidate::id).isEqualTo(expected);
        assertThat(ranking.candidates())
                .allSatisfy(ranked -> assertThat(ranked.score())
                        .isEqualTo(score(request.candidates().get(ranked.previousRank() - 1))));
    }

    private static void assertDeadLetter(ConsumerRecord<byte[], byte[]> letter, Sent sent) {
        assertThat(letter.value()).isEqualTo(sent.value());
        assertThat(letter.key()).isEqualTo(key(letter.partition()));
        assertThat(letter.headers().lastHeader("caller").value()).isEqualTo(CALLERS_HEADER);
        assertThat(sent.reason()).as("what is wrong with %s", letter).isNotNull();
        assertThat(TestingTopics.header(letter, DeadLetters.REASON))
                .isEqualTo(requireNonNull(sent.reason()).word());
    }

    /** Outcomes lie in the partition their events came from, so reading partition after partition keeps their order. */
    private static void assertInOrder(List<SourcePosition> positions) {
        Map<Integer, Long> last = new HashMap<>();
        for (SourcePosition position : positions) {
            Long before = last.put(position.partition(), position.offset());
            assertThat(before == null ? -1 : before).isLessThan(position.offset());
        }
    }

    private void assertStatisticsAddUp(List<Ranking> rankings, List<ConsumerRecord<byte[], byte[]>> deadLetters)
            throws Exception {
        long requests = 0;
        long pairs = 0;
        long truncated = 0;
        Map<String, Integer> rejections = new HashMap<>();
        for (var statistics : topics.statistics()) {
            requests += statistics.requests();
            pairs += statistics.pairs();
            truncated += statistics.truncated();
            statistics.rejections().forEach((reason, count) -> rejections.merge(reason.word(), count, Integer::sum));
        }
        Map<String, Integer> reasons = new HashMap<>();
        deadLetters.forEach(letter -> reasons.merge(TestingTopics.header(letter, DeadLetters.REASON), 1, Integer::sum));
        assertThat(requests).isEqualTo(rankings.size());
        assertThat(pairs)
                .isEqualTo(rankings.stream()
                        .mapToLong(ranking -> ranking.candidates().size())
                        .sum());
        assertThat(truncated)
                .isEqualTo(rankings.stream()
                        .flatMap(ranking -> ranking.candidates().stream())
                        .filter(RankedCandidate::truncated)
                        .count());
        assertThat(rejections).isEqualTo(reasons);
    }

    private void send(int partition, Sent event) {
        sent.put(
                topics.send(partition, key(partition), event.value(), new RecordHeader("caller", CALLERS_HEADER)),
                event);
    }

    private static byte[] key(int partition) {
        return ("key-" + partition).getBytes(UTF_8);
    }

    private RerankRequest request(int candidates, @Nullable String model) {
        List<Candidate> list = new ArrayList<>();
        for (int i = 0; i < candidates; i++) {
            list.add(new Candidate("d" + i, "x".repeat(random.nextInt(80)) + " " + random.nextInt(10), null));
        }
        return new RerankRequest("r" + sent.size(), new Query(null, "query"), list, model, null, null, Map.of());
    }

    private static float score(Candidate candidate) {
        String text = candidate.text();
        return Float.parseFloat(text.substring(text.lastIndexOf(' ') + 1));
    }

    private byte[] noise() {
        byte[] noise = new byte[1 + random.nextInt(100)];
        random.nextBytes(noise);
        noise[0] = 'x';
        return noise;
    }

    /** A length that says more than there is. */
    private static byte[] noiseInside(byte[] good) {
        byte[] bad = good.clone();
        Arrays.fill(bad, MARKER_AND_FINGERPRINT, MARKER_AND_FINGERPRINT + 3, (byte) 0x7F);
        return bad;
    }

    private static byte[] otherFingerprint(byte[] good) {
        byte[] bad = good.clone();
        bad[MARKER_AND_FINGERPRINT - 1] ^= 1;
        return bad;
    }

    private byte[] twins() {
        Candidate twin = new Candidate("twin", "x 1", null);
        return codec.encode(
                new RerankRequest("twins", new Query(null, "query"), List.of(twin, twin), null, null, null, Map.of()));
    }
}
