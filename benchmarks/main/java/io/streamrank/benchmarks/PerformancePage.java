package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.replay.plot.Plot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Puts tables made of results files into the page on performance, so that every figure there is one of a run. The page
 * says where: between {@code <!-- table KIND FILE -->} and {@code <!-- end -->}, FILE as seen from the results folder.
 * {@code <!-- table cpu ... -->} also has a plot, beside the page.
 */
@Command(name = "performance-page", mixinStandardHelpOptions = true)
public final class PerformancePage implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern TABLE =
            Pattern.compile("<!-- table (\\w+) (\\S+) -->\\n.*?<!-- end -->", Pattern.DOTALL);

    @Option(names = "--page", defaultValue = "docs/performance.md", description = "The page to fill.")
    private Path page = Path.of("");

    @Option(names = "--results", defaultValue = "benchmarks/results", description = "Where the results files are.")
    private Path results = Path.of("");

    /** Entry point. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new PerformancePage()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        String filled = filled(Files.readString(page), results);
        Files.writeString(page, filled);
        for (Map.Entry<String, String> plot : plots(filled, results).entrySet()) {
            Path file = page.resolveSibling(plot.getKey());
            Files.createDirectories(file.getParent());
            Files.writeString(file, plot.getValue());
        }
        return 0;
    }

    /** The page with its tables made anew. */
    static String filled(String page, Path results) throws IOException {
        StringBuilder filled = new StringBuilder();
        Matcher matcher = TABLE.matcher(page);
        while (matcher.find()) {
            String kind = matcher.group(1);
            String file = matcher.group(2);
            JsonNode run = JSON.readTree(results.resolve(file).toFile());
            String table = switch (kind) {
                case "cpu" -> cpu(run) + "\n![How many times as fast as ONNX Runtime](" + plotFile(file) + ")\n";
                case "text" -> text(run);
                case "pipeline" -> pipeline(run);
                case "hotpaths" -> hotPaths(run);
                case "guard" -> guard(run);
                default -> throw new IllegalArgumentException("no table of kind " + kind);
            };
            String ours =
                    "<!-- table " + kind + " " + file + " -->\n" + table + "\n" + source(run, file) + "<!-- end -->";
            matcher.appendReplacement(filled, Matcher.quoteReplacement(ours));
        }
        matcher.appendTail(filled);
        return filled.toString();
    }

    /** By their place beside the page. */
    static Map<String, String> plots(String page, Path results) throws IOException {
        Map<String, String> plots = new TreeMap<>();
        Matcher matcher = TABLE.matcher(page);
        while (matcher.find()) {
            if (matcher.group(1).equals("cpu")) {
                JsonNode run = JSON.readTree(results.resolve(matcher.group(2)).toFile());
                plots.put(plotFile(matcher.group(2)), cpuPlot(run));
            }
        }
        return plots;
    }

    private static String plotFile(String file) {
        return "performance/" + file.replace('/', '-').replace(".json", ".svg");
    }

    /** Which run, and on what. JMH's own files say less of the machine. */
    private static String source(JsonNode run, String file) {
        JsonNode environment = run.path("environment");
        if (environment.isMissingNode()) {
            return "Run: `benchmarks/results/" + file + "`.\n";
        }
        return String.format(
                Locale.ROOT,
                "Run: `benchmarks/results/%s`, revision %s, %s; %s, %d cores, %s; load %s before and %s after.\n",
                file,
                environment.path("revision").asText(),
                environment.path("began").asText(),
                environment.path("cpu").asText(),
                environment.path("cores").asInt(),
                String.join(", ", texts(environment.path("instructions"))),
                environment.path("load_before").asText(),
                environment.path("load_after").asText());
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    private static String cpu(JsonNode run) {
        StringBuilder table = new StringBuilder(
                "| pairs of | threads | side | pairs a second | times ONNX Runtime | rank correlation with it |\n"
                        + "| --- | --- | --- | --- | --- | --- |\n");
        for (JsonNode part : run.path("texts")) {
            for (Map.Entry<String, JsonNode> side : part.path("ids_to_scores").properties()) {
                JsonNode agreement = part.path("agreement").path(side.getKey());
                table.append(String.format(
                        Locale.ROOT,
                        "| %.0f tokens | %d | %s | %s | %s | %s |\n",
                        part.path("mean_tokens").asDouble(),
                        run.path("threads").asInt(),
                        name(side.getKey(), part),
                        number(side.getValue().path("pairs_per_second")),
                        times(side.getValue().path("times_" + CpuSpeed.PEER)),
                        agreement.isMissingNode()
                                ? ""
                                : String.format(
                                        Locale.ROOT,
                                        "%.5f",
                                        agreement.path("rank_correlation").asDouble())));
            }
        }
        return table.toString();
    }

    private static String name(String side, JsonNode part) {
        return side.equals(CpuSpeed.PEER)
                ? "ONNX Runtime float32, batches of "
                        + part.path("onnxruntime_batch").asInt()
                : "Streamrank " + side;
    }

    private static String text(JsonNode run) {
        StringBuilder table = new StringBuilder("| pairs of | threads | side | pairs a second | times langchain4j |\n"
                + "| --- | --- | --- | --- | --- |\n");
        for (JsonNode part : run.path("texts")) {
            for (Map.Entry<String, JsonNode> side : part.path("text_to_scores").properties()) {
                String name = switch (side.getKey()) {
                    case CpuSpeed.LANGCHAIN -> "langchain4j's OnnxScoringModel, a list at a time";
                    case "worker_choice" ->
                        "Streamrank as the worker chooses: "
                                + run.path("worker_chooses").asText();
                    default -> "Streamrank " + side.getKey();
                };
                table.append(String.format(
                        Locale.ROOT,
                        "| %.0f tokens | %d | %s | %s | %s |\n",
                        part.path("mean_tokens").asDouble(),
                        run.path("threads").asInt(),
                        name,
                        number(side.getValue().path("pairs_per_second")),
                        times(side.getValue().path("times_" + CpuSpeed.LANGCHAIN))));
            }
        }
        return table.toString();
    }

    private static String pipeline(JsonNode run) {
        JsonNode free = run.path("free_scorer");
        JsonNode checkpoint = run.path("checkpoint");
        StringBuilder table = new StringBuilder(
                "| scorer | side | lists a second | the worker is |\n" + "| --- | --- | --- | --- |\n");
        row(table, "free", "worker", free.path(PipelineSpeed.WORKER), "");
        row(
                table,
                "free",
                "plain loop that decodes and encodes, "
                        + free.path("lists_per_transaction").asInt() + " lists a transaction",
                free.path(PipelineSpeed.EVENTS),
                times(free.path(PipelineSpeed.WORKER).path("times_" + PipelineSpeed.EVENTS)));
        row(
                table,
                "free",
                "plain loop over bytes",
                free.path(PipelineSpeed.BYTES),
                times(free.path(PipelineSpeed.WORKER).path("times_" + PipelineSpeed.BYTES)));
        String arithmetic = "the checkpoint, " + checkpoint.path("dtype").asText();
        row(table, arithmetic, "worker", checkpoint.path(PipelineSpeed.WORKER), "");
        row(
                table,
                arithmetic,
                "scorer alone, text to scores",
                checkpoint.path(PipelineSpeed.SCORER),
                times(checkpoint.path(PipelineSpeed.WORKER).path("times_" + PipelineSpeed.SCORER)));
        return table.toString();
    }

    private static void row(StringBuilder table, String scorer, String side, JsonNode rate, String times) {
        table.append("| ")
                .append(scorer)
                .append(" | ")
                .append(side)
                .append(" | ")
                .append(number(rate.path("lists_per_second")))
                .append(" | ")
                .append(times)
                .append(" |\n");
    }

    /** JMH's own form of results. */
    private static String hotPaths(JsonNode run) {
        StringBuilder table = new StringBuilder("| step | microseconds a list of 20 | ± |\n| --- | --- | --- |\n");
        for (JsonNode each : run) {
            String benchmark = each.path("benchmark").asText();
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s |\n",
                    benchmark.substring(benchmark.lastIndexOf('.') + 1),
                    number(each.path("primaryMetric").path("score")),
                    number(each.path("primaryMetric").path("scoreError"))));
        }
        return table.toString();
    }

    private static String guard(JsonNode run) {
        StringBuilder table = new StringBuilder("| ours / its peer | times as fast |\n| --- | --- |\n");
        run.path("ratios")
                .properties()
                .forEach(each -> table.append(String.format(
                        Locale.ROOT,
                        "| %s | %.2f |\n",
                        each.getKey(),
                        each.getValue().asDouble())));
        return table.toString();
    }

    private static String times(JsonNode ratio) {
        return String.format(
                Locale.ROOT,
                "%.2f (%.2f to %.2f)",
                ratio.path("median").asDouble(),
                ratio.path("lower_quartile").asDouble(),
                ratio.path("upper_quartile").asDouble());
    }

    private static String number(JsonNode value) {
        double number = value.asDouble();
        return String.format(Locale.ROOT, number >= 100 ? "%,.0f" : number >= 10 ? "%.1f" : "%.2f", number);
    }

    private static String cpuPlot(JsonNode run) {
        List<String> places = new ArrayList<>();
        run.path("texts")
                .forEach(part -> places.add(Math.round(part.path("mean_tokens").asDouble()) + " tokens"));
        Plot plot = new Plot(
                        "MiniLM-L6, threads: " + run.path("threads").asInt() + "; whiskers: quartiles of the rounds",
                        "tokens of a pair, in the mean",
                        "times as fast as ONNX Runtime float32")
                .categories(places)
                .level("ONNX Runtime float32", 0, 1);
        for (int i = 0; i < places.size(); i++) {
            JsonNode sides = run.path("texts").path(i).path("ids_to_scores");
            int series = 1;
            for (String side : List.of("float32", "bfloat16")) {
                JsonNode ratio = sides.path(side).path("times_" + CpuSpeed.PEER);
                plot.point(
                        side,
                        series++,
                        new Plot.Point(i, ratio.path("median").asDouble()),
                        ratio.path("lower_quartile").asDouble(),
                        ratio.path("upper_quartile").asDouble());
            }
        }
        return plot.standalone();
    }
}
