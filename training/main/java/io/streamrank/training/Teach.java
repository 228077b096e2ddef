package io.streamrank.training;

import io.streamrank.model.Reranker;
import io.streamrank.training.data.CandidateSource;
import io.streamrank.training.data.SimilarityTeacher;
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
    @Option(names = "--teacher", paramLabel = "FOLDER", description = "The teacher's checkpoint, which ranks.")
    private @Nullable Path teacher;

    @Option(
            names = "--similarity",
            paramLabel = "FOLDER",
            description = "Instead: a BERT that compares texts. The score is the cosine of query and document, each the"
                    + " mean of its tokens' last states, times --scale.")
    private @Nullable Path similarity;

    @Option(names = "--scale", paramLabel = "N", description = "What a similarity is multiplied by (default: 20).")
    private @Nullable Double scale;

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

    @Mixin
    private ListChoice lists = new ListChoice();

    @Option(names = "--output", paramLabel = "FILE", required = true, description = "JSON Lines, not packed.")
    private Path output = Path.of("");

    @Mixin
    private ModelChoice model = new ModelChoice();

    @Override
    public Integer call() throws IOException {
        if ((groups != null) == collection.isChosen()) {
            throw new IllegalArgumentException("name either a run (--beir or --run) or --groups");
        }
        if ((teacher == null) == (similarity == null)) {
            throw new IllegalArgumentException("name either a --teacher that ranks or an encoder with --similarity");
        }
        if (scale != null && similarity == null) {
            throw new IllegalArgumentException("--scale needs an encoder with --similarity");
        }
        try (OrderlyEnd end = new OrderlyEnd();
                CandidateSource source = source()) {
            if (teacher != null) {
                rank(end, source, teacher);
            } else if (similarity != null) {
                compare(end, source, similarity);
            }
        } catch (CancellationException e) {
            System.err.println("Stopped. The same command goes on from here.");
        }
        return 0;
    }

    private void rank(OrderlyEnd end, CandidateSource source, Path folder) throws IOException {
        try (Reranker reranker = model.load(folder)) {
            Teacher who = new Teacher(
                    reranker.model().revision(), reranker.model().family(), reranker.maxLength(), reranker.dtype());
            write(source, new TeacherScores(end.scorer(reranker), who));
        }
    }

    private void compare(OrderlyEnd end, CandidateSource source, Path folder) throws IOException {
        double factor = scale == null ? SimilarityTeacher.USUAL_SCALE : scale;
        try (TextEncoder encoder = model.encoder(folder)) {
            write(
                    source,
                    new TeacherScores(new SimilarityTeacher(end.vectors(encoder), factor), encoder.asTeacher(factor)));
        }
    }

    private void write(CandidateSource source, TeacherScores scores) throws IOException {
        ProgressLine progress = ProgressLine.of(source.size(), "lists");
        scores.write(source, output, lists.idsOnly(), progress::begin, progress::done);
    }

    private CandidateSource source() throws IOException {
        return groups != null
                ? CandidateSource.ofGroups(groups, collection.corpusIfNamed())
                : CandidateSource.ofRun(
                        collection.corpus(),
                        collection.queries(),
                        collection.qrelsIfAny(),
                        lists.relevantFrom(),
                        collection.run(),
                        depth);
    }
}
