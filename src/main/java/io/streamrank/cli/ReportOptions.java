package io.streamrank.cli;

import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.UnjudgedPolicy;
import io.streamrank.replay.report.FailCondition;
import io.streamrank.replay.report.ReportSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of every command that reports on a replay. */
final class ReportOptions {
    private static final int RESAMPLES = 10_000;
    private static final int TOP_K = 10;

    @Option(
            names = "--qrels",
            paramLabel = "FILE",
            description = "Judgments: TREC qrels, BEIR's table (.gz too), or a BEIR folder.")
    private @Nullable Path qrels;

    @Option(
            names = "--qrels-split",
            paramLabel = "NAME",
            description = "Which judgments of a BEIR folder that holds several: test, dev, …")
    private @Nullable String split;

    @Option(names = "--judgments", description = "Judgments are those in their topic, streamrank.topics.judgments.")
    private boolean topic;

    @Option(
            names = "--unjudged",
            paramLabel = "POLICY",
            defaultValue = "not-relevant",
            converter = Policy.class,
            description = {
                "What documents without a judgment are:",
                "not-relevant, as trec_eval has it (the default);",
                "condensed: taken out of rankings first, as by its -J;",
                "skip: a query with one in a ranking's first ten is left out."
            })
    private UnjudgedPolicy unjudged = UnjudgedPolicy.NOT_RELEVANT;

    @Option(
            names = "--measures",
            paramLabel = "NAME",
            split = ",",
            description = "What to measure, by trec_eval's names, the most important first"
                    + " (default: ndcg_cut_10,recip_rank_cut_10,map,P_10,recall_10,judged_10).")
    private List<String> measures = new ArrayList<>();

    @Option(
            names = "--relevant-from",
            paramLabel = "GRADE",
            defaultValue = "1",
            converter = AtLeastOne.class,
            description =
                    "The lowest grade that is relevant, but for nDCG (trec_eval's -l; default: ${DEFAULT-VALUE}).")
    private int relevantFrom = 1;

    @Option(
            names = "--max-documents",
            paramLabel = "N",
            converter = AtLeastOne.class,
            description = "Look at the first N documents of each ranking only (trec_eval's -M).")
    private @Nullable Integer maxDocuments;

    @Option(
            names = "--every-judged-query",
            description = "Judged queries that the replay lacks count 0 (trec_eval's -c).")
    private boolean everyJudgedQuery;

    @Option(
            names = "--baseline",
            paramLabel = "NAME",
            description = "Whom to compare with: live, first-stage or a model (default: live where it is known,"
                    + " otherwise the first of several models, otherwise first-stage).")
    private @Nullable String baseline;

    @Option(
            names = "--fail-if",
            paramLabel = "CONDITION",
            description = "End with status 6 if this holds of a model: \"ndcg_cut_10 < baseline - 0.01\"; repeatable.")
    private List<String> conditions = new ArrayList<>();

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description = "ssm-rerankers: MRR@10 and nDCG@10 at depth 100, as in the paper of that name.")
    private @Nullable Preset preset;

    @Option(
            names = "--resamples",
            paramLabel = "N",
            defaultValue = "" + RESAMPLES,
            converter = AtLeastOne.class,
            description = "Resamples of tests and intervals (default: ${DEFAULT-VALUE}).")
    private int resamples = RESAMPLES;

    @Option(
            names = "--resample-seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Their seed (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(
            names = "--overlap-at",
            paramLabel = "K",
            defaultValue = "" + TOP_K,
            converter = AtLeastOne.class,
            description = "How many first ranks the overlap with the baseline is about (default: ${DEFAULT-VALUE}).")
    private int topK = TOP_K;

    @Option(
            names = "--rbo-p",
            paramLabel = "P",
            defaultValue = "0.9",
            description = "The p of rank-biased overlap, between 0 and 1 (default: ${DEFAULT-VALUE}).")
    private double rboP = 0.9;

    @Option(
            names = "--examples",
            paramLabel = "N",
            defaultValue = "5",
            description = "How many queries are shown of each kind (default: ${DEFAULT-VALUE}).")
    private int examples = 5;

    /** Settings that belong together. */
    enum Preset {
        /** Xu, Yan, Gupta and Srikumar, "State Space Models are Strong Text Rerankers", 2024. */
        SSM_RERANKERS("ssm-rerankers", List.of("recip_rank_cut_10", "ndcg_cut_10"), 100);

        private final String word;
        private final List<String> measures;
        private final int depth;

        Preset(String word, List<String> measures, int depth) {
            this.word = word;
            this.measures = measures;
            this.depth = depth;
        }

        /** How many candidates of a list are scored. */
        int depth() {
            return depth;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    /** Reads a policy. */
    static final class Policy implements ITypeConverter<UnjudgedPolicy> {
        @Override
        public UnjudgedPolicy convert(String word) {
            try {
                return UnjudgedPolicy.of(word);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }

    /** The preset, where one is asked for. */
    Optional<Preset> preset() {
        return Optional.ofNullable(preset);
    }

    /** Whether there is anything to hold rankings to. */
    boolean hasJudgments() {
        return qrels != null || topic;
    }

    /** Whether the judgments are those of the topic. */
    boolean fromTopic() {
        return topic;
    }

    /** Where judgments of files are, empty where there are none. */
    Optional<Path> qrelsFile() throws IOException {
        if (qrels == null) {
            return Optional.empty();
        }
        return Optional.of(Files.isDirectory(qrels) ? new BeirFolder(qrels, split).qrels() : qrels);
    }

    /** The judgments of a file. */
    static Qrels read(Path file) throws IOException {
        Qrels judgments = Qrels.read(file);
        if (judgments.queries().isEmpty()) {
            throw new IOException(file + ": holds no judgments");
        }
        return judgments;
    }

    /**
     * What the report is to say. Checks everything that can be checked without the replay, so that a long one does not run
     * in vain.
     *
     * @throws IllegalArgumentException if options make no sense, naming which
     */
    ReportSettings settings(StreamrankConfig config) {
        return settings(config, hasJudgments());
    }

    /** The same where judgments come by another way than these options. */
    ReportSettings judgedSettings(StreamrankConfig config) {
        return settings(config, true);
    }

    private ReportSettings settings(StreamrankConfig config, boolean judged) {
        if (qrels != null && topic) {
            throw new IllegalArgumentException("--qrels and --judgments exclude each other");
        }
        if (examples < 0) {
            throw new IllegalArgumentException("--examples: expected 0 or more, not " + examples);
        }
        List<FailCondition> parsed =
                conditions.stream().map(FailCondition::parse).toList();
        for (FailCondition condition : parsed) {
            if (!judged && !condition.measures().isEmpty()) {
                throw new IllegalArgumentException(
                        "--fail-if \"" + condition + "\" needs judgments: give --qrels or" + " --judgments");
            }
        }
        return new ReportSettings(
                measures(),
                everyJudgedQuery,
                relevantFrom,
                maxDocuments != null ? maxDocuments : preset == null ? Integer.MAX_VALUE : preset.depth,
                unjudged,
                baseline,
                topK,
                rboP,
                resamples,
                seed,
                examples,
                parsed,
                config.report().maxLists(),
                config.report().maxScores(),
                preset == null ? null : preset.word);
    }

    private List<String> measures() {
        if (!measures.isEmpty()) {
            return measures;
        }
        return preset == null ? ReportSettings.MEASURES : preset.measures;
    }
}
