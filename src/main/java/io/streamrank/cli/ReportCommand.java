package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reports on a replay that was run before. */
@Command(
        name = "report",
        description = "Say what a replay's models are worth: a page, JSON, a table, and an exit status.",
        sortOptions = false,
        footer = {
            "",
            "Writes report.html, report.json and, with judgments, report.queries.jsonl into the folder.",
            "For example: ./streamrank report out --qrels qrels.trec --fail-if \"ndcg_cut_10 < baseline - 0.01\""
        })
final class ReportCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "Where the replay has written.")
    private Path folder = Path.of("");

    @Mixin
    private final ReportOptions options = new ReportOptions();

    @Mixin
    private final KafkaOptions kafka = new KafkaOptions();

    @Inject
    ReportCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        return new Reporting(config, kafka, options).report(folder, terminal);
    }
}
