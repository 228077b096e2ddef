package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.junit.jupiter.api.Test;

class PartitionCountsTest {
    private int asked;
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest") {
        @Override
        public synchronized List<PartitionInfo> partitionsFor(String topic) {
            PartitionInfo partition = new PartitionInfo(topic, 0, null, new Node[0], new Node[0]);
            return switch (topic) {
                case "two" -> List.of(partition, partition);
                case "young" -> asked++ == 0 ? List.of() : List.of(partition);
                default -> List.of();
            };
        }
    };

    @Test
    void countsAndAsksAgainForATopicThatIsNotYetKnown() throws Exception {
        assertThat(PartitionCounts.of(consumer, List.of("two", "young"), Duration.ofMinutes(1)))
                .isEqualTo(Map.of("two", 2, "young", 1));
    }

    @Test
    void namesATopicThatStaysUnknown() {
        assertThatThrownBy(() -> PartitionCounts.of(consumer, List.of("two", "none"), Duration.ofMillis(1)))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("topic none");
    }
}
