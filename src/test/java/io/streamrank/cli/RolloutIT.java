package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.RolloutReport.State;
import io.streamrank.ingest.Worker;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker whose model gets a next revision while requests come in. */
@Timeout(300)
class RolloutIT {
    private static final Path FIRST = Path.of("src/test/resources/golden/bert");
    private static final Path NEXT = Path.of("src/test/resources/golden/electra");
    private static final int PARTITIONS = 3;
    private static final int KEYS = 60;
    private static final int EVENTS_MAX = 20_000;
    private static final CandidateListCodec REQUESTS = new CandidateListCodec();
    private static final RankedListCodec RANKINGS = new RankedListCodec();

    private final Map<String, RerankRequest> sent = new LinkedHashMap<>();
    private final List<Answered> answers = new ArrayList<>();
    private final Random random = new Random(7);

    @TempDir
    private Path folder = Path.of("");

    /** A ranking with the key that it was answered under. */
    private record Answered(String key, Ranking ranking) {}

    @Test
    void everyRequestIsRankedOnceByTheRevisionThatItsShareAndKeySay() throws Throwable {
        Files.writeString(file(), "");
        try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(folder.resolve("broker")))) {
            StreamrankConfig config = config(broker);
            WorkerAssembly assembly = new WorkerAssembly(config);
            Map<String, Integer> topics = new HashMap<>();
            assembly.topics().all().forEach(topic -> topics.put(topic, PARTITIONS));
            broker.createTopics(topics);
            try (Models models = assembly.load(assembly.configuredModels());
                    Reranker next = Rerankers.load(
                            NEXT,
                            "golden",
                            ModelSettings.defaults().withDevice("cpu").withDtype("float32"))) {
                IngestSettings settings = assembly.ingestSettings(broker.bootstrapServers(), "worker", false, Map.of());
                Worker worker = assembly.worker(settings, models, PipelineObserver.NONE);
                try (RolloutWatch watch = assembly.rollouts(models, worker).orElseThrow()) {
                    watch.followToTheEnd();
                    watch.start();
                    CompletableFuture<Void> end = run(worker);
                    try (Traffic traffic = new Traffic(broker, assembly.topics().candidates())) {
                        rollOutAndBack(models, watch, traffic);
                    } finally {
                        worker.stop();
                        end.get(60, TimeUnit.SECONDS);
                    }
                }
                assertAllAnsweredOnce(Map.of(
                        models.first("golden").model().revision(),
                        models.first("golden"),
                        next.model().revision(),
                        next));
            }
        }
    }

    private void rollOutAndBack(Models models, RolloutWatch watch, Traffic traffic) throws Exception {
        Reranker first = models.first("golden");
        traffic.mark("before");
        write("golden.path=" + NEXT + "\ngolden.share=0\n");
        Eventually.await(
                "the next revision is there",
                () -> watch.report().rollouts().stream().anyMatch(rollout -> rollout.state() == State.SERVING));
        Reranker next = models.next("golden").orElseThrow();
        String old = first.model().revision();
        String fresh = next.model().revision();
        traffic.mark("none");

        write("golden.path=" + NEXT + "\ngolden.share=50%\n");
        Eventually.await("half", () -> models.share(next) == 0.5);
        traffic.mark("half");
        traffic.mark("half-again");

        write("golden.path=" + NEXT + "\ngolden.share=most\n");
        Eventually.await("the mistake is seen", () -> watch.report().fileError().isPresent());
        traffic.mark("mistaken");

        write("golden.path=" + NEXT + "\ngolden.share=1\n");
        Eventually.await("all", () -> models.share(next) == 1);
        traffic.mark("all");

        write("golden.path=" + NEXT + "\ngolden.share=0\n");
        Eventually.await("none again", () -> models.share(next) == 0);
        traffic.mark("back");

        write("");
        Eventually.await("it is unloaded", next::isClosed);
        traffic.mark("after");
        traffic.end();
        traffic.awaitAnswers("", sent.size());

        for (String phase : List.of("before", "none", "back", "after")) {
            assertThat(revisions(phase).values()).as(phase).hasSize(KEYS).containsOnly(old);
        }
        assertThat(revisions("all").values()).hasSize(KEYS).containsOnly(fresh);
        Map<String, String> half = revisions("half");
        assertThat(half).hasSize(KEYS).isEqualTo(revisions("half-again"));
        assertThat(half).isEqualTo(revisions("mistaken"));
        assertThat(half.values().stream().filter(fresh::equals).count()).isBetween(KEYS / 4L, KEYS * 3L / 4);
    }

    /** By which revision each key was ranked. */
    private Map<String, String> revisions(String phase) {
        Map<String, String> revisions = new TreeMap<>();
        answers.stream()
                .filter(answer -> answer.ranking().requestId().startsWith(phase + "/"))
                .forEach(answer ->
                        revisions.put(answer.key(), answer.ranking().model().revision()));
        return revisions;
    }

    private void assertAllAnsweredOnce(Map<String, Reranker> byRevision) {
        assertThat(answers)
                .extracting(answer -> answer.ranking().requestId())
                .containsExactlyInAnyOrderElementsOf(sent.keySet());
        Map<String, Map<String, Float>> known = new HashMap<>();
        for (Answered answer : answers) {
            Ranking ranking = answer.ranking();
            RerankRequest request = requireNonNull(sent.get(ranking.requestId()));
            Map<String, Float> scores = known.computeIfAbsent(
                    ranking.model().revision() + request.query().text(),
                    any -> scores(requireNonNull(byRevision.get(ranking.model().revision())), request));
            for (RankedCandidate candidate : ranking.candidates()) {
                assertThat(candidate.score())
                        .as("%s by %s", ranking.requestId(), ranking.model().revision())
                        .isCloseTo(scores.get(candidate.id()), within(1e-4f));
            }
        }
    }

    private static Map<String, Float> scores(Reranker reranker, RerankRequest request) {
        float[] scores = reranker.score(reranker.encode(request));
        Map<String, Float> byId = new HashMap<>();
        for (int i = 0; i < scores.length; i++) {
            byId.put(request.candidates().get(i).id(), scores[i]);
        }
        return byId;
    }

    private static CompletableFuture<Void> run(Worker worker) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        worker.run();
                        end.complete(null);
                    } catch (InterruptedException | RuntimeException e) {
                        end.completeExceptionally(e);
                    }
                },
                "rolled-out-worker");
        thread.setDaemon(true);
        thread.start();
        return end;
    }

    private StreamrankConfig config(EmbeddedBroker broker) {
        return StreamrankConfigTest.config(Map.of(
                "streamrank.kafka.bootstrap-servers", broker.bootstrapServers(),
                "streamrank.model.path", FIRST.toString(),
                "streamrank.model.id", "golden",
                "streamrank.model.device", "cpu",
                "streamrank.model.dtype", "float32",
                "streamrank.rollout.file", file().toString(),
                "streamrank.rollout.interval", "50ms"));
    }

    private Path file() {
        return folder.resolve("rollout.properties");
    }

    private void write(String text) throws IOException {
        Path fresh = folder.resolve("fresh");
        Files.writeString(fresh, text);
        Files.move(fresh, file(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Requests that never stop, and now and then one for each key. */
    private final class Traffic implements AutoCloseable {
        private final KafkaProducer<byte[], byte[]> producer;
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final String topic;
        private final Thread thread = new Thread(this::flow, "traffic");
        private volatile boolean ended;

        Traffic(EmbeddedBroker broker, String topic) {
            this.topic = topic;
            producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", broker.bootstrapServers()),
                    new ByteArraySerializer(),
                    new ByteArraySerializer());
            consumer = new KafkaConsumer<>(
                    Map.of("bootstrap.servers", broker.bootstrapServers(), "isolation.level", "read_committed"),
                    new ByteArrayDeserializer(),
                    new ByteArrayDeserializer());
            List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                    .mapToObj(partition -> new TopicPartition("rerank.ranked", partition))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            thread.setDaemon(true);
            thread.start();
        }

        private void flow() {
            try {
                for (int i = 0; i < EVENTS_MAX && !ended; i++) {
                    send("flow/" + i, i % KEYS);
                    Thread.sleep(2);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** Sends a request for each key and waits for their answers: what comes later counts for another share. */
        void mark(String phase) throws Exception {
            for (int key = 0; key < KEYS; key++) {
                send(phase + "/" + key, key);
            }
            awaitAnswers(phase + "/", KEYS);
        }

        void awaitAnswers(String prefix, int count) throws Exception {
            Eventually.await("answers to " + prefix, Duration.ofSeconds(120), () -> {
                for (var record : consumer.poll(Duration.ofMillis(50))) {
                    answers.add(new Answered(new String(record.key(), UTF_8), RANKINGS.decode(record.value())));
                }
                return answers.stream()
                                .filter(answer -> answer.ranking().requestId().startsWith(prefix))
                                .count()
                        >= count;
            });
        }

        private void send(String id, int key) {
            synchronized (sent) {
                int place = random.nextInt(20);
                RerankRequest request = new RerankRequest(
                        id,
                        new Query(null, "what is at place " + place),
                        List.of(
                                new Candidate("a", "a river is at place " + place, null),
                                new Candidate("b", "a mountain is at place " + place, null),
                                new Candidate("c", "nothing", null)),
                        null,
                        null,
                        null,
                        Map.of());
                sent.put(id, request);
                producer.send(new ProducerRecord<>(topic, ("key-" + key).getBytes(UTF_8), REQUESTS.encode(request)));
            }
        }

        void end() throws InterruptedException {
            ended = true;
            thread.join();
            producer.flush();
        }

        @Override
        public void close() throws InterruptedException {
            end();
            producer.close();
            consumer.close();
        }
    }
}
