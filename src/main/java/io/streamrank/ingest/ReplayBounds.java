package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the partitions of a replay end. Whoever is assigned a partition first decides it and notes the end beside the
 * group's offset, with the terms of the replay; each later commit carries the note on, so that every owner, and every
 * member, knows it. A partition is
 * done once all before its end is answered and the group's offset stands there. For the poll thread.
 */
final class ReplayBounds {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayBounds.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration AT_ONCE = Duration.ZERO;

    private final String groupId;
    private final GroupReplay replay;
    private boolean unchecked;

    ReplayBounds(String groupId, GroupReplay replay) {
        this.groupId = groupId;
        this.replay = replay;
    }

    /**
     * Decides about partitions of which the group has no offset, and begins with them.
     *
     * @throws WorkerFailedException if the group replays on other terms than this worker has
     */
    void begin(Consumer<?, ?> consumer, Collection<TopicPartition> partitions, Map<TopicPartition, Lease> leases) {
        for (TopicPartition partition : partitions) {
            Lease lease = leases.get(partition);
            if (lease == null) {
                continue;
            }
            requireTerms(consumer, partition.topic());
            ReplayNote note = ReplayNote.of(replay.range().of(partition), replay.terms());
            // Another may begin another partition on other terms just now: whoever looks after both have noted theirs
            // sees it.
            unchecked = true;
            if (commit(consumer, partition, note.from(), note)) {
                LOG.info("{} is replayed from offset {} to {}", partition, note.from(), note.to());
                consumer.seek(partition, note.from());
                lease.replays(note);
            }
        }
    }

    private static boolean commit(Consumer<?, ?> consumer, TopicPartition partition, long offset, ReplayNote note) {
        try {
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset, note.text())), PATIENCE);
            return true;
        } catch (RebalanceInProgressException | CommitFailedException | TimeoutException e) {
            LOG.debug("The offset of {} is committed later: {}", partition, e.toString());
            return false;
        }
    }

    /**
     * Finds out where partitions end that the group has begun with before.
     *
     * @throws WorkerFailedException if the group has offsets that no replay has left, or replays on other terms than
     *     this worker has
     */
    void learn(Consumer<?, ?> consumer, Map<TopicPartition, Lease> leases) {
        Set<TopicPartition> unknown = leases.values().stream()
                .filter(lease -> !lease.hasEndOffset())
                .map(Lease::partition)
                .collect(Collectors.toSet());
        if (unchecked && !leases.isEmpty()) {
            requireTerms(consumer, leases.keySet().iterator().next().topic());
            unchecked = false;
        }
        if (unknown.isEmpty()) {
            return;
        }
        consumer.committed(unknown, PATIENCE).forEach((partition, offset) -> {
            Lease lease = leases.get(partition);
            if (offset != null && lease != null) {
                lease.replays(noted(partition, offset));
            }
        });
    }

    private void requireTerms(Consumer<?, ?> consumer, String topic) {
        var unused = begun(consumer, partitions(consumer, topic));
    }

    private static Set<TopicPartition> partitions(Consumer<?, ?> consumer, String topic) {
        return consumer.partitionsFor(topic, PATIENCE).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .collect(Collectors.toSet());
    }

    /** The group's offsets of those partitions that somebody has begun with. */
    private Map<TopicPartition, OffsetAndMetadata> begun(Consumer<?, ?> consumer, Set<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> begun = new HashMap<>();
        consumer.committed(partitions, PATIENCE).forEach((partition, offset) -> {
            if (offset != null) {
                var unused = noted(partition, offset);
                begun.put(partition, offset);
            }
        });
        return begun;
    }

    private ReplayNote noted(TopicPartition partition, OffsetAndMetadata offset) {
        ReplayNote note = ReplayNote.parse(offset.metadata())
                .orElseThrow(() -> new WorkerFailedException(
                        "group " + groupId + " has offset " + offset.offset() + " of " + partition
                                + ", which no replay has left: it is a group of something else; give the replay another"
                                + " name",
                        null));
        List<String> differences =
                note.differences(ReplayNote.of(new RecordedRange.Stretch(note.from(), note.to()), replay.terms()));
        if (!differences.isEmpty()) {
            throw new WorkerFailedException(
                    "group " + groupId + " has begun " + partition + " on other terms than this worker's: "
                            + String.join("; ", differences)
                            + ". All workers of a replay need the same: start this one so, or give the replay another"
                            + " name (--replay)",
                    null);
        }
        return note;
    }

    /**
     * Sets down which partitions are done: whatever stands between the last answered event and the end, such as the
     * markers of transactions, is past too.
     *
     * @return whether all are
     */
    boolean seal(Consumer<?, ?> consumer, Collection<Lease> leases) {
        boolean all = true;
        for (Lease lease : leases) {
            if (!lease.isSealed() && isPast(consumer, lease)) {
                lease.sealed(commit(consumer, lease.partition(), lease.endOffset(), requireNonNull(lease.replayed())));
            }
            all &= lease.isSealed();
        }
        return all;
    }

    private static boolean isPast(Consumer<?, ?> consumer, Lease lease) {
        if (!lease.hasEndOffset() || !lease.isClear()) {
            return false;
        }
        try {
            return consumer.position(lease.partition(), AT_ONCE) >= lease.endOffset();
        } catch (NoOffsetForPartitionException | TimeoutException | IllegalStateException e) {
            return false;
        }
    }

    /**
     * Whether the whole group is done, whoever its partitions are with. Where own ones are not, they are done anew.
     *
     * @throws WorkerFailedException if the group replays on other terms than this worker has
     */
    boolean isGroupDone(Consumer<?, ?> consumer, String topic, Collection<Lease> leases) {
        try {
            Set<TopicPartition> partitions = partitions(consumer, topic);
            Map<TopicPartition, OffsetAndMetadata> committed = begun(consumer, partitions);
            // An offset that was on its way as a partition was sealed may have come after the seal.
            leases.stream()
                    .filter(lease -> !isDone(committed.get(lease.partition())))
                    .forEach(lease -> lease.sealed(false));
            return partitions.stream().allMatch(partition -> isDone(committed.get(partition)));
        } catch (TimeoutException e) {
            return false;
        }
    }

    private static boolean isDone(@Nullable OffsetAndMetadata offset) {
        return offset != null
                && ReplayNote.parse(offset.metadata())
                        .filter(note -> offset.offset() >= note.to())
                        .isPresent();
    }
}
