package io.streamrank.ingest;

import io.streamrank.contract.SchemaAwaitedException;
import io.streamrank.contract.SchemaUnavailableException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that polls, and never stops polling: it admits what comes to the intake, pauses the partitions while
 * too much is in hand, and settles the leases when partitions come and go.
 */
final class PollLoop implements ConsumerRebalanceListener {
    private static final Logger LOG = LoggerFactory.getLogger(PollLoop.class);
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(100);
    private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(4);
    private static final long COUNT_INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long DRAIN_STEP_NANOS = POLL_TIMEOUT.toNanos();
    private static final long FINISH_STEP_NANOS = 20_000_000;

    private final Consumer<byte[], byte[]> consumer;
    private final Admission admission;
    private final Intake intake;
    private final Publisher publisher;
    private final AnsweredOffsets answered;
    private final Limits limits;
    private final Heartbeats heartbeats;
    private final PipelineObserver observer;
    private final @Nullable ReplayBounds bounds;
    private final AwaitedSchemas awaited;

    /** Changed by the poll thread alone, or where the consumer calls back. */
    private final Map<TopicPartition, Lease> leases = new ConcurrentHashMap<>();

    private volatile boolean joined;
    private volatile ConsumerGroupMetadata group;
    private volatile boolean stopping;
    private volatile long stopBy;
    private volatile boolean stageFailed;
    private volatile boolean drained;
    private boolean groupLeftBehind;
    private volatile boolean paused;
    private volatile boolean complete;
    private long askedNanos = System.nanoTime() - COUNT_INTERVAL_NANOS;
    private long countedNanos = System.nanoTime() - COUNT_INTERVAL_NANOS;

    PollLoop(
            Consumer<byte[], byte[]> consumer,
            Admission admission,
            Intake intake,
            Publisher publisher,
            AnsweredOffsets answered,
            Limits limits,
            Heartbeats heartbeats,
            PipelineObserver observer,
            @Nullable ReplayBounds bounds,
            AwaitedSchemas awaited) {
        this.consumer = consumer;
        this.admission = admission;
        this.intake = intake;
        this.publisher = publisher;
        this.answered = answered;
        this.limits = limits;
        this.heartbeats = heartbeats;
        this.observer = observer;
        this.bounds = bounds;
        this.awaited = awaited;
        this.group = consumer.groupMetadata();
    }

    /** The group's generation as last seen: the broker refuses offsets of an older one. */
    ConsumerGroupMetadata group() {
        return group;
    }

