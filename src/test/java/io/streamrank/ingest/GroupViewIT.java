package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.GroupSnapshot.Member;
import io.streamrank.ingest.GroupSnapshot.PartitionLag;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.SharedBroker;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the brokers say of a group, by either protocol. */
@Timeout(180)
class GroupViewIT {
    private static final int PARTITIONS = 3;

    private static final Duration PATIENCE = Duration.ofSeconds(50);
    private static final EmbeddedBroker BROKER = SharedBroker.get();

    private final AtomicLong now = new AtomicLong();

    @ParameterizedTest
    @EnumSource
    void showsWhoHoldsWhatAndWhatIsBeforeThem(GroupProtocol protocol) throws Throwable {
        TestingReranker reranker = new TestingReranker("test");
        try (TestingTopics topics = TestingTopics.created("viewed-" + protocol.word(), BROKER, PARTITIONS);
                GroupView view = patient(settings(topics, "worker-0", protocol))) {
            topics.send(0, null, event()).get();
            topics.send(0, null, event()).get();
            topics.send(1, null, event()).get();

            assertThat(seen(view).members()).isEmpty();
            assertThat(seen(view).state()).isEqualTo("Dead");
            assertThat(seen(view).records()).isEqualTo(3);
            assertThat(seen(view).partitions())
                    .contains(new PartitionLag(
                            0, OptionalLong.empty(), OptionalLong.of(2), OptionalLong.of(2), Optional.empty()));

            try (WorkerThread one = WorkerThread.start(settings(topics, "worker-0", protocol), reranker);
                    WorkerThread two = WorkerThread.start(settings(topics, "worker-1", protocol), reranker)) {
                Eventually.await("both have a part", () -> bothHaveAPart(seen(view)));
                topics.awaitAllAnswered();
                Eventually.await("nothing is left", () -> seen(view).records() == 0);

                GroupSnapshot snapshot = seen(view);
                assertThat(snapshot.state()).isEqualTo("Stable");
                assertThat(snapshot.members())
                        .extracting(Member::instanceId)
                        .containsExactly(Optional.of("worker-0"), Optional.of("worker-1"));
                assertThat(snapshot.members()).extracting(Member::host).containsOnly("127.0.0.1");
                assertThat(snapshot.members().stream().flatMap(member -> member.partitions().stream()))
                        .containsExactlyInAnyOrder(0, 1, 2);
                assertThat(snapshot.partitions()).allSatisfy(partition -> {
                    String holder = partition.member().orElseThrow();
                    assertThat(snapshot.members())
                            .filteredOn(member -> member.partitions().contains(partition.partition()))
                            .extracting(Member::instanceId)
                            .containsExactly(Optional.of(holder));
                });
                assertThat(snapshot.partitions().get(0).committed()).hasValue(2);

                CountDownLatch release = reranker.hold();
                topics.send(1, null, event()).get();
                Eventually.await("it is before them", () -> seen(view).records() == 1);
                assertThat(seen(view).partitions().get(1).records()).hasValue(1);
                release.countDown();
                one.stopAndAwaitEnd();
                two.stopAndAwaitEnd();
            }
        }
    }

    @Test
    void countsNothingOfAnOpenTransaction() throws Exception {
        try (TestingTopics topics = TestingTopics.created("open", BROKER, 1);
                GroupView view = patient(settings(topics, "worker-0", GroupProtocol.CLASSIC));
                var producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", BROKER.bootstrapServers(), "transactional.id", "open"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topics.topics().candidates(), event()))
                    .get();

            assertThat(seen(view).records()).isZero();
            producer.commitTransaction();

            // The event, and the mark of the transaction's end.
            Eventually.await("it is to be read", () -> seen(view).records() == 2);
        }
    }

    @Test
    void asksTheBrokersOnceASecond() throws Exception {
        try (TestingTopics topics = TestingTopics.created("cached", BROKER, 1);
                GroupView view = view(settings(topics, "worker-0", GroupProtocol.CLASSIC), PATIENCE)) {
            assertThat(seen(view).records()).isZero();
            topics.send(0, null, event()).get();

            now.set(Duration.ofMillis(999).toNanos());
            assertThat(seen(view).records()).isZero();
            now.set(Duration.ofSeconds(1).toNanos());
            assertThat(seen(view).records()).isEqualTo(1);
        }
    }

    @Test
    void saysWhereNoBrokerAnswers() throws Exception {
        try (GroupView view = view(TestingEvents.settings(Limits.DEFAULT), Duration.ofSeconds(1))) {
            assertThatThrownBy(() -> seen(view))
                    .isInstanceOf(GroupView.UnavailableException.class)
                    .hasMessageContaining("the Kafka brokers at 127.0.0.1:1")
                    .hasMessageContaining("group group")
                    .hasMessageContaining("within 1 s");
            long start = System.nanoTime();
            assertThatThrownBy(() -> seen(view)).isInstanceOf(GroupView.UnavailableException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(500));
        }
    }

    private static GroupSnapshot seen(GroupView view) throws Exception {
        try {
            return view.snapshot().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof GroupView.UnavailableException unavailable ? unavailable : e;
        }
    }

    private static boolean bothHaveAPart(GroupSnapshot snapshot) {
        return snapshot.state().equals("Stable")
                && snapshot.members().size() == 2
                && snapshot.members().stream()
                        .noneMatch(member -> member.partitions().isEmpty());
    }

    /** One that is told what time it is. */
    private GroupView view(IngestSettings settings, Duration timeout) {
        return new GroupView(settings, () -> new KafkaClients(settings).admin("view"), now::get, timeout);
    }

    /** One that waits for an answer as long as a busy machine needs. */
    private static GroupView patient(IngestSettings settings) {
        return new GroupView(settings, () -> new KafkaClients(settings).admin("view"), System::nanoTime, PATIENCE);
    }

    private static IngestSettings settings(TestingTopics topics, String name, GroupProtocol protocol) {
        return topics.settings(name, protocol, Limits.DEFAULT, TestingTopics.quickSession(protocol));
    }

    private static byte[] event() {
        return TestingEvents.encoded(TestingEvents.request("a 1", "b 2"));
    }
}
