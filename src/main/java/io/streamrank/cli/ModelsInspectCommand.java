package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.Inspection;
import io.streamrank.model.ModelSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what a checkpoint folder holds, and all that is wrong with it. */
@Command(
        name = "inspect",
        description = "Show what a checkpoint folder holds, how it will be read, and everything that it lacks.",
        sortOptions = false,
        footer = {"", "For example: ./streamrank models inspect models/minilm-l6-reranker"})
final class ModelsInspectCommand implements Callable<Integer> {
    private static final int NAMES_SHOWN = 5;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "The checkpoint folder.")
    private Path folder = Path.of("");

    @Option(names = "--json", description = "Print one JSON object, for programs.")
    private boolean json;

    @Override
    public Integer call() {
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        ModelsReport report = new ModelsReport(terminal);
        Inspection inspection = Inspection.of(folder);
        if (json) {
            report.json(toJson(inspection));
        } else {
            print(inspection, terminal, report);
        }
        return inspection.problems().isEmpty() ? ExitCode.OK : ExitCode.MODEL;
    }

    private static void print(Inspection inspection, Terminal terminal, ModelsReport report) {
        terminal.raw(inspection.folder().toString());
        if (inspection.model() != null) {
            print(inspection.model(), report);
        }
        if (inspection.revision() != null) {
            report.field("revision", "%s", inspection.revision());
        }
        if (inspection.storage() != null) {
            print(inspection.storage(), report);
        }
        if (inspection.pairs() != null) {
            print(inspection.pairs(), report);
        }
        if (inspection.problems().isEmpty()) {
            terminal.line("  @|green %-10s|@can be served", "complete");
            return;
        }
        terminal.line(
                "  @|red %-10s|@%,d problems:", "broken", inspection.problems().size());
        inspection.problems().forEach(problem -> terminal.raw("    " + problem));
    }

    private static void print(Inspection.Model model, ModelsReport report) {
        report.field("family", "%s, %,d layers, %,d parameters", model.family(), model.layers(), model.parameters());
        report.field(
                "reads",
                model.positions() == ModelSettings.MAX_LENGTH_MAX
                        ? "%,d words, any number of tokens"
                        : "%,d words, positions for %,d tokens",
                model.vocabulary(),
                model.positions());
        report.field(
                "memory",
                "%s in float32, %s in bfloat16, for the weights",
                ModelsReport.bytes(model.bytes(Float.BYTES)),
                ModelsReport.bytes(model.bytes(Short.BYTES)));
        if (!model.unused().isEmpty()) {
            report.field("not used", "%,d tensors: %s", model.unused().size(), first(model.unused()));
        }
    }

    private static void print(Inspection.Storage storage, ModelsReport report) {
        String types = storage.types().entrySet().stream()
                .map(type -> String.format(Locale.ROOT, "%,d in %s", type.getValue(), type.getKey()))
                .collect(Collectors.joining(", "));
        report.field("stored", "%s, %s: %s", first(storage.files()), ModelsReport.bytes(storage.bytes()), types);
    }

    private static void print(Inspection.Pairs pairs, ModelsReport report) {
        report.field("length", "pairs of up to %,d tokens", pairs.maxLength());
        if (pairs.template().isEmpty()) {
            report.field("template", "the tokenizer's own, query first");
        } else {
            pairs.template().forEach(part -> report.field("template", "%s", quoted(part)));
            if (pairs.appendsEos()) {
                report.field("", "and the end-of-sequence token");
            }
        }
        report.field("pooling", "%s", pairs.pooling());
        report.field("score", "%s", score(pairs));
    }

    private static String score(Inspection.Pairs pairs) {
        String raw = switch (pairs.labels().size()) {
            case 0 -> "the ranking head's";
            case 1 -> "the logit of token " + pairs.labels().get(0);
            default ->
                "the logit of token " + pairs.labels().get(1) + " less that of token "
                        + pairs.labels().get(0);
        };
        return pairs.activation().equals("none") ? raw + ", raw" : raw + ", through " + pairs.activation();
    }

    /** On one line, so that what ends a part shows. */
    private static String quoted(String text) {
        return '"' + text.replace("\n", "\\n") + '"';
    }

    private static String first(List<String> names) {
        String listed = names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "));
        return names.size() > NAMES_SHOWN ? listed + ", …" : listed;
    }

    private static ObjectNode toJson(Inspection inspection) {
        ObjectNode node = ModelsReport.JSON.valueToTree(inspection);
        node.put("folder", inspection.folder().toString());
        if (inspection.model() != null) {
            ((ObjectNode) node.path("model"))
                    .putObject("bytes")
                    .put("float32", inspection.model().bytes(Float.BYTES))
                    .put("bfloat16", inspection.model().bytes(Short.BYTES));
        }
        return node;
    }
}
