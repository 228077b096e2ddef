package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.RerankRequest;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.ListScoring;
import io.streamrank.model.Reranker;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Requests in, scores out, by the worker's own tokenizing, planning and scoring: while a transaction's worth is scored,
 * the next one is tokenized on as many threads as there are cores.
 */
final class TextSpeed {
    private static final double NANOS = 1e9;

    private final Reranker reranker;
    private final List<List<ListScoring.Asked>> transactions;
    private final BatchPolicy policy;

    /** @param perTransaction pairs of a transaction, about */
    TextSpeed(Reranker reranker, List<RerankRequest> requests, int perTransaction, BatchPolicy policy) {
        this.reranker = reranker;
        this.policy = policy;
        this.transactions = transactions(requests, perTransaction);
    }

    private static List<List<ListScoring.Asked>> transactions(List<RerankRequest> requests, int perTransaction) {
        List<List<ListScoring.Asked>> all = new ArrayList<>();
        List<ListScoring.Asked> open = new ArrayList<>();
        int pairs = 0;
        for (RerankRequest request : requests) {
            open.add(new ListScoring.Asked(request, request.requestId()));
            pairs += request.candidates().size();
            if (pairs >= perTransaction) {
                all.add(List.copyOf(open));
                open.clear();
                pairs = 0;
            }
        }
        if (!open.isEmpty()) {
            all.add(open);
        }
        return all;
    }

    /** Scores all once unmeasured, and then for so long at least. */
    void measure(double seconds, ObjectNode node) throws InterruptedException {
        try (ListScoring scoring = new ListScoring(any -> policy, Limits.DEFAULT, hung -> {
            throw new IllegalStateException(hung);
        })) {
            Rounds warm = new Rounds(scoring, 0);
            warm.run();
            Rounds rounds = new Rounds(scoring, seconds);
            rounds.run();
            new Speed(rounds.pairs, rounds.tokens, rounds.scored, rounds.took).tell(node);
            node.put("tokenizing_share", rounds.tokenizing / NANOS / rounds.took)
                    .put("scoring_share", rounds.scoring / NANOS / rounds.took);
        }
    }

    /** Whole rounds through all transactions, until the time is over. */
    private final class Rounds {
        private final ListScoring worker;
        private final double seconds;
        private final BlockingQueue<Optional<ListScoring.Encoded>> encoded = new ArrayBlockingQueue<>(1);
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private long pairs;
        private long tokens;
        private long scored;
        private long tokenizing;
        private long scoring;
        private double took;

        Rounds(ListScoring scoring, double seconds) {
            this.worker = scoring;
            this.seconds = seconds;
        }

        void run() throws InterruptedException {
            long began = System.nanoTime();
            Thread encoder = new Thread(() -> encodeUntil(began + (long) (seconds * NANOS)), "encode");
            encoder.start();
            for (Optional<ListScoring.Encoded> next = encoded.take(); next.isPresent(); next = encoded.take()) {
                ListScoring.Results results = worker.score(next.get());
                for (ListScoring.Result result : results.all()) {
                    if (!(result instanceof ListScoring.Result.Scored good)) {
                        throw new IllegalStateException("a request could not be scored");
                    }
                    pairs += good.scores().length;
                    tokens += good.tokens();
                }
                scored++;
                tokenizing += results.tokenize().toNanos();
                scoring += results.inference().toNanos();
            }
            took = (System.nanoTime() - began) / NANOS;
            encoder.join();
            if (failure.get() != null) {
                throw new IllegalStateException("tokenizing failed", failure.get());
            }
        }

        @SuppressWarnings("CatchingUnchecked") // handed to the thread that waits
        private void encodeUntil(long until) {
            try {
                do {
                    for (List<ListScoring.Asked> transaction : transactions) {
                        encoded.put(Optional.of(worker.encode(reranker, transaction)));
                    }
                } while (System.nanoTime() < until);
            } catch (Exception e) {
                failure.set(e);
            }
            try {
                encoded.put(Optional.empty());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
