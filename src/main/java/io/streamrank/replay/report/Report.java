package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.GradeBound;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.Quantiles;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.replay.report.ReplayReport.Latency;
import io.streamrank.replay.report.ReplayReport.Result;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a report of a replay's folder, in two passes over its lists: one for the figures, one for the texts of the
 * queries shown. Holds, for each list and model, a number for each measure and each kind of change, and no texts but
 * those shown: 10,000 lists of 100 candidates take some megabytes, a million some hundred.
 */
public final class Report {
    private final ReplayReader folder;
    private final ReportSettings settings;
    private final List<Contender> contenders = new ArrayList<>();
    private final String baseline;
    private final List<String> measures;
    private final @Nullable Evaluator evaluator;
    private final Map<String, AgreementColumns> agreements = new LinkedHashMap<>();
    private final Map<String, DoubleList> millis = new LinkedHashMap<>();
    private int lists;
    private long cutLive;

    /**
     * What the judgments are, and where they came from.
     *
     * @param unreadable records there that are no judgments
     */
    public record Judgments(Qrels qrels, String source, long unreadable) {
        public Judgments {
            requireNonNull(qrels, "qrels");
            requireNonNull(source, "source");
        }

        /**
         * Requires grades that the measures can take.
         *
         * @throws IllegalArgumentException naming the query, the document and the grade
         */
        public void require(ReportSettings settings) {
            GradeBound.of(settings.allMeasures()).require(qrels, source);
        }

        /** Judgments of a file, which is read as a whole or not at all. */
        public Judgments(Qrels qrels, String source) {
            this(qrels, source, 0);
        }
    }

    /** A finished report: what it says, and each query's values, for the files that hold them. */
    record Finished(ReplayReport report, @Nullable QueryTable queries) {}

    private Report(ReplayReader folder, ReportSettings settings, @Nullable Judgments judgments) throws IOException {
        this.folder = folder;
        this.settings = settings;
        boolean live = folder.hasLiveRankings();
        requireNames(settings, folder.models().stream().map(ReplayedModel::name).toList(), live);
        contenders.add(Contender.firstStage());
        if (live) {
            contenders.add(Contender.live());
        }
        for (ReplayedModel model : folder.models()) {
            contenders.add(Contender.model(model.name()));
        }
        baseline = settings.baseline() == null ? defaultBaseline(live) : settings.baseline();
        measures = settings.allMeasures();
        if (judgments != null) {
            judgments.require(settings);
        }
        evaluator = judgments == null ? null : new Evaluator(judgments.qrels(), settings, measures, contenders);
        for (Contender contender : contenders) {
            if (contender.isModel()) {
                millis.put(contender.name(), new DoubleList());
                if (!contender.name().equals(baseline)) {
                    agreements.put(contender.name(), new AgreementColumns());
                }
            }
        }
    }

    /**
     * Makes the report.
     *
     * @param judgments null to tell what changes only
     * @throws IOException if the folder is not what a replay writes, or its queries and the judgments have none in common
     * @throws IllegalArgumentException if settings name a baseline that is not there, or a condition cannot be decided
     */
    public static ReplayReport of(ReplayReader folder, ReportSettings settings, @Nullable Judgments judgments)
            throws IOException {
        return make(folder, settings, judgments).report();
    }

    static Finished make(ReplayReader folder, ReportSettings settings, @Nullable Judgments judgments)
            throws IOException {
        Report report = new Report(folder, settings, judgments);
        Evaluator evaluator = report.evaluator;
        if (evaluator != null) {
            folder.forEach((index, list, scores, millis) -> evaluator.see(index, list));
        }
        folder.forEach(report::add);
        return report.finish(judgments);
    }

    private String defaultBaseline(boolean live) {
        if (live) {
            return Contender.LIVE;
        }
        return folder.models().size() > 1 ? folder.models().get(0).name() : Contender.FIRST_STAGE;
    }

    /**
     * Passes settings whose names are contenders', so that a long replay does not run for a report that cannot be made.
     *
     * @param models whom the replay has
     * @param live whether live rankings are known, or may come to be
     * @throws IllegalArgumentException naming the baseline, or the place in a condition, that is wrong
     */
    public static void requireNames(ReportSettings settings, List<String> models, boolean live) {
        List<String> names = new ArrayList<>(List.of(Contender.FIRST_STAGE));
        if (live) {
            names.add(Contender.LIVE);
        }
        names.addAll(models);
        String baseline = settings.baseline();
        if (baseline != null && !names.contains(baseline)) {
            throw new IllegalArgumentException("baseline '" + baseline + "' is none of " + names);
        }
        for (FailCondition condition : settings.conditions()) {
            condition.requireNames(names);
            if (condition.namesBaseline() && models.equals(List.of(String.valueOf(baseline)))) {
                throw ConditionException.undecided(
                        condition.toString(), "there is no model but the baseline, " + baseline);
            }
        }
    }

