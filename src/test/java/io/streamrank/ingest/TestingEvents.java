package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.Timings;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.Reranker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** Events as tests of this room need them. */
final class TestingEvents {
    static final String TOPIC = Topics.DEFAULT.candidates();
    static final int PARTITIONS = 3;
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final Timings TIMINGS = new Timings(Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(3));

    private static final CandidateListCodec CODEC = new CandidateListCodec();

    private TestingEvents() {}

    static IngestSettings settings(Limits limits) {
        return new IngestSettings(
                "127.0.0.1:1",
                "group",
                "worker-0",
                IngestSettings.GroupProtocol.CLASSIC,
                IngestSettings.Guarantee.EXACTLY_ONCE,
                Topics.DEFAULT,
                limits,
                false,
                1,
                Map.of());
    }

    /** The default limits, but for these two. */
    static Limits limits(long maxInFlightBytes, Duration drainTimeout) {
        return new TestingLimits()
                .maxInFlightBytes(maxInFlightBytes)
                .drainTimeout(drainTimeout)
                .build();
    }

    static Lease lease(int partition) {
        return new Lease(new TopicPartition(TOPIC, partition));
    }

    /** Candidates named d0, d1, … of these texts; the number a text ends with is what TestingReranker makes of it. */
    static RerankRequest request(String... texts) {
        return requestOf(null, null, null, texts);
    }

    static RerankRequest requestOf(
            @Nullable String model, @Nullable Integer topK, @Nullable Instant deadline, String... texts) {
        List<Candidate> candidates = new ArrayList<>();
        for (String text : texts) {
            candidates.add(new Candidate("d" + candidates.size(), text, null));
        }
        return new RerankRequest("r", new Query("q-1", "query"), candidates, model, topK, deadline, Map.of("a", "b"));
    }

    static byte[] encoded(RerankRequest request) {
        return CODEC.encode(request);
    }

    static ConsumerRecord<byte[], byte[]> record(int partition, long offset, byte @Nullable [] value) {
        byte[] key = ("key-" + partition).getBytes(UTF_8);
        return new ConsumerRecord<>(
                TOPIC,
                partition,
                offset,
                NOW.toEpochMilli(),
                TimestampType.CREATE_TIME,
                key.length,
                value == null ? ConsumerRecord.NULL_SIZE : value.length,
                key,
                value,
                new RecordHeaders(),
                Optional.of(7));
    }

    static Event.Accepted accepted(Lease lease, long offset, Reranker reranker, String... texts) {
        return accepted(lease, offset, reranker, request(texts));
    }

    static Event.Accepted accepted(Lease lease, long offset, Reranker reranker, RerankRequest request) {
        return new Event.Accepted(
                record(lease.partition().partition(), offset, encoded(request)),
                lease,
                request,
                reranker,
                System.nanoTime());
    }

    static Event.Rejected rejected(Lease lease, long offset, Rejection.Reason reason) {
        return new Event.Rejected(
                record(lease.partition().partition(), offset, new byte[] {1, 2, 3}),
                lease,
                new Rejection(reason, "because", null));
    }

    /** The events that were taken; none where the intake is closed. */
    static List<Event> events(Optional<Taken> taken) {
        return taken.map(some -> ((Taken.Events) some).events()).orElse(List.of());
    }

    /** What scoring makes of an event, the scores being the numbers its texts end with. */
    static Outcome.Ranked ranked(Event.Accepted event) {
        var pairs = event.reranker()
                .encode(
                        event.request().query().text(),
                        event.request().candidates().stream()
                                .map(Candidate::text)
                                .toList());
        return Rankings.ranked(event, pairs, event.reranker().score(pairs), TIMINGS);
    }

    static ScoredBatch.Cost cost() {
        return new ScoredBatch.Cost(
                1,
                40,
                70,
                2,
                128,
                3,
                Duration.ofMillis(4),
                new CacheStatistics(6, 2, 1, 512),
                new CacheStatistics(5, 3, 0, 1_024),
                Duration.ofMillis(5),
                NOW);
    }
}
