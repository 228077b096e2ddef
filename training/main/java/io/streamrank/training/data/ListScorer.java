package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import io.streamrank.training.TrainingException;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores many lists at once, packed into forward passes across lists as the worker does it.
 *
 * @param encoding makes token ids
 * @param scoring makes scores of token ids, one forward pass
 * @param policy how large a forward pass may be
 */
public record ListScorer(Encoding encoding, Scoring scoring, BatchPolicy policy) implements ListTeacher {

    /** Turns a query with its documents into token ids, in the documents' order. */
    @FunctionalInterface
    public interface Encoding {
        List<EncodedPair> encode(String query, List<String> documents);
    }

    /** Scores pairs in one forward pass. */
    @FunctionalInterface
    public interface Scoring {
        float[] score(List<EncodedPair> pairs);
    }

    /** A query with the documents to score for it. */
    public record Unscored(String query, List<String> documents) {
        public Unscored {
            requireNonNull(query, "query");
            documents = List.copyOf(documents);
        }
    }

    public ListScorer {
        requireNonNull(encoding, "encoding");
        requireNonNull(scoring, "scoring");
        requireNonNull(policy, "policy");
    }

    /** Scores with a loaded model; forward passes as large as suits its device. */
    public static ListScorer of(Reranker reranker) {
        return of(reranker, BatchPolicy.of(reranker.device()));
    }

    /** Scores with a loaded model. */
    public static ListScorer of(Reranker reranker, BatchPolicy policy) {
        return new ListScorer(reranker::encode, reranker::score, policy);
    }

    /**
     * Scores lists.
     *
     * @return for each list the scores of its documents, in their order
     * @throws TrainingException if a score is not finite
     */
    @Override
    public List<float[]> score(List<Unscored> lists) {
        List<EncodedPair> pairs = new ArrayList<>();
        lists.forEach(list -> pairs.addAll(encoding.encode(list.query(), list.documents())));
        float[] scores = scores(pairs);
        List<float[]> byList = new ArrayList<>();
        int from = 0;
        for (Unscored list : lists) {
            float[] own = new float[list.documents().size()];
            System.arraycopy(scores, from, own, 0, own.length);
            requireFinite(list, own);
            from += own.length;
            byList.add(own);
        }
        return byList;
    }

    private float[] scores(List<EncodedPair> pairs) {
        int[] lengths = pairs.stream().mapToInt(EncodedPair::tokens).toArray();
        float[] scores = new float[pairs.size()];
        for (PlannedBatch batch : BatchPlanner.plan(lengths, policy)) {
            float[] own = scoring.score(batch.pairs().stream().map(pairs::get).toList());
            for (int i = 0; i < own.length; i++) {
                scores[batch.pairs().get(i)] = own[i];
            }
        }
        return scores;
    }

    private static void requireFinite(Unscored list, float[] scores) {
        for (float score : scores) {
            if (!Float.isFinite(score)) {
                throw new TrainingException("the model gave a score of " + score + " for query '" + list.query()
                        + "', expected a finite number");
            }
        }
    }
}
