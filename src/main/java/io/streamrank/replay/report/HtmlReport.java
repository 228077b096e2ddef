package io.streamrank.replay.report;

import static io.streamrank.replay.report.Html.count;
import static io.streamrank.replay.report.Html.millis;
import static io.streamrank.replay.report.Html.pValue;
import static io.streamrank.replay.report.Html.percent;
import static io.streamrank.replay.report.Html.signed;
import static io.streamrank.replay.report.Html.value;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.replay.plot.Svg;
import io.streamrank.replay.report.FailCondition.Verdict;
import io.streamrank.replay.report.ReplayReport.Changes;
import io.streamrank.replay.report.ReplayReport.Difference;
import io.streamrank.replay.report.ReplayReport.Ending;
import io.streamrank.replay.report.ReplayReport.JudgedQueries;
import io.streamrank.replay.report.ReplayReport.Latency;
import io.streamrank.replay.report.ReplayReport.Mean;
import io.streamrank.replay.report.ReplayReport.Result;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The report as one page that needs nothing else: no script, no font, no address. */
final class HtmlReport {
    /** The page's colours, and the report's own style. */
    private static final List<String> STYLES = List.of("/page/colours.css", "/report/report.css");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ReplayReport report;
    private final ReportPlots plots;
    private final Html page = new Html();

    private HtmlReport(ReplayReport report, @Nullable QueryTable queries) {
        this.report = report;
        this.plots = new ReportPlots(report, queries);
    }

    static String of(ReplayReport report, @Nullable QueryTable queries) {
        return new HtmlReport(report, queries).write();
    }

    private String write() {
        page.raw("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                        + "<meta http-equiv=\"Content-Security-Policy\""
                        + " content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
                        + "<link rel=\"icon\" href=\"data:,\"><title>")
                .text("Replay report: " + models())
                .raw("</title><style>\n" + style() + "</style></head><body>\n");
        header();
        page.raw("<main>");
        notices();
        summary();
        if (report.judgments() != null) {
            quality();
        }
        changes();
        cost();
        if (report.judgments() != null) {
            calibration();
        }
        examples();
        settings();
        page.raw("</main>\n");
        footer();
        return page.raw("</body></html>\n").toString();
    }

    private String models() {
        return String.join(
                ", ",
                report.contenders().stream()
                        .filter(result -> result.contender().isModel())
                        .map(Result::name)
                        .toList());
    }

    private void header() {
        page.raw("<header>").element("h1", "Replay report");
        page.element(
                "p",
                models() + " on " + count(report.lists()) + " recorded lists, compared with " + report.baseline() + ". "
                        + judgedWords());
        page.element("p class=\"quiet\"", "Made " + report.created() + " from " + report.folder());
        page.raw("<nav aria-label=\"Sections\"><a href=\"#summary\">Summary</a>");
        if (report.judgments() != null) {
            page.raw("<a href=\"#quality\">Quality</a>");
        }
        page.raw("<a href=\"#changes\">Changes</a><a href=\"#cost\">Cost</a>");
        if (report.judgments() != null) {
            page.raw("<a href=\"#calibration\">Calibration</a>");
        }
        page.raw("<a href=\"#examples\">Queries</a><a href=\"#settings\">Settings</a></nav></header>\n");
    }

    private String judgedWords() {
        JudgedQueries judged = report.judgments();
        return judged == null
                ? "There were no judgments: this tells what changes, not what is better."
                : count(judged.queries()) + " queries are judged, by " + judged.source() + ".";
    }

    private void notices() {
        for (Verdict verdict : report.verdicts()) {
            page.raw("<p class=\"notice " + (verdict.holds() ? "bad" : "good") + "\">")
                    .element("strong", verdict.holds() ? "Failed" : "Passed")
                    .text(" " + verdict.model() + ": ")
                    .element("code", verdict.condition())
                    .text((verdict.holds() ? " holds: " : " does not hold: ") + value(verdict.left()) + " against "
                            + value(verdict.right()))
                    .raw("</p>");
        }
        if (report.ending() != Ending.FINISHED) {
            page.element(
                    "p class=\"notice warn\"",
                    "The replay has not come to its end: this is about the " + count(report.lists())
                            + " lists that it has set down so far.");
        }
        if (report.cutLive() > 0) {
            page.element(
                    "p class=\"notice\"",
                    "The live rankings of " + count(report.cutLive())
                            + " lists lack the lower ranks, as fewer were asked for. Whoever is compared with them is so"
                            + " down to their last rank: differences, overlap and RBO. Means are of whole rankings.");
        }
        JudgedQueries judged = report.judgments();
        if (judged != null) {
            report.contenders().forEach(result -> partialNotice(result, judged.queries()));
        }
        if (judged != null && judged.unreadable() > 0) {
            page.element(
                    "p class=\"notice warn\"",
                    count(judged.unreadable()) + " records of " + judged.source()
                            + " are no judgments and don't count.");
        }
        if (judged != null && judged.repeated() > 0) {
            page.element(
                    "p class=\"notice\"",
                    count(judged.repeated())
                            + " lists are of a query that came before. A query counts once, by its first"
                            + " list.");
        }
        if (judged != null && judged.skipped() > 0) {
            page.element(
                    "p class=\"notice\"",
                    count(judged.skipped())
                            + " judged queries are left out, as a ranking has an unjudged document in its"
                            + " first ten.");
        }
        if (judged != null && judged.lacking() + judged.unknown() > 0) {
            page.element(
                    "p class=\"notice\"",
                    count(judged.lacking() + judged.unknown()) + " judged queries have no list in this replay"
                            + (judged.lacking() > 0 ? " and count 0." : " and don't count."));
        }
    }

