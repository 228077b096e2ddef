package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.ingest.RecordedRange.Stretch;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ReplayNoteTest {
    private static final TopicPartition ZERO = new TopicPartition("candidates", 0);
    private static final TopicPartition ONE = new TopicPartition("candidates", 1);

    @Test
    void isReadAsItWasWritten() {
        ReplayNote note =
                ReplayNote.of(new Stretch(3, 10), Map.of("to", "0:100, 1:200", "from", "", "dtype", "float32"));

        assertThat(note.text()).isEqualTo("replay 3 to 10 with dtype=float32 from=none to=0:100,1:200");
        assertThat(ReplayNote.parse(note.text())).contains(note);
        assertThat(ReplayNote.parse(new ReplayNote(0, 0, Map.of()).text())).isPresent();
    }

    @Test
    void isNothingElse() {
        assertThat(ReplayNote.parse("")).isEmpty();
        assertThat(ReplayNote.parse("replay to 10")).isEmpty();
        assertThat(ReplayNote.parse("replay 3 to 10 with dtype")).isEmpty();
    }

    @Test
    void fitsBesideAnOffsetHoweverLongItsTermsAre() {
        String many = "0:100,".repeat(1_000);
        ReplayNote note = ReplayNote.of(new Stretch(0, 1), Map.of("to", many));

        assertThat(note.text()).hasSizeLessThan(100);
        assertThat(note.differences(ReplayNote.of(new Stretch(0, 1), Map.of("to", many))))
                .isEmpty();
        assertThat(note.differences(ReplayNote.of(new Stretch(0, 1), Map.of("to", many + "1:1"))))
                .hasSize(1);
    }

    @Test
    void tellsHowFarAGroupIs() {
        String note = new ReplayNote(10, 20, Map.of()).text();
        Set<TopicPartition> partitions = Set.of(ZERO, ONE);

        assertThat(ReplayState.of(partitions, Map.of(ZERO, new OffsetAndMetadata(7, "something else"))))
                .isEqualTo(Optional.empty());
        assertThat(ReplayState.of(partitions, Map.of(ZERO, new OffsetAndMetadata(15, note))))
                .contains(new ReplayState(2, 1, 0, 10, 5));
        assertThat(ReplayState.of(
                        partitions,
                        Map.of(ZERO, new OffsetAndMetadata(20, note), ONE, new OffsetAndMetadata(12, note))))
                .contains(new ReplayState(2, 2, 1, 20, 12));
        ReplayState done = ReplayState.of(
                        partitions, Map.of(ZERO, new OffsetAndMetadata(20, note), ONE, new OffsetAndMetadata(20, note)))
                .orElseThrow();
        assertThat(done.isFinished()).isTrue();
    }
}
