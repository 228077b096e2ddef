package io.streamrank.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.tensorflow.util.Event;

/** Reads event files with TensorFlow's classes and a bitwise checksum, neither of which writes them. */
final class TestingEvents {
    private static final int CRC_32C_REVERSED = 0x82F63B78;

    private TestingEvents() {}

    /** The events of a folder's files, in the order of their names. */
    static List<Event> readFolder(Path folder) throws IOException {
        List<Event> events = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().contains("tfevents"))
                    .sorted()
                    .toList()) {
                read(file, events);
            }
        }
        return events;
    }

    private static void read(Path file, List<Event> events) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            byte[] length = take(bytes, 8);
            assertThat(bytes.getInt()).isEqualTo(masked(length));
            byte[] record = take(bytes, (int)
                    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
            assertThat(bytes.getInt()).isEqualTo(masked(record));
            events.add(Event.parseFrom(record));
        }
    }

    private static byte[] take(ByteBuffer bytes, int length) {
        byte[] taken = new byte[length];
        bytes.get(taken);
        return taken;
    }

    private static int masked(byte[] bytes) {
        int crc = -1;
        for (byte next : bytes) {
            crc ^= next & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : CRC_32C_REVERSED);
            }
        }
        crc = ~crc;
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }
}
