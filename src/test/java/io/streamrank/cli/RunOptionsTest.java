package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class RunOptionsTest {
    @Command
    private static final class Asking {
        @Mixin
        private final RunOptions run = new RunOptions();

        @Mixin
        private final ReportOptions report = new ReportOptions();

        private Optional<Integer> preset() {
            return report.preset().map(ReportOptions.Preset::depth);
        }
    }

    @Test
    void aPresetSaysHowDeepARunIsReranked() {
        Asking plain = asking();
        Asking paper = asking("--preset", "ssm-rerankers");

        assertThat(paper.preset()).contains(100);
        assertThat(paper.run.depth(paper.preset())).isEqualTo(100);
        assertThat(paper.run.depth(Optional.of(7))).isEqualTo(7);
        assertThat(plain.preset()).isEmpty();
        assertThat(plain.run.depth(plain.preset())).isEqualTo(100);
    }

    @Test
    void whatTheCommandLineSaysComesFirst() {
        Asking deep = asking("--preset", "ssm-rerankers", "--depth", "20");

        assertThat(deep.run.depth(deep.preset())).isEqualTo(20);
    }

    private static Asking asking(String... arguments) {
        Asking asking = new Asking();
        new CommandLine(asking).parseArgs(arguments);
        return asking;
    }
}
