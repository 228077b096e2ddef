package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {
    private final Path folder;

    DemoIT(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void ranksTheSampleAndLeavesNothingBehind() throws Exception {
        try (PackagedApp demo = PackagedApp.start(folder, "demo", "--queries", "6", "--depth", "5")) {
            demo.awaitOutput("  broker ");
            List<ProcessHandle> children = demo.children();
            assertThat(children).hasSize(1);

            assertThat(demo.exitCode()).as(demo.err()).isZero();

            assertThat(demo.out())
                    .contains("6 queries with 30 candidates by BM25, from samples/squad11-dev")
                    .containsPattern("ranked +6 lists, 30 pairs, [0-9,]+ tokens in [0-9.]+ s: [0-9]+ pairs/s")
                    .containsPattern("nDCG@10 +MRR@10")
                    .containsPattern("BM25, as sent +[01]\\.[0-9]{4} +[01]\\.[0-9]{4}")
                    .containsPattern("reranked +[01]\\.[0-9]{4} +[01]\\.[0-9]{4}")
                    .doesNotContain("\u001b");
            assertThat(demo.err()).isEmpty();
            assertThat(children).noneMatch(ProcessHandle::isAlive);
            assertThat(demoFolders()).isEmpty();
        }
    }

    @Test
    void leavesNothingBehindWhenInterrupted() throws Exception {
        try (PackagedApp demo = PackagedApp.start(folder, "demo")) {
            demo.awaitOutput("  sent ");
            List<ProcessHandle> children = demo.children();
            assertThat(children).hasSize(1);

            demo.signal("INT");

            assertThat(demo.exitCode()).isEqualTo(130);
            assertThat(demo.err()).isEmpty();
            assertThat(children).noneMatch(ProcessHandle::isAlive);
            assertThat(demoFolders()).isEmpty();
        }
    }

    private List<Path> demoFolders() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("streamrank-demo"))
                    .toList();
        }
    }
}