    /** Means over different queries are not to be compared; differences are over those that both have. */
    private void partialNotice(Result result, long queries) {
        Mean mean = result.means().get(report.primary());
        long ranked = mean == null ? 0 : mean.queries();
        if (ranked < queries) {
            page.element(
                    "p class=\"notice warn\"",
                    result.name() + " has ranked " + count(ranked) + " of the " + count(queries)
                            + " judged queries only. Its means are over those; differences are over the queries that"
                            + " both have.");
        }
    }

    private void summary() {
        page.raw("<section id=\"summary\">").element("h2", "Summary");
        List<String> heads = new ArrayList<>(List.of(""));
        heads.addAll(shownMeasures());
        heads.addAll(List.of("pairs/s", "median list", "95% of lists", "memory"));
        if (report.judgments() == null) {
            heads.addAll(List.of("overlap@" + report.settings().topK(), "RBO"));
        }
        List<String> rows = report.contenders().stream().map(this::summaryRow).toList();
        page.table(
                report.judgments() == null
                        ? "What each costs, and how far it agrees with " + report.baseline()
                        : "Means over queries with 95% bootstrap intervals; below them the difference from "
                                + report.baseline() + ", in colour where p < " + Difference.LEVEL + " after Holm",
                heads,
                rows);
        page.raw("</section>\n");
    }

    private List<String> shownMeasures() {
        return report.judgments() == null ? List.of() : report.settings().measures();
    }

    private String summaryRow(Result result) {
        Html row = new Html();
        row.raw(result.name().equals(report.baseline()) ? "<tr class=\"baseline\">" : "<tr>");
        row.raw("<th scope=\"row\">").raw(mark(result)).text(result.name());
        if (result.name().equals(report.baseline())) {
            row.raw(" <span class=\"badge\">baseline</span>");
        }
        row.raw("</th>");
        for (String measure : shownMeasures()) {
            row.raw(measureCell(result, measure));
        }
        ReplayedModel model = result.model();
        Latency latency = result.latency();
        row.raw(cell(model == null ? "–" : count(model.pairsPerSecond())));
        row.raw(cell(latency == null ? "–" : millis(latency.p50())));
        row.raw(cell(latency == null ? "–" : millis(latency.p95())));
        row.raw(cell(model == null ? "–" : Html.bytes(model.memoryBytes())));
        if (report.judgments() == null) {
            Changes changes = result.changes();
            row.raw(cell(changes == null ? "–" : percent(changes.overlap())));
            row.raw(cell(changes == null ? "–" : value(changes.rbo())));
        }
        return row.raw("</tr>").toString();
    }

    private static String measureCell(Result result, String measure) {
        Mean mean = result.means().get(measure);
        if (mean == null) {
            return cell("–");
        }
        Html cell = new Html().raw("<td class=\"number\">").text(value(mean.value()));
        cell.element("small", Html.number("%.3f", mean.low()) + "–" + Html.number("%.3f", mean.high()));
        Difference difference = result.differences().get(measure);
        if (difference != null) {
            String tone =
                    !difference.isSignificant() ? "" : difference.value() > 0 ? " class=\"good\"" : " class=\"bad\"";
            cell.raw("<small" + tone + ">").text(signed(difference.value())).raw("</small>");
        }
        return cell.raw("</td>").toString();
    }

