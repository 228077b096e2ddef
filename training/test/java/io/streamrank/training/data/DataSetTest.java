package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.replay.ReplayDataException;
import io.streamrank.training.Example;
import io.streamrank.training.InBatchNegatives;
import io.streamrank.training.Passage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSetTest {
    private final Path folder;

    DataSetTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void takesOnePositiveAndNegativesFromTheBandOfABeirFolder() throws IOException {
        try (GroupSource source = open(beir("negatives", "5", "from-rank", "3", "to-rank", "12"), 1)) {
            List<Example> groups = all(source, 0);

            assertThat(groups).hasSize(6);
            for (Example group : groups) {
                int query = Integer.parseInt(group.query().substring("question ".length()));
                assertThat(group.passages()).hasSize(6).doesNotHaveDuplicates();
                assertThat(plain(group.passages()).get(0)).isEqualTo(new Passage(TestFiles.modelText(query), 1));
                assertThat(group.passages().subList(1, 6)).allSatisfy(negative -> {
                    assertThat(negative.label()).isZero();
                    // Ranks 3 to 12 hold the documents from query + 2 to query + 11.
                    assertThat(negative.text())
                            .isIn(IntStream.range(query + 2, query + 12)
                                    .mapToObj(TestFiles::modelText)
                                    .toList());
                });
            }
        }
    }

    @Test
    void samplesDependOnSeedAndEpochAlone() throws IOException {
        try (GroupSource source = open(beir("negatives", "5"), 1);
                GroupSource same = open(beir("negatives", "5"), 1);
                GroupSource other = open(beir("negatives", "5"), 2)) {
            List<Example> second = all(source, 1);

            assertThat(all(same, 1)).isEqualTo(second);
            assertThat(all(other, 1)).isNotEqualTo(second);
            assertThat(byQuery(all(source, 0)).keySet())
                    .isEqualTo(byQuery(second).keySet());
            assertThat(byQuery(all(source, 0))).isNotEqualTo(byQuery(second));
        }
    }

    @Test
    void anEpochCanBeEnteredAtAnyPlace() throws IOException {
        List<DataSet> sets = List.of(
                beir("negatives", "5", "weight", "2.5"),
                DataSet.parse("lists", Map.of("groups", groupsFile().toString(), "weight", "3")));
        try (GroupSource source = DataSet.open(sets, 9)) {
            List<Example> whole = all(source, 3);

            for (int from = 0; from <= whole.size(); from++) {
                List<Example> rest = new ArrayList<>();
                source.epoch(3, from).forEachRemaining(rest::add);
                assertThat(rest).isEqualTo(whole.subList(from, whole.size()));
            }
        }
    }

    @Test
    void batchesGoOnOverEpochs() throws IOException {
        try (GroupSource source = open(beir("negatives", "5"), 9)) {
            List<Example> groups = new ArrayList<>();
            for (int epoch = 0; epoch < 4; epoch++) {
                groups.addAll(all(source, epoch));
            }

            // 4 epochs of 6 groups are 6 batches of 4.
            for (int from = 0; from < 6; from++) {
                Iterator<List<Example>> batches = source.batches(4, from);
                for (int batch = from; batch < 6; batch++) {
                    assertThat(batches.next()).isEqualTo(groups.subList(4 * batch, 4 * batch + 4));
                }
            }
        }
    }

    @Test
    void takesEachListAsOftenAsItsWeightSays() throws IOException {
        try (GroupSource source = open(beir("weight", "0.5", "negatives", "1"), 4)) {
            assertThat(source.groupsPerEpoch()).isEqualTo(3);
            Map<String, Integer> seen = new HashMap<>();
            for (int epoch = 0; epoch < 4; epoch++) {
                all(source, epoch).forEach(group -> seen.merge(group.query(), 1, Integer::sum));
            }
            assertThat(seen)
                    .hasSize(6)
                    .allSatisfy((query, times) -> assertThat(times).isEqualTo(2));
        }
        try (GroupSource source = open(beir("weight", "3", "negatives", "4"), 4)) {
            List<Example> groups = all(source, 0);
            assertThat(groups).hasSize(18);
            assertThat(byQuery(groups)).hasSize(6).allSatisfy((query, own) -> {
                assertThat(own).hasSize(3);
                assertThat(new HashSet<>(own)).hasSizeGreaterThan(1);
            });
        }
    }

    @Test
    void mixesDataSetsThroughoutTheEpoch() throws IOException {
        List<DataSet> sets = List.of(
                beir("weight", "50", "negatives", "1"),
                DataSet.parse("lists", Map.of("groups", groupsFile().toString(), "weight", "150", "negatives", "1")));
        try (GroupSource source = DataSet.open(sets, 9)) {
            List<Example> groups = all(source, 0);

            assertThat(groups).hasSize(600);
            long fromLists = groups.subList(0, 300).stream()
                    .filter(group -> group.query().startsWith("list"))
                    .count();
            assertThat(fromLists).isBetween(110L, 190L);
            assertThat(groups.stream().filter(group -> group.query().startsWith("list")))
                    .hasSize(300);
        }
    }

    @Test
    void takesNoNearDuplicateOfAPositive() throws IOException {
        String positive = "the quick brown fox jumps over the lazy dog again and again";
        Path file = TestFiles.write(
                folder,
                "groups.jsonl",
                "{\"query\": \"list\", \"positives\": [\"" + positive + "\"], \"negatives\": [\"" + positive
                        + " today\", \"The quick, brown fox jumps over the lazy dog again and again!\", \"cats\"]}");

        try (GroupSource source = open(DataSet.parse("n", Map.of("groups", file.toString())), 1)) {
            assertThat(all(source, 0).get(0).passages())
                    .extracting(Passage::text)
                    .containsExactly(positive, "cats");
        }
        Map<String, String> lax = Map.of("groups", file.toString(), "near-duplicates", "1");
        try (GroupSource source = open(DataSet.parse("n", lax), 1)) {
            assertThat(all(source, 0).get(0).passages())
                    .extracting(Passage::text)
                    .containsExactlyInAnyOrder(positive, positive + " today", "cats");
        }
    }

    @Test
    void takesNothingTwiceAndNoNearDuplicateOfAPositiveIntoAWholeList() throws IOException {
        String positive = "the quick brown fox jumps over the lazy dog again and again";
        Path unscored = TestFiles.write(
                folder,
                "unscored.jsonl",
                "{\"query\": \"list\", \"positives\": [\"" + positive + "\"], \"negatives\": [\"" + positive
                        + " today\", \"cats\", \"cats\", \"dogs\"]}");
        Path scored = TestFiles.write(
                folder,
                "scored.jsonl",
                "{\"query\": \"list\", \"positives\": [\"" + positive + "\"], \"negatives\": [\"" + positive
                        + " today\", \"cats\"], \"scores\": [3, 2.9, 0]}");

        for (boolean taught : List.of(false, true)) {
            Map<String, String> settings = Map.of("groups", (taught ? scored : unscored).toString(), "shape", "list");
            try (GroupSource source = open(DataSet.parse("s", settings), 1)) {
                assertThat(all(source, 0).get(0).passages())
                        .extracting(Passage::text)
                        .containsExactlyInAnyOrder(positive, taught ? positive + " today" : "dogs", "cats");
            }
        }
    }

    @Test
    void fillsShortListsFromTheWholeSet() throws IOException {
        try (GroupSource source = open(beir("negatives", "30", "to-rank", "4"), 1)) {
            assertThat(all(source, 0)).allSatisfy(group -> {
                assertThat(group.passages()).hasSize(31);
                Set<String> texts = new HashSet<>();
                group.passages().forEach(document -> texts.add(document.text()));
                assertThat(texts).hasSize(31);
                assertThat(group.passages())
                        .filteredOn(document -> document.label() > 0)
                        .hasSize(1);
            });
        }
        // 40 documents give no 50 negatives: a smaller group rather than none.
        try (GroupSource source = open(beir("negatives", "50"), 1)) {
            assertThat(all(source, 0))
                    .allSatisfy(group -> assertThat(group.passages()).hasSizeBetween(30, 40));
        }
    }

    @Test
    void keepsGradesAndPassesOverWhatIsBarelyRelevant() throws IOException {
        Path beir = TestFiles.beirFolder(folder);
        TestFiles.write(folder, "qrels.trec", "q0 0 d0 3", "q0 0 d1 1", "q0 0 d2 0", "q1 0 d1 1");
        Map<String, String> settings = Map.of(
                "beir", beir.toString(), "relevant-from", "2", "negatives", "39", "to-rank", "20", "shape", "list");

        try (GroupSource source = open(DataSet.parse("b", settings), 1)) {
            List<Example> groups = all(source, 0);

            assertThat(groups).hasSize(1);
            assertThat(plain(groups.get(0).passages()))
                    .hasSize(19)
                    .contains(new Passage(TestFiles.modelText(0), 3), new Passage(TestFiles.modelText(2), 0))
                    .noneMatch(document -> document.text().equals(TestFiles.modelText(1)));
        }
    }

    @Test
    void fillsNothingInThatIsBarelyRelevant() throws IOException {
        Path beir = TestFiles.beirFolder(folder);
        // d30 is in no list, so only what is drawn from the whole set could be it; the collection lacks another.
        TestFiles.write(folder, "qrels.trec", "q0 0 d0 3", "q0 0 d30 1", "q0 0 elsewhere 1");

        Map<String, String> settings = Map.of("beir", beir.toString(), "relevant-from", "2", "negatives", "39");
        try (GroupSource source = open(DataSet.parse("b", settings), 1)) {
            for (int epoch = 0; epoch < 20; epoch++) {
                assertThat(all(source, epoch)).hasSize(1).allSatisfy(group -> {
                    assertThat(group.passages()).hasSizeGreaterThan(30);
                    assertThat(group.passages())
                            .noneMatch(document -> document.text().equals(TestFiles.modelText(30)));
                });
            }
        }
    }

    @Test
    void drawsAPositiveOfEveryListThatHasOne() throws IOException {
        String negatives =
                IntStream.range(0, 30).mapToObj(i -> "\"n" + i + "\"").collect(Collectors.joining(", "));
        Path file = TestFiles.write(
                folder,
                "long.jsonl",
                "{\"query\": \"long\", \"positives\": [\"p\", \"r\"], \"negatives\": [" + negatives + "]}");
        Map<String, String> settings = Map.of("groups", file.toString(), "shape", "list", "negatives", "3");

        try (GroupSource source = DataSet.open(List.of(DataSet.parse("s", settings)), 1, new Needs(true, false))) {
            Set<String> drawn = new HashSet<>();
            for (int epoch = 0; epoch < 20; epoch++) {
                List<Passage> documents = all(source, epoch).get(0).passages();
                assertThat(documents).hasSize(4).anyMatch(document -> document.label() > 0);
                documents.stream().filter(document -> document.label() > 0).forEach(each -> drawn.add(each.text()));
            }
            assertThat(drawn).containsExactlyInAnyOrder("p", "r");
        }
    }

    @Test
    void namesAListWithoutAPositiveThatALossNeeds() throws IOException {
        Path file = TestFiles.write(
                folder,
                "none.jsonl",
                "{\"query\": \"a\", \"positives\": [\"p\"], \"negatives\": [\"n\"]}",
                "{\"query\": \"b\", \"positives\": [], \"negatives\": [\"n\"]}");
        List<DataSet> sets = List.of(DataSet.parse("s", Map.of("groups", file.toString(), "shape", "list")));

        assertThatThrownBy(() -> DataSet.open(sets, 1, new Needs(true, false)))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageContaining(file + ":2: expected at least one of \"positives\"")
                .hasMessageContaining("loss.softmax=0");
        DataSet.open(sets, 1, Needs.NOTHING).close();
    }

    @Test
    void tellsWhatIsKnownToBeRelevantThoughItWasNotDrawn() throws IOException {
        Path beir = TestFiles.beirFolder(folder);
        TestFiles.write(folder, "qrels.trec", "q0 0 d0 3", "q0 0 d1 1", "q0 0 d2 2", "q1 0 d1 3", "q1 0 d30 3");
        Map<String, String> settings =
                Map.of("beir", beir.toString(), "relevant-from", "2", "negatives", "6", "to-rank", "20");

        try (GroupSource source = open(DataSet.parse("b", settings), 1)) {
            for (int epoch = 0; epoch < 20; epoch++) {
                List<Example> grown = InBatchNegatives.added(all(source, epoch), 20, epoch);

                for (Example group : grown) {
                    assertThat(group.passages()).hasSizeGreaterThan(8);
                    List<String> negatives = group.passages().stream()
                            .filter(document -> document.label() == 0)
                            .map(Passage::text)
                            .toList();
                    assertThat(negatives)
                            .doesNotContainAnyElementsOf(
                                    group.query().equals("question 0") ? texts(0, 1, 2) : texts(1, 30));
                }
            }
        }
    }

    private static List<String> texts(int... documents) {
        return Arrays.stream(documents).mapToObj(TestFiles::modelText).toList();
    }

    private static List<Passage> plain(List<Passage> documents) {
        return documents.stream()
                .map(document -> new Passage(document.text(), document.label(), document.teacher()))
                .toList();
    }

    @Test
    void carriesTeachersScoresAndFillsNothingIn() throws IOException {
        Path file = TestFiles.write(
                folder,
                "scored.jsonl.gz",
                "{\"query\": \"list\", \"positives\": [], \"negatives\": [\"x\", \"y\"], \"scores\": [0.5, -2]}",
                "{\"query\": \"other\", \"positives\": [{\"text\": \"p\", \"grade\": 2, \"score\": 4}],"
                        + " \"negatives\": [{\"text\": \"z\", \"score\": 1}]}");

        try (GroupSource source = open(DataSet.parse("s", Map.of("groups", file.toString(), "shape", "list")), 1)) {
            Map<String, List<Example>> groups = byQuery(all(source, 0));
            assertThat(only(groups, "list"))
                    .containsExactlyInAnyOrder(new Passage("x", 0, 0.5f), new Passage("y", 0, -2f));
            assertThat(only(groups, "other"))
                    .containsExactlyInAnyOrder(new Passage("p", 2, 4f), new Passage("z", 0, 1f));
        }
    }

    @Test
    void looksDocumentsUpWhereAListNamesThem() throws IOException {
        Path beir = TestFiles.beirFolder(folder);
        Path file = TestFiles.write(
                folder,
                "ids.jsonl",
                "{\"query_id\": \"q\", \"query\": \"list\", \"positives\": [{\"id\": \"d4\"}],"
                        + " \"negatives\": [{\"id\": \"d5\"}]}");
        String corpus = beir.resolve("corpus.jsonl").toString();

        Map<String, String> settings = Map.of("groups", file.toString(), "corpus", corpus, "negatives", "1");
        try (GroupSource source = open(DataSet.parse("s", settings), 1)) {
            assertThat(all(source, 0).get(0).passages())
                    .extracting(Passage::text)
                    .containsExactly(TestFiles.modelText(4), TestFiles.modelText(5));
        }
        assertThatThrownBy(() -> open(DataSet.parse("s", Map.of("groups", file.toString())), 1))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageStartingWith(file + ":1: document d4 has no \"text\"");
    }

    @Test
    void gathersTriplesByQuery() throws IOException {
        Path corpus =
                TestFiles.write(folder, "collection.tsv.gz", "0\tzero", "1\tone", "2\ttwo", "3\tthree", "4\tfour");
        Path queries = TestFiles.write(folder, "queries.tsv", "10\tlist ten", "20\tlist twenty");
        Path triples =
                TestFiles.write(folder, "triples.tsv", "10\t0\t1", "20\t3\t4", "10\t0\t2", "10\t1\t0", "10\t0\t3");
        Map<String, String> settings = Map.of(
                "triples", triples.toString(),
                "corpus", corpus.toString(),
                "queries", queries.toString(),
                "shape", "list");

        try (GroupSource source = open(DataSet.parse("t", settings), 1)) {
            Map<String, List<Example>> groups = byQuery(all(source, 0));
            assertThat(only(groups, "list ten"))
                    .containsExactlyInAnyOrder(
                            new Passage("zero", 1),
                            new Passage("one", 1),
                            new Passage("two", 0),
                            new Passage("three", 0));
            assertThat(only(groups, "list twenty"))
                    .containsExactlyInAnyOrder(new Passage("three", 1), new Passage("four", 0));
        }
        TestFiles.write(folder, "triples.tsv", "10\t0\t1", "10\t0\t9");
        assertThatThrownBy(() -> open(DataSet.parse("t", settings), 1))
                .hasMessage(triples + ":2: names document 9, which " + corpus + " lacks");
    }

    @Test
    void namesTheLineAndThePlaceOfWhatIsNoList() throws IOException {
        assertThatThrownBy(() -> groups("{\"query\": \"a\", \"positives\": [\"b\"], \"negatives\": [}"))
                .hasMessageMatching("(?s).*bad.jsonl:2: expected one JSON object.*\\(at character 50\\)");
        assertThatThrownBy(() -> groups("{\"query\": \"a\", \"positives\": [\"b\"], \"negatives\": [\"c\", 3]}"))
                .hasMessageEndingWith(
                        "bad.jsonl:2: negatives[1]: expected a text, or an object with \"id\" or \"text\"");
        assertThatThrownBy(() -> groups("{\"query\": \"a\", \"positives\": [], \"negatives\": [\"c\"]}"))
                .hasMessageContaining("bad.jsonl:2: expected at least one of \"positives\"");
        assertThatThrownBy(() ->
                        groups("{\"query\": \"a\", \"positives\": [\"p\"], \"negatives\": [], \"scores\": [1, 2]}"))
                .hasMessageContaining("bad.jsonl:2: expected a score for each of the 1 documents, not 2");
        assertThatThrownBy(() -> groups(
                        "{\"query\": \"a\", \"positives\": [\"p\"], \"negatives\": [{\"text\": \"n\", \"score\": 1}]}"))
                .hasMessageContaining("bad.jsonl:2: 1 of 2 documents have a \"score\", expected all or none");
        assertThatThrownBy(() -> groups("{\"query\": \"a\", \"positives\": [\"p\"], \"negative\": []}"))
                .hasMessageContaining("bad.jsonl:2: unknown field \"negative\"");
    }

    private void groups(String line) throws IOException {
        Path file = TestFiles.write(
                folder, "bad.jsonl", "{\"query\": \"a\", \"positives\": [\"b\"], \"negatives\": []}", line);
        open(DataSet.parse("bad", Map.of("groups", file.toString())), 1).close();
    }

    @Test
    void namesTheLineOfARunThatNamesAnUnknownDocument() throws IOException {
        Path beir = TestFiles.beirFolder(folder);
        Path run = TestFiles.write(folder, "other.trec", "q0 Q0 d0 1 9 t", "q0 Q0 d99 2 8 t", "q1 Q0 d1 1 9 t");

        assertThatThrownBy(() -> open(DataSet.parse("b", Map.of("beir", beir.toString(), "run", run.toString())), 1))
                .hasMessage(run + ":2: names document d99, which " + beir.resolve("corpus.jsonl") + " lacks");
    }

    @Test
    void refusesSettingsByTheirKeys() {
        assertThatThrownBy(() -> DataSet.parse("a", Map.of("beir", "x", "negative", "3")))
                .hasMessageStartingWith("data.a.negative is no setting of a data set of beir");
        assertThatThrownBy(() -> DataSet.parse("a", Map.of("beir", "x", "negatives", "many")))
                .hasMessage("data.a.negatives is 'many', expected a whole number");
        assertThatThrownBy(() -> DataSet.parse("a", Map.of("beir", "x", "from-rank", "7", "to-rank", "3")))
                .hasMessageStartingWith("data.a: expected ranks");
        assertThatThrownBy(() -> DataSet.parse("a", Map.of("triples", "x", "corpus", "y")))
                .hasMessageStartingWith("data.a.queries is missing");
        assertThatThrownBy(() -> DataSet.parse("a", Map.of("weight", "2")))
                .hasMessageStartingWith("data.a: expected one of beir, groups and triples");
        assertThatThrownBy(() -> DataSet.parse("a", Map.of("groups", "x", "weight", "0")))
                .hasMessageContaining("weight must be above 0");
        assertThatThrownBy(() -> DataSet.parse("a", Map.of("groups", "x", "shape", "pair")))
                .hasMessage("data.a.shape is 'pair', expected contrastive or list");
    }

    @Test
    void tellsItsSettingsSuchAsItReadsThem() {
        for (Map<String, String> given : List.of(
                Map.of("beir", "x", "split", "train", "negatives", "7"),
                Map.of("groups", "x", "shape", "list"),
                Map.of("corpus", "c", "queries", "q", "qrels", "j", "run", "r", "weight", "0.5"))) {
            DataSet set = DataSet.parse("a", given);

            assertThat(set.settings()).containsAllEntriesOf(given).containsKeys("weight", "near-duplicates", "shape");
            assertThat(DataSet.parse("a", set.settings())).isEqualTo(set);
        }
    }

    @Test
    void takesItsFilesFromAFolder() {
        DataSet set = DataSet.parse("a", Map.of("groups", "lists.jsonl", "corpus", "/data/corpus.jsonl"));

        assertThat(set.in(Path.of("/runs")).settings())
                .containsEntry("groups", "/runs/lists.jsonl")
                .containsEntry("corpus", "/data/corpus.jsonl");
    }

    private DataSet beir(String... settings) throws IOException {
        Path beir = TestFiles.beirFolder(folder);
        Map<String, String> keys = new HashMap<>(Map.of("beir", beir.toString()));
        for (int i = 0; i < settings.length; i += 2) {
            keys.put(settings[i], settings[i + 1]);
        }
        return DataSet.parse("beir", keys);
    }

    private Path groupsFile() throws IOException {
        return TestFiles.write(
                folder,
                "lists.jsonl",
                "{\"query\": \"list one\", \"positives\": [\"p one\"], \"negatives\": [\"a\", \"b\", \"c\"]}",
                "{\"query\": \"list two\", \"positives\": [\"p two\"], \"negatives\": [\"d\", \"e\", \"f\"]}");
    }

    private static GroupSource open(DataSet set, long seed) throws IOException {
        return DataSet.open(List.of(set), seed);
    }

    private static List<Example> all(GroupSource source, int epoch) {
        List<Example> groups = new ArrayList<>();
        source.epoch(epoch, 0).forEachRemaining(groups::add);
        return groups;
    }

    private static Map<String, List<Example>> byQuery(List<Example> groups) {
        Map<String, List<Example>> byQuery = new HashMap<>();
        groups.forEach(group -> byQuery.computeIfAbsent(group.query(), query -> new ArrayList<>())
                .add(group));
        return byQuery;
    }

    private static List<Passage> only(Map<String, List<Example>> groups, String query) {
        List<Example> own = requireNonNull(groups.get(query), query);
        assertThat(own).hasSize(1);
        return plain(own.get(0).passages());
    }
}
