package io.streamrank.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.replay.Corpus;
import io.streamrank.replay.Document;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.Queries;
import io.streamrank.replay.RankingReader;
import io.streamrank.replay.RankingReader.Ranking;
import io.streamrank.replay.TrecRun;
import io.streamrank.replay.TrecRun.Entry;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/**
 * Cuts a small collection out of a large one, for examples and experiments. Documents of one title stay together, as they
 * are what makes each other's questions hard: titles are drawn, with all their documents, until there are enough; then
 * queries are drawn from those whose relevant documents are all among them. Rankings keep the documents that are left.
 *
 * @param documents how many documents at least; the last title drawn may make it a few more
 * @param queries how many queries at most
 * @param seed decides what is drawn
 */
public record CollectionSlice(int documents, int queries, long seed) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public CollectionSlice {
        if (documents < 1 || queries < 1) {
            throw new IllegalArgumentException(
                    "documents and queries must be at least 1, not " + documents + " and " + queries);
        }
    }

    /** How much a slice holds. */
    public record Size(int documents, int queries) {}

    /**
     * Cuts a slice: {@code corpus.jsonl.gz}, {@code queries.tsv}, {@code qrels.trec} and {@code run.trec.gz}, in the order
     * of the originals.
     *
     * @param folder where they go; made where it is missing
     * @throws io.streamrank.replay.ReplayDataException if a file is malformed
     */
    public Size cut(Path corpus, Path queriesFile, Path qrelsFile, Path run, Path folder) throws IOException {
        Files.createDirectories(folder);
        Random random = new Random(seed);
        Set<String> titles = drawTitles(corpus, random);
        Set<String> kept = copyDocuments(corpus, titles, folder.resolve("corpus.jsonl.gz"));
        Qrels qrels = Qrels.read(qrelsFile);
        Map<String, String> texts = Queries.read(queriesFile);
        Set<String> chosen = drawQueries(texts.keySet(), qrels, kept, random);
        try (BufferedWriter queriesOut = Files.newBufferedWriter(folder.resolve("queries.tsv"));
                BufferedWriter qrelsOut = Files.newBufferedWriter(folder.resolve("qrels.trec"))) {
            for (Map.Entry<String, String> query : texts.entrySet()) {
                if (chosen.contains(query.getKey())) {
                    queriesOut.write(query.getKey() + "\t" + query.getValue() + "\n");
                    for (Map.Entry<String, Integer> judged :
                            qrels.judgments(query.getKey()).entrySet()) {
                        if (kept.contains(judged.getKey())) {
                            qrelsOut.write(query.getKey() + " 0 " + judged.getKey() + " " + judged.getValue() + "\n");
                        }
                    }
                }
            }
        }
        rankings(run, chosen, kept).write(folder.resolve("run.trec.gz"));
        return new Size(kept.size(), chosen.size());
    }

    /** Documents without a title stand for themselves. */
    private static String title(Document document) {
        return document.title().isBlank() ? "id " + document.id() : "title " + document.title();
    }

    private Set<String> drawTitles(Path corpus, Random random) throws IOException {
        Map<String, Integer> sizes = new LinkedHashMap<>();
        Corpus.forEach(corpus, document -> sizes.merge(title(document), 1, Integer::sum));
        List<String> shuffled = new ArrayList<>(sizes.keySet());
        Collections.shuffle(shuffled, random);
        Set<String> drawn = new HashSet<>();
        int count = 0;
        for (String title : shuffled) {
            if (count >= documents) {
                break;
            }
            drawn.add(title);
            count += sizes.getOrDefault(title, 0);
        }
        return drawn;
    }

    private static Set<String> copyDocuments(Path corpus, Set<String> titles, Path copy) throws IOException {
        Set<String> kept = new HashSet<>();
        try (BufferedWriter out =
                new BufferedWriter(new OutputStreamWriter(new GZIPOutputStream(Files.newOutputStream(copy)), UTF_8))) {
            Corpus.forEach(corpus, document -> {
                if (titles.contains(title(document))) {
                    kept.add(document.id());
                    out.write(JSON.createObjectNode()
                                    .put("id", document.id())
                                    .put("title", document.title())
                                    .put("text", document.text())
                            + "\n");
                }
            });
        }
        return kept;
    }

    private Set<String> drawQueries(Set<String> all, Qrels qrels, Set<String> kept, Random random) {
        List<String> answered = new ArrayList<>();
        for (String query : all) {
            Map<String, Integer> judgments = qrels.judgments(query);
            List<String> relevant = judgments.keySet().stream()
                    .filter(document -> judgments.getOrDefault(document, 0) > 0)
                    .toList();
            if (!relevant.isEmpty() && kept.containsAll(relevant)) {
                answered.add(query);
            }
        }
        Collections.shuffle(answered, random);
        return new HashSet<>(answered.subList(0, Math.min(queries, answered.size())));
    }

    private static TrecRun rankings(Path run, Set<String> queries, Set<String> documents) throws IOException {
        Map<String, List<Entry>> rankings = new LinkedHashMap<>();
        try (RankingReader reader = RankingReader.open(run)) {
            for (Ranking ranking = reader.next(); ranking != null; ranking = reader.next()) {
                List<Entry> left = ranking.entries().stream()
                        .filter(entry -> documents.contains(entry.documentId()))
                        .toList();
                if (queries.contains(ranking.queryId()) && !left.isEmpty()) {
                    rankings.put(ranking.queryId(), left);
                }
            }
        }
        return TrecRun.of("slice", rankings);
    }
}
