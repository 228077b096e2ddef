package io.streamrank.replay;

/**
 * What counts, and how: trec_eval's options.
 *
 * @param everyJudgedQuery whether a judged query that the run lacks counts as 0 ({@code -c}); otherwise it is left out
 * @param relevantFrom the lowest grade that the binary measures take for relevant ({@code -l}), at least 1; nDCG uses
 *     the grades as they are
 * @param maxDocuments how many documents of a query are looked at ({@code -M}), at least 1
 * @param judgedOnly whether unjudged documents are taken out of the ranking first ({@code -J})
 */
public record EvaluationOptions(boolean everyJudgedQuery, int relevantFrom, int maxDocuments, boolean judgedOnly) {
    /** What trec_eval does without options. */
    public static final EvaluationOptions DEFAULT = new EvaluationOptions(false, 1, Integer.MAX_VALUE, false);

    public EvaluationOptions {
        if (relevantFrom < 1 || maxDocuments < 1) {
            throw new IllegalArgumentException(
                    "relevantFrom and maxDocuments must be at least 1, not " + relevantFrom + " and " + maxDocuments);
        }
    }

    /** The same, and judged queries that the run lacks count 0. */
    public EvaluationOptions withEveryJudgedQuery() {
        return new EvaluationOptions(true, relevantFrom, maxDocuments, judgedOnly);
    }

    /** The same with another lowest relevant grade. */
    public EvaluationOptions withRelevantFrom(int grade) {
        return new EvaluationOptions(everyJudgedQuery, grade, maxDocuments, judgedOnly);
    }

    /** The same with another number of documents looked at. */
    public EvaluationOptions withMaxDocuments(int documents) {
        return new EvaluationOptions(everyJudgedQuery, relevantFrom, documents, judgedOnly);
    }

    /** The same without the unjudged documents. */
    public EvaluationOptions withJudgedOnly() {
        return new EvaluationOptions(everyJudgedQuery, relevantFrom, maxDocuments, true);
    }
}
