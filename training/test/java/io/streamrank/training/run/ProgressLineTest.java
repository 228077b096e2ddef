package io.streamrank.training.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long nanos = 5;

    @Test
    void printsALineNowAndThenOffATerminal() {
        ProgressLine progress = progress(false, 100);
        for (int i = 1; i <= 100; i++) {
            nanos += SECOND;
            progress.done(i, i < 50 ? "" : "loss 0.25");
        }

        assertThat(text().lines())
                .containsExactly(
                        "30 of 100 steps, 1.0/s, 1 min 10 s left",
                        "60 of 100 steps, loss 0.25, 1.0/s, 40 s left",
                        "90 of 100 steps, loss 0.25, 1.0/s, 10 s left",
                        "100 of 100 steps, loss 0.25, 1.0/s, took 1 min 40 s");
        assertThat(text()).doesNotContain("\r", "\u001b");
    }

    @Test
    void reckonsWithoutWhatWasDoneBefore() {
        ProgressLine progress = progress(false, 1000);
        progress.begin(900);
        nanos += 50 * SECOND;
        progress.done(950);

        assertThat(text()).startsWith("950 of 1,000 steps, 1.0/s, 50 s left");
    }

    @Test
    void rewritesItsLineOnATerminal() {
        ProgressLine progress = progress(true, 3);
        progress.done(1, "a long remark");
        nanos += SECOND;
        progress.done(2);
        nanos += SECOND;
        progress.done(3);

        assertThat(text()).startsWith("\r1 of 3 steps, a long remark\r2 of 3 steps, 2.0/s, 1 s left");
        assertThat(text().chars().filter(c -> c == '\n').count()).isEqualTo(1);
        assertThat(text()).doesNotContain("\u001b");
    }

    @Test
    void saysOtherThingsInLinesOfTheirOwn() {
        ProgressLine progress = progress(true, 3);
        progress.done(1);
        progress.say("wrote it");
        nanos += SECOND;
        progress.done(2);

        assertThat(text()).contains("\rwrote it\n\r2 of 3 steps");
    }

    @Test
    void tellsOfTheFirstWhereItIsToldTo() {
        ProgressLine progress = progress(false, 100).telling(2, Duration.ofSeconds(5));
        progress.begin(10);
        for (int i = 11; i <= 20; i++) {
            nanos += SECOND;
            progress.done(i);
        }

        assertThat(text().lines().map(line -> line.substring(0, 2))).containsExactly("11", "12", "17");
    }

    @Test
    void tellsTimesForPeople() {
        assertThat(ProgressLine.text(Duration.ofMillis(48_300))).isEqualTo("48 s");
        assertThat(ProgressLine.text(Duration.ofSeconds(200))).isEqualTo("3 min 20 s");
        assertThat(ProgressLine.text(Duration.ofMinutes(125))).isEqualTo("2 h 5 min");
    }

    private ProgressLine progress(boolean terminal, long total) {
        return new ProgressLine(new PrintStream(bytes, true, UTF_8), terminal, () -> nanos, total, "steps");
    }

    private String text() {
        return bytes.toString(UTF_8);
    }
}