    private void add(int index, ReplayedList list, List<double[]> scores, double[] listMillis) throws IOException {
        lists++;
        if (lists > settings.maxLists()) {
            throw new ReplayDataException(
                    folder.root(),
                    "has more than " + settings.maxLists() + " lists, as many as streamrank.report.max-lists allows a"
                            + " report: replay a sample, or raise it");
        }
        List<Entry> live = list.live();
        cutLive += live != null && live.size() < list.candidates().size() ? 1 : 0;
        Map<String, List<Entry>> rankings = rankings(list, scores);
        if (evaluator != null) {
            evaluator.add(index, list, rankings);
        }
        List<Entry> before = rankings.get(baseline);
        agreements.forEach((model, columns) -> columns.add(
                before, requireNonNull(rankings.get(model)), !baseline.equals(Contender.FIRST_STAGE), settings));
        int model = 0;
        for (DoubleList column : millis.values()) {
            column.add(listMillis[model++]);
        }
    }

    private Map<String, List<Entry>> rankings(ReplayedList list, List<double[]> scores) {
        Map<String, List<Entry>> rankings = new LinkedHashMap<>();
        rankings.put(Contender.FIRST_STAGE, list.firstStage());
        if (list.live() != null) {
            rankings.put(Contender.LIVE, list.live());
        }
        for (int i = 0; i < scores.size(); i++) {
            rankings.put(folder.models().get(i).name(), list.ranking(scores.get(i)));
        }
        return rankings;
    }

    private Finished finish(@Nullable Judgments judgments) throws IOException {
        if (lists == 0) {
            throw new ReplayDataException(folder.root(), "holds no lists yet that all models have scored");
        }
        Statistics statistics = null;
        if (evaluator != null && judgments != null) {
            if (evaluator.table().rows() == 0) {
                throw new ReplayDataException(
                        folder.root(),
                        "none of its " + lists + " lists has a query among the "
                                + judgments.qrels().queries().size() + " judged ones ("
                                + ReplayDataException.first(judgments.qrels().queries()) + ") of "
                                + judgments.source()
                                + ", or all of them were left out for unjudged documents");
            }
            evaluator.complete(contenders);
            statistics = Statistics.of(evaluator.table(), contenders, baseline, settings);
        }
        List<Result> results = new ArrayList<>();
        for (Contender contender : contenders) {
            results.add(result(contender, statistics));
        }
        List<FailCondition.Verdict> verdicts =
                new Verdicts(results, baseline, settings, evaluator == null ? null : evaluator.table()).all();
        ExamplePicker picker = new ExamplePicker(settings, baseline, agreements, evaluator);
        ReplayReport report = new ReplayReport(
                folder.root(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                folder.header(),
                folder.isFinished() ? ReplayReport.Ending.FINISHED : ReplayReport.Ending.UNFINISHED,
                settings,
                lists,
                cutLive,
                evaluator == null || judgments == null ? null : evaluator.judged(judgments),
                baseline,
                results,
                picker.pick(folder, this::rankings),
                verdicts);
        return new Finished(report, evaluator == null ? null : evaluator.table());
    }

    private Result result(Contender contender, @Nullable Statistics statistics) {
        String name = contender.name();
        ReplayedModel model = folder.models().stream()
                .filter(candidate -> contender.isModel() && candidate.name().equals(name))
                .findFirst()
                .orElse(null);
        AgreementColumns agreement = agreements.get(name);
        return new Result(
                contender,
                model,
                statistics == null ? Map.of() : statistics.means(name),
                statistics == null ? Map.of() : statistics.differences(name),
                latency(millis.get(name)),
                evaluator == null || model == null ? null : evaluator.calibration(name),
                agreement == null ? null : agreement.result());
    }

    private static @Nullable Latency latency(@Nullable DoubleList millis) {
        double[] sorted = millis == null ? new double[0] : millis.sorted();
        if (sorted.length == 0) {
            return null;
        }
        return new Latency(
                Quantiles.of(sorted, 0.5),
                Quantiles.of(sorted, 0.95),
                Quantiles.of(sorted, 0.99),
                IntStream.rangeClosed(0, 100)
                        .mapToDouble(share -> Quantiles.of(sorted, share / 100.0))
                        .toArray());
    }
}
