package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.ingest.DeadLetter;
import io.streamrank.ingest.DeadLetters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class LetterReplayTest {
    private static final int PARTITIONS = 3;

    private final MockProducer<byte[], byte[]> producer = producer(true);
    private final List<String> acknowledged = new ArrayList<>();

    @Test
    void sendsTheEventAsItCameToItsPartitionAndSaysThatItIsAReplay() throws Exception {
        LetterReplay replay = replay(producer);

        replay.send(letter(2, 17, 1));
        replay.flush();

        ProducerRecord<byte[], byte[]> sent = producer.history().get(0);
        assertThat(sent.topic()).isEqualTo("in");
        assertThat(sent.partition()).isEqualTo(1);
        assertThat(sent.key()).isEqualTo(new byte[] {7});
        assertThat(sent.value()).isEqualTo(new byte[] {1, 2, 3});
        assertThat(sent.headers()).extracting(Header::key).containsExactly("caller", "streamrank.replayed");
        assertThat(new String(sent.headers().lastHeader("streamrank.replayed").value(), UTF_8))
                .isEqualTo("dlq-2@17");
        assertThat(acknowledged).containsExactly("2:17");
    }

    @Test
    void staysInTheTopicWhereItHasFewerPartitionsByNow() {
        assertThat(replay(producer).partition(letter(0, 0, 7))).isEqualTo(7 % PARTITIONS);
    }

    @Test
    void saysWhereToGoOn() throws Exception {
        LetterReplay replay = replay(producer);
        replay.send(letter(0, 3, 0));
        replay.send(letter(0, 8, 0));
        replay.send(letter(2, 5, 0));
        replay.flush();

        assertThat(replay.replayed()).isEqualTo(3);
        assertThat(replay.progress(null)).isEqualTo("--from 0:9 --from 2:6");
    }

    @Test
    void saysHowFarItIsWhenAnEventCannotBeSent() throws Exception {
        MockProducer<byte[], byte[]> failing = producer(false);
        LetterReplay replay = replay(failing);
        replay.send(letter(0, 3, 0));
        replay.send(letter(1, 4, 0));
        replay.send(letter(1, 5, 0));
        failing.completeNext();
        failing.errorNext(new TimeoutException("slow"));

        assertThatThrownBy(replay::flush)
                .isInstanceOf(KafkaException.class)
                .hasMessageContaining("dead letter 1:4 could not be sent to in (slow)")
                .hasMessageContaining("1 were before it, and 1 after it may have been")
                .hasMessageEndingWith("go on with --from 0:4 --from 1:4");
        assertThat(acknowledged).containsExactly("0:3");
    }

    @Test
    void doesNotReplayWhatIsNotThere() {
        DeadLetter whole = letter(0, 0, 0);

        assertThat(LetterReplay.canReplay(whole)).isTrue();
        assertThat(LetterReplay.canReplay(new DeadLetter(whole.record(), "too_large", "", whole.source(), 3, true)))
                .isFalse();
        assertThat(LetterReplay.canReplay(new DeadLetter(whole.record(), "unknown", "", null, 3, false)))
                .isFalse();
    }

    private LetterReplay replay(MockProducer<byte[], byte[]> by) {
        return new LetterReplay(
                by,
                "in",
                PARTITIONS,
                (letter, at) -> acknowledged.add(LetterFormat.position(letter).toString()));
    }

    private static MockProducer<byte[], byte[]> producer(boolean autoComplete) {
        // Its flush completes what waits; here that is the test's to do.
        return new MockProducer<>(autoComplete, null, new ByteArraySerializer(), new ByteArraySerializer()) {
            @Override
            public synchronized void flush() {}
        };
    }

    private static DeadLetter letter(int partition, long offset, int sourcePartition) {
        RecordHeaders headers = new RecordHeaders();
        headers.add("caller", new byte[] {4, 2});
        Map.of("topic", "in", "partition", Integer.toString(sourcePartition), "offset", "1")
                .forEach((name, value) -> headers.add(DeadLetters.ERRORS + name, value.getBytes(UTF_8)));
        return DeadLetter.of(new ConsumerRecord<>(
                "dlq",
                partition,
                offset,
                0,
                TimestampType.CREATE_TIME,
                1,
                3,
                new byte[] {7},
                new byte[] {1, 2, 3},
                headers,
                Optional.empty()));
    }
}
