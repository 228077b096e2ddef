package io.streamrank.ingest;

import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

import io.streamrank.ingest.GroupSnapshot.Member;
import io.streamrank.ingest.GroupSnapshot.PartitionLag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * The worker's whole consumer group, as the brokers see it, whichever protocol it speaks. What was heard last counts for
 * a second, so that many who watch ask the brokers no more often than one; also that they did not answer. Asks on a thread of its own.
 * Thread-safe.
 */
public final class GroupView implements AutoCloseable {
    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final IngestSettings settings;
    private final Supplier<Admin> admins;
    private final LongSupplier nanoTime;
    private final Duration timeout;
    private final ThreadPoolExecutor asking =
            new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), GroupView::thread);
    private volatile @Nullable Admin admin;
    private @Nullable CompletableFuture<Heard> asked;
    private boolean closed;

    /** What the brokers said, or why they did not, and when. */
    private record Heard(
            Optional<GroupSnapshot> snapshot,
            String failure,
            @Nullable Throwable cause,
            long nanos) {
        GroupSnapshot orThrow() {
            return snapshot.orElseThrow(() -> new UnavailableException(failure, cause));
        }
    }

    /** The brokers did not say; the message tells why, as far as known. Trying again may help. */
    public static final class UnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnavailableException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** @param settings the cluster, the group and the candidates topic; the client properties count here, too */
    public GroupView(IngestSettings settings) {
        this(settings, () -> new KafkaClients(settings).admin("view"), System::nanoTime, TIMEOUT);
    }

    GroupView(IngestSettings settings, Supplier<Admin> admins, LongSupplier nanoTime, Duration timeout) {
        this.settings = requireNonNull(settings, "settings");
        this.admins = admins;
        this.nanoTime = nanoTime;
        this.timeout = timeout;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "streamrank-view");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * The group now, or as of a second ago at most. Never waits: whoever asks while the brokers are being asked gets the
     * same answer.
     *
     * @return failed with {@link UnavailableException}, as the cause of a {@link
     *     java.util.concurrent.CompletionException}, if they do not answer for some seconds, or not this client
     */
    public synchronized CompletableFuture<GroupSnapshot> snapshot() {
        if (closed) {
            return CompletableFuture.failedFuture(new CompletionException(nobodyAsks()));
        }
        CompletableFuture<Heard> last = asked;
        if (last == null || isOld(last)) {
            last = CompletableFuture.supplyAsync(this::listen, asking);
            asked = last;
        }
        return last.thenApply(Heard::orThrow);
    }

    private boolean isOld(CompletableFuture<Heard> last) {
        return last.isCompletedExceptionally()
                || (last.isDone() && nanoTime.getAsLong() - last.join().nanos() >= FRESH.toNanos());
    }

    private Heard listen() {
        try {
            GroupSnapshot snapshot = ask(admin());
            return new Heard(Optional.of(snapshot), "", null, nanoTime.getAsLong());
        } catch (ExecutionException e) {
            return unheard(requireNonNull(e.getCause()));
        } catch (TimeoutException | KafkaException e) {
            return unheard(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw nobodyAsks();
        }
    }

    private Admin admin() {
        Admin known = admin;
        return known == null ? keep(admins.get()) : known;
    }

    private synchronized Admin keep(Admin created) {
        if (closed) {
            created.close(Duration.ZERO);
            throw nobodyAsks();
        }
        admin = created;
        return created;
    }

    private static UnavailableException nobodyAsks() {
        return new UnavailableException("unavailable: nobody asks the brokers any more", null);
    }

    private Heard unheard(Throwable cause) {
        String what = cause instanceof AuthorizationException
                ? "the Kafka brokers at " + settings.bootstrapServers() + " do not let this client see group "
                        + settings.groupId() + " and topic " + settings.topics().candidates()
                        + ", for which it needs the right to describe them: "
                : "the Kafka brokers at " + settings.bootstrapServers() + " did not say how group " + settings.groupId()
                        + " is, within " + timeout.toSeconds() + " s: ";
        return new Heard(Optional.empty(), what + ErrorText.firstLine(cause), cause, nanoTime.getAsLong());
    }

    private GroupSnapshot ask(Admin from) throws InterruptedException, ExecutionException, TimeoutException {
        int millis = Math.toIntExact(timeout.toMillis());
        String topic = settings.topics().candidates();
        String groupId = settings.groupId();
        var described = from.describeTopics(List.of(topic), new DescribeTopicsOptions().timeoutMs(millis))
                .topicNameValues();
        // Answers for groups of either protocol.
        var group = from.describeConsumerGroups(List.of(groupId), new DescribeConsumerGroupsOptions().timeoutMs(millis))
                .describedGroups();
        List<TopicPartition> partitions = get(requireNonNull(described.get(topic))).partitions().stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        // A commit whose transaction is still open shall be waited for by nobody who only watches.
        var committed = from.listConsumerGroupOffsets(
                        Map.of(groupId, new ListConsumerGroupOffsetsSpec().topicPartitions(partitions)),
                        new ListConsumerGroupOffsetsOptions()
                                .requireStable(false)
                                .timeoutMs(millis))
                .partitionsToOffsetAndMetadata(groupId);
        var beginnings = from.listOffsets(all(partitions, OffsetSpec.earliest()), readable(millis));
        var ends = from.listOffsets(all(partitions, OffsetSpec.latest()), readable(millis));
        Optional<ConsumerGroupDescription> description = described(requireNonNull(group.get(groupId)));
        List<Member> members = members(description, topic);
        Map<TopicPartition, OffsetAndMetadata> offsets = get(committed);
        List<PartitionLag> lags = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata offset = offsets.get(partition);
            lags.add(lag(
                    partition,
                    offset == null ? OptionalLong.empty() : OptionalLong.of(offset.offset()),
                    offset(beginnings, partition),
                    offset(ends, partition),
                    members));
        }
        return new GroupSnapshot(
                description
                        .map(ConsumerGroupDescription::groupState)
                        .orElse(GroupState.DEAD)
                        .toString(),
                members,
                lags);
    }

    /** As workers read it: nothing of a transaction that is still open. */
    private static ListOffsetsOptions readable(int timeoutMillis) {
        return new ListOffsetsOptions(IsolationLevel.READ_COMMITTED).timeoutMs(timeoutMillis);
    }

    private static Map<TopicPartition, OffsetSpec> all(List<TopicPartition> partitions, OffsetSpec spec) {
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        partitions.forEach(partition -> all.put(partition, spec));
        return all;
    }

    /** Empty before the first worker has joined. */
    private Optional<ConsumerGroupDescription> described(KafkaFuture<ConsumerGroupDescription> group)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return Optional.of(get(group));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static List<Member> members(Optional<ConsumerGroupDescription> group, String topic) {
        return group.stream()
                .flatMap(description -> description.members().stream())
                .map(member -> member(member, topic))
                .sorted(comparing((Member member) -> member.instanceId().orElse(""))
                        .thenComparing(Member::clientId)
                        .thenComparing(Member::host))
                .toList();
    }

    private static Member member(MemberDescription member, String topic) {
        String host = member.host();
        return new Member(
                member.groupInstanceId(),
                member.clientId(),
                host.startsWith("/") ? host.substring(1) : host,
                member.assignment().topicPartitions().stream()
                        .filter(partition -> partition.topic().equals(topic))
                        .map(TopicPartition::partition)
                        .sorted()
                        .toList());
    }

    /** A partition whose leader is away hides the others from nobody. */
    private OptionalLong offset(ListOffsetsResult result, TopicPartition partition)
            throws InterruptedException, TimeoutException {
        try {
            return OptionalLong.of(get(result.partitionResult(partition)).offset());
        } catch (ExecutionException e) {
            return OptionalLong.empty();
        }
    }

    private static PartitionLag lag(
            TopicPartition partition,
            OptionalLong committed,
            OptionalLong beginning,
            OptionalLong end,
            List<Member> members) {
        OptionalLong records = OptionalLong.empty();
        if (end.isPresent() && (committed.isPresent() || beginning.isPresent())) {
            long next = Math.max(committed.orElse(0), beginning.orElse(0));
            records = OptionalLong.of(Math.max(0, end.getAsLong() - next));
        }
        return new PartitionLag(
                partition.partition(),
                committed,
                end,
                records,
                members.stream()
                        .filter(member -> member.partitions().contains(partition.partition()))
                        .findFirst()
                        .flatMap(Member::instanceId));
    }

    /** The call has a timeout of its own; this one is for a client that does not keep it. */
    private <T> T get(KafkaFuture<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(2 * timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        Admin last;
        synchronized (this) {
            closed = true;
            asking.shutdownNow();
            if (asked != null) {
                asked.completeExceptionally(nobodyAsks());
            }
            last = admin;
            admin = null;
        }
        if (last != null) {
            last.close(CLOSE_TIMEOUT);
        }
    }
}
