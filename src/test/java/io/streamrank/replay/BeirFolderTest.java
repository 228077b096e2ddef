package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BeirFolderTest {
    private final Path root;

    BeirFolderTest(@TempDir Path root) {
        this.root = root;
    }

    @Test
    void findsBeirsFiles() throws IOException {
        having("corpus.jsonl", "queries.jsonl", "qrels/dev.tsv", "qrels/test.tsv", "run.bm25.trec.gz");

        BeirFolder folder = new BeirFolder(root, "test");

        assertThat(folder.corpus()).isEqualTo(root.resolve("corpus.jsonl"));
        assertThat(folder.queries()).isEqualTo(root.resolve("queries.jsonl"));
        assertThat(folder.qrels()).isEqualTo(root.resolve("qrels/test.tsv"));
        assertThat(folder.run()).isEqualTo(root.resolve("run.bm25.trec.gz"));
    }

    @Test
    void findsTheFilesOfASplit() throws IOException {
        having("corpus.jsonl.gz", "queries.dev.tsv", "queries.train.tsv", "qrels.dev.trec", "qrels.train.trec");
        having("run.bm25.dev.trec.gz", "run.bm25.train.trec.gz");

        BeirFolder folder = new BeirFolder(root, "dev");

        assertThat(folder.corpus()).isEqualTo(root.resolve("corpus.jsonl.gz"));
        assertThat(folder.queries()).isEqualTo(root.resolve("queries.dev.tsv"));
        assertThat(folder.qrels()).isEqualTo(root.resolve("qrels.dev.trec"));
        assertThat(folder.run()).isEqualTo(root.resolve("run.bm25.dev.trec.gz"));
    }

    @Test
    void needsNoSplitWhereThereIsOneOfEach() throws IOException {
        having("corpus.jsonl", "queries.tsv", "qrels.trec", "run.trec");

        BeirFolder folder = new BeirFolder(root, null);

        assertThat(folder.queries()).isEqualTo(root.resolve("queries.tsv"));
        assertThat(folder.qrels()).isEqualTo(root.resolve("qrels.trec"));
        assertThat(folder.run()).isEqualTo(root.resolve("run.trec"));
    }

    @Test
    void doesNotChooseBetweenFiles() throws IOException {
        having("run.bm25.dev.trec", "run.splade.dev.trec", "queries.dev.tsv");

        assertThatThrownBy(() -> new BeirFolder(root, "dev").run())
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(root + ": expected one run*.trec[.gz] for split dev,"
                        + " found run.bm25.dev.trec, run.splade.dev.trec");
    }

    @Test
    void doesNotTakeAnotherSplit() throws IOException {
        having("queries.dev.tsv", "qrels/dev.tsv");

        assertThatThrownBy(() -> new BeirFolder(root, "test").queries())
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(root
                        + ": expected one queries.jsonl or queries.tsv (.gz) for split test, found queries.dev.tsv");
        assertThatThrownBy(() -> new BeirFolder(root, "test").qrels())
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(root + ": expected one qrels/<split>.tsv for split test, found dev.tsv");
    }

    @Test
    void saysWhatIsNotThere() {
        assertThatThrownBy(() -> new BeirFolder(root, null).corpus())
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(root + ": expected one corpus.jsonl[.gz], found none");
        assertThatThrownBy(() -> new BeirFolder(root.resolve("absent"), null).run())
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(root.resolve("absent") + ": there is no such folder");
    }

    private void having(String... names) throws IOException {
        for (String name : names) {
            TestFiles.write(root, name, "");
        }
    }
}
