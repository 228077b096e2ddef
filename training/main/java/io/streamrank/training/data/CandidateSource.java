package io.streamrank.training.data;

import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.LineReader;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingReader;
import io.streamrank.replay.RankingReader.Ranking;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.training.data.GroupLine.Doc;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Candidate lists with all texts, one after the other, for a teacher to score; always the same in the same order. */
public abstract sealed class CandidateSource implements Closeable {
    private CandidateSource() {}

    /**
     * The lists of a run: a query's relevant documents, where there are judgments, and the best of its ranking less what is
     * barely relevant.
     *
     * @param qrels null if there are none: then every document counts as a negative
     * @param depth how much of a ranking is taken
     */
    public static CandidateSource ofRun(
            Path corpus, Path queries, @Nullable Path qrels, int relevantFrom, Path run, int depth) throws IOException {
        RankBand band = new RankBand(1, depth);
        Qrels grades = qrels == null ? Qrels.of(Map.of()) : Qrels.read(qrels);
        Judgments judgments = new Judgments(grades, relevantFrom);
        long total = queries(run);
        RankingReader rankings = RankingReader.open(run);
        try {
            return new OfRun(TextCollection.open(corpus, queries), judgments, rankings, band, total);
        } catch (IOException | RuntimeException e) {
            rankings.close();
            throw e;
        }
    }

    /** The lists of a BEIR folder's run, with its judgments. */
    public static CandidateSource ofRun(BeirFolder folder, int relevantFrom, int depth) throws IOException {
        return ofRun(folder.corpus(), folder.queries(), folder.qrels(), relevantFrom, folder.run(), depth);
    }

    /**
     * The lists of a file such as {@code mine} writes.
     *
     * @param corpus where documents without a text are; null if all have one
     */
    public static CandidateSource ofGroups(Path file, @Nullable Path corpus) throws IOException {
        // Says what is wrong with the file before anything is scored.
        GroupsFile checked = GroupsFile.open(file, corpus, Needs.NOTHING);
        try {
            return new OfGroups(LineReader.open(file), checked);
        } catch (IOException | RuntimeException e) {
            checked.close();
            throw e;
        }
    }

    /**
     * How many queries a run has, by reading it once.
     *
     * @throws ReplayDataException if it is no run
     */
    public static long queries(Path run) throws IOException {
        long queries = 0;
        try (RankingReader rankings = RankingReader.open(run)) {
            while (rankings.next() != null) {
                queries++;
            }
        }
        return queries;
    }

    /** How many lists there are. */
    public abstract long size();

    /** The next list, every document with its text; null after the last. */
    abstract @Nullable GroupLine next() throws IOException;

    private static final class OfRun extends CandidateSource {
        private final TextCollection collection;
        private final Judgments judgments;
        private final RankingReader rankings;
        private final RankBand band;
        private final long size;

        OfRun(TextCollection collection, Judgments judgments, RankingReader rankings, RankBand band, long size) {
            this.collection = collection;
            this.judgments = judgments;
            this.rankings = rankings;
            this.band = band;
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        @Nullable GroupLine next() throws IOException {
            Ranking ranking = rankings.next();
            if (ranking == null) {
                return null;
            }
            TextCollection.Place place = ranking.place()::wrong;
            Map<String, Integer> relevant = judgments.positives(ranking.queryId());
            List<Doc> positives = new ArrayList<>();
            for (Map.Entry<String, Integer> positive : relevant.entrySet()) {
                positives.add(document(positive.getKey(), positive.getValue(), place));
            }
            List<Doc> negatives = new ArrayList<>();
            for (Entry entry : band.of(ranking.entries())) {
                if (!judgments.isRelevant(ranking.queryId(), entry.documentId())) {
                    negatives.add(document(entry.documentId(), 0, place));
                }
            }
            String query = collection.query(ranking.queryId(), place);
            return new GroupLine(ranking.queryId(), query, positives, negatives, List.of());
        }

        private Doc document(String id, double grade, TextCollection.Place place) throws IOException {
            return new Doc(id, collection.text(id, place), grade);
        }

        @Override
        public void close() throws IOException {
            try (TextCollection first = collection) {
                rankings.close();
            }
        }
    }

    private static final class OfGroups extends CandidateSource {
        private final LineReader lines;
        private final GroupsFile checked;

        OfGroups(LineReader lines, GroupsFile checked) {
            this.lines = lines;
            this.checked = checked;
        }

        @Override
        public long size() {
            return checked.size();
        }

        @Override
        @Nullable GroupLine next() throws IOException {
            String line = lines.next();
            return line == null ? null : checked.withTexts(GroupLine.parse(lines.place(), line));
        }

        @Override
        public void close() throws IOException {
            try (GroupsFile first = checked) {
                lines.close();
            }
        }
    }
}
