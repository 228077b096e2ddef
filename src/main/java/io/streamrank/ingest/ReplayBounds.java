package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
 * group's offset; each later commit carries the note on, so that every owner, and every member, knows it. A partition is
 * done once all before its end is answered and the group's offset stands there. For the poll thread.
 */
final class ReplayBounds {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayBounds.class);
    private static final Pattern NOTE = Pattern.compile("replay to (\\d{1,18})");
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration AT_ONCE = Duration.ZERO;

    private final String groupId;
    private final RecordedRange range;

    ReplayBounds(String groupId, RecordedRange range) {
        this.groupId = groupId;
        this.range = range;
    }

    /** What stands beside the offsets of a partition that ends there. */
    static String note(long end) {
        return "replay to " + end;
    }

    /** Decides about partitions of which the group has no offset, and begins with them. */
    void begin(Consumer<?, ?> consumer, Collection<TopicPartition> partitions, Map<TopicPartition, Lease> leases) {
        for (TopicPartition partition : partitions) {
            Lease lease = leases.get(partition);
            if (lease == null) {
                continue;
            }
            RecordedRange.Stretch stretch = range.of(partition);
            if (commit(consumer, partition, stretch.from(), stretch.to())) {
                LOG.info("{} is replayed from offset {} to {}", partition, stretch.from(), stretch.to());
                consumer.seek(partition, stretch.from());
                lease.endsAt(stretch.to());
            }
        }
    }

    private static boolean commit(Consumer<?, ?> consumer, TopicPartition partition, long offset, long end) {
        try {
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset, note(end))), PATIENCE);
            return true;
        } catch (RebalanceInProgressException | CommitFailedException | TimeoutException e) {
            LOG.debug("The offset of {} is committed later: {}", partition, e.toString());
            return false;
        }
    }

    /**
     * Finds out where partitions end that the group has begun with before.
     *
     * @throws WorkerFailedException if the group has offsets that no replay has left
     */
    void learn(Consumer<?, ?> consumer, Map<TopicPartition, Lease> leases) {
        Set<TopicPartition> unknown = leases.values().stream()
                .filter(lease -> !lease.hasEndOffset())
                .map(Lease::partition)
                .collect(Collectors.toSet());
        if (unknown.isEmpty()) {
            return;
        }
        consumer.committed(unknown, PATIENCE).forEach((partition, offset) -> {
            Lease lease = leases.get(partition);
            if (offset != null && lease != null) {
                lease.endsAt(end(partition, offset));
            }
        });
    }

    private long end(TopicPartition partition, OffsetAndMetadata offset) {
        return noted(offset)
                .orElseThrow(() -> new WorkerFailedException(
                        "group " + groupId + " has offset " + offset.offset() + " of " + partition
                                + ", which no replay has left: it is a group of something else; give the replay another"
                                + " name",
                        null));
    }

    private static Optional<Long> noted(@Nullable OffsetAndMetadata offset) {
        if (offset == null) {
            return Optional.empty();
        }
        Matcher note = NOTE.matcher(offset.metadata());
        return note.matches() ? Optional.of(Long.valueOf(note.group(1))) : Optional.empty();
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
                lease.sealed(commit(consumer, lease.partition(), lease.endOffset(), lease.endOffset()));
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

    /** Whether the whole group is done, whoever its partitions are with. Where own ones are not, they are done anew. */
    boolean isGroupDone(Consumer<?, ?> consumer, String topic, Collection<Lease> leases) {
        try {
            Set<TopicPartition> partitions = new HashSet<>();
            consumer.partitionsFor(topic, PATIENCE)
                    .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(partitions, PATIENCE);
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
        return noted(offset)
                .filter(end -> requireNonNull(offset).offset() >= end)
                .isPresent();
    }
}
