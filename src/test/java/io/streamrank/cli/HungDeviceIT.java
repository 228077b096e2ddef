package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.ShutdownEvent;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Framing;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.DeviceHungException;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.SharedBroker;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When the process ends itself because a native call would keep it. */
@Timeout(180)
class HungDeviceIT {
    private static final EmbeddedBroker BROKER = SharedBroker.get();

    private final TestingReranker reranker = new TestingReranker("test");
    private final List<Integer> halts = new CopyOnWriteArrayList<>();
    private final RunningWorker running = new RunningWorker(halts::add);

    @Test
    void aHungDeviceEndsTheProcess() {
        CountDownLatch release = reranker.holdUninterruptibly();
        CompletableFuture<Void> run = run("hung-process", Map.of("streamrank.limits.device-timeout", "1s"));

        assertThatThrownBy(() -> run.get(60, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(DeviceHungException.class);

        assertThat(halts).containsExactly(ExitCode.FAILED);
        assertThat(running.health().state()).isEqualTo(Health.State.ENDED);
        release.countDown();
    }

    @Test
    void aStopEndsTheProcessThoughAForwardPassGoesOn() throws Exception {
        CountDownLatch release = reranker.holdUninterruptibly();
        CompletableFuture<Void> run = run("going-on-process", Map.of("streamrank.limits.drain-timeout", "1s"));
        Eventually.await("a batch is being scored", () -> reranker.batches() > 0);

        long start = System.nanoTime();
        running.onShutdown(new ShutdownEvent());

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1 + 30));
        assertThat(halts).containsExactly(ExitCode.FAILED);
        run.get(60, TimeUnit.SECONDS);
        release.countDown();
    }

    @Test
    void aStopWhileModelsAreLoadedEndsTheProcess() throws Exception {
        running.begin();

        running.onShutdown(new ShutdownEvent());

        assertThat(halts).containsExactly(ExitCode.TERMINATED);
    }

    @Test
    void aStopOfWhatNeverBeganEndsNothing() throws Exception {
        running.onShutdown(new ShutdownEvent());

        assertThat(halts).isEmpty();
        assertThat(running.health()).isEqualTo(Health.STARTING);
    }

    /** A worker with one request to score. */
    private CompletableFuture<Void> run(String prefix, Map<String, String> properties) {
        Map<String, String> all = new HashMap<>(properties);
        for (String topic : List.of("candidates", "ranked", "batches", "dead-letters")) {
            all.put("streamrank.topics." + topic, prefix + "." + topic);
        }
        all.put("streamrank.kafka.group-id", prefix);
        StreamrankConfig config = StreamrankConfigTest.config(all);
        WorkerAssembly assembly = new WorkerAssembly(config);
        Map<String, Integer> topics = new HashMap<>();
        assembly.topics().all().forEach(topic -> topics.put(topic, 1));
        BROKER.createTopics(topics);
        try (CandidateSender sender = new CandidateSender(
                Map.of(
                        "bootstrap.servers", BROKER.bootstrapServers(),
                        "key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer",
                        "value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer"),
                assembly.topics().candidates(),
                1 << 20,
                Framing.SINGLE_OBJECT)) {
            sender.send(new RerankRequest(
                    "r", new Query(null, "q"), List.of(new Candidate("d", "a 1", null)), null, null, null, Map.of()));
            sender.flush();
        }
        IngestSettings settings = assembly.ingestSettings(BROKER.bootstrapServers(), "worker", false, Map.of());
        return CompletableFuture.runAsync(() -> {
            WorkerLog log = new WorkerLog();
            try {
                running.run(
                        assembly.worker(settings, new Models(List.of(reranker)), log),
                        log,
                        settings.limits().drainTimeout());
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
