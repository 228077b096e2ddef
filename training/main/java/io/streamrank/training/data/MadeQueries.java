package io.streamrank.training.data;

import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingReader;
import io.streamrank.replay.RankingReader.Ranking;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.training.data.GroupLine.Doc;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes queries of a judged collection's own texts: keywords of its questions and spans of its relevant passages, whose
 * positives are the question's, or the passage. Negatives are drawn from what an encoder finds nearest, and the encoder's
 * similarities are the scores. So a ranker learns from queries of other kinds than were judged, and from a teacher that knew
 * them before.
 *
 * <p>Texts stay on disk; a vector of each document is held, 61 MB for 40,000 of 384 numbers, and again on the device.
 */
public final class MadeQueries implements Closeable {
    /** More would crowd out the negatives of a group. */
    private static final int POSITIVES_MAX = 4;

    private static final int RUN_NEGATIVES = 7;

    /** Where in the ranking of neighbours negatives are drawn: how many from each band. */
    private static final List<Band> BANDS = List.of(new Band(0, 10, 4), new Band(10, 40, 4), new Band(40, 100, 2));

    /** The same for a query that has a run's negatives. */
    private static final List<Band> BANDS_BESIDE_RUN =
            List.of(new Band(0, 10, 2), new Band(10, 40, 2), new Band(40, 100, 1));

    private static final int NEIGHBOURS = 100;

    private static final int DOCUMENTS_AT_ONCE = 256;

    private static final int QUERIES_AT_ONCE = 128;

    private static final double DECIMALS = 1e4;

    private final TextCollection collection;
    private final Judgments judgments;
    private final Path qrels;
    private final TextVectors encoder;
    private final Neighbours neighbours;
    private final QuerySettings settings;

    /** Vectors of all documents, one after the other; empty until they are read. */
    private float[] documents = {};

    /** Draws of a band begin at a rank counted from 0 and end before another. */
    private record Band(int from, int to, int draws) {}

    /** A query to write, its documents as rows of the collection. */
    private record Query(String id, String text, List<Integer> positives, Set<Integer> relevant, List<Integer> ofRun) {}

    private MadeQueries(
            TextCollection collection, Path qrels, TextVectors encoder, Neighbours neighbours, QuerySettings settings)
            throws IOException {
        this.collection = collection;
        this.judgments = new Judgments(Qrels.read(qrels), settings.relevantFrom());
        this.qrels = qrels;
        this.encoder = encoder;
        this.neighbours = neighbours;
        this.settings = settings;
    }

    /**
     * Opens a judged collection.
     *
     * @param encoder gives vectors, by which the neighbours are found
     */
    public static MadeQueries open(
            Path corpus, Path queries, Path qrels, TextVectors encoder, Neighbours neighbours, QuerySettings settings)
            throws IOException {
        TextCollection collection = TextCollection.open(corpus, queries);
        try {
            return new MadeQueries(collection, qrels, encoder, neighbours, settings);
        } catch (IOException | RuntimeException e) {
            collection.close();
            throw e;
        }
    }

    /** How many documents there are to read. */
    public int size() {
        return collection.size();
    }

    /** Reads all documents with the encoder; everything else comes after this. */
    public void readDocuments(LongConsumer progress) throws IOException {
        int size = collection.size();
        for (int from = 0; from < size; from += DOCUMENTS_AT_ONCE) {
            List<String> texts = new ArrayList<>();
            for (int row = from; row < Math.min(size, from + DOCUMENTS_AT_ONCE); row++) {
                texts.add(collection.text(row));
            }
            List<float[]> vectors = encoder.of(texts);
            int width = vectors.get(0).length;
            if (from == 0) {
                documents = new float[Math.multiplyExact(size, width)];
            }
            for (int i = 0; i < vectors.size(); i++) {
                System.arraycopy(vectors.get(i), 0, documents, (from + i) * width, width);
            }
            progress.accept(from + vectors.size());
        }
        neighbours.hold(documents, size);
    }

    /**
     * Writes made queries.
     *
     * @param done is told how many, now and then
     * @return how many there are
     */
    public long writeMade(GroupsWriter output, Progress done) throws IOException {
        return write(made(), output, done);
    }

    /**
     * Writes the collection's own queries, with negatives of a run and fewer neighbours.
     *
     * @return how many there are
     */
    public long writeReal(Path run, GroupsWriter output, Progress done) throws IOException {
        return write(real(run), output, done);
    }

    /** Is told how many queries are written, of how many. */
    @FunctionalInterface
    public interface Progress {
        void done(long queries, long all);
    }

    private List<Query> made() throws IOException {
        SplittableRandom random = new SplittableRandom(Seeds.of(settings.seed(), 1));
        List<Query> made = new ArrayList<>();
        Set<String> asked = new HashSet<>();
        Set<Integer> passages = new LinkedHashSet<>();
        for (Map.Entry<String, String> question : collection.queries().entrySet()) {
            String id = question.getKey();
            List<Integer> positives = positives(id);
            if (positives.isEmpty()) {
                continue;
            }
            passages.addAll(positives);
            String keywords = Keywords.of(question.getValue());
            boolean taken = random.nextDouble() < settings.keywords();
            if (taken
                    && !keywords.isEmpty()
                    && !keywords.equalsIgnoreCase(question.getValue())
                    && asked.add(keywords.toLowerCase(Locale.ROOT))) {
                made.add(query("keywords-" + id, keywords, positives, relevant(id), List.of()));
            }
        }
        for (int passage : passages) {
            String text = collection.text(passage);
            for (int i = 0; i < settings.spans(); i++) {
                String span = Spans.of(text, random);
                if (!span.isEmpty()) {
                    String id = "span" + (i + 1) + "-" + collection.id(passage);
                    made.add(query(id, span, List.of(passage), Set.of(passage), List.of()));
                }
            }
        }
        return made;
    }

