package io.streamrank.benchmarks;

import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.Timings;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.PackedBatch;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a list of 20 candidates costs on its way, but for the forward pass and the network: microseconds a list and step,
 * one thread, with 50 real lists in hand as a transaction may have.
 */
@NullUnmarked // JMH fills the fields
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class HotPathBenchmark {
    private static final int LISTS = 50;
    private static final int DEPTH = 20;
    private static final Path MODEL = Path.of("models/minilm-l6-reranker");
    private static final String TOPIC = "rerank.ranked";

    private final CandidateListCodec lists = new CandidateListCodec();
    private final RankedListCodec rankings = new RankedListCodec();
    private final List<RerankRequest> requests = new ArrayList<>();
    private final List<byte[]> events = new ArrayList<>();
    private final List<EncodedPair> pairs = new ArrayList<>();
    private final List<Ranking> ranked = new ArrayList<>();
    private int[] lengths;
    private Reranker reranker;
    private Reranker remembering;
    private Trainable packing;
    private MockProducer<byte[], byte[]> producer;

    @Setup(Level.Trial)
    public void load() throws IOException {
        ModelSettings settings = ModelSettings.defaults().withDevice("cpu").withDtype("float32");
        remembering = Rerankers.load(MODEL, "minilm", settings);
        reranker = Rerankers.load(MODEL, "minilm", settings.withTokenCache(0));
        packing = Trainable.open(MODEL, 0);
        for (SamplePassages passages : SamplePassages.read(LISTS, DEPTH, 0)) {
            RerankRequest request = SampleRequests.of("request-" + requests.size(), passages);
            requests.add(request);
            events.add(lists.encode(request));
            pairs.addAll(reranker.encode(request));
            remembering.encode(request);
            ranked.add(ranking(request));
        }
        lengths = pairs.stream().mapToInt(EncodedPair::tokens).toArray();
        producer = new MockProducer<>(
                true, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
    }

    private static Ranking ranking(RerankRequest request) {
        List<RankedCandidate> candidates = new ArrayList<>();
        for (Candidate candidate : request.candidates()) {
            int rank = candidates.size() + 1;
            candidates.add(new RankedCandidate(candidate.id(), -rank, rank, rank, false));
        }
        return new Ranking(
                request.requestId(),
                request.query().id(),
                Ranking.Outcome.RANKED,
                new ModelRef("minilm", "0123456789ab", "bert"),
                "cpu",
                "float32",
                candidates,
                new SourcePosition("rerank.candidates", 0, 1),
                new Timings(Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(1)),
                Map.of());
    }

    /** An event's bytes to a checked request. */
    @Benchmark
    @OperationsPerInvocation(LISTS)
    public int decode() throws RejectedException {
        int candidates = 0;
        for (byte[] event : events) {
            candidates += lists.decode(event).candidates().size();
        }
        return candidates;
    }

    /** Texts to token ids, none of them known. */
    @Benchmark
    @OperationsPerInvocation(LISTS)
    public int tokenize() {
        return tokenize(reranker);
    }

    /** The same where all documents came before and their ids are remembered. */
    @Benchmark
    @OperationsPerInvocation(LISTS)
    public int tokenizeKnown() {
        return tokenize(remembering);
    }

    private int tokenize(Reranker with) {
        int tokenized = 0;
        for (RerankRequest request : requests) {
            tokenized += with.encode(request).size();
        }
        return tokenized;
    }

    /** Which pairs go into which forward pass, by the CPU's token budget. */
    @Benchmark
    @OperationsPerInvocation(LISTS)
    public int plan() {
        return BatchPlanner.plan(lengths, BatchPolicy.of("cpu")).size();
    }

    /** Planned batches to the buffers that forward passes take. */
    @Benchmark
    @OperationsPerInvocation(LISTS)
    public int planAndPack() {
        int tokens = 0;
        for (PlannedBatch batch : BatchPlanner.plan(lengths, BatchPolicy.of("cpu"))) {
            PackedBatch packed =
                    packing.pack(batch.pairs().stream().map(pairs::get).toList());
            tokens += packed.tokens();
        }
        return tokens;
    }

    /** Rankings to bytes, sent and committed in one transaction, with a producer that has no broker. */
    @Benchmark
    @OperationsPerInvocation(LISTS)
    public int publish() {
        producer.beginTransaction();
        for (Ranking ranking : ranked) {
            var unused = producer.send(new ProducerRecord<>(TOPIC, 0, null, rankings.encode(ranking)));
        }
        producer.sendOffsetsToTransaction(
                Map.of(new TopicPartition("rerank.candidates", 0), new OffsetAndMetadata(1)),
                new ConsumerGroupMetadata("benchmark"));
        producer.commitTransaction();
        int sent = producer.history().size();
        producer.clear();
        return sent;
    }

    @TearDown(Level.Trial)
    public void close() {
        reranker.close();
        remembering.close();
        packing.close();
        producer.close();
    }
}