    private void quality() {
        page.raw("<section id=\"quality\">").element("h2", "Quality");
        page.element(
                "p class=\"quiet\"",
                "Measures have trec_eval's names and definitions; ties are broken as trec_eval does. Tests are two-sided"
                        + " paired randomization tests over queries (Smucker, Allan and Carterette 2007), their p-values"
                        + " corrected over the models of a measure after Holm (1979). Intervals hold the middle 95% of"
                        + " bootstrapped means (Sakai 2006).");
        page.raw("<div class=\"plots\">");
        page.figure(report.primary() + " against speed", plots.qualityAgainstCost());
        report.contenders().stream()
                .filter(result ->
                        result.contender().isModel() && result.differences().containsKey(report.primary()))
                .forEach(result -> page.figure(
                        report.primary() + " of each query: " + result.name() + " less " + report.baseline(),
                        plots.differences(result)));
        page.raw("</div>");
        List<String> rows = new ArrayList<>();
        for (Result result : report.contenders()) {
            result.differences().forEach((measure, difference) -> rows.add(differenceRow(result, measure, difference)));
        }
        if (!rows.isEmpty()) {
            page.table(
                    "Differences from " + report.baseline(),
                    List.of(
                            "",
                            "measure",
                            "difference",
                            "95% interval",
                            "p",
                            "p after Holm",
                            "better",
                            "worse",
                            "same"),
                    rows);
        }
        page.raw("</section>\n");
    }

    private String differenceRow(Result result, String measure, Difference difference) {
        return new Html()
                .raw("<tr><th scope=\"row\">")
                .raw(mark(result))
                .text(result.name())
                .raw("</th><td class=\"text id\">")
                .text(measure)
                .raw("</td>")
                .raw(cell(signed(difference.value())))
                .raw(cell(signed(difference.low()) + " to " + signed(difference.high())))
                .raw(cell(pValue(difference.p())))
                .raw(cell(pValue(difference.corrected())))
                .raw(cell(count(difference.better())))
                .raw(cell(count(difference.worse())))
                .raw(cell(count(difference.same())))
                .raw("</tr>")
                .toString();
    }

    private void changes() {
        page.raw("<section id=\"changes\">").element("h2", "What changes against " + report.baseline());
        List<Result> changed = report.contenders().stream()
                .filter(result -> result.changes() != null)
                .toList();
        if (changed.isEmpty()) {
            page.element("p", "There is no other model to compare with it.").raw("</section>\n");
            return;
        }
        page.element(
                "p class=\"quiet\"",
                "Overlap: the share of the first " + report.settings().topK()
                        + " ranks that both have. RBO: rank-biased"
                        + " overlap, extrapolated, p = " + report.settings().rboP()
                        + " (Webber, Moffat and Zobel 2010): 1 for the same order, the top counting most. Tau: Kendall's"
                        + " tau-b of the scores. Shift: how much higher scores are. All are means over lists.");
        List<String> rows = new ArrayList<>();
        for (Result result : changed) {
            Changes changes = result.changes();
            if (changes != null) {
                rows.add("<tr><th scope=\"row\">" + mark(result) + Svg.escaped(result.name()) + "</th>"
                        + cell(count(changes.lists())) + cell(percent(changes.sameFirst()))
                        + cell(percent(changes.overlap())) + cell(value(changes.rbo())) + cell(value(changes.tau()))
                        + cell(signed(changes.shift())) + "</tr>");
            }
        }
        page.table(
                "Agreement with " + report.baseline(),
                List.of(
                        "",
                        "lists",
                        "same first",
                        "overlap@" + report.settings().topK(),
                        "RBO",
                        "tau",
                        "shift"),
                rows);
        page.raw("<div class=\"plots\">");
        page.figure("How many lists agree how far", plots.agreement());
        page.raw("</div>");
        page.raw("<details>").element("summary", "The plot as a table");
        List<String> tenths = new ArrayList<>();
        for (int tenth = 0; tenth < 10; tenth++) {
            StringBuilder row = new StringBuilder("<tr><th scope=\"row\">"
                    + String.format(Locale.ROOT, "%.1f to %.1f", tenth / 10.0, (tenth + 1) / 10.0) + "</th>");
            for (Result result : changed) {
                Changes changes = result.changes();
                row.append(cell(changes == null ? "–" : count(changes.histogram()[tenth])));
            }
            tenths.add(row.append("</tr>").toString());
        }
        List<String> heads = new ArrayList<>(List.of("RBO"));
        changed.forEach(result -> heads.add(result.name()));
        page.table("Lists by rank-biased overlap", heads, tenths).raw("</details></section>\n");
    }

    private void cost() {
        page.raw("<section id=\"cost\">").element("h2", "Cost");
        List<String> rows = new ArrayList<>();
        for (Result result : report.contenders()) {
            ReplayedModel model = result.model();
            Latency latency = result.latency();
            if (model != null) {
                rows.add("<tr><th scope=\"row\">" + mark(result) + Svg.escaped(result.name()) + "</th>"
                        + cell(count(model.pairs())) + cell(count(model.tokens()))
                        + cell(Html.number("%,.1f s", model.scoringSeconds())) + cell(count(model.pairsPerSecond()))
                        + cell(Html.bytes(model.memoryBytes())) + cell(latency == null ? "–" : millis(latency.p50()))
                        + cell(latency == null ? "–" : millis(latency.p95()))
                        + cell(latency == null ? "–" : millis(latency.p99())) + "</tr>");
            }
        }
        page.table(
                "What scoring took, on the machine of the replay",
                List.of("", "pairs", "tokens", "scoring", "pairs/s", "memory", "median list", "95%", "99%"),
                rows);
        if (report.contenders().stream().anyMatch(result -> result.latency() != null)) {
            page.raw("<div class=\"plots\">")
                    .figure("Time of a list", plots.latency())
                    .raw("</div>");
            latencyTable();
        }
        page.raw("</section>\n");
    }

