package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** What stands around an event in its record, as nobody would write it: keys, headers, timestamps. */
final class RecordMutations {
    private static final int LARGE_BYTES = 100_000;
    private static final long[] TIMESTAMPS = {
        ConsumerRecord.NO_TIMESTAMP, 0, 1, Long.MAX_VALUE, Long.MIN_VALUE, 253_402_300_800_000L, -62_167_219_200_001L
    };
    private static final List<String> NAMES =
            List.of("", "traceparent", "tracestate", "TRACEPARENT", "ce_id", "content-type", "größe\n\u0000😀", "x");
    private static final List<String> TRACES = List.of(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-0000000000000000-00",
            "00-0AF7651916CD43DD8448EB211C80319C",
            "-",
            "\r\n\r\n");

    private final RandomGenerator random;

    RecordMutations(RandomGenerator random) {
        this.random = random;
    }

    ConsumerRecord<byte[], byte[]> of(long offset, byte @Nullable [] value) {
        byte[] key = key();
        RecordHeaders headers = new RecordHeaders();
        for (int i = random.nextInt(4); i > 0; i--) {
            headers.add(name(), headerValue());
        }
        boolean usual = random.nextInt(3) > 0;
        return new ConsumerRecord<>(
                TestingEvents.TOPIC,
                random.nextInt(TestingEvents.PARTITIONS),
                offset,
                usual ? TestingEvents.NOW.toEpochMilli() : TIMESTAMPS[random.nextInt(TIMESTAMPS.length)],
                usual ? TimestampType.CREATE_TIME : TimestampType.values()[random.nextInt(3)],
                key == null ? ConsumerRecord.NULL_SIZE : key.length,
                value == null ? ConsumerRecord.NULL_SIZE : value.length,
                key,
                value,
                headers,
                random.nextBoolean() ? Optional.empty() : Optional.of(random.nextInt()));
    }

    private byte @Nullable [] key() {
        return switch (random.nextInt(6)) {
            case 0 -> null;
            case 1 -> new byte[0];
            case 2 -> noise(length());
            default -> ("key-" + random.nextInt(100)).getBytes(UTF_8);
        };
    }

    /** Those that the worker reads or writes itself, and others. */
    private String name() {
        List<String> own = DeadLetters.ADDED.stream().sorted().toList();
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> own.get(random.nextInt(own.size()));
            case 3 -> "x".repeat(length());
            default -> NAMES.get(random.nextInt(NAMES.size()));
        };
    }

    private byte @Nullable [] headerValue() {
        String trace = TRACES.get(random.nextInt(TRACES.size()));
        return switch (random.nextInt(6)) {
            case 0 -> null;
            case 1 -> new byte[0];
            case 2 -> noise(length());
            case 3 -> trace.getBytes(UTF_16);
            case 4 -> Long.toString(random.nextLong()).getBytes(UTF_8);
            default -> trace.getBytes(UTF_8);
        };
    }

    private int length() {
        return random.nextInt(100) == 0 ? random.nextInt(LARGE_BYTES) : random.nextInt(100);
    }

    private byte[] noise(int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }
}
