package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CandidateListsTest {
    private final Path folder;
    private final Path corpus;
    private final Path queries;

    CandidateListsTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        corpus = TestFiles.write(
                folder,
                "corpus.jsonl",
                "{\"_id\": \"d1\", \"title\": \"One\", \"text\": \"first\"}",
                "{\"_id\": \"d2\", \"title\": \"\", \"text\": \"second\"}");
        queries = TestFiles.write(folder, "queries.tsv", "q1\twho", "q2\twhat");
    }

    @Test
    void joinsTheRunWithItsTextsInTheRunsOrder() throws IOException {
        TestFiles.write(folder, "run.trec", "q2 Q0 d1 1 2 t", "q1 Q0 d2 1 1 t", "q2 Q0 d2 2 3 t");

        CandidateLists lists = CandidateLists.read(new BeirFolder(folder, null), 10);

        assertThat(lists.size()).isEqualTo(2);
        assertThat(lists)
                .containsExactly(
                        new CandidateList(
                                new Query("q2", "what"),
                                List.of(new Candidate("d2", "second", 3.0), new Candidate("d1", "One first", 2.0))),
                        new CandidateList(new Query("q1", "who"), List.of(new Candidate("d2", "second", 1.0))));
    }

    @Test
    void needsOnlyTheDocumentsWithinTheDepth() throws IOException {
        Path run = TestFiles.write(folder, "run.trec", "q1 Q0 d1 1 2 t", "q1 Q0 absent 2 1 t");

        CandidateLists lists = CandidateLists.read(corpus, queries, run, 1);

        assertThat(lists)
                .containsExactly(
                        new CandidateList(new Query("q1", "who"), List.of(new Candidate("d1", "One first", 2.0))));
    }

    @Test
    void saysWhichDocumentsTheCorpusLacks() throws IOException {
        Path run = TestFiles.write(folder, "run.trec", "q1 Q0 d1 1 2 t", "q1 Q0 d8 2 1 t", "q2 Q0 d9 2 1 t");

        assertThatThrownBy(() -> CandidateLists.read(corpus, queries, run, 2))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(corpus + ": lacks 2 of the 3 documents asked for: d8, d9");
    }

    @Test
    void saysWhichQueriesHaveNoText() throws IOException {
        Path run = TestFiles.write(folder, "run.trec", "q1 Q0 d1 1 2 t", "q7 Q0 d1 2 1 t");

        assertThatThrownBy(() -> CandidateLists.read(corpus, queries, run, 2))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(queries + ": lacks 1 of the 2 queries of " + run + ": q7");
    }
}
