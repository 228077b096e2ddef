package io.streamrank.ingest;

import io.streamrank.contract.RegisteredSchemas;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Partitions that stand still, since the schema of their next event is being asked for: they are paused at that event, so
 * that order is kept, polling goes on and all other partitions with it. For the poll thread.
 */
final class AwaitedSchemas {
    private static final Logger LOG = LoggerFactory.getLogger(AwaitedSchemas.class);

    private final @Nullable RegisteredSchemas schemas;
    private final Map<Lease, Integer> idsByLease = new HashMap<>();

    /** @param schemas by id, looked up without waiting; absent where no event carries an id */
    AwaitedSchemas(@Nullable RegisteredSchemas schemas) {
        this.schemas = schemas;
    }

    /** Stops a partition at a record whose schema has this id. What was polled after it is polled again. */
    void hold(Consumer<?, ?> consumer, ConsumerRecord<?, ?> record, Lease lease, int schemaId) {
        LOG.debug("{} waits at {} for schema {}", lease.partition(), record.offset(), schemaId);
        idsByLease.put(lease, schemaId);
        TopicPartition partition = lease.partition();
        consumer.pause(List.of(partition));
        consumer.seek(partition, new OffsetAndMetadata(record.offset(), record.leaderEpoch(), ""));
    }

    boolean holds(Lease lease) {
        return idsByLease.containsKey(lease);
    }

    /**
     * Lets go of the partitions whose schema is known by now, or known not to be, and of those that have gone.
     *
     * @param leases those that have not
     * @return whom to resume
     * @throws io.streamrank.contract.SchemaUnavailableException if the registry was asked in vain for too long
     */
    List<TopicPartition> release(Collection<Lease> leases) {
        if (schemas == null || idsByLease.isEmpty()) {
            return List.of();
        }
        RegisteredSchemas registered = schemas;
        idsByLease.keySet().retainAll(leases);
        List<TopicPartition> released = idsByLease.entrySet().stream()
                .filter(held -> !(registered.find(held.getValue()) instanceof RegisteredSchemas.Lookup.Awaited))
                .map(held -> held.getKey().partition())
                .toList();
        idsByLease.keySet().removeIf(lease -> released.contains(lease.partition()));
        return released;
    }
}
