package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.JudgedRanking;
import io.streamrank.replay.ListPlace;
import io.streamrank.replay.Measure;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.TrecRun;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.replay.UnjudgedPolicy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Holds rankings to judgments, list by list. */
final class Evaluator {
    private final Qrels qrels;
    private final EvaluationOptions options;
    private final boolean skipUnjudged;
    private final List<Measure> measures;
    private final QueryTable table;
    private final Map<String, Calibration.Tally> calibrations = new LinkedHashMap<>();
    private final Map<String, First> firsts = new HashMap<>();
    private final Set<String> skipped = new HashSet<>();
    private long repeated;
    private long lacking;
    private long unknown;

    Evaluator(Qrels qrels, ReportSettings settings, List<String> measures, List<Contender> contenders) {
        this.qrels = qrels;
        this.options = settings.evaluation();
        this.skipUnjudged = settings.unjudged() == UnjudgedPolicy.SKIP;
        this.measures = measures.stream().map(RankingMeasures::named).toList();
        this.table = new QueryTable(contenders, measures);
        for (Contender contender : contenders) {
            if (contender.isModel()) {
                calibrations.put(
                        contender.name(),
                        new Calibration.Tally(settings.relevantFrom(), settings.maxScores(), settings.seed()));
            }
        }
    }

    /** The first list of a query, as far as they have been seen. */
    private record First(ListPlace place, int index) {}

    /** Sees a list, to find out which of a query's is the first: all are to be seen before any is added. */
    void see(int index, ReplayedList list) {
        String query = list.name();
        if (qrels.queries().contains(query)) {
            firsts.merge(
                    query,
                    new First(list.place(), index),
                    (one, other) -> other.place().compareTo(one.place()) < 0 ? other : one);
        }
    }

    /** Takes a list's rankings in, by contender, each as people got it or would have. */
    void add(int index, ReplayedList list, Map<String, List<Entry>> rankings) {
        String query = list.name();
        if (!qrels.queries().contains(query)) {
            return;
        }
        if (requireNonNull(firsts.get(query)).index() != index) {
            repeated++;
            return;
        }
        Map<String, Integer> judgments = qrels.judgments(query);
        if (skipUnjudged && rankings.values().stream().anyMatch(ranking -> hasUnjudged(ranking, judgments))) {
            skipped.add(query);
            return;
        }
        Map<String, double[]> values = new HashMap<>();
        rankings.forEach((contender, ranking) -> values.put(contender, values(ranking, judgments)));
        table.add(query, index, values, list.live() == null ? Map.of() : cut(list.live(), rankings, values, judgments));
        calibrations.forEach((model, tally) ->
                rankings.getOrDefault(model, List.of()).forEach(entry -> calibrate(tally, entry, judgments)));
    }

    /** The values of as many ranks as the live ranking has. */
    private Map<String, double[]> cut(
            List<Entry> live,
            Map<String, List<Entry>> rankings,
            Map<String, double[]> whole,
            Map<String, Integer> judgments) {
        Map<String, double[]> values = new HashMap<>(whole);
        rankings.forEach((contender, ranking) -> {
            if (ranking.size() > live.size()) {
                values.put(contender, values(ranking.subList(0, live.size()), judgments));
            }
        });
        return values;
    }

    private static void calibrate(Calibration.Tally tally, Entry entry, Map<String, Integer> judgments) {
        Integer grade = judgments.get(entry.documentId());
        if (grade != null && grade >= 0) {
            tally.add(entry.score(), grade);
        }
    }

    private static boolean hasUnjudged(List<Entry> ranking, Map<String, Integer> judgments) {
        return TrecRun.bestFirst(ranking).stream()
                .limit(UnjudgedPolicy.SKIP_DEPTH)
                .anyMatch(entry -> judgments.getOrDefault(entry.documentId(), -1) < 0);
    }

    /** By trec_eval's order, so that these are its figures of the run. */
    private double[] values(List<Entry> ranking, Map<String, Integer> judgments) {
        JudgedRanking judged = JudgedRanking.of(TrecRun.bestFirst(ranking), judgments, options);
        return measures.stream().mapToDouble(measure -> measure.of(judged)).toArray();
    }

    /** Takes in, once all lists are in, the judged queries that had none, as 0 if they count. */
    void complete(List<Contender> contenders) {
        for (String query : qrels.queries()) {
            if (table.has(query) || skipped.contains(query)) {
                continue;
            }
            if (options.everyJudgedQuery()) {
                lacking++;
                Map<String, double[]> zeros = new HashMap<>();
                contenders.forEach(contender -> zeros.put(contender.name(), new double[measures.size()]));
                table.add(query, -1, zeros, zeros);
            } else {
                unknown++;
            }
        }
    }

    QueryTable table() {
        return table;
    }

    ReplayReport.JudgedQueries judged(Report.Judgments judgments) {
        return new ReplayReport.JudgedQueries(
                judgments.source(), judgments.unreadable(), table.rows(), repeated, skipped.size(), lacking, unknown);
    }

    Qrels qrels() {
        return qrels;
    }

    /** How a model's scores go with the grades. */
    Calibration calibration(String model) {
        return requireNonNull(calibrations.get(model), model).result();
    }
}
