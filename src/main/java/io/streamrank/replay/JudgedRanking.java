package io.streamrank.replay;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** One query's ranking seen through its judgments: all that a {@link Measure} may know. Ranks start at 1. */
public final class JudgedRanking {
    /** Stands for a document without a judgment; a negative grade means the same. */
    private static final int UNJUDGED = -1;

    /** By rank - 1. */
    private final int[] grades;

    /** Positive grades of all judged documents, retrieved or not, highest first. */
    private final int[] idealGains;

    private final int relevantFrom;
    private final int relevant;
    private final int judgedIrrelevant;

    /** By rank - 1, those included that do not count. */
    private final int[] allGrades;

    private JudgedRanking(int[] grades, int[] allGrades, Collection<Integer> judgments, int relevantFrom) {
        this.grades = grades;
        this.allGrades = allGrades;
        this.idealGains = judgments.stream()
                .mapToInt(grade -> -grade)
                .filter(loss -> loss < 0)
                .sorted()
                .map(loss -> -loss)
                .toArray();
        this.relevantFrom = relevantFrom;
        this.relevant =
                (int) judgments.stream().filter(grade -> grade >= relevantFrom).count();
        this.judgedIrrelevant = (int) judgments.stream()
                .filter(grade -> grade >= 0 && grade < relevantFrom)
                .count();
    }

    /**
     * Looks up the grades of a ranking.
     *
     * @param ranking best first
     * @param judgments grades by document id
     */
    public static JudgedRanking of(
            List<TrecRun.Entry> ranking, Map<String, Integer> judgments, EvaluationOptions options) {
        int[] grades = ranking.stream()
                .limit(options.maxDocuments())
                .mapToInt(entry -> Math.max(UNJUDGED, judgments.getOrDefault(entry.documentId(), UNJUDGED)))
                .toArray();
        int[] counted = options.judgedOnly()
                ? IntStream.of(grades).filter(grade -> grade != UNJUDGED).toArray()
                : grades;
        return new JudgedRanking(counted, grades, judgments.values(), options.relevantFrom());
    }

    /** How many documents were retrieved. */
    public int retrieved() {
        return grades.length;
    }

    /** Whether the document at a rank has a judgment. */
    public boolean isJudged(int rank) {
        return grades[rank - 1] != UNJUDGED;
    }

    /**
     * The share of the first {@code cut} documents that has a judgment, whether or not the others count: of a condensed
     * ranking it would always be 1.
     */
    public double judgedWithin(int cut) {
        int ranks = Math.min(cut, allGrades.length);
        long judged = IntStream.range(0, ranks)
                .filter(rank -> allGrades[rank] != UNJUDGED)
                .count();
        return ranks == 0 ? 0 : (double) judged / ranks;
    }

    /** Whether the document at a rank is relevant. */
    public boolean isRelevant(int rank) {
        return grades[rank - 1] >= relevantFrom;
    }

    /** The grade at a rank, 0 if there is none. */
    public int gain(int rank) {
        return Math.max(0, grades[rank - 1]);
    }

    /** The grade at a rank of the best ranking there could be; 0 below its last relevant document. */
    public int idealGain(int rank) {
        return rank <= idealGains.length ? idealGains[rank - 1] : 0;
    }

    /** How many documents have a grade above 0: the length of the ideal ranking. */
    public int idealLength() {
        return idealGains.length;
    }

    /** How many relevant documents there are, retrieved or not. */
    public int relevant() {
        return relevant;
    }

    /** How many documents were judged not relevant, retrieved or not. */
    public int judgedIrrelevant() {
        return judgedIrrelevant;
    }

    /** How many of the first {@code cut} documents are relevant. */
    public int relevantWithin(int cut) {
        return (int) IntStream.rangeClosed(1, Math.min(cut, retrieved()))
                .filter(this::isRelevant)
                .count();
    }
}
