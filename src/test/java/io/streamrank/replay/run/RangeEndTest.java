package io.streamrank.replay.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RangeEndTest {
    @Test
    void readsOffsetsByPartition() {
        assertThat(RangeEnd.offsets("0:100, 12:2000000000000").byPartition())
                .isEqualTo(Map.of(0, 100L, 12, 2_000_000_000_000L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "0:1,", "0:-1", "a:1", "0:1:2", "0:99999999999999999999"})
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> RangeEnd.offsets(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected offsets by partition such as 0:100,1:200");
    }

    @Test
    void refusesAPartitionTwice() {
        assertThatThrownBy(() -> RangeEnd.offsets("0:1,0:2")).hasMessageContaining("names partition 0 twice");
    }
}
