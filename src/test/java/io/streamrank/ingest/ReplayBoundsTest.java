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
    private static final TopicPartition ONE = new TopicPartition(TOPIC, 1);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    private final List<TopicPartition> asked = new ArrayList<>();
    private final Map<TopicPartition, Lease> leases = new HashMap<>();
    private final ReplayBounds bounds = new ReplayBounds("replay", partition -> {
        asked.add(partition);
        return new Stretch(3, 10);
    });

    private void own(TopicPartition... partitions) {
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
        assertThat(consumer.committed(Set.of(ZERO))).containsEntry(ZERO, new OffsetAndMetadata(3, "replay to 10"));
        Lease successors = new Lease(ZERO);
        bounds.learn(consumer, Map.of(ZERO, successors));
        assertThat(successors.endOffset()).isEqualTo(10);
        assertThat(successors.note()).isEqualTo("replay to 10");
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

        assertThat(consumer.committed(Set.of(ZERO))).containsEntry(ZERO, new OffsetAndMetadata(10, "replay to 10"));
    }

    @Test
    void aGroupIsDoneOnceAllItsPartitionsAreWhoeverHasThem() {
        Node node = new Node(0, "localhost", 1);
        Node[] nodes = {node};
        consumer.updatePartitions(
                TOPIC,
                List.of(
                        new PartitionInfo(TOPIC, 0, node, nodes, nodes),
                        new PartitionInfo(TOPIC, 1, node, nodes, nodes)));
        own(ZERO, ONE);
        consumer.commitSync(Map.of(ZERO, new OffsetAndMetadata(10, "replay to 10")));
        assertThat(bounds.isGroupDone(consumer, TOPIC, leases.values())).isFalse();
        consumer.commitSync(Map.of(ONE, new OffsetAndMetadata(9, "replay to 10")));
        assertThat(bounds.isGroupDone(consumer, TOPIC, leases.values())).isFalse();
        consumer.commitSync(Map.of(ONE, new OffsetAndMetadata(10, "replay to 10")));

        assertThat(bounds.isGroupDone(consumer, TOPIC, leases.values())).isTrue();
    }

    @Test
    void aPartitionIsSealedAgainWhereAnOlderOffsetCameAfterItsSeal() {
        Node node = new Node(0, "localhost", 1);
        Node[] nodes = {node};
        consumer.updatePartitions(TOPIC, List.of(new PartitionInfo(TOPIC, 0, node, nodes, nodes)));
        own(ZERO);
        bounds.begin(consumer, List.of(ZERO), leases);
        consumer.seek(ZERO, 10);
        assertThat(bounds.seal(consumer, leases.values())).isTrue();
        consumer.commitSync(Map.of(ZERO, new OffsetAndMetadata(9, "replay to 10")));

        assertThat(bounds.isGroupDone(consumer, TOPIC, leases.values())).isFalse();
        assertThat(bounds.seal(consumer, leases.values())).isTrue();

        assertThat(consumer.committed(Set.of(ZERO))).containsEntry(ZERO, new OffsetAndMetadata(10, "replay to 10"));
        assertThat(bounds.isGroupDone(consumer, TOPIC, leases.values())).isTrue();
    }
}
