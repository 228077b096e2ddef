package io.streamrank.replay.report;

import static java.util.Comparator.comparing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.replay.report.ReplayReport.Ending;
import io.streamrank.replay.report.ReplayReport.JudgedQueries;
import io.streamrank.replay.report.ReplayReport.Result;
import io.streamrank.replay.scale.LeftOut;
import io.streamrank.replay.scale.Measured;
import io.streamrank.replay.scale.MeasuredQuery;
import io.streamrank.replay.scale.MeasuredTotals;
import io.streamrank.replay.scale.MeasuresSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A report on rankings that a topology has measured: what a report on a replay's folder tells of measures, by the same
 * statistics. What only a folder knows (texts, scores, times) is missing.
 */
public final class MeasuredReport {
    private final Path folder;
    private final ReportSettings settings;
    private final MeasuresSettings measured;
    private final Collection<MeasuredQuery> queries;
    private final MeasuredTotals totals;
    private final Ending ending;

    /**
     * @param folder where its files go
     * @param measured what was measured, by the settings
     * @param ending whether the replays had come to their ends before they were measured
     */
    public MeasuredReport(
            Path folder, ReportSettings settings, MeasuresSettings asked, Measured measured, Ending ending) {
        this.folder = folder;
        this.settings = settings;
        this.measured = asked;
        this.queries = measured.queries();
        this.totals = measured.totals();
        this.ending = ending;
    }

    /**
     * Checks what can be checked before anything is measured.
     *
     * @throws IllegalArgumentException if the settings name whom there is not, or a condition is about what only a
     *     replay's folder knows
     */
    public static void check(ReportSettings settings, MeasuresSettings measured) {
        Report.requireNames(settings, models(measured), false);
        for (FailCondition condition : settings.conditions()) {
            if (condition.isAboutMore()) {
                throw ConditionException.undecided(
                        condition.toString(), "measured topics tell of measures alone, and of no time, size or score");
            }
        }
    }

    private static List<String> models(MeasuresSettings measured) {
        return measured.contenders().stream()
                .map(MeasuresSettings.Contender::name)
                .toList();
    }

    /** As a report on a folder has it that knows no live rankings. */
    private static String baseline(ReportSettings settings, MeasuresSettings measured) {
        String asked = settings.baseline();
        if (asked == null) {
            return measured.contenders().size() > 1
                    ? measured.contenders().get(0).name()
                    : Contender.FIRST_STAGE;
        }
        return asked;
    }

    /**
     * Writes the report for programs and each query's values.
     *
     * @throws IOException if no query is judged and ranked by all, or a model's rankings are of several checkpoints
     */
    public ReplayReport write() throws IOException {
        String baseline = baseline(settings, measured);
        List<Contender> contenders = new ArrayList<>(List.of(Contender.firstStage()));
        measured.contenders().forEach(contender -> contenders.add(Contender.model(contender.name())));
        QueryTable table = table(contenders);
        if (table.rows() == 0) {
            throw new ReplayDataException(
                    folder,
                    "of " + totals.lists() + " lists that " + measured.names()
                            + " have ranked, none has a query among the "
                            + queries.size() + " judged ones of topic " + measured.judgmentsTopic()
                            + ", or all of them were left out for unjudged documents" + lacking());
        }
        Statistics statistics = Statistics.of(table, contenders, baseline, settings);
        List<Result> results = new ArrayList<>();
        for (Contender contender : contenders) {
            results.add(new Result(
                    contender,
                    contender.isModel() ? model(contender.name()) : null,
                    statistics.means(contender.name()),
                    statistics.differences(contender.name()),
                    null,
                    null,
                    null));
        }
        ReplayReport report = new ReplayReport(
                folder,
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                description(),
                ending,
                settings,
                totals.lists(),
                0,
                judged(table),
                baseline,
                results,
                List.of(),
                new Verdicts(results, baseline, settings, table).all());
        Files.createDirectories(folder);
        ReportFiles.writeMeasured(folder, report, table);
        return report;
    }

    private String lacking() {
        Map<String, Long> lacking = totals.lacking(models(measured));
        return lacking.isEmpty()
                ? ""
                : "; of " + totals.listsByAny() + " lists that some have ranked, others lack so many: " + lacking;
    }

    private QueryTable table(List<Contender> contenders) {
        QueryTable table = new QueryTable(contenders, settings.allMeasures());
        queries.stream()
                .filter(query -> !query.values().isEmpty())
                .sorted(comparing(MeasuredQuery::query))
                .forEach(query -> table.add(query.query(), -1, query.values(), Map.of()));
        return table;
    }

    private JudgedQueries judged(QueryTable table) {
        long repeated = queries.stream()
                .mapToLong(query -> Math.max(0, query.lists() - 1))
                .sum();
        long skipped = queries.stream().filter(MeasuredQuery::skipped).count();
        long without = queries.stream().filter(query -> !query.ranked()).count();
        return new JudgedQueries(
                "topic " + measured.judgmentsTopic(),
                totals.leftOut(LeftOut.Reason.NO_JUDGMENT),
                table.rows(),
                repeated,
                skipped,
                settings.everyJudgedQuery() ? without : 0,
                settings.everyJudgedQuery() ? 0 : without);
    }

    private ReplayedModel model(String name) throws IOException {
        Set<String> revisions = new TreeSet<>();
        for (MeasuredQuery query : queries) {
            String revision = query.revisions().get(name);
            if (revision != null) {
                revisions.add(revision);
            }
        }
        if (revisions.size() > 1) {
            throw new ReplayDataException(
                    folder,
                    "the rankings of model '" + name + "' are by several checkpoints, or computed in several types: "
                            + revisions
                            + " (revision, type, tokens of a pair at most); expected one. Give all workers of a replay"
                            + " the same model, streamrank.model.max-length, and streamrank.model.dtype, not auto");
        }
        Map<String, Object> told = new LinkedHashMap<>();
        revisions.stream().findFirst().ifPresent(computed -> {
            String[] parts = computed.split(" ", -1);
            told.put("revision", parts[0]);
            told.put("dtype", parts[1]);
            if (parts.length > 2) {
                told.put("maxLength", Integer.valueOf(parts[2]));
            }
        });
        return ReplayedModel.of(name, new ObjectMapper().valueToTree(told));
    }

    private ObjectNode description() {
        ObjectNode node = new ObjectMapper().createObjectNode();
        ObjectNode source = node.putObject("source").put("kind", "ranked");
        source.put("application", measured.application());
        ObjectNode topics = source.putObject("topics");
        measured.contenders().forEach(contender -> topics.put(contender.name(), contender.topic()));
        source.put("judgments", measured.judgmentsTopic())
                .put("measures", measured.measuresTopic())
                .put("totals", measured.totalsTopic());
        node.put("listsByAny", totals.listsByAny());
        ObjectNode lacking = node.putObject("lacking");
        totals.lacking(models(measured)).forEach(lacking::put);
        ObjectNode leftOut = node.putObject("leftOut");
        new TreeMap<>(totals.leftOut()).forEach(leftOut::put);
        return node;
    }
}