    /** Since the group's coordinator was last spoken to, as the consumer counts it. From any thread. */
    Duration sinceBroker() {
        return consumer.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("last-heartbeat-seconds-ago"))
                .map(Metric::metricValue)
                .filter(Double.class::isInstance)
                .mapToLong(value -> ((Double) value).longValue())
                .mapToObj(seconds -> Duration.ofSeconds(Math.max(0, seconds)))
                .findFirst()
                .orElse(Duration.ZERO);
    }

    /** What is before this worker. From any thread. */
    Load load() {
        List<Load.Backlog> backlogs =
                leases.values().stream().map(Lease::backlog).toList();
        return new Load(intake.eventsInHand(), intake.bytesInHand(), paused, backlogs);
    }

    /** Whether the group has given this worker its part, be it no partition at all. */
    boolean hasJoined() {
        return joined;
    }

    /**
     * Polls until told to stop; then drops what waits and lets what is being scored be committed. Where polling fails,
     * nothing more is published.
     */
    void run(String topic) throws InterruptedException {
        consumer.subscribe(List.of(topic), this);
        Duration patience = Duration.ZERO;
        try {
            while (!stopping) {
                pollOnce();
                endIfComplete(topic);
            }
            finish();
            patience = limits.drainTimeout();
        } finally {
            beginStopping();
            drained = endLeases(leases.keySet(), patience) && !groupLeftBehind;
        }
    }

    /** Whether {@link #run} has returned and everything that was being scored was answered. From any thread. */
    boolean hasDrained() {
        return drained;
    }

    /**
     * From any thread: lets {@link #run} return soon.
     *
     * @param drain whether to wait for what is being scored; pointless once a stage has failed, whoever asks later
     */
    void stop(boolean drain) {
        if (!drain) {
            stageFailed = true;
        }
        beginStopping();
        consumer.wakeup();
    }

    private synchronized void beginStopping() {
        if (!stopping) {
            stopBy = System.nanoTime() + limits.drainTimeout().toNanos();
            stopping = true;
        }
    }

    private boolean isStopOverdue() {
        return stopping && System.nanoTime() - stopBy >= 0;
    }

    private void pollOnce() {
        try {
            ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL_TIMEOUT);
            learnEnds(polled);
            for (ConsumerRecord<byte[], byte[]> record : polled) {
                Lease lease = leases.get(new TopicPartition(record.topic(), record.partition()));
                take(record, Objects.requireNonNull(lease, "record of an unassigned partition"));
            }
        } catch (WakeupException e) {
            LOG.debug("Woken up");
        } catch (NoOffsetForPartitionException e) {
            begin(e.partitions());
        } catch (OffsetOutOfRangeException e) {
            skipOrPollOn(e.offsetOutOfRangePartitions());
        } catch (RetriableException e) {
            LOG.warn("Poll failed, polling on: {}", e.toString());
        }
        seeGroup();
        answered.commit(consumer);
        releaseAwaited();
        throttle();
        countUnread();
        heartbeats.polled();
    }

    /** What was polled in vain is polled again. */
    private void learnEnds(ConsumerRecords<byte[], byte[]> polled) {
        if (bounds == null) {
            return;
        }
        try {
            bounds.learn(consumer, leases);
        } catch (RetriableException | WakeupException e) {
            for (TopicPartition partition : polled.partitions()) {
                consumer.seek(partition, polled.records(partition).get(0).offset());
            }
            throw e;
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record, Lease lease) {
        if (record.offset() >= lease.endOffset()) {
            consumer.pause(List.of(lease.partition()));
        } else if (!awaited.holds(lease)) {
            try {
                admission.enter(record, lease, intake);
            } catch (SchemaAwaitedException e) {
                awaited.hold(consumer, record, lease, e.schemaId());
            } catch (SchemaUnavailableException e) {
                throw new WorkerFailedException(String.valueOf(e.getMessage()), e);
            }
        }
    }

    private void releaseAwaited() {
        if (stopping) {
            return;
        }
        try {
            List<TopicPartition> released = awaited.release(leases.values());
            if (!paused) {
                consumer.resume(released);
            }
        } catch (SchemaUnavailableException e) {
            throw new WorkerFailedException(String.valueOf(e.getMessage()), e);
        }
    }

    private void begin(Set<TopicPartition> partitions) {
        if (bounds != null) {
            ReplayBounds replay = bounds;
            orLater(() -> replay.begin(consumer, partitions, leases));
        } else {
            LOG.info("The group has no offset for {}: from the beginning", partitions);
            consumer.seekToBeginning(partitions);
        }
    }

    /** A replay ends by itself, once nobody of the group has anything to do. */
    private void endIfComplete(String topic) {
        if (bounds != null && joined && !stopping) {
            ReplayBounds replay = bounds;
            orLater(() -> {
                // What is still to be committed would come after the seal, and undo it.
                if (replay.seal(consumer, leases.values()) && answered.isEmpty() && isGroupDone(replay, topic)) {
                    complete = true;
                    beginStopping();
                }
            });
        }
    }

    /** Asks the broker now and then. */
    private boolean isGroupDone(ReplayBounds replay, String topic) {
        long now = System.nanoTime();
        if (now - askedNanos < COUNT_INTERVAL_NANOS) {
            return false;
        }
        askedNanos = now;
        return replay.isGroupDone(consumer, topic, leases.values());
    }

    /** What a stop or a passing trouble breaks off is done after the next poll, if still wanted then. */
    private static void orLater(Runnable task) {
        try {
            task.run();
        } catch (WakeupException e) {
            LOG.debug("Woken up");
        } catch (RetriableException e) {
            LOG.warn("Tried again: {}", e.toString());
        }
    }

    /** Whether the group has answered all that it was to replay. From any thread. */
    boolean isComplete() {
        return complete;
    }

    /**
     * Lets what is being scored be committed and answered, polling on with all partitions paused. In a rebalance the whole group waits
     * for each member to rejoin and, classic, for one of them to assign the partitions; until then nobody's offsets are
     * taken, this member's included.
     */
    private void finish() throws InterruptedException {
        intake.drop(Set.copyOf(leases.values()));
        paused = true;
        consumer.pause(leases.keySet());
        while ((!isIdle() || intake.isAnsweringCallers()) && !stageFailed && !isStopOverdue()) {
            pollOnce();
        }
    }

    private boolean isIdle() throws InterruptedException {
        for (Lease lease : leases.values()) {
            if (lease.awaitIdle(FINISH_STEP_NANOS) <= 0) {
                return false;
            }
        }
        return true;
    }

    /** By what the last fetch said of the partition's end. Now and then, as polls may be many. */
    private void countUnread() {
        if (System.nanoTime() - countedNanos >= COUNT_INTERVAL_NANOS) {
            countedNanos = System.nanoTime();
            leases.forEach((partition, lease) -> {
                try {
                    consumer.currentLag(partition).ifPresent(lease::unread);
                } catch (KafkaException | IllegalStateException e) {
                    LOG.debug("The lag of {} is not known now", partition, e);
                }
            });
        }
    }

    private void seeGroup() {
        if (!groupLeftBehind) {
            group = consumer.groupMetadata();
        }
    }

    /** Where the broker does not say what is there, or a stop is asked for, the next poll fails as this one did. */
    private void skipOrPollOn(Map<TopicPartition, Long> offsets) {
        try {
            skipWhatIsGone(offsets);
        } catch (WakeupException e) {
            LOG.debug("Woken up");
        } catch (RetriableException e) {
            LOG.warn("Polling on: {}", e.toString());
        }
    }

    /**
     * Goes on with the oldest events where retention has deleted unread ones. An offset beyond the end is another matter:
     * to begin anew would answer everything twice.
     */
    private void skipWhatIsGone(Map<TopicPartition, Long> offsets) {
        Map<TopicPartition, Long> oldest = consumer.beginningOffsets(offsets.keySet());
        offsets.forEach((partition, offset) -> {
            long begin = Objects.requireNonNull(oldest.get(partition), "no beginning of " + partition);
            if (offset > begin) {
                throw new WorkerFailedException(
                        "the group's offset " + offset + " of " + partition
                                + " is beyond the partition's end: the topic"
                                + " was made anew or has lost records; reset the group's offsets to what shall be read",
                        null);
            }
            LOG.warn("Events {} to {} of {} were deleted before they could be read", offset, begin - 1, partition);
            consumer.seek(partition, begin);
        });
    }

    private void throttle() {
        long bytes = intake.bytesInHand();
        if (bytes > limits.maxInFlightBytes()) {
            // Not all that the consumer calls assigned: a KIP-848 consumer takes partitions away in a thread of its
            // own.
            consumer.pause(leases.keySet());
            paused = true;
        } else if (paused && !stopping && bytes <= limits.maxInFlightBytes() / 2) {
            consumer.resume(leases.values().stream()
                    .filter(lease -> !lease.isSealed() && !awaited.holds(lease))
                    .map(Lease::partition)
                    .toList());
            paused = false;
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> leases.put(partition, new Lease(partition)));
        seeGroup();
        joined = true;
        if (paused) {
            consumer.pause(partitions);
        }
        if (!partitions.isEmpty()) {
            LOG.info("Assigned {}", partitions);
            observer.rebalanced(PipelineObserver.Rebalance.ASSIGNED);
        }
    }

    /** Another worker takes over: finish what is being scored, drop what only waits. */
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        seeGroup();
        if (!partitions.isEmpty()) {
            LOG.info("Revoked {}", partitions);
            observer.rebalanced(PipelineObserver.Rebalance.REVOKED);
            try {
                endLeases(partitions, limits.drainTimeout());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Another worker has taken over already: nothing more may be published. */
    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        answered.forget(partitions);
        LOG.warn("Lost {}: this worker was too slow or cut off, others have taken over", partitions);
        observer.rebalanced(PipelineObserver.Rebalance.LOST);
        try {
            endLeases(partitions, Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** @return whether nothing of them was being scored any more */
    private boolean endLeases(Collection<TopicPartition> partitions, Duration patience) throws InterruptedException {
        Set<Lease> ending = new HashSet<>();
        for (TopicPartition partition : Set.copyOf(partitions)) {
            Lease lease = leases.remove(partition);
            if (lease != null) {
                ending.add(lease);
            }
        }
        intake.drop(ending);
        boolean done = false;
        try {
            done = drain(ending, patience);
            if (!done && !patience.isZero()) {
                LOG.warn(
                        "Not all events in flight were committed within {} (streamrank.limits.drain-timeout);"
                                + " the next owner of {} will score them again",
                        patience,
                        partitions);
            }
        } finally {
            ending.forEach(Lease::end);
            awaitRunningTransaction();
            answered.commitNow(consumer, COMMIT_PATIENCE);
        }
        return done;
    }

    /**
     * The transaction that is being written may still answer events of leases that have ended, and must be over before
     * the group moves on: it would pass for one of the next generation. Only a stop does not wait for it longer than for
     * everything else; the transaction then knows no later generation, so the group refuses it or had it before.
     */
    private void awaitRunningTransaction() throws InterruptedException {
        while (!publisher.awaitRunningTransaction(POLL_TIMEOUT)) {
            if (isStopOverdue()) {
                LOG.warn("A transaction is still on its way; the broker decides whether it was committed");
                groupLeftBehind = true;
                return;
            }
        }
    }

    /**
     * Waits until nothing of these leases is being scored, in short steps: the group's generation may move on in the
     * meantime, and what a failed stage held is never settled.
     *
     * @return whether nothing is left
     */
    private boolean drain(Set<Lease> ending, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        for (Lease lease : ending) {
            long left = deadline - System.nanoTime();
            while (lease.awaitIdle(Math.min(left, DRAIN_STEP_NANOS)) <= 0) {
                left = deadline - System.nanoTime();
                if (left <= 0 || stageFailed || isStopOverdue()) {
                    return false;
                }
                seeGroup();
            }
        }
        return true;
    }
}
