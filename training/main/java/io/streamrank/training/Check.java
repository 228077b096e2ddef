package io.streamrank.training;

import static java.util.Objects.requireNonNull;

import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says whether a checkpoint folder can be served, and loaded by transformers, as it is. */
@Command(
        name = "check",
        description =
                "Check a checkpoint as the worker loads it and as transformers expects it; exits with 1 on trouble.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class Check implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "The checkpoint: best or last of a run, or any other.")
    private Path folder = Path.of("");

    @Option(names = "--query", paramLabel = "TEXT", description = "Score documents under this query as well.")
    private @Nullable String query;

    @Option(names = "--document", paramLabel = "TEXT", description = "One of them; may be given again.")
    private List<String> documents = List.of();

    @Override
    public Integer call() throws IOException {
        if ((query == null) != documents.isEmpty()) {
            throw new IllegalArgumentException("expected --query with a --document at least, or neither");
        }
        PrintWriter out = requireNonNull(spec).commandLine().getOut();
        CheckpointCheck check = CheckpointCheck.of(folder);
        out.println(folder);
        check.facts().forEach(fact -> out.println("  " + fact));
        check.remarks().forEach(remark -> out.println("  remark       " + remark));
        check.troubles().forEach(trouble -> out.println("  trouble      " + trouble));
        boolean good = check.troubles().isEmpty() && (query == null || areScored(query, out));
        out.println(good ? "good: the worker and transformers load it as it is" : "not good");
        return good ? 0 : 1;
    }

    private boolean areScored(String text, PrintWriter out) {
        ModelSettings settings = ModelSettings.defaults().withDevice("cpu").withDtype("float32");
        try (OrderlyEnd end = new OrderlyEnd();
                Reranker reranker = Rerankers.load(folder, "checked", settings)) {
            float[] scores = reranker.score(reranker.encode(text, documents));
            boolean finite = true;
            for (int i = 0; i < scores.length; i++) {
                out.printf(Locale.ROOT, "  %-12.6f %s%n", scores[i], documents.get(i));
                finite &= Float.isFinite(scores[i]);
            }
            return finite;
        }
    }
}
