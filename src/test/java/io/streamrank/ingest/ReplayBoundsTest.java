package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.ingest.RecordedRange.Stretch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.junit.jupiter.api.Test;

class ReplayBoundsTest {
    private static final String TOPIC = "rerank.candidates";
    private static final TopicPartition ZERO = new TopicPartition(TOPIC, 0);
    private static final String NOTE = "replay 3 to 10 with dtype=float32 max-length=512";
    private static final TopicPartition ONE = new TopicPartition(TOPIC, 1);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    private final List<TopicPartition> asked = new ArrayList<>();
    private final Map<TopicPartition, Lease> leases = new HashMap<>();
    private final ReplayBounds bounds = bounds("512");

    private ReplayBounds bounds(String maxLength) {
        RecordedRange range = partition -> {
            asked.add(partition);
            return new Stretch(3, 10);
        };
        return new ReplayBounds(
                "replay", new GroupReplay(range, Map.of("max-length", maxLength, "dtype", "float32"), any -> true));
    }

    private void partitions(int count) {
        Node node = new Node(0, "localhost", 1);
        Node[] nodes = {node};
        consumer.updatePartitions(
                TOPIC,
                IntStream.range(0, count)
                        .mapToObj(partition -> new PartitionInfo(TOPIC, partition, node, nodes, nodes))
                        .toList());
    }

    private void own(TopicPartition... partitions) {
        partitions(2);
        consumer.assign(List.of(partitions));
        for (TopicPartition partition : partitions) {
            leases.put(partition, new Lease(partition));
        }
    }

    @Test
    void whoBeginsAPartitionDecidesItsEndForWhoeverComesAfter() {
        own(ZERO);

        bounds.begin(consumer, List.of(ZERO), leases);

        assertThat(consumer.position(ZERO)).isEqualTo(3);
        assertThat(consumer.committed(Set.of(ZERO))).containsEntry(ZERO, new OffsetAndMetadata(3, NOTE));
        Lease successors = new Lease(ZERO);
        bounds.learn(consumer, Map.of(ZERO, successors));
        assertThat(successors.endOffset()).isEqualTo(10);
        assertThat(successors.note()).isEqualTo(NOTE);
        assertThat(asked).containsExactly(ZERO);
    }

    @Test
    void aCommitThatARebalancePreventsIsTriedAgain() {
        own(ZERO);
        Lease lease = requireNonNull(leases.get(ZERO));
        MockConsumer<byte[], byte[]> rebalancing = new MockConsumer<>("none") {
            @Override
            public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
                throw new RebalanceInProgressException();
            }
        };
        rebalancing.assign(List.of(ZERO));

        bounds.begin(rebalancing, List.of(ZERO), leases);

        assertThat(lease.hasEndOffset()).isFalse();
    }

    @Test
    void refusesAGroupThatIsNoReplays() {
        own(ZERO);
        consumer.commitSync(Map.of(ZERO, new OffsetAndMetadata(42)));

        assertThatThrownBy(() -> bounds.learn(consumer, leases))
                .isInstanceOf(WorkerFailedException.class)
                .hasMessageContaining("group replay has offset 42 of rerank.candidates-0, which no replay has left")
                .hasMessageContaining("another name");
    }

    @Test
    void aPartitionIsDoneOnceAllBeforeItsEndIsAnsweredWhateverStandsThere() {
        own(ZERO);
        Lease lease = requireNonNull(leases.get(ZERO));
        bounds.begin(consumer, List.of(ZERO), leases);
        lease.polled(1);
        lease.taken();
        // The last event is at 8: after it there are only markers.
        consumer.seek(ZERO, 10);

        assertThat(bounds.seal(consumer, leases.values())).isFalse();
        lease.settled();
        assertThat(bounds.seal(consumer, leases.values())).isTrue();

        assertThat(consumer.committed(Set.of(ZERO))).containsEntry(ZERO, new OffsetAndMetadata(10, NOTE));
    }

    @Test
    void aGroupIsDoneOnceAllItsPartitionsAreWhoeverHasThem() {
        own(ZERO, ONE);
        consumer.commitSync(Map.of(ZERO, new OffsetAndMetadata(10, NOTE)));
        assertThat(bounds.isGroupDone(consumer, TOPIC, leases.values())).isFalse();
        consumer.commitSync(Map.of(ONE, new OffsetAndMetadata(9, NOTE)));
        assertThat(bounds.isGroupDone(consumer, TOPIC, leases.values())).isFalse();
        consumer.commitSync(Map.of(ONE, new OffsetAndMetadata(10, NOTE)));

        assertThat(bounds.isGroupDone(consumer, TOPIC, leases.values())).isTrue();
    }

    @Test
    void aPartitionIsSealedAgainWhereAnOlderOffsetCameAfterItsSeal() {
        own(ZERO);
        partitions(1);
        bounds.begin(consumer, List.of(ZERO), leases);
        consumer.seek(ZERO, 10);
        assertThat(bounds.seal(consumer, leases.values())).isTrue();
        consumer.commitSync(Map.of(ZERO, new OffsetAndMetadata(9, NOTE)));

        assertThat(bounds.isGroupDone(consumer, TOPIC, leases.values())).isFalse();
        assertThat(bounds.seal(consumer, leases.values())).isTrue();

        assertThat(consumer.committed(Set.of(ZERO))).containsEntry(ZERO, new OffsetAndMetadata(10, NOTE));
        assertThat(bounds.isGroupDone(consumer, TOPIC, leases.values())).isTrue();
    }

    @Test
    void refusesAWorkerWithOtherTermsWhetherItOwnsThePartitionOrNot() {
        own(ZERO, ONE);
        bounds.begin(consumer, List.of(ZERO), leases);
        ReplayBounds other = bounds("256");

        assertThatThrownBy(() -> other.learn(consumer, Map.of(ZERO, new Lease(ZERO))))
                .isInstanceOf(WorkerFailedException.class)
                .hasMessageContaining("group replay has begun rerank.candidates-0 on other terms than this worker's:"
                        + " max-length is 512 there and 256 here.");
        assertThatThrownBy(() -> other.begin(consumer, List.of(ONE), Map.of(ONE, new Lease(ONE))))
                .hasMessageContaining("max-length is 512 there");
        assertThatThrownBy(() -> other.isGroupDone(consumer, TOPIC, List.of()))
                .hasMessageContaining("max-length is 512 there");
        assertThat(consumer.committed(Set.of(ONE)).get(ONE)).isNull();
    }

    @Test
    void whoBeginsAtTheSameTimeOnOtherTermsIsSeenBeforeAnythingIsRanked() {
        own(ZERO, ONE);
        bounds.begin(consumer, List.of(ZERO), leases);
        consumer.commitSync(Map.of(ONE, new OffsetAndMetadata(3, "replay 3 to 10 with dtype=bfloat16 max-length=512")));

        assertThatThrownBy(() -> bounds.learn(consumer, leases))
                .hasMessageContaining("rerank.candidates-1")
                .hasMessageContaining("dtype is bfloat16 there and float32 here");
    }
}
