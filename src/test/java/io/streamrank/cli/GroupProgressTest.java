package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.ingest.ReplayState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class GroupProgressTest {
    private long now;
    private final GroupProgress progress = new GroupProgress("next", () -> now);

    @Test
    void tellsTheGroupsShareAndWhatIsLeftAtThePaceSinceAllHasBegun() {
        assertThat(progress.text(new ReplayState(2, 1, 0, 500, 100)))
                .contains("Replay next: the group has answered 20.0 % of 500 records of 1 partitions, 1 not begun");
        assertThat(progress.text(new ReplayState(2, 2, 0, 1_000, 200)))
                .contains("Replay next: the group has answered 20.0 % of 1,000 records of 2 partitions");
        now += Duration.ofMinutes(1).toNanos();
        assertThat(progress.text(new ReplayState(2, 2, 0, 1_000, 300)))
                .contains("Replay next: the group has answered 30.0 % of 1,000 records of 2 partitions, 7 min left");
    }

    @Test
    void saysNothingTwice() {
        ReplayState state = new ReplayState(1, 1, 1, 10, 10);

        assertThat(progress.text(state)).isPresent();
        now += Duration.ofMinutes(1).toNanos();
        assertThat(progress.text(state)).isEmpty();
    }
}
