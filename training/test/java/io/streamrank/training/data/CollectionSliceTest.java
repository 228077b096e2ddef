package io.streamrank.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateLists;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.TrecRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CollectionSliceTest {
    private final Path folder;

    CollectionSliceTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        List<String> documents = new ArrayList<>();
        List<String> queries = new ArrayList<>();
        List<String> qrels = new ArrayList<>();
        List<String> run = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            // Ten titles of ten documents.
            documents.add("{\"id\": \"d%d\", \"title\": \"t%d\", \"text\": \"text %d\"}".formatted(i, i / 10, i));
            queries.add("q%d\tquestion %d".formatted(i, i));
            qrels.add("q%d 0 d%d 1".formatted(i, i));
            run.add("q%d Q0 d%d 1 2 t".formatted(i, (i + 50) % 100));
            run.add("q%d Q0 d%d 2 1 t".formatted(i, i));
        }
        Files.write(folder.resolve("corpus.jsonl"), documents);
        Files.write(folder.resolve("queries.tsv"), queries);
        Files.write(folder.resolve("qrels.trec"), qrels);
        Files.write(folder.resolve("run.trec"), run);
    }

    @Test
    void keepsTitlesWholeAndQueriesAnswered() throws IOException {
        CollectionSlice.Size size = cut(new CollectionSlice(25, 12, 1), "slice");

        assertThat(size).isEqualTo(new CollectionSlice.Size(30, 12));
        BeirFolder slice = new BeirFolder(folder.resolve("slice"), null);
        CandidateLists lists = CandidateLists.read(slice, 10);
        assertThat(lists.size()).isEqualTo(12);
        Qrels qrels = Qrels.read(slice.qrels());
        assertThat(qrels.queries()).isEqualTo(lists.run().queries());
        for (String query : lists.run().queries()) {
            assertThat(lists.run().ranking(query))
                    .extracting(TrecRun.Entry::documentId)
                    .containsAll(qrels.judgments(query).keySet());
        }
    }

    @Test
    void isTheSameForASeed() throws IOException {
        cut(new CollectionSlice(25, 12, 1), "first");
        cut(new CollectionSlice(25, 12, 1), "second");
        cut(new CollectionSlice(25, 12, 2), "third");

        for (String name : List.of("corpus.jsonl.gz", "queries.tsv", "qrels.trec", "run.trec.gz")) {
            assertThat(folder.resolve("first").resolve(name))
                    .hasSameBinaryContentAs(folder.resolve("second").resolve(name));
            assertThat(Files.readAllBytes(folder.resolve("first").resolve(name)))
                    .isNotEqualTo(Files.readAllBytes(folder.resolve("third").resolve(name)));
        }
    }

    private CollectionSlice.Size cut(CollectionSlice slice, String name) throws IOException {
        return slice.cut(
                folder.resolve("corpus.jsonl"),
                folder.resolve("queries.tsv"),
                folder.resolve("qrels.trec"),
                folder.resolve("run.trec"),
                folder.resolve(name));
    }
}
