package io.streamrank.training.run;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.framework.Summary;
import org.tensorflow.util.Event;
import org.tensorflow.util.SessionLog;

class EventFileTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(1_700_000_000_250L));

    private final Path folder;

    EventFileTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void checksumsAreThoseOfTheFormat() {
        // CRC-32C of "123456789" is 0xE3069283 in every catalogue of checksums.
        int crc = 0xE3069283;
        int masked = (crc >>> 15 | crc << 17) + 0xa282ead8;

        assertThat(RecordFile.maskedCrc("123456789".getBytes(US_ASCII))).isEqualTo(masked);
        // The first record of every file that TensorFlow writes has 24 bytes: 0x18, and this checksum of its length.
        assertThat(RecordFile.maskedCrc(new byte[] {0x18, 0, 0, 0, 0, 0, 0, 0})).isEqualTo(0x224b7fa3);
    }

    @Test
    void tensorFlowsOwnClassesReadWhatWasWritten() throws IOException {
        try (EventFile file = EventFile.create(folder, CLOCK)) {
            file.scalars(1, new TreeMap<>(Map.of("train/loss", 0.75, "train/learning_rate", 2e-5)));
            file.scalars(300_000_000_000L, Map.of("validation/ndcg_cut_10", Double.NaN));
        }

        List<Event> events = TestingEvents.readFolder(folder);
        assertThat(events).hasSize(3).allSatisfy(event -> {
            assertThat(event.getWallTime()).isEqualTo(1_700_000_000.25);
            assertThat(event.getUnknownFields().asMap()).isEmpty();
        });
        assertThat(events.get(0).getFileVersion()).isEqualTo("brain.Event:2");
        assertThat(events.get(1).getStep()).isEqualTo(1);
        assertThat(events.get(1).getSummary().getValueList())
                .extracting(Summary.Value::getTag)
                .containsExactly("train/learning_rate", "train/loss");
        assertThat(events.get(1).getSummary().getValueList())
                .extracting(Summary.Value::getSimpleValue)
                .containsExactly(2e-5f, 0.75f);
        assertThat(events.get(2).getStep()).isEqualTo(300_000_000_000L);
        assertThat(events.get(2).getSummary().getValue(0).getSimpleValue()).isNaN();
    }

    @Test
    void aResumedRunSaysFromWhichStepOn() throws IOException {
        EventFile.create(folder, CLOCK).close();
        EventFile.goOn(folder, CLOCK, 42).close();

        List<Event> events = TestingEvents.readFolder(folder);
        assertThat(events).hasSize(3);
        assertThat(events.get(2).getSessionLog().getStatus()).isEqualTo(SessionLog.SessionStatus.START);
        assertThat(events.get(2).getStep()).isEqualTo(42);
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()).sorted())
                    .containsExactly(
                            "events.out.tfevents.1700000000.streamrank", "events.out.tfevents.1700000001.streamrank");
        }
    }

    @Test
    void whatIsWrittenIsThereBeforeTheFileIsClosed() throws IOException {
        try (EventFile file = EventFile.create(folder, CLOCK)) {
            file.scalars(7, Map.of("train/loss", 1.0));

            assertThat(TestingEvents.readFolder(folder)).hasSize(2);
        }
    }
}
