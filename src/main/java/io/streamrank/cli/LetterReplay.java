package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.streamrank.ingest.DeadLetter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Sends dead letters' events to the candidates topic again, as they came and to the partition they came from, marked by a
 * header. Knows how far it is: what it has not seen acknowledged does not count.
 */
final class LetterReplay {
    /** On an event that was a dead letter: which one, {@code <topic>-<partition>@<offset>}. */
    static final String REPLAYED = "streamrank.replayed";

    private static final int CHUNK = 100;

    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final int partitions;
    private final BiConsumer<DeadLetter, RecordMetadata> onAcknowledged;
    private final List<Sent> underWay = new ArrayList<>();
    private final Map<Integer, Long> next = new TreeMap<>();
    private long replayed;

    private record Sent(DeadLetter letter, Future<RecordMetadata> answer) {}

    /**
     * @param topic the candidates topic
     * @param partitions how many it has
     * @param onAcknowledged told of each event that is there again
     */
    LetterReplay(
            Producer<byte[], byte[]> producer,
            String topic,
            int partitions,
            BiConsumer<DeadLetter, RecordMetadata> onAcknowledged) {
        this.producer = producer;
        this.topic = topic;
        this.partitions = partitions;
        this.onAcknowledged = onAcknowledged;
    }

    /** Whether the letter still has its event. */
    static boolean canReplay(DeadLetter letter) {
        return !letter.valueOmitted() && letter.source() != null;
    }

    /** The partition a letter's event goes to. */
    int partition(DeadLetter letter) {
        return requireNonNull(letter.source()).partition() % partitions;
    }

    /**
     * Sends a letter's event, at the latest with those of the next hundred.
     *
     * @throws KafkaException if one could not be sent, saying how far things are
     */
    void send(DeadLetter letter) throws InterruptedException {
        RecordHeaders headers = new RecordHeaders(letter.originalHeaders());
        headers.add(
                REPLAYED,
                (letter.record().topic() + "-" + letter.record().partition() + "@"
                                + letter.record().offset())
                        .getBytes(UTF_8));
        underWay.add(new Sent(
                letter,
                producer.send(new ProducerRecord<>(
                        topic,
                        partition(letter),
                        letter.record().key(),
                        letter.record().value(),
                        headers))));
        if (underWay.size() == CHUNK) {
            flush();
        }
    }

    /** Waits until all that was sent is there. */
    void flush() throws InterruptedException {
        producer.flush();
        for (Sent sent : List.copyOf(underWay)) {
            try {
                RecordMetadata metadata = sent.answer().get();
                underWay.remove(0);
                replayed++;
                next.put(
                        sent.letter().record().partition(),
                        sent.letter().record().offset() + 1);
                onAcknowledged.accept(sent.letter(), metadata);
            } catch (ExecutionException e) {
                throw failed(sent.letter(), requireNonNull(e.getCause()));
            }
        }
    }

    private KafkaException failed(DeadLetter letter, Throwable cause) {
        return new KafkaException(
                "dead letter " + LetterFormat.position(letter) + " could not be sent to " + topic + " ("
                        + cause.getMessage()
                        + "); " + replayed + " were before it, and " + (underWay.size() - 1)
                        + " after it may have been: go on with " + progress(letter),
                cause);
    }

    /** Events that are there again. */
    long replayed() {
        return replayed;
    }

    /** The options that begin where this has come to. */
    String progress(@Nullable DeadLetter failed) {
        Map<Integer, Long> from = new TreeMap<>(next);
        if (failed != null) {
            from.put(failed.record().partition(), failed.record().offset());
        }
        List<String> options = new ArrayList<>();
        from.forEach((partition, offset) -> options.add("--from " + new LetterPosition(partition, offset)));
        return String.join(" ", options);
    }
}
