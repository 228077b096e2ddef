package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.cli.WorkerAssembly.ModelChoice;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.replay.QueryPairs;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Holds a checkpoint to scores and token ids that its authors' code gave. */
@Command(
        name = "verify",
        description = "Check a checkpoint's scores, and its token ids where they are given, against expected ones.",
        sortOptions = false,
        footer = {
            "",
            "For example: ./streamrank models verify FOLDER --pairs pairs.jsonl",
            "The arithmetic is float32 unless --dtype or the configuration says otherwise.",
            "A line of pairs: {\"query\": \"…\", \"document\": \"…\", \"score\": 1.25}, and \"input_ids\" if known."
        })
final class ModelsVerifyCommand implements Callable<Integer> {
    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "The checkpoint folder.")
    private Path folder = Path.of("");

    @ArgGroup(exclusive = true, multiplicity = "1")
    private final Source source = new Source();

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "1e-4",
            description = "How far a score may be off (default: ${DEFAULT-VALUE}, for float32).")
    private double tolerance;

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Option(names = "--json", description = "Print one JSON object, for programs.")
    private boolean json;

    /** Where the expectations are. */
    static final class Source {
        @Option(
                names = "--golden",
                paramLabel = "FILE",
                description = "One JSON object: max_length and pairs, each with its score and input_ids.")
        private @Nullable Path golden;

        @Option(names = "--pairs", paramLabel = "FILE", description = "JSON Lines, one pair with its score a line.")
        private @Nullable Path pairs;

        private QueryPairs read() throws IOException {
            return golden != null ? QueryPairs.readGolden(golden) : QueryPairs.read(requireNonNull(pairs));
        }

        private Path file() {
            return golden != null ? golden : requireNonNull(pairs);
        }
    }

    @Inject
    ModelsVerifyCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws IOException {
        if (!(tolerance >= 0)) {
            throw new IllegalArgumentException("--tolerance " + tolerance + ": expected 0 or more");
        }
        QueryPairs expected = source.read();
        Verification.requireExpectations(source.file(), expected.pairs());
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        ModelsReport report = new ModelsReport(terminal);
        String id = ModelChoice.of(folder).id();
        try (Reranker reranker = Rerankers.load(folder, id, settings(expected))) {
            PairScores scores = PairScores.of(
                    reranker,
                    expected.pairs(),
                    new WorkerAssembly(config).batchPolicy(reranker),
                    ModelsReport.progress(terminal, json));
            Verification verification = Verification.of(expected.pairs(), scores, tolerance);
            if (json) {
                ObjectNode node = ModelsReport.JSON.createObjectNode();
                ModelsReport.put(node.putObject("model"), reranker);
                verification.put(node);
                report.json(node);
            } else {
                report.field("model", "%s", ModelsReport.described(reranker));
                verification.print(terminal, report);
            }
            return verification.holds() ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    /** Expectations are exact: arithmetic that nobody chose is not left to what this machine is faster at. */
    private ModelSettings settings(QueryPairs expected) {
        ModelSettings settings = model.settings(config, expected.maxLength());
        return settings.dtype().equals("auto") ? settings.withDtype("float32") : settings;
    }
}
