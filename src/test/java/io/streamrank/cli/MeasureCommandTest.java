package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is refused before any cluster is asked. */
class MeasureCommandTest {
    private static CommandAnswer measure(String... arguments) {
        StreamrankConfig config = StreamrankConfigTest.config(Map.of());
        return CommandAnswer.to(new MeasureCommand(config, new RunningReplay(config)), arguments);
    }

    @Test
    void refusesANameThatIsGivenTwice() {
        CommandAnswer answer = measure("--ranked", "now=a", "--ranked", "next=b", "--ranked", "now=c");

        assertThat(answer.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(answer.err()).contains("--ranked names 'now' twice");
    }

    @Test
    void refusesATopicWithoutAName() {
        assertThat(measure("--ranked", "topic").err()).contains("--ranked 'topic': expected NAME=TOPIC");
    }

    @Test
    void refusesOptionsOfWhatItCannotTell() {
        for (String option : new String[] {"--examples=3", "--overlap-at=5", "--rbo-p=0.8"}) {
            CommandAnswer answer = measure("--ranked", "now=a", option);

            assertThat(answer.exitCode()).isEqualTo(ExitCode.USAGE);
            assertThat(answer.err())
                    .contains(option.substring(0, option.indexOf('=')) + " is for reports on a replay's");
        }
    }
}
