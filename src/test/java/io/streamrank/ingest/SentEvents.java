package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.testing.Answer;
import io.streamrank.testing.BadEvents;
import io.streamrank.testing.Ledger;
import java.util.ArrayList;
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
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/** Sends random events, good and bad, remembers them, and holds what came out against what must have. */
final class SentEvents {
    static final int ROUND = 300;

    private static final RankedListCodec RANKINGS = new RankedListCodec();
    private static final byte[] CALLERS_HEADER = {4, 2};

    private final TestingTopics topics;
    private final Random random;
    private final BadEvents badEvents;
    private final CandidateListCodec codec = new CandidateListCodec();
    private final Map<Future<RecordMetadata>, Sent> sent = new LinkedHashMap<>();

    SentEvents(TestingTopics topics, long seed) {
        this.topics = topics;
        this.random = new Random(seed);
        this.badEvents = new BadEvents(random);
    }

    /** A record and what must become of it: a ranking of this request, or a dead letter for this reason. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Sent(
            byte @Nullable [] value,
            @Nullable RerankRequest request,
            @Nullable Reason reason) {
        Answer answer() {
            return request != null ? Answer.ranked(request) : Answer.deadLetter(requireNonNull(reason), value);
        }
    }

    void sendGood(int partition) {
        RerankRequest request = request(1 + random.nextInt(6), null);
        send(partition, new Sent(codec.encode(request), request, null));
    }

    /** Sends a malformed event; {@code way} counts them through. */
    void sendBad(int partition, int way) {
        BadEvents.Bad bad = badEvents.of(way);
        send(partition, new Sent(bad.value(), null, bad.reason()));
    }

    /** Sends {@link #ROUND} events over all partitions, one of fifty of them bad, in every way in turn. */
    void sendRound(int partitions) {
        for (int i = 0; i < ROUND; i++) {
            if (i % 50 == 0) {
                sendBad(i / 50 % partitions, i / 50);
            } else {
                sendGood(i % partitions);
            }
        }
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
        Ledger ledger = new Ledger();
        expected.forEach((position, sent) -> ledger.sent(position, sent.answer()));
        List<Ranking> rankings = new ArrayList<>();
        for (var record : topics.read(topics.topics().ranked())) {
            Ranking ranking = RANKINGS.decode(record.value());
            ledger.answered(new TopicPartition(record.topic(), record.partition()), ranking);
            rankings.add(ranking);
        }
        List<ConsumerRecord<byte[], byte[]>> deadLetters = topics.deadLetters();
        deadLetters.forEach(letter -> ledger.answered(
                new TopicPartition(letter.topic(), letter.partition()),
                TestingTopics.source(letter),
                TestingTopics.answer(letter)));
        topics.statistics().forEach(ledger::counted);
        assertThat(ledger.offences()).isEmpty();

        rankings.forEach(ranking -> assertRanked(ranking, requireNonNull(expected.get(ranking.source()))));
        deadLetters.forEach(
                letter -> assertDeadLetter(letter, requireNonNull(expected.get(TestingTopics.source(letter)))));
        assertThat(topics.statistics().stream()
                        .mapToLong(BatchStatistics::truncated)
                        .sum())
                .isEqualTo(rankings.stream()
                        .flatMap(ranking -> ranking.candidates().stream())
                        .filter(RankedCandidate::truncated)
                        .count());
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
        assertThat(TestingTopics.answer(letter)).isEqualTo(sent.answer());
        assertThat(letter.key()).isEqualTo(key(letter.partition()));
        assertThat(letter.headers().lastHeader("caller").value()).isEqualTo(CALLERS_HEADER);
    }

    /** Outcomes lie in the partition their events came from, so reading partition after partition keeps their order. */
    private static void assertInOrder(List<SourcePosition> positions) {
        Map<Integer, Long> last = new HashMap<>();
        for (SourcePosition position : positions) {
            Long before = last.put(position.partition(), position.offset());
            assertThat(before == null ? -1 : before).isLessThan(position.offset());
        }
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
}
