package io.streamrank.benchmarks;

import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.contract.Candidate;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateList;
import io.streamrank.replay.CandidateLists;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Pairs a second of the shipped checkpoint on the sample's real texts, by token budget and arithmetic: what the default
 * budgets rest on.
 */
@NullUnmarked // JMH fills the fields
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1, time = 5)
@Measurement(iterations = 3, time = 5)
@Fork(1)
public class ScorerBenchmark {
    private static final int PAIRS = 240;
    private static final int QUERIES = 12;

    @Param({"1024", "4096", "16384"})
    public int maxBatchTokens;

    @Param({"float32", "bfloat16"})
    public String dtype = "float32";

    private final List<String> queries = new ArrayList<>();
    private final List<List<String>> documents = new ArrayList<>();
    private final List<EncodedPair> pairs = new ArrayList<>();
    private Reranker reranker;

    @Setup(Level.Trial)
    public void load() throws IOException {
        ModelSettings settings = ModelSettings.defaults().withDtype(dtype).withTokenCache(0);
        reranker = Rerankers.load(Path.of("models/minilm-l6-reranker"), "minilm", settings);
        for (CandidateList list : CandidateLists.read(new BeirFolder(Path.of("samples/squad11-dev"), null), 20)) {
            if (queries.size() < QUERIES) {
                queries.add(list.query().text());
                documents.add(list.candidates().stream().map(Candidate::text).toList());
                pairs.addAll(reranker.encode(list.query().text(), documents.get(documents.size() - 1)));
            }
        }
        if (pairs.size() != PAIRS) {
            throw new IllegalStateException("the sample gave " + pairs.size() + " pairs instead of " + PAIRS);
        }
    }

    /** Token ids in, scores out: the packed forward passes alone. */
    @Benchmark
    @OperationsPerInvocation(PAIRS)
    public float score() {
        return score(pairs);
    }

    /** Text in, scores out, one after the other on one thread. */
    @Benchmark
    @OperationsPerInvocation(PAIRS)
    public float encodeAndScore() {
        List<EncodedPair> encoded = new ArrayList<>();
        for (int i = 0; i < queries.size(); i++) {
            encoded.addAll(reranker.encode(queries.get(i), documents.get(i)));
        }
        return score(encoded);
    }

    private float score(List<EncodedPair> toScore) {
        int[] lengths = toScore.stream().mapToInt(EncodedPair::tokens).toArray();
        float sum = 0;
        for (PlannedBatch batch :
                BatchPlanner.plan(lengths, new BatchPolicy(maxBatchTokens, BatchPolicy.DEFAULT_BATCH_PAIRS))) {
            float[] scores =
                    reranker.score(batch.pairs().stream().map(toScore::get).toList());
            sum += scores[0];
        }
        return sum;
    }

    @TearDown(Level.Trial)
    public void close() {
        reranker.close();
    }
}
