package io.streamrank.replay.report;

import static java.util.Comparator.comparing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.replay.report.ReplayReport.JudgedQueries;
import io.streamrank.replay.report.ReplayReport.Result;
import io.streamrank.replay.scale.MeasuredQuery;
import io.streamrank.replay.scale.MeasuresSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private final long lists;
    private final long unreadable;

    /**
     * @param folder where its files go
     * @param queries each judged query, once
     * @param lists how many lists everybody has ranked
     * @param unreadable how many records of the judgments' topic are known to be none
     */
    public MeasuredReport(
            Path folder,
            ReportSettings settings,
            MeasuresSettings measured,
            Collection<MeasuredQuery> queries,
            long lists,
            long unreadable) {
        this.folder = folder;
        this.settings = settings;
        this.measured = measured;
        this.queries = List.copyOf(queries);
        this.lists = lists;
        this.unreadable = unreadable;
    }

    /**
     * Checks what can be checked before anything is measured.
     *
     * @throws IllegalArgumentException if the settings name whom there is not, or a condition is about what only a
     *     replay's folder knows
     */
    public static void check(ReportSettings settings, MeasuresSettings measured) {
        List<String> models = measured.contenders().stream()
                .map(MeasuresSettings.Contender::name)
                .toList();
        Report.requireNames(settings, models, false);
        for (FailCondition condition : settings.conditions()) {
            if (condition.isAboutMore()) {
                throw ConditionException.undecided(
                        condition.toString(), "measured topics tell of measures alone, and of no time, size or score");
            }
        }
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
                    "of " + lists + " lists that " + measured.names() + " have ranked, none has a query among the "
                            + queries.size() + " judged ones of topic " + measured.judgmentsTopic()
                            + ", or all of them were left out for unjudged documents");
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
                true,
                settings,
                lists,
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
                unreadable,
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
                            + revisions + "; expected one. Give all workers of a replay the same model, and the same"
                            + " streamrank.model.dtype instead of auto");
        }
        String revision = revisions.stream()
                .findFirst()
                .map(both -> both.split(" ", 2)[0])
                .orElse("");
        JsonNode told = new ObjectMapper().valueToTree(Map.of("revision", revision));
        return ReplayedModel.of(name, told);
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
        return node;
    }
}
