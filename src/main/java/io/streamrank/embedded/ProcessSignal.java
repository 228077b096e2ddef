package io.streamrank.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The signals that Java cannot send by itself; they go through the {@code kill} command of POSIX systems. */
enum ProcessSignal {
    STOP,
    CONT;

    private static final Duration LIMIT = Duration.ofSeconds(10);

    /**
     * Sends this signal.
     *
     * @throws BrokerException if the process has ended, or the system has no signals
     */
    void sendTo(Process process) {
        if (!process.isAlive()) {
            throw new BrokerException("Cannot send SIG" + this + " to process " + process.pid() + ": it has ended");
        }
        try {
            Process kill = new ProcessBuilder("kill", "-" + this, Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!kill.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS) || kill.exitValue() != 0) {
                kill.destroyForcibly();
                throw new BrokerException("kill -" + this + " " + process.pid() + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot send SIG" + this + ": this needs the kill command of POSIX", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerException("Interrupted while sending SIG" + this + " to process " + process.pid(), e);
        }
    }
}
