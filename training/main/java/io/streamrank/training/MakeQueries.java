package io.streamrank.training;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.training.data.GroupsWriter;
import io.streamrank.training.data.MadeQueries;
import io.streamrank.training.data.QuerySettings;
import io.streamrank.training.run.ProgressLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes queries of a judged collection's own texts, with negatives and scores by an encoder's similarity. */
@Command(
        name = "queries",
        description =
                "Make queries of a judged collection's texts (keywords of its English questions, spans of its"
                        + " relevant passages), with negatives from an encoder's nearest neighbours and its similarities as scores.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
public final class MakeQueries implements Callable<Integer> {
    @Option(
            names = "--similarity",
            paramLabel = "FOLDER",
            required = true,
            description = "The BERT that compares texts: by the mean of their tokens' last states.")
    private Path similarity = Path.of("");

    @Mixin
    private CollectionChoice collection = new CollectionChoice();

    @Option(
            names = "--keywords",
            paramLabel = "SHARE",
            defaultValue = "0.5",
            description = "The share of questions whose keywords become a query (default: ${DEFAULT-VALUE}).")
    private double keywords;

    @Option(
            names = "--spans",
            paramLabel = "N",
            defaultValue = "2",
            description = "Queries made of each relevant passage (default: ${DEFAULT-VALUE}).")
    private int spans;

    @Mixin
    private ListChoice lists = new ListChoice();

    @Option(
            names = "--scale",
            paramLabel = "N",
            defaultValue = "20",
            description = "What a similarity is multiplied by (default: ${DEFAULT-VALUE}).")
    private double scale;

    @Option(names = "--seed", defaultValue = "1", description = "Decides what is drawn (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            required = true,
            description = "Where the made queries go: JSON Lines; .gz packs them.")
    private Path output = Path.of("");

    @Option(
            names = "--real",
            paramLabel = "FILE",
            description = "Where the run's own queries go too, with negatives of the run and of neighbours.")
    private @Nullable Path real;

    @Mixin
    private ModelChoice model = new ModelChoice();

    @Override
    public Integer call() throws IOException {
        QuerySettings settings = new QuerySettings(keywords, spans, lists.relevantFrom(), scale, seed);
        try (OrderlyEnd end = new OrderlyEnd();
                TextEncoder encoder = model.encoder(similarity);
                MadeQueries queries = MadeQueries.open(
                        collection.corpus(),
                        collection.queries(),
                        collection.qrels(),
                        end.vectors(encoder),
                        encoder,
                        settings)) {
            ProgressLine documents = ProgressLine.of(queries.size(), "documents");
            documents.begin(0);
            queries.readDocuments(documents::done);
            ObjectNode origin = encoder.asTeacher(scale)
                    .toJson()
                    .put("keywords", keywords)
                    .put("spans", spans)
                    .put("seed", seed);
            write(output, origin, (writer, shown) -> queries.writeMade(writer, shown::done));
            if (real != null) {
                write(real, origin, (writer, shown) -> queries.writeReal(collection.run(), writer, shown::done));
            }
            return 0;
        } catch (CancellationException e) {
            System.err.println("Stopped: what was written last is not whole, and .unfinished.");
            return 1;
        }
    }

    /** Writes queries and returns how many. */
    @FunctionalInterface
    private interface Writing {
        long write(GroupsWriter writer, Counted shown) throws IOException;
    }

    /** Progress whose total is known once the first are written. */
    private static final class Counted {
        private @Nullable ProgressLine progress;

        void done(long queries, long all) {
            if (progress == null) {
                progress = ProgressLine.of(all, "queries");
                progress.begin(queries);
            }
            progress.done(queries);
        }
    }

    private void write(Path file, ObjectNode origin, Writing writing) throws IOException {
        Files.write(file.resolveSibling(file.getFileName() + ".teacher.json"), (origin + "\n").getBytes(UTF_8));
        try (GroupsWriter writer = GroupsWriter.create(file, lists.idsOnly())) {
            long written = writing.write(writer, new Counted());
            writer.finish();
            System.err.printf(Locale.ROOT, "%s: %,d queries%n", file, written);
        }
    }
}
