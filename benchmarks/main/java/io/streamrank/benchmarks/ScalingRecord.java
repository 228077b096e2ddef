package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.BrokerClasspath;
import io.streamrank.embedded.BrokerCluster;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.Topics;
import io.streamrank.ingest.Worker;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Pairs a second of one, two and more workers of a group, exactly once, on a cluster of its own with replicas: what adding
 * workers gives where the scorer is what takes the time. Each number of workers gets as much to do for each of them, and
 * the clock runs from the sending of the first list to the commit of the last.
 */
@Command(name = "scaling", mixinStandardHelpOptions = true)
public final class ScalingRecord implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final double NANOS = 1e9;

    @Option(names = "--workers", split = ",", defaultValue = "1,2,4", description = "How many, one run each.")
    private List<Integer> workers = List.of();

    @Option(names = "--brokers", defaultValue = "3", description = "How many; with three, three replicas.")
    private int brokers;

    @Option(names = "--partitions", defaultValue = "12", description = "Of the candidates topic and the others.")
    private int partitions;

    @Option(names = "--lists", defaultValue = "1200", description = "Candidate lists for each worker.")
    private int lists;

    @Option(names = "--candidates", defaultValue = "10", description = "Of each list.")
    private int candidates;

    @Option(names = "--micros-per-pair", defaultValue = "1000", description = "What scoring a pair costs.")
    private long microsPerPair;

    @Option(names = "--home", defaultValue = ".", description = "The project's folder, built.")
    private Path home = Path.of(".");

    @Option(names = "--work", required = true, description = "A folder for the brokers' data.")
    private Path work = Path.of("");

    @Option(names = "--output", required = true, description = "Where the results go.")
    private Path output = Path.of("");

    @Option(names = "--revision", defaultValue = "unknown", description = "What is measured.")
    private String revision = "unknown";

    /** Runs it. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new ScalingRecord()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        ObjectNode record = JSON.createObjectNode();
        record.set("environment", environment());
        record.set(
                "settings",
                JSON.createObjectNode()
                        .put("brokers", brokers)
                        .put("partitions", partitions)
                        .put("listsPerWorker", lists)
                        .put("candidates", candidates)
                        .put("microsPerPair", microsPerPair));
        double one = 0;
        try (BrokerCluster cluster = BrokerCluster.start(work, brokers, Map.of(), BrokerClasspath.ofBuild(home))) {
            for (int count : workers) {
                double pairsPerSecond = measure(cluster, count);
                one = one == 0 ? pairsPerSecond / count : one;
                double share = pairsPerSecond / (one * count);
                record.withArray("runs")
                        .addObject()
                        .put("workers", count)
                        .put("pairsPerSecond", pairsPerSecond)
                        .put("ofLinear", share);
                System.out.printf("%d workers: %,.0f pairs/s, %.1f %% of linear%n", count, pairsPerSecond, 100 * share);
            }
        }
        Files.writeString(output, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(record) + "\n");
        return 0;
    }

    private ObjectNode environment() {
        return JSON.createObjectNode()
                .put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .put("revision", revision)
                .put("java", Runtime.version().toString())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("loadAtStart", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private double measure(BrokerCluster cluster, int count) throws Exception {
        String name = "scaling-" + count;
        Topics topics = new Topics(name + ".candidates", name + ".ranked", name + ".batches", name + ".dlq");
        Map<String, Integer> wanted = new HashMap<>();
        topics.all().forEach(topic -> wanted.put(topic, partitions));
        cluster.createTopics(wanted);
        AtomicLong pairs = new AtomicLong();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        List<Worker> running = new ArrayList<>();
        try {
            for (int number = 0; number < count; number++) {
                running.add(start(cluster, topics, name, number, pairs, failure));
            }
            await(
                    failure,
                    () -> running.stream()
                            .allMatch(worker -> worker.load().backlogs().size() == partitions / count));
            send(cluster, topics, partitions, 0);
            long warm = (long) partitions * candidates;
            await(failure, () -> pairs.get() == warm);
            long start = System.nanoTime();
            send(cluster, topics, lists * count, partitions);
            long all = warm + (long) lists * count * candidates;
            await(failure, () -> pairs.get() == all);
            return (all - warm) * NANOS / (System.nanoTime() - start);
        } finally {
            running.forEach(Worker::stop);
            for (Worker worker : running) {
                worker.awaitEnd(LIMIT);
            }
        }
    }

    private Worker start(
            BrokerCluster cluster,
            Topics topics,
            String group,
            int number,
            AtomicLong pairs,
            AtomicReference<@Nullable Throwable> failure) {
        IngestSettings settings = new IngestSettings(
                cluster.bootstrapServers(),
                group,
                "worker-" + number,
                GroupProtocol.CLASSIC,
                Guarantee.EXACTLY_ONCE,
                topics,
                Limits.DEFAULT,
                false,
                partitions,
                Map.of());
        Worker worker = new Worker(
                settings,
                new Models(List.of(new PacedReranker(microsPerPair))),
                any -> new BatchPolicy(4_096, 4_096),
                Clock.systemUTC(),
                PipelineObserver.ofCommits(report -> pairs.addAndGet(report.pairs())));
        Thread thread = new Thread(() -> run(worker, failure), "worker-" + number);
        thread.setDaemon(true);
        thread.start();
        return worker;
    }

    @SuppressWarnings("CatchingUnchecked") // whatever it is, the record ends with it
    private static void run(Worker worker, AtomicReference<@Nullable Throwable> failure) {
        try {
            worker.run();
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    private void send(BrokerCluster cluster, Topics topics, int count, int first) {
        CandidateListCodec codec = new CandidateListCodec();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", cluster.bootstrapServers(), "linger.ms", 5),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = first; i < first + count; i++) {
                byte[] value = codec.encode(list(i));
                var unused = producer.send(new ProducerRecord<>(topics.candidates(), i % partitions, null, value));
            }
        }
    }

    /** Of texts that no other has, since equal pairs are scored once. */
    private RerankRequest list(int number) {
        List<Candidate> documents = new ArrayList<>();
        for (int i = 0; i < candidates; i++) {
            documents.add(new Candidate("d" + i, "document " + i + " of " + number, null));
        }
        return new RerankRequest("r" + number, new Query(null, "query"), documents, null, null, null, Map.of());
    }

    private static void await(AtomicReference<@Nullable Throwable> failure, Callable<Boolean> condition)
            throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.call()) {
            Throwable cause = failure.get();
            if (cause != null || System.nanoTime() > deadline) {
                throw new IOException("the workers did not do it within " + LIMIT, cause);
            }
            Thread.sleep(2);
        }
    }
}
