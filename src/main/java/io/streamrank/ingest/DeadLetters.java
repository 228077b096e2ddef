package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Makes the records of events that can never be ranked. docs/wire-format.md is what they promise. */
public final class DeadLetters {
    /** The prefix of Kafka Connect's dead-letter headers, which every tool around Kafka knows. */
    public static final String ERRORS = "__connect.errors.";

    /** The class of fault, for machines. */
    public static final String REASON = "streamrank.error.reason";

    /** Only on a dead letter that had to go without the event's value and headers: how many bytes the value has. */
    public static final String VALUE_OMITTED = "streamrank.error.value-omitted";

    /** What was wrong and where, for people. */
    public static final String MESSAGE = ERRORS + "exception.message";

    /** All headers that a dead letter gets on top of the event's own. */
    static final Set<String> ADDED = Set.of(
            ERRORS + "topic",
            ERRORS + "partition",
            ERRORS + "offset",
            ERRORS + "stage",
            ERRORS + "class.name",
            ERRORS + "exception.class.name",
            MESSAGE,
            ERRORS + "exception.stacktrace",
            REASON,
            VALUE_OMITTED);

    private static final int MAX_MESSAGE_CHARS = 2_000;
    private static final int MAX_STACK_TRACE_CHARS = 8_000;
    private static final int MAX_LEAN_KEY_BYTES = 4_000;

    DeadLetters() {}

    /**
     * The event as it came, byte for byte, and why it is here.
     *
     * @param withoutValue leave the event's own bytes out, because the topic does not take them; where they stand is in
     *     the headers
     */
    ProducerRecord<byte[], byte[]> record(
            Outcome.DeadLetter outcome, String topic, int partition, boolean withoutValue) {
        ConsumerRecord<byte[], byte[]> source = outcome.event().record();
        Rejection rejection = outcome.rejection();
        RecordHeaders headers = withoutValue ? new RecordHeaders() : new RecordHeaders(source.headers());
        put(headers, ERRORS + "topic", source.topic());
        put(headers, ERRORS + "partition", Integer.toString(source.partition()));
        put(headers, ERRORS + "offset", Long.toString(source.offset()));
        put(headers, ERRORS + "stage", stage(rejection.reason()));
        put(headers, ERRORS + "class.name", Admission.class.getName());
        put(headers, ERRORS + "exception.class.name", exceptionName(rejection.cause()));
        put(headers, MESSAGE, cut(rejection.message(), MAX_MESSAGE_CHARS));
        put(headers, ERRORS + "exception.stacktrace", cut(stackTrace(rejection.cause()), MAX_STACK_TRACE_CHARS));
        put(headers, REASON, rejection.reason().word());
        if (!withoutValue) {
            return new ProducerRecord<>(topic, partition, source.key(), source.value(), headers);
        }
        put(headers, VALUE_OMITTED, Integer.toString(source.serializedValueSize()));
        byte[] key = source.serializedKeySize() > MAX_LEAN_KEY_BYTES ? null : source.key();
        return new ProducerRecord<>(topic, partition, key, null, headers);
    }

    /** In Kafka Connect's words, for the tools that know them. */
    private static String stage(Rejection.Reason reason) {
        return switch (reason) {
            case EMPTY_VALUE, TOO_LARGE, UNKNOWN_FORMAT, UNKNOWN_SCHEMA, UNDECODABLE -> "VALUE_CONVERTER";
            case INVALID, NO_CANDIDATES, TOO_MANY_CANDIDATES, UNKNOWN_MODEL, UNUSABLE_TOKEN_IDS, UNSCORABLE ->
                "TRANSFORMATION";
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

    private static String cut(String text, int maxChars) {
        return text.length() <= maxChars ? text : text.substring(0, maxChars) + "…";
    }

    private static void put(RecordHeaders headers, String name, String value) {
        headers.add(name, value.getBytes(UTF_8));
    }
}