    private void latencyTable() {
        page.raw("<details>").element("summary", "The plot as a table");
        List<Result> timed = report.contenders().stream()
                .filter(result -> result.latency() != null)
                .toList();
        List<String> heads = new ArrayList<>(List.of("share of lists"));
        timed.forEach(result -> heads.add(result.name()));
        List<String> rows = new ArrayList<>();
        for (int share : new int[] {0, 10, 25, 50, 75, 90, 95, 99, 100}) {
            StringBuilder row = new StringBuilder("<tr><th scope=\"row\">" + share + "%</th>");
            for (Result result : timed) {
                Latency latency = result.latency();
                row.append(cell(latency == null ? "–" : millis(latency.centiles()[share])));
            }
            rows.add(row.append("</tr>").toString());
        }
        page.table("Time that a share of the lists did not exceed", heads, rows).raw("</details>");
    }

    private void calibration() {
        page.raw("<section id=\"calibration\">").element("h2", "Calibration");
        page.element(
                "p class=\"quiet\"",
                "Judged documents only. Boxes hold the middle half of the scores of a grade, whiskers the middle 90%."
                        + " Reliability: of the documents of about one score, the share that is relevant; the score is"
                        + " taken as a probability, through the logistic function where it is none. The error is the"
                        + " expected calibration error over ten bins (Naeini, Cooper and Hauskrecht 2015).");
        page.raw("<div class=\"plots\">");
        page.figure("Scores by grade", plots.scoresByGrade());
        page.figure("Reliability", plots.reliability());
        page.raw("</div>");
        List<String> grades = new ArrayList<>();
        List<String> bins = new ArrayList<>();
        for (Result result : report.contenders()) {
            Calibration calibration = result.calibration();
            if (calibration != null) {
                String name = "<tr><th scope=\"row\">" + mark(result) + Svg.escaped(result.name()) + "</th>";
                calibration
                        .grades()
                        .forEach(grade -> grades.add(name + cell(Integer.toString(grade.grade()))
                                + cell(count(grade.documents())) + cell(value(grade.p5())) + cell(value(grade.p25()))
                                + cell(value(grade.median())) + cell(value(grade.p75())) + cell(value(grade.p95()))
                                + "</tr>"));
                calibration
                        .bins()
                        .forEach(bin -> bins.add(name + cell(count(bin.documents())) + cell(value(bin.score()))
                                + cell(value(bin.relevant())) + cell(value(calibration.error())) + "</tr>"));
            }
        }
        page.raw("<details>").element("summary", "The plots as tables");
        page.table("Scores by grade", List.of("", "grade", "documents", "5%", "25%", "median", "75%", "95%"), grades);
        page.table("Reliability", List.of("", "documents", "mean score", "relevant", "error of all"), bins);
        page.raw("</details></section>\n");
    }

    private void examples() {
        page.raw("<section id=\"examples\">").element("h2", "Queries worth a look");
        if (report.examples().isEmpty()) {
            page.element("p", "No ranking differs from " + report.baseline() + "’s.");
        }
        new HtmlExamples(report, page).write();
        page.raw("</section>\n");
    }

    private void settings() {
        page.raw("<section id=\"settings\">").element("h2", "Settings");
        page.raw("<dl class=\"facts\">");
        for (Map.Entry<String, String> fact : ReportFacts.of(report).entrySet()) {
            page.element("dt", fact.getKey()).element("dd", fact.getValue());
        }
        page.raw("</dl><details>").element("summary", "The replay as it was run (replay.json)");
        page.element("pre tabindex=\"0\"", pretty(report.replay())).raw("</details></section>\n");
    }

    private void footer() {
        page.raw("<footer>")
                .text("Made by streamrank report. The same figures for programs are in report.json, each query’s in"
                        + " report.queries.jsonl.")
                .raw("</footer>\n");
    }

    private String mark(Result result) {
        return "<span class=\"mark series-" + (plots.series(result.name()) % 6 + 1) + "\" aria-hidden=\"true\"></span>";
    }

    private static String cell(String text) {
        return "<td class=\"number\">" + Svg.escaped(text) + "</td>";
    }

    private static String pretty(JsonNode node) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String style() {
        return STYLES.stream().map(HtmlReport::resource).collect(Collectors.joining("\n"));
    }

    private static String resource(String name) {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not on the class path");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name, e);
        }
    }
}
