package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.embedded.BrokerClasspath;
import io.streamrank.embedded.BrokerCluster;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.TestingReranker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Workers on three brokers with three replicas of everything, two of which must have what is acknowledged. */
@Timeout(300)
class ClusterIT {
    private static final int BROKERS = 3;
    private static final int PARTITIONS = 12;
    private static final int WORKERS_MAX = 4;

    private static BrokerCluster cluster;
    private static Admin admin;

    @BeforeAll
    static void start(@TempDir Path directory) {
        cluster = BrokerCluster.start(directory, BROKERS, Map.of(), BrokerClasspath.ofThisJvm());
        admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        cluster.close();
    }

    /** The one that decides about transactions, so that it dies in the middle of them, and comes back. */
    @Test
    void aBrokerThatIsKilledUnderLoadCostsTimeOnly() throws Throwable {
        try (TestingTopics topics = TestingTopics.created("killed", cluster, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 11);
            try (WorkerThread first = start(topics, "first", 10);
                    WorkerThread second = start(topics, "second", 10)) {
                sent.sendRound(PARTITIONS);
                Eventually.await("both have something to do", () -> share(first) > 0 && share(second) > 0);
                Eventually.await(
                        "something is answered", () -> !topics.committed().isEmpty());
                int victim = leader("__transaction_state").id();
                sent.sendRound(PARTITIONS);

                cluster.node(victim).kill();
                sent.sendRound(PARTITIONS);
                topics.awaitAllAnswered();

                Eventually.await("it is known to be dead", () -> brokers().size() == BROKERS - 1);
                cluster.node(victim).restart();
                sent.sendRound(PARTITIONS);
                Eventually.await("it is back", () -> brokers().size() == BROKERS);
                sent.sendRound(PARTITIONS);
                topics.awaitAllAnswered();
                first.stopAndAwaitEnd();
                second.stopAndAwaitEnd();
            }
            sent.assertAnsweredExactlyOnce();
        }
    }

    @Test
    void oneTwoAndFourWorkersShareThePartitionsEvenly() throws Throwable {
        try (TestingTopics topics = TestingTopics.created("shared", cluster, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 12);
            List<WorkerThread> workers = new ArrayList<>();
            try {
                for (int count : List.of(1, 2, WORKERS_MAX)) {
                    while (workers.size() < count) {
                        workers.add(start(topics, "worker-" + workers.size(), 10));
                    }
                    sent.sendRound(PARTITIONS);
                    Eventually.await(
                            count + " have the same share",
                            () -> workers.stream().allMatch(worker -> share(worker) == PARTITIONS / count));
                }
                sent.sendRound(PARTITIONS);
                topics.awaitAllAnswered();
                for (WorkerThread worker : workers) {
                    worker.stopAndAwaitEnd();
                }
            } finally {
                close(workers);
            }
            sent.assertAnsweredExactlyOnce();
            Set<String> busy = topics.statistics().stream()
                    .map(statistics -> statistics.worker())
                    .collect(Collectors.toSet());
            assertThat(busy).hasSize(WORKERS_MAX);
        }
    }

    /** As an autoscaler does it: members by lag, at least one, the newest to go first. */
    @Test
    void membersComeWithTheLagAndGoWithIt() throws Throwable {
        try (TestingTopics topics = TestingTopics.created("scaled", cluster, PARTITIONS)) {
            SentEvents sent = new SentEvents(topics, 13);
            List<WorkerThread> members = new ArrayList<>();
            int started = 0;
            int most = 0;
            try {
                for (int round = 0; round < WORKERS_MAX; round++) {
                    sent.sendRound(PARTITIONS);
                }
                topics.flush();
                long lag = topics.lag();
                while (lag > 0 || members.size() > 1) {
                    int wanted = (int) Math.max(1, Math.min(WORKERS_MAX, lag / SentEvents.ROUND));
                    if (members.size() < wanted) {
                        members.add(start(topics, "member-" + started++, 100));
                    } else if (members.size() > wanted) {
                        members.remove(members.size() - 1).stopAndAwaitEnd();
                    }
                    most = Math.max(most, members.size());
                    Thread.sleep(100);
                    lag = topics.lag();
                }
                members.remove(0).stopAndAwaitEnd();
            } finally {
                close(members);
            }
            assertThat(most).isEqualTo(WORKERS_MAX);
            sent.assertAnsweredExactlyOnce();
        }
    }

    private static WorkerThread start(TestingTopics topics, String name, int passMillis) {
        Limits limits = new TestingLimits()
                .maxBatchRequests(10)
                .linger(Duration.ofMillis(5))
                .build();
        return WorkerThread.start(
                topics.settings(name, GroupProtocol.CLASSIC, limits, TestingTopics.quickSession(GroupProtocol.CLASSIC)),
                new TestingReranker("test").slow(Duration.ofMillis(passMillis)));
    }

    private static void close(List<WorkerThread> workers) throws InterruptedException {
        for (WorkerThread worker : workers) {
            worker.close();
        }
    }

    private static int share(WorkerThread worker) {
        return worker.worker().load().backlogs().size();
    }

    private static Node leader(String topic) throws Exception {
        return requireNonNull(admin.describeTopics(List.of(topic))
                        .allTopicNames()
                        .get()
                        .get(topic))
                .partitions()
                .get(0)
                .leader();
    }

    private static Set<Integer> brokers() throws Exception {
        return admin.describeCluster().nodes().get().stream().map(Node::id).collect(Collectors.toSet());
    }
}
