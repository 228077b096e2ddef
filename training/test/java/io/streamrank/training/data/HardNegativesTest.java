package io.streamrank.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.replay.LinePlace;
import io.streamrank.training.Example;
import io.streamrank.training.Passage;
import io.streamrank.training.data.ScoreFilter.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HardNegativesTest {
    private static final MiningSettings SETTINGS =
            new MiningSettings(new RankBand(2, 6), 10, 1, false, 0.5, Optional.empty());

    private final Path folder;

    private final Path corpus;
    private final Path queries;
    private final Path qrels;
    private final Path run;
    private final List<Long> progress = new ArrayList<>();

    HardNegativesTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        corpus = TestFiles.write(
                folder,
                "corpus.tsv",
                "good\tthe capital of France is Paris on the Seine 5",
                "copy\tThe capital of France is Paris, on the Seine! 4",
                "first\ta first ranked text about something 9",
                "zero\tjudged and found of no use 1",
                "weak\tbarely relevant by its grade 1",
                "close\tscored nearly as high by a model 4.9",
                "far\tscored much lower by a model 1",
                "late\tone that stands too low down 1");
        queries = TestFiles.write(folder, "queries.tsv", "q1\tcapital of France", "q2\tnothing judged", "q3\tall gone");
        qrels = TestFiles.write(folder, "qrels.trec", "q1 0 good 2", "q1 0 zero 0", "q1 0 weak 1", "q3 0 good 1");
        run = TestFiles.write(
                folder,
                "run.trec",
                "q1 Q0 first 1 9 t",
                "q1 Q0 copy 2 8 t",
                "q1 Q0 zero 3 7 t",
                "q1 Q0 weak 4 6 t",
                "q1 Q0 close 5 5 t",
                "q1 Q0 far 6 4 t",
                "q1 Q0 late 7 3 t",
                "q2 Q0 far 1 1 t",
                "q3 Q0 far 1 2 t",
                "q3 Q0 copy 2 1 t");
    }

    @Test
    void takesTheBandWithoutJudgedOnesAndNearDuplicates() throws IOException {
        List<GroupLine> lists = mine(SETTINGS, null);

        assertThat(lists).hasSize(1);
        assertThat(lists.get(0).queryId()).isEqualTo("q1");
        assertThat(lists.get(0).query()).isEqualTo("capital of France");
        assertThat(lists.get(0).positives()).extracting(GroupLine.Doc::id).containsExactly("good", "weak");
        assertThat(lists.get(0).positives().get(0).grade()).isEqualTo(2);
        assertThat(lists.get(0).negatives()).extracting(GroupLine.Doc::id).containsExactly("close", "far");
        assertThat(progress).containsExactly(1L, 2L, 3L);
    }

    @Test
    void countsWhatWasExcludedAndWhy() throws IOException {
        assertThat(counts(SETTINGS, null))
                .hasToString(String.join(
                        System.lineSeparator(),
                        "3 queries: 1 written, 1 without a positive, 1 without a negative left",
                        "6 candidates: 2 negatives",
                        "  excluded: 2 judged, 2 near-duplicates of a positive, 0 scored too high",
                        "  not needed: 0"));
    }

    @Test
    void takesJudgedOnesIfToldTo() throws IOException {
        MiningSettings settings = new MiningSettings(new RankBand(1, 100), 2, 2, true, 0.5, Optional.empty());

        List<GroupLine> lists = mine(settings, null);

        assertThat(lists.get(0).positives()).extracting(GroupLine.Doc::id).containsExactly("good");
        // The weak one is no positive from grade 2 up, and no negative either.
        assertThat(lists.get(0).negatives()).extracting(GroupLine.Doc::id).containsExactly("first", "zero");
    }

    @Test
    void theThresholdOfNearDuplicatesIsASetting() throws IOException {
        MiningSettings settings = new MiningSettings(new RankBand(2, 6), 10, 1, false, 1, Optional.empty());

        assertThat(mine(settings, null).get(0).negatives())
                .extracting(GroupLine.Doc::id)
                .containsExactly("copy", "close", "far");
    }

    @Test
    void leavesOutWhatACrossEncoderScoresTooHigh() throws IOException {
        assertThat(filtered(new ScoreFilter(Rule.MARGIN, 0))).containsExactly("close", "far");
        assertThat(filtered(new ScoreFilter(Rule.MARGIN, 1))).containsExactly("far");
        assertThat(filtered(new ScoreFilter(Rule.MARGIN, -5))).containsExactly("close", "far");
        assertThatThrownBy(() -> filtered(new ScoreFilter(Rule.RATIO, 0.9)))
                .hasMessageContaining("a positive has the score 5.0, and a ratio needs scores between 0 and 1");
    }

    @Test
    void aRatioIsTakenOfThePositivesScore() {
        assertThat(new ScoreFilter(Rule.RATIO, 0.75).limit(0.8)).isEqualTo(0.75 * 0.8);
        assertThatThrownBy(() -> new ScoreFilter(Rule.RATIO, 1.2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatItWritesIsWhatTrainingReads() throws IOException {
        for (boolean idsOnly : new boolean[] {false, true}) {
            Path output = folder.resolve("mined.jsonl.gz");
            mine(SETTINGS, null, output, idsOnly);
            Map<String, String> keys = idsOnly
                    ? Map.of("groups", output.toString(), "corpus", corpus.toString(), "negatives", "2")
                    : Map.of("groups", output.toString(), "negatives", "2");

            try (GroupSource source = DataSet.open(List.of(DataSet.parse("mined", keys)), 1)) {
                Example group = source.epoch(0, 0).next();
                assertThat(group.passages()).hasSize(3);
                assertThat(group.passages().subList(1, 3))
                        .extracting(Passage::text)
                        .containsExactlyInAnyOrder(
                                "scored nearly as high by a model 4.9", "scored much lower by a model 1");
            }
        }
    }

    @Test
    void namesTheLineOfAnUnknownDocument() throws IOException {
        TestFiles.write(folder, "run.trec", "q1 Q0 first 1 9 t", "q1 Q0 nowhere 2 8 t");

        assertThatThrownBy(() -> mine(SETTINGS, null))
                .hasMessage(run + ":2: names document nowhere, which " + corpus + " lacks");
    }

    private List<String> filtered(ScoreFilter filter) throws IOException {
        MiningSettings settings = new MiningSettings(new RankBand(2, 6), 10, 1, false, 0.5, Optional.of(filter));
        return mine(settings, new TestingScorer().scorer()).get(0).negatives().stream()
                .map(GroupLine.Doc::key)
                .toList();
    }

    private List<GroupLine> mine(MiningSettings settings, @Nullable ListScorer scorer) throws IOException {
        Path output = folder.resolve("mined.jsonl");
        mine(settings, scorer, output, false);
        List<GroupLine> lists = new ArrayList<>();
        for (String line : Files.readAllLines(output)) {
            lists.add(GroupLine.parse(new LinePlace(output, 1), line));
        }
        return lists;
    }

    private MiningCounts counts(MiningSettings settings, @Nullable ListScorer scorer) throws IOException {
        return mine(settings, scorer, folder.resolve("mined.jsonl"), false);
    }

    private MiningCounts mine(MiningSettings settings, @Nullable ListScorer scorer, Path output, boolean idsOnly)
            throws IOException {
        try (HardNegatives mining = HardNegatives.open(corpus, queries, qrels, settings, scorer);
                GroupsWriter writer = GroupsWriter.create(output, idsOnly)) {
            MiningCounts counts = mining.mine(run, writer, progress::add);
            writer.finish();
            return counts;
        }
    }
}
