package io.streamrank.replay.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A replay's outcome.
 *
 * @param folder what was reported on
 * @param created when
 * @param replay {@code replay.json} as it is
 * @param ending whether the replay came to its end; otherwise this is about what it had done by then
 * @param settings what was asked for
 * @param lists how many lists there were
 * @param cutLive of how many of them the live ranking lacks the lower ranks: with it others are compared down to its last
 * @param judgments what they were held to; null if to nothing
 * @param baseline whom the others are compared with
 * @param contenders first stage, live, models in their order
 * @param examples queries worth a look
 * @param verdicts what became of the conditions
 */
public record ReplayReport(
        Path folder,
        Instant created,
        JsonNode replay,
        Ending ending,
        ReportSettings settings,
        long lists,
        long cutLive,
        @Nullable JudgedQueries judgments,
        String baseline,
        List<Result> contenders,
        List<Example> examples,
        List<FailCondition.Verdict> verdicts) {
    public ReplayReport {
        contenders = List.copyOf(contenders);
        examples = List.copyOf(examples);
        verdicts = List.copyOf(verdicts);
    }

    /** Whether a replay has come to its end. */
    public enum Ending {
        /** It has: there is no more to it. */
        FINISHED,
        /** There is more to come. */
        UNFINISHED,
        /** Nobody has noted it. */
        UNKNOWN
    }

    /**
     * What the rankings were held to.
     *
     * @param source where the judgments came from
     * @param unreadable records there that are no judgments, and so don't count
     * @param queries how many queries count
     * @param repeated lists that don't, as their query came before
     * @param skipped queries left out for unjudged documents, see the policy
     * @param lacking judged queries without a list that count 0
     * @param unknown judged queries without a list that don't count
     */
    public record JudgedQueries(
            String source, long unreadable, long queries, long repeated, long skipped, long lacking, long unknown) {}

    /**
     * A contender's outcome.
     *
     * @param model what the replay tells of it; null if it is no model of it
     * @param means by measure; empty without judgments
     * @param differences from the baseline, by measure
     * @param latency of a list; null if it is not known
     * @param calibration of a model; null without judgments
     * @param changes against the baseline; null for the baseline, and for who is no model
     */
    public record Result(
            Contender contender,
            @Nullable ReplayedModel model,
            Map<String, Mean> means,
            Map<String, Difference> differences,
            @Nullable Latency latency,
            @Nullable Calibration calibration,
            @Nullable Changes changes) {
        /** Its name. */
        public String name() {
            return contender.name();
        }
    }

    /** A mean over queries, with its bootstrap interval. */
    public record Mean(double value, double low, double high, int queries) {}

    /**
     * A mean difference from the baseline over the queries that both have, with its bootstrap interval.
     *
     * @param p of the paired randomization test; NaN for who is no model
     * @param corrected the same after Holm's correction over the models
     */
    public record Difference(
            double value, double low, double high, double p, double corrected, int better, int worse, int same) {
        /** The corrected p-value below which a difference is told apart from chance. */
        public static final double LEVEL = 0.05;

        /** Whether it is, after the correction. */
        public boolean isSignificant() {
            return corrected < LEVEL;
        }
    }

    /**
     * How long lists took, in milliseconds.
     *
     * @param centiles 101 of them, the least and the greatest included
     */
    public record Latency(double p50, double p95, double p99, double[] centiles) {}

    /**
     * What is different from the baseline, as means over lists.
     *
     * @param lists how many both have ranked
     * @param sameFirst the share of them with the same first document
     * @param histogram how many lists have a rank-biased overlap in each tenth
     */
    public record Changes(
            long lists, double sameFirst, double overlap, double rbo, double tau, double shift, long[] histogram) {}

    /**
     * A query worth a look.
     *
     * @param why what makes it so
     * @param model whose ranking is compared with the baseline's
     * @param before by the primary measure what the baseline's ranking is worth; NaN without judgments
     * @param after the same of the model's
     */
    public record Example(
            Why why,
            String model,
            String name,
            String query,
            String timestamp,
            double rbo,
            double before,
            double after,
            List<Line> baselineTop,
            List<Line> modelTop) {
        /** What makes a query worth a look. */
        public enum Why {
            /** Its order changed most. */
            CHANGED,

            /** It gained most by the primary measure. */
            GAINED,

            /** It lost most by the primary measure. */
            LOST
        }

        public Example {
            baselineTop = List.copyOf(baselineTop);
            modelTop = List.copyOf(modelTop);
        }
    }

    /**
     * A rank of an example.
     *
     * @param text title and text, cut; empty if the replay left texts out
     * @param otherRank where the other ranking has it; 0 if it does not
     * @param grade as judged; null if it is not
     */
    public record Line(
            int rank,
            String id,
            String text,
            double score,
            int otherRank,
            @Nullable Integer grade) {}

    /** The measure that plots and examples are about. */
    public String primary() {
        return settings.measures().get(0);
    }

    /** Whether a condition holds, so that the replay counts as failed. */
    public boolean failed() {
        return verdicts.stream().anyMatch(FailCondition.Verdict::holds);
    }
}
