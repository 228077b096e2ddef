package io.streamrank.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.contract.Quotation;
import io.streamrank.replay.report.FailCondition.Verdict;
import io.streamrank.replay.report.ReplayReport;
import io.streamrank.replay.report.ReplayReport.Changes;
import io.streamrank.replay.report.ReplayReport.Difference;
import io.streamrank.replay.report.ReplayReport.JudgedQueries;
import io.streamrank.replay.report.ReplayReport.Latency;
import io.streamrank.replay.report.ReplayReport.Mean;
import io.streamrank.replay.report.ReplayReport.Result;
import io.streamrank.replay.report.ReplayedModel;
import io.streamrank.replay.report.ReportFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A report on a terminal: a row for each contender, and what became of the conditions. */
final class ReportTable {
    private static final String NONE = "–";

    private final ReplayReport report;
    private final Terminal terminal;

    /** Of a row's cell, what it says and its colour in picocli's markup; empty for none. */
    private record Cell(String text, String style) {
        static Cell of(String text) {
            return new Cell(text, "");
        }
    }

    ReportTable(ReplayReport report, Terminal terminal) {
        this.report = report;
        this.terminal = terminal;
    }

    void print() {
        List<List<Cell>> rows = new ArrayList<>();
        rows.add(heading());
        report.contenders().forEach(result -> rows.add(row(result)));
        table(rows);
        JudgedQueries judged = report.judgments();
        terminal.raw("");
        terminal.raw(
                judged == null
                        ? String.format(Locale.ROOT, "%,d lists, no judgments", report.lists())
                        : String.format(
                                Locale.ROOT,
                                "%,d lists, %,d judged queries by %s; * differs from %s, p < %s after Holm",
                                report.lists(),
                                judged.queries(),
                                judged.source(),
                                report.baseline(),
                                Difference.LEVEL));
        switch (report.ending()) {
            case FINISHED -> {}
            case UNFINISHED ->
                terminal.raw("The replay has not come to its end: this is about what it has set down so far");
            case UNKNOWN ->
                terminal.raw("Whether the replay has come to its end is not known: this is about what is there");
        }
        told(report.replay().path("lacking"))
                .ifPresent(lacking -> terminal.raw(String.format(
                        Locale.ROOT,
                        "%,d more lists are ranked by some only and don't count; lacking are: %s",
                        report.replay().path("listsByAny").asLong() - report.lists(),
                        lacking)));
        told(report.replay().path("leftOut")).ifPresent(leftOut -> terminal.raw("Records left out: " + leftOut));
        if (report.cutLive() > 0) {
            terminal.raw(String.format(
                    Locale.ROOT,
                    "%,d live rankings lack the lower ranks: others are compared with them down to their last rank",
                    report.cutLive()));
        }
        report.verdicts().forEach(this::verdict);
        Path page = report.folder().resolve(ReportFiles.HTML);
        terminal.raw("Report: " + (Files.exists(page) ? page : report.folder().resolve(ReportFiles.JSON)));
    }

    private void verdict(Verdict verdict) {
        String word = verdict.holds() ? "@|bold,red FAILED|@" : "@|bold,green passed|@";
        terminal.raw(terminal.markup(word) + " "
                + String.format(
                        Locale.ROOT,
                        "%s: %s (%.4f against %.4f)",
                        Quotation.of(verdict.model()),
                        verdict.condition(),
                        verdict.left(),
                        verdict.right()));
    }

    private List<Cell> heading() {
        List<String> heads = new ArrayList<>(List.of(""));
        if (report.judgments() == null) {
            heads.addAll(List.of("overlap@" + report.settings().topK(), "RBO", "tau", "shift"));
        } else {
            heads.addAll(report.settings().measures());
            heads.add("vs " + report.baseline());
            heads.add("p");
        }
        heads.addAll(List.of("pairs/s", "p95 list", "memory"));
        return heads.stream().map(head -> new Cell(Quotation.of(head), "bold")).toList();
    }

    /** {@code next 10, now 2}. */
    private static Optional<String> told(JsonNode counts) {
        return counts.properties().stream()
                .map(count -> String.format(
                        Locale.ROOT,
                        "%s %,d",
                        Quotation.of(count.getKey()),
                        count.getValue().asLong()))
                .reduce((one, other) -> one + ", " + other);
    }

    private List<Cell> row(Result result) {
        List<Cell> cells = new ArrayList<>();
        cells.add(new Cell(Quotation.of(result.name()), result.name().equals(report.baseline()) ? "faint" : ""));
        if (report.judgments() == null) {
            Changes changes = result.changes();
            cells.add(Cell.of(changes == null ? NONE : format("%.1f%%", 100 * changes.overlap())));
            cells.add(Cell.of(changes == null ? NONE : format("%.4f", changes.rbo())));
            cells.add(Cell.of(changes == null ? NONE : format("%.4f", changes.tau())));
            cells.add(Cell.of(changes == null ? NONE : format("%+.4f", changes.shift())));
        } else {
            for (String measure : report.settings().measures()) {
                Mean mean = result.means().get(measure);
                cells.add(new Cell(
                        mean == null ? NONE : format("%.4f", mean.value()), isBest(mean, measure) ? "bold" : ""));
            }
            difference(cells, result.differences().get(report.primary()));
        }
        ReplayedModel model = result.model();
        Latency latency = result.latency();
        cells.add(Cell.of(model == null ? NONE : format("%,.0f", model.pairsPerSecond())));
        cells.add(Cell.of(latency == null ? NONE : format("%,.1f ms", latency.p95())));
        cells.add(Cell.of(
                model == null || Double.isNaN(model.memoryBytes())
                        ? NONE
                        : ModelsReport.bytes((long) model.memoryBytes())));
        return cells;
    }

    private static void difference(List<Cell> cells, @Nullable Difference difference) {
        if (difference == null) {
            cells.addAll(List.of(Cell.of(NONE), Cell.of(NONE)));
            return;
        }
        boolean significant = difference.isSignificant();
        String style = !significant ? "" : difference.value() > 0 ? "green" : "red";
        cells.add(new Cell(format("%+.4f", difference.value()) + (significant ? "*" : " "), style));
        cells.add(Cell.of(difference.corrected() < 0.0001 ? "<0.0001" : format("%.4f", difference.corrected())));
    }

    private boolean isBest(@Nullable Mean mean, String measure) {
        return mean != null
                && report.contenders().stream().allMatch(result -> {
                    Mean other = result.means().get(measure);
                    return other == null || other.value() <= mean.value();
                });
    }

    private static String format(String format, double value) {
        return Double.isNaN(value) ? NONE : String.format(Locale.ROOT, format, value);
    }

    private void table(List<List<Cell>> rows) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<Cell> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i).text()));
            }
        }
        for (List<Cell> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                Cell cell = row.get(i);
                String space = " ".repeat(widths[i] - width(cell.text()));
                line.append(i == 0 ? "" : "  ").append(i == 0 ? "" : space);
                line.append(styled(cell)).append(i == 0 ? space : "");
            }
            terminal.raw(line.toString().stripTrailing());
        }
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }

    /** A name may hold what would be markup: it is put in after the colours are. */
    private String styled(Cell cell) {
        if (cell.style().isEmpty()) {
            return cell.text();
        }
        return terminal.markup("@|" + cell.style() + " \u0000|@").replace("\u0000", cell.text());
    }
}
