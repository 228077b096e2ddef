package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TerminalTest {
    private final StringWriter out = new StringWriter();
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void printsNoEscapesWhereThereIsNoTerminal() {
        Terminal terminal = terminal(false);

        terminal.line("@|bold %s|@ of %,d", "one", 1_000);
        terminal.progress("half");
        wait(11);
        terminal.progress("done");
        terminal.line("end");

        assertThat(out.toString()).isEqualToNormalizingNewlines("one of 1,000\ndone\nend\n");
    }

    @Test
    void rewritesTheProgressLineOnATerminal() {
        Terminal terminal = terminal(true);

        terminal.progress("1 of 2");
        wait(1);
        terminal.progress("2 of 2");
        terminal.line("end");

        assertThat(out.toString()).isEqualToNormalizingNewlines("\r\u001b[2K1 of 2\r\u001b[2K2 of 2\r\u001b[2Kend\n");
    }

    @Test
    void rewritesAScreenInPlaceOnATerminal() {
        Terminal terminal = terminal(true);

        terminal.screen(List.of("a", "b"));
        terminal.screen(List.of("a", "b"));
        terminal.screen(List.of("c"));

        assertThat(out.toString())
                .isEqualToNormalizingNewlines(
                        "\u001b[2J\u001b[Ha\u001b[K\nb\u001b[K\n\u001b[J\u001b[Hc\u001b[K\n\u001b[J");
    }

    @Test
    void printsAScreenWhenItChangesWhereThereIsNoTerminal() {
        Terminal terminal = terminal(false);

        terminal.screen(List.of("@|bold a|@"));
        terminal.screen(List.of("@|bold a|@"));
        terminal.screen(List.of("b"));

        assertThat(out.toString()).isEqualToNormalizingNewlines("a\nb\n");
    }

    @Test
    void coloursOnATerminal() {
        terminal(true).line("@|bold x|@");

        assertThat(out.toString()).contains("\u001b[1mx\u001b[").endsWith(System.lineSeparator());
    }

    @Test
    void showsProgressEveryTenSecondsAtMostWhereThereIsNoTerminal() {
        Terminal terminal = terminal(false);

        for (int second = 1; second <= 35; second++) {
            wait(1);
            terminal.progress("%d s", second);
        }

        assertThat(out.toString()).isEqualToNormalizingNewlines("10 s\n20 s\n30 s\n");
    }

    @Test
    void showsProgressAFewTimesASecondAtMostOnATerminal() {
        Terminal terminal = terminal(true);

        for (int i = 0; i < 100; i++) {
            terminal.progress("%d", i);
            nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(10));
        }

        assertThat(out.toString().split("\r")).hasSize(1 + 5);
    }

    @Test
    void leavesMarkupInDataAlone() {
        terminal(true).raw("@|bold 100%|@");

        assertThat(out.toString()).isEqualToNormalizingNewlines("@|bold 100%|@\n");
    }

    @Test
    void noticesThatTheReaderHasGone() {
        Terminal open = new Terminal(new PrintWriter(new ByteArrayOutputStream(), false, UTF_8), false, nanos::get);
        Terminal closed = new Terminal(new PrintWriter(new ClosedPipe(), false, UTF_8), false, nanos::get);

        open.raw("text");
        closed.raw("text");

        assertThat(open.isGone()).isFalse();
        assertThat(closed.isGone()).isTrue();
    }

    private Terminal terminal(boolean ansi) {
        return new Terminal(new PrintWriter(out), ansi, nanos::get);
    }

    private void wait(int seconds) {
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    private static final class ClosedPipe extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
        }
    }
}
