package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.Timings;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The worker's tokenizing and scoring for requests that come from no pipeline: the same packed batches, the same answers
 * to a failing pair, a full device, a broken model. Requests are asked whatever their deadline was. One thread may encode
 * while another scores.
 */
public final class ListScoring implements AutoCloseable {
    private final ExecutorService tokenizers = Worker.tokenizers();
    private final Encoder encoder;
    private final Scoring scoring;
    private final Watchdog watchdog;

    /**
     * Watches, until it is closed, for a forward pass that does not come back.
     *
     * @param policies how much goes into one forward pass of a model
     * @param onHung told once, on a thread of its own, while the pass still hangs: nobody can make it come back, so the
     *     process is to be ended without waiting for it
     */
    public ListScoring(Function<Reranker, BatchPolicy> policies, Limits limits, Consumer<DeviceHungException> onHung) {
        Clock clock = Clock.systemUTC();
        Heartbeats heartbeats = new Heartbeats(System::nanoTime);
        this.encoder = new Encoder(tokenizers, limits, clock);
        this.scoring = new Scoring(policies, limits.device(), heartbeats, clock, PipelineObserver.NONE);
        this.watchdog = new Watchdog(heartbeats, limits.device().timeout(), onHung);
        watchdog.start();
    }

    /**
     * A request to be scored.
     *
     * @param request readable by the model, see {@link #readable}
     * @param name what the log calls it; no text of it
     */
    public record Asked(RerankRequest request, String name) {
        public Asked {
            requireNonNull(request, "request");
            requireNonNull(name, "name");
        }
    }

    /** Requests as token ids. */
    public static final class Encoded {
        private final EncodedBatch<RecordedRequest> batch;

        private Encoded(EncodedBatch<RecordedRequest> batch) {
            this.batch = batch;
        }
    }

    /** What a model made of a request. */
    public sealed interface Result {
        /**
         * One finite score a candidate.
         *
         * @param pairs one a candidate
         * @param scores in the candidates' order
         * @param ranked in the scores' order, as many as the request asked for
         */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Scored(List<EncodedPair> pairs, float[] scores, List<RankedCandidate> ranked, Timings timings)
                implements Result {
            /** Of all pairs. */
            public long tokens() {
                return pairs.stream().mapToLong(EncodedPair::tokens).sum();
            }
        }

        /** The model fails on it. */
        record Failed(Rejection rejection) implements Result {}
    }

    /**
     * What a model made of requests.
     *
     * @param all in the requests' order
     * @param tokenize how long turning them into ids took
     * @param inference how long scoring took
     */
    public record Results(List<Result> all, Duration tokenize, Duration inference) {
        public Results {
            all = List.copyOf(all);
        }
    }

    /**
     * The request as this model can read it: as it is, or without token ids that are another tokenizer's, where the texts
     * came too. Its deadline is left out.
     *
     * @throws RejectedException with UNUSABLE_TOKEN_IDS where a document came as such alone
     */
    public static RerankRequest readable(RerankRequest request, Reranker reranker) throws RejectedException {
        try {
            TokenIdCheck.require(request, reranker);
            return with(request.candidates(), request);
        } catch (RejectedException e) {
            List<Candidate> texts = new ArrayList<>(request.candidates().size());
            for (Candidate candidate : request.candidates()) {
                if (candidate.tokenIds() != null && candidate.text().isBlank()) {
                    throw e;
                }
                texts.add(new Candidate(candidate.id(), candidate.text(), candidate.score()));
            }
            return with(texts, request);
        }
    }

    /**
     * The same, to be ranked by this model whatever it asked for, and answered with all its candidates.
     *
     * @throws RejectedException as {@link #readable}
     */
    static RerankRequest whole(RerankRequest request, Reranker reranker) throws RejectedException {
        RerankRequest readable = readable(request, reranker);
        return new RerankRequest(
                readable.requestId(),
                readable.query(),
                readable.candidates(),
                readable.tokenizer(),
                null,
                null,
                null,
                readable.attributes());
    }

    private static RerankRequest with(List<Candidate> candidates, RerankRequest request) {
        return new RerankRequest(
                request.requestId(),
                request.query(),
                candidates,
                request.tokenizer(),
                request.model(),
                request.topK(),
                null,
                request.attributes());
    }

    /** About how much scoring a request costs, in characters of text, before its tokens are counted. */
    public static long chars(RerankRequest request) {
        return Rankable.chars(request);
    }

    /** Turns requests into token ids, in parallel. */
    public Encoded encode(Reranker reranker, List<Asked> requests) throws InterruptedException {
        return new Encoded(encoder.encode(requests.stream()
                .map(asked -> new RecordedRequest(asked.request(), reranker, asked.name()))
                .toList()));
    }

    /**
     * Scores them.
     *
     * @throws WorkerFailedException if the model or its device is beyond use
     */
    public Results score(Encoded encoded) throws InterruptedException {
        Verdicts<RecordedRequest> verdicts = scoring.score(encoded.batch);
        Duration inference = verdicts.costs().values().stream()
                .map(ScoredBatch.Cost::inference)
                .reduce(Duration.ZERO, Duration::plus);
        return new Results(
                verdicts.all().stream().map(ListScoring::result).toList(), encoded.batch.tokenize(), inference);
    }

    private static Result result(Verdict<RecordedRequest> verdict) {
        if (verdict instanceof Verdict.Scored<RecordedRequest> scored) {
            return new Result.Scored(
                    scored.pairs(),
                    scored.scores(),
                    Rankings.ordered(scored.asked().request(), scored.pairs(), scored.scores()),
                    scored.timings());
        }
        if (verdict instanceof Verdict.Rejected<RecordedRequest> rejected) {
            return new Result.Failed(rejected.rejection());
        }
        throw new IllegalStateException("a request without a deadline came too late");
    }

    @Override
    public void close() {
        watchdog.close();
        tokenizers.shutdownNow();
    }
}
