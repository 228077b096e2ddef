package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.SourcePosition;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeadLetterTest {
    private static final String TOPIC = "dlq";

    private final Event.Rejected event = TestingEvents.rejected(TestingEvents.lease(4), 9, Reason.UNDECODABLE);

    @Test
    void givesBackWhatWasWritten() {
        event.record().headers().add("caller", new byte[] {4, 2}).add("caller", new byte[0]);

        DeadLetter letter = DeadLetter.of(written(event, false));

        assertThat(letter.reason()).isEqualTo("undecodable");
        assertThat(letter.message()).isEqualTo("because");
        assertThat(letter.source()).isEqualTo(new SourcePosition(TestingEvents.TOPIC, 4, 9));
        assertThat(letter.bytes()).isEqualTo(3);
        assertThat(letter.valueOmitted()).isFalse();
        assertThat(letter.time()).isEqualTo(TestingEvents.NOW);
        assertThat(letter.originalHeaders())
                .containsExactly(event.record().headers().toArray());
    }

    @Test
    void keepsTheHeadersOfAnEventThatWasADeadLetterBefore() {
        ConsumerRecord<byte[], byte[]> before = written(event, false);
        Event.Rejected again =
                new Event.Rejected(before, event.lease(), new Rejection(Reason.UNKNOWN_SCHEMA, "again", null));

        DeadLetter letter = DeadLetter.of(written(again, false));

        assertThat(letter.reason()).isEqualTo("unknown_schema");
        assertThat(letter.source()).isEqualTo(new SourcePosition(TOPIC, 4, 9));
        assertThat(letter.originalHeaders()).containsExactly(before.headers().toArray());
    }

    /** Found by MutatedRecordsTest: such a header was taken for the worker's own, and lost in a replay. */
    @Test
    void keepsAHeaderOfTheEventsOwnThatIsCalledLikeTheMarkOfAnOmittedValue() {
        Event.Rejected empty = new Event.Rejected(TestingEvents.record(4, 9, null), event.lease(), event.rejection());
        empty.record().headers().add(DeadLetters.VALUE_OMITTED, "12".getBytes(UTF_8));

        DeadLetter letter = DeadLetter.of(written(empty, false));

        assertThat(letter.valueOmitted()).isFalse();
        assertThat(letter.bytes()).isZero();
        assertThat(letter.originalHeaders())
                .containsExactly(empty.record().headers().toArray());
    }

    @Test
    void knowsTheSizeOfAValueThatIsNotThere() {
        DeadLetter letter = DeadLetter.of(written(event, true));

        assertThat(letter.valueOmitted()).isTrue();
        assertThat(letter.bytes()).isEqualTo(3);
        assertThat(letter.originalHeaders()).isEmpty();
    }

    @Test
    void readsWhatSomebodyElseHasWritten() {
        RecordHeaders headers = new RecordHeaders();
        headers.add(DeadLetters.ERRORS + "topic", "t".getBytes(UTF_8));
        headers.add(DeadLetters.ERRORS + "offset", "many".getBytes(UTF_8));
        headers.add("last", null);

        DeadLetter letter = DeadLetter.of(record(null, headers));

        assertThat(letter.reason()).isEqualTo("unknown");
        assertThat(letter.message()).isEmpty();
        assertThat(letter.source()).isNull();
        assertThat(letter.bytes()).isZero();
        assertThat(letter.originalHeaders()).extracting(Header::key).hasSize(3);
    }

    private static ConsumerRecord<byte[], byte[]> written(Event.Rejected event, boolean withoutValue) {
        ProducerRecord<byte[], byte[]> letter =
                new DeadLetters().record(new Outcome.DeadLetter(event, event.rejection()), TOPIC, 4, withoutValue);
        return record(letter.value(), letter.headers());
    }

    private static ConsumerRecord<byte[], byte[]> record(byte @Nullable [] value, Headers headers) {
        return new ConsumerRecord<>(
                TOPIC,
                4,
                9,
                TestingEvents.NOW.toEpochMilli(),
                TimestampType.CREATE_TIME,
                0,
                value == null ? ConsumerRecord.NULL_SIZE : value.length,
                null,
                value,
                headers,
                Optional.empty());
    }
}
