package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.SourcePosition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter as it is read again.
 *
 * @param record as it stands in the dead-letter topic
 * @param reason the class of fault, {@code unknown} where its header is missing
 * @param message what was wrong, for people
 * @param source where the event stood; null where the headers do not say
 * @param bytes of the event's value
 * @param valueOmitted whether the letter went without them
 */
public record DeadLetter(
        ConsumerRecord<byte[], byte[]> record,
        String reason,
        String message,
        @Nullable SourcePosition source,
        int bytes,
        boolean valueOmitted) {

    /** Reads the headers; those of a record that the worker did not write may be missing. */
    public static DeadLetter of(ConsumerRecord<byte[], byte[]> record) {
        String omitted = text(record.headers(), DeadLetters.VALUE_OMITTED);
        boolean valueOmitted = omitted != null && record.value() == null && omittedByTheWorker(record.headers());
        String reason = text(record.headers(), DeadLetters.REASON);
        String message = text(record.headers(), DeadLetters.MESSAGE);
        return new DeadLetter(
                record,
                reason == null ? "unknown" : reason,
                message == null ? "" : message,
                source(record.headers()),
                valueOmitted ? (int) number(omitted, 0) : Math.max(0, record.serializedValueSize()),
                valueOmitted);
    }

    /** The worker's own mark stands behind its reason; one before it came with the event. */
    private static boolean omittedByTheWorker(Headers headers) {
        boolean omitted = false;
        for (Header header : headers) {
            omitted |= header.key().equals(DeadLetters.VALUE_OMITTED);
            omitted &= !header.key().equals(DeadLetters.REASON);
        }
        return omitted;
    }

    private static @Nullable SourcePosition source(Headers headers) {
        String topic = text(headers, DeadLetters.ERRORS + "topic");
        long partition = number(text(headers, DeadLetters.ERRORS + "partition"), -1);
        long offset = number(text(headers, DeadLetters.ERRORS + "offset"), -1);
        return topic == null || partition < 0 || partition > Integer.MAX_VALUE || offset < 0
                ? null
                : new SourcePosition(topic, (int) partition, offset);
    }

    private static long number(@Nullable String text, long otherwise) {
        try {
            return text == null ? otherwise : Long.parseLong(text);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private static @Nullable String text(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
    }

    /** When it was written. */
    public Instant time() {
        return Instant.ofEpochMilli(record.timestamp());
    }

    /**
     * The event's own headers, as they came: those that the worker has added stand behind them, each once. An event that
     * had been a dead letter before may bring such headers itself.
     */
    public List<Header> originalHeaders() {
        List<Header> headers = new ArrayList<>(List.of(record.headers().toArray()));
        Set<String> added = new HashSet<>(DeadLetters.ADDED);
        if (!valueOmitted) {
            added.remove(DeadLetters.VALUE_OMITTED);
        }
        while (!headers.isEmpty()
                && added.remove(headers.get(headers.size() - 1).key())) {
            headers.remove(headers.size() - 1);
        }
        return headers;
    }
}
