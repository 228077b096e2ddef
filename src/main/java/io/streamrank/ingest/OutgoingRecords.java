package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Turns outcomes into the records that carry them. docs/wire-format.md is what it promises. */
final class OutgoingRecords {
    /** The prefix of Kafka Connect's dead-letter headers, which every tool around Kafka knows. */
    static final String ERRORS = "__connect.errors.";

    static final String REASON = "streamrank.error.reason";
    private static final List<String> TRACE_HEADERS = List.of("traceparent", "tracestate");

    private final RankedListCodec rankings = new RankedListCodec();
    private final BatchStatisticsCodec statistics = new BatchStatisticsCodec();
    private final IngestSettings settings;
    private final Models models;
    private final ToIntFunction<String> partitionsOf;
    private final Clock clock;

    /** @param partitionsOf how many partitions a topic has */
    OutgoingRecords(IngestSettings settings, Models models, ToIntFunction<String> partitionsOf, Clock clock) {
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
     */
    record Transaction(List<ProducerRecord<byte[], byte[]>> records, List<Outcome> sent) {}

    /**
     * One record for each outcome, in their order, and the statistics of those that are rankings. An outcome whose
     * ranking is too large to send becomes a dead letter.
     */
    Transaction of(ScoredBatch batch, List<Outcome> outcomes) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        List<Outcome> sent = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            Sendable sendable = sendable(outcome);
            records.add(sendable.record);
            sent.add(sendable.outcome);
        }
        StatisticsTally.of(batch, sent, models.byDefault(), settings.instanceId(), clock.instant())
                .forEach(statistic -> records.add(new ProducerRecord<>(
                        settings.topics().batches(),
                        statistic.model().id().getBytes(UTF_8),
                        statistics.encode(statistic))));
        return new Transaction(records, sent);
    }

    private record Sendable(Outcome outcome, ProducerRecord<byte[], byte[]> record) {}

    private Sendable sendable(Outcome outcome) {
        if (outcome instanceof Outcome.DeadLetter deadLetter) {
            return new Sendable(outcome, deadLetter(deadLetter));
        }
        Ranking ranking =
                outcome instanceof Outcome.Ranked ranked ? ranked.ranking() : ((Outcome.Expired) outcome).ranking();
        byte[] value = rankings.encode(ranking);
        if (value.length > settings.limits().maxResultBytes()) {
            Outcome.DeadLetter tooLarge = new Outcome.DeadLetter(outcome.event(), resultTooLarge(value.length));
            return new Sendable(tooLarge, deadLetter(tooLarge));
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

    private Rejection resultTooLarge(int bytes) {
        return new Rejection(
                Rejection.Reason.RESULT_TOO_LARGE,
                "the ranking has " + bytes + " bytes, more than the "
                        + settings.limits().maxResultBytes() + " of streamrank.limits.max-result-bytes",
                null);
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
        for (String name : TRACE_HEADERS) {
            Header trace = source.headers().lastHeader(name);
            if (trace != null) {
                headers.add(trace);
            }
        }
        return headers;
    }

    /** The event as it came, byte for byte, and why it is here. */
    private ProducerRecord<byte[], byte[]> deadLetter(Outcome.DeadLetter outcome) {
        ConsumerRecord<byte[], byte[]> source = outcome.event().record();
        Rejection rejection = outcome.rejection();
        RecordHeaders headers = new RecordHeaders(source.headers());
        put(headers, ERRORS + "topic", source.topic());
        put(headers, ERRORS + "partition", Integer.toString(source.partition()));
        put(headers, ERRORS + "offset", Long.toString(source.offset()));
        put(headers, ERRORS + "stage", stage(rejection.reason()));
        put(headers, ERRORS + "class.name", OutgoingRecords.class.getPackageName());
        put(headers, ERRORS + "exception.class.name", exceptionName(rejection.cause()));
        put(headers, ERRORS + "exception.message", rejection.message());
        put(headers, ERRORS + "exception.stacktrace", stackTrace(rejection.cause()));
        put(headers, REASON, rejection.reason().word());
        String topic = settings.topics().deadLetters();
        return new ProducerRecord<>(topic, partition(topic, source), source.key(), source.value(), headers);
    }

    /** In Kafka Connect's words, for the tools that know them. */
    private static String stage(Rejection.Reason reason) {
        return switch (reason) {
            case EMPTY_VALUE, TOO_LARGE, UNKNOWN_FORMAT, UNKNOWN_SCHEMA, UNDECODABLE -> "VALUE_CONVERTER";
            case INVALID, NO_CANDIDATES, TOO_MANY_CANDIDATES, UNKNOWN_MODEL -> "TRANSFORMATION";
            case RESULT_TOO_LARGE -> "KAFKA_PRODUCE";
        };
    }

    private static String exceptionName(@Nullable Throwable cause) {
        return cause == null
                ? RejectedException.class.getName()
                : cause.getClass().getName();
    }

    private static String stackTrace(@Nullable Throwable cause) {
        if (cause == null) {
            return "";
        }
        StringWriter text = new StringWriter();
        cause.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    private static void put(RecordHeaders headers, String name, String value) {
        headers.add(name, value.getBytes(UTF_8));
    }
}