    private List<Query> real(Path run) throws IOException {
        List<Query> real = new ArrayList<>();
        try (RankingReader rankings = RankingReader.open(run)) {
            for (Ranking ranking = rankings.next(); ranking != null; ranking = rankings.next()) {
                String id = ranking.queryId();
                List<Integer> positives = positives(id);
                if (positives.isEmpty()) {
                    continue;
                }
                Set<Integer> relevant = relevant(id);
                List<Integer> ofRun = new ArrayList<>();
                for (Entry entry : ranking.entries()) {
                    int row = collection.row(entry.documentId(), ranking.place()::wrong);
                    if (!relevant.contains(row)) {
                        ofRun.add(row);
                    }
                }
                real.add(query(id, collection.query(id, ranking.place()::wrong), positives, relevant, ofRun));
            }
        }
        return real;
    }

    private static Query query(
            String id, String text, List<Integer> positives, Set<Integer> relevant, List<Integer> ofRun) {
        return new Query(id, text, positives.subList(0, Math.min(POSITIVES_MAX, positives.size())), relevant, ofRun);
    }

    private List<Integer> positives(String query) throws IOException {
        return rows(judgments.positives(query).keySet());
    }

    /** Whatever has some relevance is no negative. */
    private Set<Integer> relevant(String query) throws IOException {
        List<String> relevant = judgments.qrels().judgments(query).keySet().stream()
                .filter(document -> judgments.isRelevant(query, document))
                .toList();
        return new LinkedHashSet<>(rows(relevant));
    }

    private List<Integer> rows(Iterable<String> ids) throws IOException {
        List<Integer> rows = new ArrayList<>();
        for (String id : ids) {
            rows.add(collection.row(id, TextCollection.Place.of(qrels)));
        }
        return rows;
    }

    private long write(List<Query> queries, GroupsWriter output, Progress done) throws IOException {
        if (documents.length == 0) {
            throw new IllegalStateException("documents have not been read");
        }
        long written = 0;
        for (int from = 0; from < queries.size(); from += QUERIES_AT_ONCE) {
            List<Query> some = queries.subList(from, Math.min(queries.size(), from + QUERIES_AT_ONCE));
            List<float[]> vectors = encoder.of(some.stream().map(Query::text).toList());
            int[][] near = neighbours.nearest(vectors, NEIGHBOURS);
            for (int i = 0; i < some.size(); i++) {
                SplittableRandom random = new SplittableRandom(Seeds.of(settings.seed(), 2, from + i));
                GroupLine list = list(some.get(i), vectors.get(i), near[i], random);
                if (list != null) {
                    output.write(list);
                    written++;
                }
            }
            done.done(from + some.size(), queries.size());
        }
        return written;
    }

    /** Null where there is nothing to draw but positives. */
    private @Nullable GroupLine list(Query query, float[] vector, int[] near, SplittableRandom random)
            throws IOException {
        List<Integer> negatives = negatives(query, near, random);
        if (negatives.isEmpty()) {
            return null;
        }
        List<Double> scores = new ArrayList<>();
        return new GroupLine(
                query.id(),
                query.text(),
                documents(query.positives(), 1, vector, scores),
                documents(negatives, 0, vector, scores),
                scores);
    }

    private List<Integer> negatives(Query query, int[] near, SplittableRandom random) {
        Set<Integer> drawn = new LinkedHashSet<>(drawn(query.ofRun(), RUN_NEGATIVES, random));
        boolean besideRun = !query.ofRun().isEmpty();
        for (Band band : besideRun ? BANDS_BESIDE_RUN : BANDS) {
            int from = Math.min(band.from(), near.length);
            int[] ranks = Arrays.copyOfRange(near, from, Math.min(band.to(), near.length));
            drawn.addAll(drawn(Arrays.stream(ranks).boxed().toList(), band.draws(), random));
        }
        if (!besideRun) {
            drawn.add(random.nextInt(collection.size()));
        }
        drawn.removeAll(query.relevant());
        return List.copyOf(drawn);
    }

    /** Some of these, each once. */
    private static List<Integer> drawn(List<Integer> rows, int most, SplittableRandom random) {
        List<Integer> left = new ArrayList<>(rows);
        List<Integer> drawn = new ArrayList<>();
        while (drawn.size() < most && !left.isEmpty()) {
            drawn.add(left.remove(random.nextInt(left.size())));
        }
        return drawn;
    }

    private List<Doc> documents(List<Integer> rows, double grade, float[] query, List<Double> scores)
            throws IOException {
        List<Doc> found = new ArrayList<>();
        for (int row : rows) {
            float[] vector = Arrays.copyOfRange(documents, row * query.length, (row + 1) * query.length);
            double score = settings.scale() * TextVectors.cosine(query, vector);
            if (!Double.isFinite(score)) {
                throw new IllegalStateException("the encoder finds document " + collection.id(row) + " " + score
                        + " alike, expected a finite number");
            }
            scores.add(Math.round(score * DECIMALS) / DECIMALS);
            found.add(new Doc(collection.id(row), collection.text(row), grade));
        }
        return found;
    }

    @Override
    public void close() throws IOException {
        collection.close();
    }
}
