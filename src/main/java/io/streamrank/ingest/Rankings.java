package io.streamrank.ingest;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.Timings;
import io.streamrank.model.EncodedPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** From scores to the answer. */
final class Rankings {
    private Rankings() {}

    /** Orders the candidates by score, highest first; equal scores keep the first stage's order. Scores are finite. */
    static List<RankedCandidate> ordered(RerankRequest request, List<EncodedPair> pairs, float[] scores) {
        List<Integer> order = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer index) -> 0.0 - scores[index])) // 0 - -0 is 0: equal
                .toList();
        int depth = request.topK() == null ? order.size() : Math.min(request.topK(), order.size());
        List<RankedCandidate> ranked = new ArrayList<>(depth);
        for (int rank = 1; rank <= depth; rank++) {
            int index = order.get(rank - 1);
            Candidate candidate = request.candidates().get(index);
            ranked.add(new RankedCandidate(
                    candidate.id(),
                    scores[index],
                    rank,
                    index + 1,
                    pairs.get(index).truncated()));
        }
        return ranked;
    }

    /** How many documents were cut. */
    static int truncated(List<EncodedPair> pairs) {
        return (int) pairs.stream().filter(EncodedPair::truncated).count();
    }

    /** The answer to an event whose candidates have these scores. */
    static Outcome.Ranked ranked(Event.Accepted event, List<EncodedPair> pairs, float[] scores, Timings timings) {
        List<RankedCandidate> candidates = ordered(event.request(), pairs, scores);
        long tokens = pairs.stream().mapToLong(EncodedPair::tokens).sum();
        return new Outcome.Ranked(
                event,
                ranking(event, Ranking.Outcome.RANKED, candidates, timings),
                pairs.size(),
                tokens,
                truncated(pairs));
    }

    /** The answer to a request whose deadline has passed. */
    static Ranking expired(Event.Accepted event, Duration queue) {
        Timings timings = new Timings(queue, Duration.ZERO, Duration.ZERO);
        return ranking(event, Ranking.Outcome.EXPIRED, List.of(), timings);
    }

    private static Ranking ranking(
            Event.Accepted event, Ranking.Outcome outcome, List<RankedCandidate> candidates, Timings timings) {
        RerankRequest request = event.request();
        return new Ranking(
                request.requestId(),
                request.query().id(),
                outcome,
                event.reranker().model(),
                event.reranker().device(),
                event.reranker().dtype(),
                candidates,
                event.source(),
                timings,
                request.attributes());
    }
}
