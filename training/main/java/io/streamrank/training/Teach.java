package io.streamrank.training;

import io.streamrank.model.Reranker;
import io.streamrank.training.data.CandidateSource;
import io.streamrank.training.data.TeacherScores;
import io.streamrank.training.data.TeacherScores.Teacher;
import io.streamrank.training.run.ProgressLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a teacher's scores of candidate lists, for a student to be distilled from. */
@Command(
        name = "teach",
        description = "Score candidate lists with a teacher, to distil from. Goes on where it was interrupted.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
public final class Teach implements Callable<Integer> {
    @Option(names = "--teacher", paramLabel = "FOLDER", required = true, description = "The teacher's checkpoint.")
    private Path teacher = Path.of("");

    @Mixin
    private CollectionChoice collection = new CollectionChoice();

    @Option(
            names = "--groups",
            paramLabel = "FILE",
            description =
                    "Score these lists, such as mine writes, instead of a run's; --corpus is for those without texts.")
    private @Nullable Path groups;

    @Option(
            names = "--depth",
            paramLabel = "N",
            defaultValue = "100",
            description = "Candidates of a run's query, its relevant documents apart (default: ${DEFAULT-VALUE}).")
    private int depth;

    @Option(
            names = "--relevant-from",
            paramLabel = "GRADE",
            defaultValue = "1",
            description = "The lowest grade of a positive (default: ${DEFAULT-VALUE}).")
    private int relevantFrom;

    @Option(names = "--output", paramLabel = "FILE", required = true, description = "JSON Lines, not packed.")
    private Path output = Path.of("");

    @Option(
            names = "--ids",
            description = "Write documents' ids without their texts; train then names the corpus as well.")
    private boolean idsOnly;

    @Mixin
    private ModelChoice model = new ModelChoice();

    @Override
    public Integer call() throws IOException {
        if ((groups != null) == collection.isChosen()) {
            throw new IllegalArgumentException("name either a run (--beir or --run) or --groups");
        }
        try (OrderlyEnd end = new OrderlyEnd();
                CandidateSource source = source();
                Reranker reranker = model.load(teacher)) {
            Teacher who = new Teacher(
                    reranker.model().revision(), reranker.model().family(), reranker.maxLength(), reranker.dtype());
            ProgressLine progress = ProgressLine.of(source.size(), "lists");
            new TeacherScores(end.scorer(reranker), who)
                    .write(source, output, idsOnly, progress::begin, progress::done);
        } catch (CancellationException e) {
            System.err.println("Stopped. The same command goes on from here.");
        }
        return 0;
    }

    private CandidateSource source() throws IOException {
        return groups != null
                ? CandidateSource.ofGroups(groups, collection.corpusIfNamed())
                : CandidateSource.ofRun(
                        collection.corpus(),
                        collection.queries(),
                        collection.qrelsIfAny(),
                        relevantFrom,
                        collection.run(),
                        depth);
    }
}
