package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.Framing;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.testing.TestingReranker;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.Test;

class OutgoingRecordsTest {
    private static final int OUTPUT_PARTITIONS = 3;

    private final TestingReranker reranker = new TestingReranker("test");
    private final Lease lease = TestingEvents.lease(4);

    @Test
    void aRankingGoesOutUnderItsEventsKeyAndPartition() throws Exception {
        Event.Accepted event = TestingEvents.accepted(lease, 17, reranker, "a 1", "b 2");
        event.record().headers().add("traceparent", "00-trace".getBytes(UTF_8)).add("private", "x".getBytes(UTF_8));
        Outcome.Ranked outcome = TestingEvents.ranked(event);

        ProducerRecord<byte[], byte[]> sent = of(1_000_000, outcome).records().get(0);

        assertThat(sent.topic()).isEqualTo("rerank.ranked");
        assertThat(sent.partition()).isEqualTo(4 % OUTPUT_PARTITIONS);
        assertThat(sent.key()).isEqualTo(event.record().key());
        assertThat(new RankedListCodec().decode(sent.value())).isEqualTo(outcome.ranking());
        assertThat(text(sent.headers()))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "ce_specversion", "1.0",
                        "ce_id", "rerank.candidates-4-17",
                        "ce_source", "streamrank/worker-0",
                        "ce_type", "io.streamrank.ranked.v1",
                        "ce_time", "2026-01-01T00:00:00Z",
                        "ce_listtime", "2026-01-01T00:00:00Z",
                        "ce_listsize", "2",
                        "ce_maxlength", Integer.toString(reranker.maxLength()),
                        "content-type", "application/avro",
                        "traceparent", "00-trace"));
    }

    @Test
    void anExpiredRequestIsAnsweredToo() throws Exception {
        Event.Accepted event = TestingEvents.accepted(lease, 1, reranker, "a 1");
        Outcome.Expired outcome = new Outcome.Expired(event, Rankings.expired(event, Duration.ofMillis(5)));

        ProducerRecord<byte[], byte[]> sent = of(1_000_000, outcome).records().get(0);

        assertThat(sent.topic()).isEqualTo("rerank.ranked");
        assertThat(new RankedListCodec().decode(sent.value())).isEqualTo(outcome.ranking());
    }

    @Test
    void aDeadLetterIsTheEventAsItCameAndWhy() {
        Event.Rejected event = TestingEvents.rejected(lease, 9, Reason.UNDECODABLE);
        event.record().headers().add("private", new byte[] {0, 1});
        Outcome outcome = new Outcome.DeadLetter(
                event, new Rejection(Reason.UNDECODABLE, "what", new ArithmeticException("why")));

        ProducerRecord<byte[], byte[]> sent = of(1_000_000, outcome).records().get(0);

        assertThat(sent.topic()).isEqualTo("rerank.candidates.dlq");
        assertThat(sent.partition()).isEqualTo(4 % OUTPUT_PARTITIONS);
        assertThat(sent.key()).isEqualTo(event.record().key());
        assertThat(sent.value()).isEqualTo(new byte[] {1, 2, 3});
        assertThat(sent.headers().lastHeader("private").value()).isEqualTo(new byte[] {0, 1});
        assertThat(text(sent.headers()))
                .containsEntry("__connect.errors.topic", "rerank.candidates")
                .containsEntry("__connect.errors.partition", "4")
                .containsEntry("__connect.errors.offset", "9")
                .containsEntry("__connect.errors.stage", "VALUE_CONVERTER")
                .containsEntry("__connect.errors.exception.class.name", "java.lang.ArithmeticException")
                .containsEntry("__connect.errors.exception.message", "what")
                .containsEntry("streamrank.error.reason", "undecodable");
        assertThat(text(sent.headers()).get("__connect.errors.exception.stacktrace"))
                .contains("why", "\tat ");
        assertThat(event.record().headers()).hasSize(1);
    }

    @Test
    void aRankingTooLargeToSendBecomesADeadLetter() throws Exception {
        Event.Accepted event = TestingEvents.accepted(lease, 0, reranker, "a 1", "b 2");
        Event.Accepted small = TestingEvents.accepted(lease, 1, reranker, "a 1");
        Outcome.Ranked large = TestingEvents.ranked(event);
        int bytes = new RankedListCodec().encode(large.ranking()).length;

        OutgoingRecords.Transaction sent = of(bytes - 1, large, TestingEvents.ranked(small));

        ProducerRecord<byte[], byte[]> letter = sent.records().get(0);
        assertThat(letter.topic()).isEqualTo("rerank.candidates.dlq");
        assertThat(letter.value()).isEqualTo(event.record().value());
        assertThat(text(letter.headers()))
                .containsEntry("streamrank.error.reason", "result_too_large")
                .containsEntry("__connect.errors.stage", "KAFKA_PRODUCE");
        assertThat(sent.sent().get(0)).isInstanceOf(Outcome.DeadLetter.class);
        BatchStatistics statistics =
                new BatchStatisticsCodec().decode(sent.records().get(2).value());
        assertThat(statistics.rejections()).isEqualTo(Map.of(Reason.RESULT_TOO_LARGE, 1));
        assertThat(statistics.requests()).isEqualTo(1);
        assertThat(statistics.pairs()).isEqualTo(1);
    }

    @Test
    void anOversizeRankingIsSentWhereTheBrokerDecides() {
        Outcome.Ranked outcome = TestingEvents.ranked(TestingEvents.accepted(lease, 0, reranker, "a 1"));
        Limits limits = new TestingLimits()
                .maxResultBytes(1)
                .oversizeResults(Limits.OversizeResults.COMPRESS)
                .build();
        Refusals refusals = new Refusals();

        assertThat(of(limits, refusals, outcome).records().get(0).topic()).isEqualTo("rerank.ranked");
        refusals.add(outcome.event());
        assertThat(of(limits, refusals, outcome).records().get(0).topic()).isEqualTo("rerank.candidates.dlq");
    }

    @Test
    void aRankingOfTheLargestSizeIsSent() {
        Outcome.Ranked outcome = TestingEvents.ranked(TestingEvents.accepted(lease, 0, reranker, "a 1"));
        int bytes = new RankedListCodec().encode(outcome.ranking()).length;

        assertThat(of(bytes, outcome).records().get(0).topic()).isEqualTo("rerank.ranked");
    }

    @Test
    void statisticsFollowTheOutcomes() throws Exception {
        Outcome.Ranked outcome = TestingEvents.ranked(TestingEvents.accepted(lease, 0, reranker, "a 1", "b 2"));

        List<ProducerRecord<byte[], byte[]>> records = of(1_000_000, outcome).records();

        assertThat(records).extracting(ProducerRecord::topic).containsExactly("rerank.ranked", "rerank.batches");
        assertThat(records.get(1).key()).isEqualTo("test".getBytes(UTF_8));
        assertThat(new BatchStatisticsCodec().decode(records.get(1).value()).pairs())
                .isEqualTo(2);
    }

    private OutgoingRecords.Transaction of(int maxResultBytes, Outcome... outcomes) {
        return of(new TestingLimits().maxResultBytes(maxResultBytes).build(), new Refusals(), outcomes);
    }

    private OutgoingRecords.Transaction of(Limits limits, Refusals refusals, Outcome... outcomes) {
        OutgoingRecords outgoing = new OutgoingRecords(
                TestingEvents.settings(limits),
                new Models(List.of(reranker)),
                topic -> OUTPUT_PARTITIONS,
                Clock.fixed(TestingEvents.NOW, ZoneOffset.UTC),
                Framing.SINGLE_OBJECT);
        return outgoing.of(new ScoredBatch(List.of(outcomes), Map.of()), List.of(outcomes), refusals, Duration.ZERO);
    }

    private static Map<String, String> text(Headers headers) {
        Map<String, String> text = new LinkedHashMap<>();
        headers.forEach(header -> text.put(header.key(), new String(header.value(), UTF_8)));
        return text;
    }
}
