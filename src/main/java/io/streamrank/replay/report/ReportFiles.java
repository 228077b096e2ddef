package io.streamrank.replay.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A report as files in the replay's folder: the page, the same for programs, and each query's values. */
public final class ReportFiles {
    /** The page. */
    public static final String HTML = "report.html";

    /** The same for programs. */
    public static final String JSON = "report.json";

    /** Each query's values, with judgments only. */
    public static final String QUERIES = "report.queries.jsonl";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ReportFiles() {}

    /**
     * Makes a report and writes its files; those of an earlier report are replaced.
     *
     * @param judgments null to tell what changes only
     * @throws IOException if the folder is not what a replay writes, or its queries and the judgments have none in common
     * @throws IllegalArgumentException if settings name a baseline that is not there, or a condition cannot be decided
     */
    public static ReplayReport write(ReplayReader folder, ReportSettings settings, Report.@Nullable Judgments judgments)
            throws IOException {
        Report.Finished finished = Report.make(folder, settings, judgments);
        Path root = folder.root();
        replace(root.resolve(HTML), HtmlReport.of(finished.report(), finished.queries()));
        writeJson(root, finished.report());
        if (finished.queries() == null) {
            Files.deleteIfExists(root.resolve(QUERIES));
        } else {
            writeQueries(root.resolve(QUERIES), finished.report(), finished.queries());
        }
        return finished.report();
    }

    /** Writes a report that has no page: the files for programs. Those of an earlier report are replaced. */
    static void writeMeasured(Path root, ReplayReport report, QueryTable queries) throws IOException {
        writeJson(root, report);
        writeQueries(root.resolve(QUERIES), report, queries);
    }

    private static void writeJson(Path root, ReplayReport report) throws IOException {
        replace(
                root.resolve(JSON),
                MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(JsonReport.of(report)) + "\n");
    }

    /** Whoever looks at the file sees the old one or the new one, never a part. */
    private static void replace(Path file, String content) throws IOException {
        Path part = part(file);
        // Of a text that is none, half a surrogate pair, this leaves a question mark.
        Files.write(part, content.getBytes(UTF_8));
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path part(Path file) {
        return file.resolveSibling(file.getFileName() + ".part");
    }

    private static void writeQueries(Path file, ReplayReport report, QueryTable queries) throws IOException {
        List<String> contenders =
                report.contenders().stream().map(ReplayReport.Result::name).toList();
        Path part = part(file);
        try (BufferedWriter writer = new BufferedWriter(new OutputStreamWriter(Files.newOutputStream(part), UTF_8))) {
            for (int row = 0; row < queries.rows(); row++) {
                writer.write(MAPPER.writeValueAsString(line(contenders, queries, row)));
                writer.write('\n');
            }
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static ObjectNode line(List<String> contenders, QueryTable queries, int row) {
        ObjectNode node = MAPPER.createObjectNode().put("query", queries.query(row));
        node.put("list", queries.list(row) < 0 ? null : Integer.valueOf(queries.list(row)));
        ObjectNode values = node.putObject("values");
        for (String contender : contenders) {
            ObjectNode own = MAPPER.createObjectNode();
            for (int i = 0; i < queries.measures().size(); i++) {
                double value = queries.value(contender, i, row);
                if (!Double.isNaN(value)) {
                    own.put(queries.measures().get(i), value);
                }
            }
            if (!own.isEmpty()) {
                values.set(contender, own);
            }
        }
        return node;
    }
}
