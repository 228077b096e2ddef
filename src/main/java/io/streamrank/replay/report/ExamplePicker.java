package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.replay.report.ReplayReport.Example;
import io.streamrank.replay.report.ReplayReport.Example.Why;
import io.streamrank.replay.report.ReplayReport.Line;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Finds the queries worth a look, and reads their texts. */
final class ExamplePicker {
    /** How many first ranks are shown of each ranking. */
    private static final int RANKS = 5;

    /** How much is shown of a text, in characters. */
    private static final int TEXT_CHARS = 280;

    private final ReportSettings settings;
    private final String baseline;
    private final Map<String, AgreementColumns> agreements;
    private final @Nullable Evaluator evaluator;

    /** A list to show, of a model. */
    private record Pick(Why why, String model, int list, double rbo, double before, double after) {}

    /** Every contender's ranking of a list. */
    interface Rankings {
        Map<String, List<Entry>> of(ReplayedList list, List<double[]> scores);
    }

    ExamplePicker(
            ReportSettings settings,
            String baseline,
            Map<String, AgreementColumns> agreements,
            @Nullable Evaluator evaluator) {
        this.settings = settings;
        this.baseline = baseline;
        this.agreements = agreements;
        this.evaluator = evaluator;
    }

    List<Example> pick(ReplayReader folder, Rankings rankings) throws IOException {
        List<Pick> picks = new ArrayList<>();
        agreements.forEach((model, columns) -> {
            if (evaluator != null) {
                picks.addAll(byMeasure(model, columns, Why.GAINED));
                picks.addAll(byMeasure(model, columns, Why.LOST));
            }
            picks.addAll(byOrder(model, columns));
        });
        Example[] examples = new Example[picks.size()];
        Map<Integer, List<Integer>> byList = new HashMap<>();
        for (int i = 0; i < picks.size(); i++) {
            byList.computeIfAbsent(picks.get(i).list, any -> new ArrayList<>()).add(i);
        }
        if (!byList.isEmpty()) {
            folder.forEach((index, list, scores, millis) -> {
                for (int pick : byList.getOrDefault(index, List.of())) {
                    examples[pick] = example(picks.get(pick), list, rankings.of(list, scores));
                }
            });
        }
        return List.of(examples);
    }

    private List<Pick> byOrder(String model, AgreementColumns columns) {
        return IntStream.range(0, columns.rbo().size())
                .filter(list -> columns.rbo().get(list) < 1)
                .boxed()
                .sorted(Comparator.comparingDouble(
                        (Integer list) -> columns.rbo().get(list)))
                .limit(settings.examples())
                .map(list -> new Pick(Why.CHANGED, model, list, columns.rbo().get(list), Double.NaN, Double.NaN))
                .toList();
    }

    private List<Pick> byMeasure(String model, AgreementColumns columns, Why why) {
        QueryTable table = requireNonNull(evaluator).table();
        Set<String> names = Set.of(model, baseline);
        int sign = why == Why.GAINED ? 1 : -1;
        Comparator<Pick> mostFirst = Comparator.comparingDouble(pick -> sign * (pick.before - pick.after));
        return IntStream.range(0, table.rows())
                .filter(row -> table.list(row) >= 0
                        && sign * (table.value(model, names, 0, row) - table.value(baseline, names, 0, row)) > 0)
                .mapToObj(row -> new Pick(
                        why,
                        model,
                        table.list(row),
                        columns.rbo().get(table.list(row)),
                        table.value(baseline, names, 0, row),
                        table.value(model, names, 0, row)))
                .sorted(mostFirst)
                .limit(settings.examples())
                .toList();
    }

    private Example example(Pick pick, ReplayedList list, Map<String, List<Entry>> rankings) {
        Map<String, Integer> grades =
                evaluator == null ? Map.of() : evaluator.qrels().judgments(list.name());
        List<Entry> before = rankings.getOrDefault(baseline, List.of());
        List<Entry> after = rankings.getOrDefault(pick.model, List.of());
        return new Example(
                pick.why,
                pick.model,
                list.name(),
                excerpt(list.query()),
                list.timestamp(),
                pick.rbo,
                pick.before,
                pick.after,
                lines(list, before, after, grades),
                lines(list, after, before, grades));
    }

    private static List<Line> lines(
            ReplayedList list, List<Entry> ranking, List<Entry> other, Map<String, Integer> grades) {
        Map<String, Integer> otherRanks = new HashMap<>();
        other.forEach(entry -> otherRanks.put(entry.documentId(), otherRanks.size() + 1));
        Map<String, String> texts = new HashMap<>();
        list.candidates()
                .forEach(candidate -> texts.put(candidate.id(), (candidate.title() + " " + candidate.text()).strip()));
        List<Line> lines = new ArrayList<>();
        for (Entry entry : ranking.subList(0, Math.min(RANKS, ranking.size()))) {
            lines.add(new Line(
                    lines.size() + 1,
                    entry.documentId(),
                    excerpt(texts.getOrDefault(entry.documentId(), "")),
                    entry.score(),
                    otherRanks.getOrDefault(entry.documentId(), 0),
                    grades.get(entry.documentId())));
        }
        return lines;
    }

    private static String excerpt(String text) {
        String oneLine = text.strip().replaceAll("\\s+", " ");
        return oneLine.codePointCount(0, oneLine.length()) <= TEXT_CHARS
                ? oneLine
                : oneLine.substring(0, oneLine.offsetByCodePoints(0, TEXT_CHARS)) + "…";
    }
}
