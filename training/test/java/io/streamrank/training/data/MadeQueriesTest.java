package io.streamrank.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.replay.LinePlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MadeQueriesTest {
    private static final int DOCUMENTS = 200;

    private final Path folder;

    MadeQueriesTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        TestFiles.write(
                folder,
                "corpus.jsonl",
                IntStream.range(0, DOCUMENTS)
                        .mapToObj(i -> "{\"id\": \"d%d\", \"text\": \"alpha%d beta gamma, (delta) epsilon %d\"}"
                                .formatted(i, i, i))
                        .toArray(String[]::new));
        TestFiles.write(
                folder,
                "queries.tsv",
                "q1\tWhat is the Beta of 5?",
                "q2\twhat was beta 5",
                "q3\tgamma",
                "q4\tno answer");
        TestFiles.write(folder, "qrels.trec", "q1 0 d5 1", "q1 0 d6 2", "q2 0 d5 1", "q3 0 d7 1", "q3 0 d8 1");
        List<String> run = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            run.add("q3 Q0 d%d %d %d t".formatted(i, i, -i));
        }
        TestFiles.write(folder, "run.trec", run.toArray(String[]::new));
    }

    @Test
    void keepsWhatAPersonWouldTypeOfAQuestion() {
        assertThat(Keywords.of("What is the capital of Côte d'Ivoire?")).isEqualTo("capital Côte d'Ivoire");
        assertThat(Keywords.of("Who was he?")).isEqualTo("he");
        assertThat(Keywords.of("How many are there?")).isEmpty();
    }

    @Test
    void takesSpansOfConsecutiveWords() {
        String text = "one two three four five six seven eight nine ten eleven twelve thirteen";
        SplittableRandom random = new SplittableRandom(1);
        List<String> spans =
                IntStream.range(0, 300).mapToObj(i -> Spans.of(text, random)).toList();

        assertThat(spans).allMatch(span -> text.contains(span) && (span.isEmpty() || span.length() >= 4));
        assertThat(spans.stream().map(span -> span.split(" ").length)).contains(1, 2, 3, 4, 5, 6, 8, 10, 12);
        assertThat(Spans.of(" (Paris.) ", random)).isEqualTo("Paris");
        assertThat(Spans.of("a", random)).isEmpty();
    }

    @Test
    void makesKeywordsOnceAndSpansOfEachRelevantPassage() throws IOException {
        List<GroupLine> made = make(1, 2, 1);

        List<GroupLine> keywords = made.stream()
                .filter(list -> String.valueOf(list.queryId()).startsWith("keywords-"))
                .toList();
        assertThat(keywords).extracting(GroupLine::query).containsExactly("Beta 5");
        assertThat(ids(keywords.get(0).positives())).containsExactly("d5", "d6");
        assertThat(made.stream().filter(list -> !keywords.contains(list))).allSatisfy(list -> {
            assertThat(list.queryId()).matches("span[12]-d[5678]");
            assertThat(list.positives()).hasSize(1);
            assertThat(list.positives().get(0).text()).contains(list.query());
        });
    }

    @Test
    void drawsNegativesFromBandsOfNeighbours() throws IOException {
        GroupLine list = make(1, 0, 1).get(0);

        // The nearest to "Beta 5" are d5, d4, d6, d3, …
        List<Integer> negatives = ids(list.negatives()).stream()
                .map(id -> Integer.parseInt(id.substring(1)))
                .toList();
        assertThat(new HashSet<>(negatives)).hasSameSizeAs(negatives).doesNotContain(5, 6);
        assertThat(negatives.stream().filter(each -> each <= 10)).hasSizeBetween(2, 6);
        assertThat(negatives.stream().filter(each -> each > 10 && each < 40)).hasSizeBetween(1, 6);
        assertThat(negatives).hasSizeBetween(8, 11);
        assertThat(list.scores()).allSatisfy(score -> assertThat(score).isBetween(-10.0, 10.0));
        assertThat(list.scores().get(0)).isEqualTo(10.0);
    }

    @Test
    void drawsTheSameFromTheSameSeed() throws IOException {
        assertThat(make(0.5, 2, 3)).isEqualTo(make(0.5, 2, 3)).isNotEqualTo(make(0.5, 2, 4));
    }

    @Test
    void givesRealQueriesNegativesOfTheRunAndOfNeighbours() throws IOException {
        List<GroupLine> real =
                written((queries, writer) -> queries.writeReal(folder.resolve("run.trec"), writer, (q, all) -> {}));

        assertThat(real).hasSize(1);
        assertThat(real.get(0).query()).isEqualTo("gamma");
        assertThat(ids(real.get(0).positives())).containsExactly("d7", "d8");
        List<String> negatives = ids(real.get(0).negatives());
        assertThat(negatives).doesNotContain("d7", "d8").doesNotHaveDuplicates().hasSizeBetween(8, 12);
        assertThat(negatives.subList(0, 7)).allMatch(id -> Integer.parseInt(id.substring(1)) < 20);
    }

    private interface Writing {
        long write(MadeQueries queries, GroupsWriter writer) throws IOException;
    }

    private List<GroupLine> make(double keywords, int spans, long seed) throws IOException {
        return written(
                new QuerySettings(keywords, spans, 1, 10, seed),
                (queries, writer) -> queries.writeMade(writer, (q, all) -> {}));
    }

    private List<GroupLine> written(Writing writing) throws IOException {
        return written(new QuerySettings(0, 0, 1, 10, 1), writing);
    }

    private List<GroupLine> written(QuerySettings settings, Writing writing) throws IOException {
        Path output = folder.resolve("made.jsonl");
        try (MadeQueries queries = MadeQueries.open(
                        folder.resolve("corpus.jsonl"),
                        folder.resolve("queries.tsv"),
                        folder.resolve("qrels.trec"),
                        texts -> texts.stream().map(MadeQueriesTest::vector).toList(),
                        new NearestAngles(),
                        settings);
                GroupsWriter writer = GroupsWriter.create(output, false)) {
            queries.readDocuments(done -> {});
            long count = writing.write(queries, writer);
            assertThat(count).isPositive();
            writer.finish();
        }
        List<GroupLine> lists = new ArrayList<>();
        for (String line : Files.readAllLines(output)) {
            lists.add(GroupLine.parse(new LinePlace(output, 0), line));
        }
        return lists;
    }

    private static List<String> ids(List<GroupLine.Doc> documents) {
        return documents.stream().map(GroupLine.Doc::key).toList();
    }

    /** A text with a number at its end lies at so many degrees, any other at 0. */
    private static float[] vector(String text) {
        String number = text.replaceAll("^.*?(\\d*)$", "$1");
        double angle = Math.toRadians(number.isEmpty() ? 0 : Double.parseDouble(number) * 0.5);
        return new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
    }

    private static final class NearestAngles implements Neighbours {
        private final List<float[]> held = new ArrayList<>();

        @Override
        public void hold(float[] vectors, int count) {
            for (int i = 0; i < count; i++) {
                held.add(new float[] {vectors[2 * i], vectors[2 * i + 1]});
            }
        }

        @Override
        public int[][] nearest(List<float[]> vectors, int most) {
            return vectors.stream()
                    .map(vector -> IntStream.range(0, held.size())
                            .boxed()
                            .sorted(Comparator.comparingDouble(row -> -TextVectors.cosine(vector, held.get(row))))
                            .limit(most)
                            .mapToInt(Integer::intValue)
                            .toArray())
                    .toArray(int[][]::new);
        }
    }
}
