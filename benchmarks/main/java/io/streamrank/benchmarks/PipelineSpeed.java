package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.BrokerClasspath;
import io.streamrank.embedded.BrokerProcess;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.Topics;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The worker from Kafka to Kafka, on a broker of this machine. With a scorer that costs nothing it stands beside a plain
 * loop that reads the same records and commits as many in a transaction; with the shipped checkpoint beside the scorer
 * alone, text in and scores out without Kafka.
 */
@Command(name = "pipeline-speed", mixinStandardHelpOptions = true)
public final class PipelineSpeed implements Callable<Integer> {
    static final String EVENTS = "plain_loop_events";
    static final String BYTES = "plain_loop_bytes";
    static final String WORKER = "worker";
    static final String SCORER = "scorer_alone";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PARTITIONS = 3;
    private static final int DEPTH = 20;

    /** Of the sample. */
    private static final int QUERIES = 200;

    private static final int GUARDED_LISTS = 4000;

    @Option(names = "--model", defaultValue = "models/minilm-l6-reranker", description = "A checkpoint.")
    private Path model = Path.of("");

    @Option(names = "--home", defaultValue = ".", description = "The project's folder, after it was built.")
    private Path home = Path.of("");

    @Option(names = "--lists", defaultValue = "6000", description = "Lists of a round with the free scorer.")
    private int lists;

    @Option(names = "--scored-lists", defaultValue = "20", description = "Lists of a round with the checkpoint.")
    private int scoredLists;

    @Option(names = "--threads", defaultValue = "0", description = "Threads of a forward pass; 0: one for each core.")
    private int threads;

    @Option(names = "--rounds", defaultValue = "7", description = "How often each side has its turn.")
    private int rounds;

    @Option(names = "--scored-rounds", defaultValue = "5", description = "The same with the checkpoint.")
    private int scoredRounds;

    @Option(names = "--revision", defaultValue = "unknown", description = "The commit that is measured.")
    private String revision = "";

    @Option(names = "--output", required = true, description = "The JSON file to write.")
    private Path output = Path.of("pipeline.json");

    private int groups;

    /** Entry point. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new PipelineSpeed()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Environment environment = new Environment(revision);
        ObjectNode all = JSON.createObjectNode().put("benchmark", "pipeline-speed");
        Path folder = Files.createTempDirectory("pipeline-speed");
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.in(folder), BrokerClasspath.ofBuild(home))) {
            List<RerankRequest> requests = requests();
            if (rounds > 0) {
                free(broker, requests, all.putObject("free_scorer"));
                System.out.println(all);
            }
            if (scoredRounds > 0) {
                scored(broker, requests.subList(0, scoredLists), all.putObject("checkpoint"));
                System.out.println(all.path("checkpoint"));
            }
        }
        environment.tell(all.putObject("environment"));
        JSON.writerWithDefaultPrettyPrinter().writeValue(output.toFile(), all);
        return 0;
    }

    /** The one ratio that says whether the way through the worker has become slower: with a free scorer. */
    static double workerToPlainLoop(Path home, int rounds) throws Exception {
        PipelineSpeed speed = new PipelineSpeed();
        speed.lists = GUARDED_LISTS;
        speed.rounds = rounds;
        ObjectNode told = JSON.createObjectNode();
        Path folder = Files.createTempDirectory("pipeline-speed");
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.in(folder), BrokerClasspath.ofBuild(home))) {
            speed.free(broker, requests(), told);
        }
        return told.path(WORKER).path("times_" + EVENTS).path("median").asDouble();
    }

    private static List<RerankRequest> requests() throws Exception {
        List<RerankRequest> requests = new ArrayList<>();
        for (SamplePassages passages : SamplePassages.read(QUERIES, DEPTH, 0)) {
            requests.add(SampleRequests.of("request-" + requests.size(), passages));
        }
        return requests;
    }

    private void free(BrokerProcess broker, List<RerankRequest> requests, ObjectNode node) throws Exception {
        String topic = fill(broker, "free", requests, lists);
        try (Models models = new Models(List.of(new FreeScorer()))) {
            WorkerRun.Result warm = WorkerRun.of(settings(broker, topic), models, lists);
            int perTransaction = Math.max(1, Math.round((float) lists / warm.transactions()));
            node.put("lists", lists).put("candidates", DEPTH).put("lists_per_transaction", perTransaction);
            int ranking = PlainLoop.events()
                    .of(new ConsumerRecord<>(
                            topic, 0, 0, new byte[0], new CandidateListCodec().encode(requests.get(0))))
                    .length;
            Map<String, TimedRounds.Turn> sides = new LinkedHashMap<>();
            sides.put(
                    WORKER,
                    () -> WorkerRun.of(settings(broker, topic), models, lists).seconds());
            sides.put(EVENTS, () -> plain(broker, topic, perTransaction, PlainLoop.events()));
            sides.put(BYTES, () -> plain(broker, topic, perTransaction, PlainLoop.bytes(ranking)));
            TimedRounds.of(sides, rounds).tell(node, lists, "lists", List.of(EVENTS, BYTES));
        }
    }

    private void scored(BrokerProcess broker, List<RerankRequest> requests, ObjectNode node) throws Exception {
        String topic = fill(broker, "scored", requests, requests.size());
        ModelSettings settings =
                ModelSettings.defaults().withDevice("cpu").withThreads(threads).withTokenCache(0);
        try (Reranker reranker = Rerankers.load(model, "model", settings)) {
            Models models = new Models(List.of(reranker));
            node.put("lists", requests.size()).put("candidates", DEPTH).put("dtype", reranker.dtype());
            Map<String, TimedRounds.Turn> sides = new LinkedHashMap<>();
            sides.put(
                    WORKER,
                    () -> WorkerRun.of(settings(broker, topic), models, requests.size())
                            .seconds());
            sides.put(SCORER, () -> ScorerAlone.seconds(reranker, requests));
            TimedRounds.of(sides, scoredRounds).tell(node, requests.size(), "lists", List.of(SCORER));
        }
    }

    private double plain(BrokerProcess broker, String topic, int perTransaction, PlainLoop.Transform transform)
            throws Exception {
        return new PlainLoop(settings(broker, topic), perTransaction, transform).run(lists);
    }

    /** A topic of its own for each kind of run: all sides read the same records, each as a group of its own. */
    private static String fill(BrokerProcess broker, String name, List<RerankRequest> requests, int lists) {
        String topic = "candidates." + name;
        broker.createTopics(Map.of(topic, PARTITIONS));
        CandidateListCodec codec = new CandidateListCodec();
        Map<String, Object> config =
                Map.of("bootstrap.servers", broker.bootstrapServers(), "compression.type", "gzip", "linger.ms", 20);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < lists; i++) {
                RerankRequest request = requests.get(i % requests.size());
                RerankRequest own = new RerankRequest(
                        "request-" + i, request.query(), request.candidates(), null, null, null, Map.of());
                var unused = producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, codec.encode(own)));
            }
        }
        return topic;
    }

    private IngestSettings settings(BrokerProcess broker, String topic) {
        String name = "run-" + groups++;
        return new IngestSettings(
                broker.bootstrapServers(),
                name,
                name,
                IngestSettings.GroupProtocol.CLASSIC,
                IngestSettings.Guarantee.EXACTLY_ONCE,
                new Topics(topic, topic + ".ranked", topic + ".batches", topic + ".dlq"),
                Limits.DEFAULT,
                true,
                PARTITIONS,
                Map.of());
    }
}
