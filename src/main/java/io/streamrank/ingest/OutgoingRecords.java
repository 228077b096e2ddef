package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.Framing;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RankingHeaders;
import io.streamrank.contract.Rejection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Turns outcomes into the records that carry them. docs/wire-format.md is what it promises. */
final class OutgoingRecords {
    private final RankedListCodec rankings;
    private final BatchStatisticsCodec statistics;
    private final DeadLetters deadLetters = new DeadLetters();
    private final IngestSettings settings;
    private final Models models;
    private final ToIntFunction<String> partitionsOf;
    private final Clock clock;

    /**
     * Records of this worker.
     *
     * @param partitionsOf how many partitions a topic has
     * @param framing of rankings and statistics
     */
    OutgoingRecords(
            IngestSettings settings, Models models, ToIntFunction<String> partitionsOf, Clock clock, Framing framing) {
        this.rankings = new RankedListCodec(framing);
        this.statistics = new BatchStatisticsCodec(framing);
        this.settings = settings;
        this.models = models;
        this.partitionsOf = partitionsOf;
        this.clock = clock;
    }

    /**
     * What one transaction sends.
     *
     * @param records the records
     * @param sent the outcomes as they are sent: those too large are dead letters here
     * @param statistics what the last of the records tell
     */
    record Transaction(
            List<ProducerRecord<byte[], byte[]>> records, List<Outcome> sent, List<BatchStatistics> statistics) {}

    /**
     * One record for each outcome, in their order, and then the statistics. A ranking that is too large to send becomes a
     * dead letter; a dead letter that is too large goes without the event's bytes. How small the producer's compression
     * makes a record is not known here: where that decides, the broker's refusal tells.
     *
     * @param refusals what the broker has refused to take of this batch so far
     * @param lastPublish how long the transaction before took, which its own statistics could not say
     */
    Transaction of(ScoredBatch batch, List<Outcome> outcomes, Refusals refusals, Duration lastPublish) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        List<Outcome> sent = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            Sendable sendable = sendable(outcome, refusals.of(outcome.event()));
            records.add(sendable.record);
            sent.add(sendable.outcome);
        }
        List<BatchStatistics> told = StatisticsTally.of(
                batch, sent, models.byDefault(), settings.instanceId(), clock.instant(), lastPublish);
        told.forEach(statistic -> records.add(new ProducerRecord<>(
                settings.topics().batches(), statistic.model().id().getBytes(UTF_8), statistics.encode(statistic))));
        return new Transaction(records, sent, told);
    }

    private record Sendable(Outcome outcome, ProducerRecord<byte[], byte[]> record) {}

    private Sendable sendable(Outcome outcome, int refused) {
        if (outcome instanceof Outcome.DeadLetter deadLetter) {
            return deadLetter(deadLetter, refused > 0);
        }
        Ranking ranking =
                outcome instanceof Outcome.Ranked ranked ? ranked.ranking() : ((Outcome.Expired) outcome).ranking();
        byte[] value = rankings.encode(ranking);
        boolean sentAnyway = settings.limits().oversizeResults() == Limits.OversizeResults.COMPRESS;
        if (value.length > settings.limits().maxResultBytes() && !sentAnyway) {
            String limit = settings.limits().maxResultBytes() + " of streamrank.limits.max-result-bytes";
            return deadLetter(tooLarge(outcome, value.length, limit), refused > 0);
        }
        if (refused > 0) {
            String limit = "broker takes for topic " + settings.topics().ranked() + " (max.message.bytes)";
            return deadLetter(tooLarge(outcome, value.length, limit), refused > 1);
        }
        ConsumerRecord<byte[], byte[]> source = outcome.event().record();
        return new Sendable(
                outcome,
                new ProducerRecord<>(
                        settings.topics().ranked(),
                        partition(settings.topics().ranked(), source),
                        source.key(),
                        value,
                        resultHeaders(outcome.event())));
    }

    /** The event's own partition, so that one partition's outcomes stay in order, with or without keys. */
    private int partition(String topic, ConsumerRecord<byte[], byte[]> source) {
        return source.partition() % partitionsOf.applyAsInt(topic);
    }

    private static Outcome.DeadLetter tooLarge(Outcome outcome, int bytes, String limit) {
        String message = "the ranking has " + bytes + " bytes, more than the " + limit;
        return new Outcome.DeadLetter(outcome.event(), new Rejection(Rejection.Reason.RESULT_TOO_LARGE, message, null));
    }

    private Sendable deadLetter(Outcome.DeadLetter outcome, boolean withoutValue) {
        String topic = settings.topics().deadLetters();
        int partition = partition(topic, outcome.event().record());
        return new Sendable(outcome, deadLetters.record(outcome, topic, partition, withoutValue));
    }

    /** CloudEvents in binary mode, and the request's trace carried on. */
    private Headers resultHeaders(Event event) {
        RecordHeaders headers = new RecordHeaders();
        ConsumerRecord<byte[], byte[]> source = event.record();
        put(headers, "ce_specversion", "1.0");
        put(headers, "ce_id", source.topic() + "-" + source.partition() + "-" + source.offset());
        put(headers, "ce_source", "streamrank/" + settings.instanceId());
        put(headers, "ce_type", "io.streamrank.ranked.v1");
        put(headers, "ce_time", clock.instant().toString());
        put(headers, "content-type", "application/avro");
        if (event instanceof Event.Accepted accepted) {
            accepted.sentAt().ifPresent(time -> put(headers, RankingHeaders.LIST_TIME, time.toString()));
            int size = accepted.request().candidates().size();
            put(headers, RankingHeaders.LIST_SIZE, Integer.toString(size));
            put(
                    headers,
                    RankingHeaders.MAX_LENGTH,
                    Integer.toString(accepted.reranker().maxLength()));
        }
        for (String name : TraceHeaders.ALL) {
            Header trace = source.headers().lastHeader(name);
            if (trace != null) {
                headers.add(trace);
            }
        }
        return headers;
    }

    private static void put(RecordHeaders headers, String name, String value) {
        headers.add(name, value.getBytes(UTF_8));
    }
}
