package io.streamrank.ingest;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.TokenIds;
import io.streamrank.model.Reranker;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A polled record and what the worker made of it. Each gets exactly one outcome, in the order of its partition.
 */
sealed interface Event {
    /** What the objects of even an empty event hold, about: a million records without values are not for free. */
    int OVERHEAD_BYTES = 512;

    /** What the objects of a candidate or an attribute hold, about, be their texts as short as they may. */
    int ENTRY_BYTES = 128;

    /** The record as Kafka gave it. */
    ConsumerRecord<byte[], byte[]> record();

    /** The hold on the record's partition under which it was polled. */
    Lease lease();

    /** Can be ranked, by this model. {@code arrivedNanos} is {@link System#nanoTime} at its poll. */
    record Accepted(
            ConsumerRecord<byte[], byte[]> record,
            Lease lease,
            RerankRequest request,
            Reranker reranker,
            long arrivedNanos)
            implements Event, Rankable {
        @Override
        public Optional<Instant> sentAt() {
            long timestamp = record.timestamp();
            return timestamp == ConsumerRecord.NO_TIMESTAMP
                    ? Optional.empty()
                    : Optional.of(Instant.ofEpochMilli(timestamp));
        }

        @Override
        public String name() {
            return source().toString();
        }

        @Override
        public long bytes() {
            long ids = request.candidates().stream()
                    .map(Candidate::tokenIds)
                    .filter(Objects::nonNull)
                    .mapToLong(TokenIds::count)
                    .sum();
            long entries =
                    (long) request.candidates().size() + request.attributes().size();
            return Event.super.bytes() + ENTRY_BYTES * entries + Integer.BYTES * ids;
        }
    }

    /** Can never be ranked. */
    record Rejected(ConsumerRecord<byte[], byte[]> record, Lease lease, Rejection rejection) implements Event {}

    /** Bytes it holds in memory while in hand, about. */
    default long bytes() {
        long bytes = OVERHEAD_BYTES;
        bytes += Math.max(record().serializedValueSize(), 0) + Math.max(record().serializedKeySize(), 0);
        for (Header header : record().headers()) {
            bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
        }
        return bytes;
    }

    default SourcePosition source() {
        return new SourcePosition(record().topic(), record().partition(), record().offset());
    }
}
