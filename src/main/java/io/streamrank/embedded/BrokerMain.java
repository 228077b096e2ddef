package io.streamrank.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;

/**
 * The main class of {@link BrokerProcess}'s child: one broker, until SIGTERM or the end of standard input. The parent
 * holds the other end of standard input, so that the child ends with it, however that comes about.
 *
 * <p>Standard output carries one line, {@link #READY} and the address for clients. Everything else goes to standard
 * error: warnings, and why the broker did not start.
 */
final class BrokerMain {
    /** Begins the line that says that the broker answers. */
    static final String READY = "READY ";

    static final int EXIT_NOT_STARTED = 1;

    private BrokerMain() {}

    /**
     * Runs the broker.
     *
     * @param arguments directory, port, controller port, detour or {@code -}, node or {@code -}, then any number of {@code property=value}
     */
    public static void main(String[] arguments) {
        PrintStream output = System.out;
        System.setOut(System.err);
        BrokerLogging.onlyWarningsTo(System.err);
        exitWithInput(System.in);
        try {
            EmbeddedBroker broker = EmbeddedBroker.startInOwnJvm(BrokerSettings.fromArguments(List.of(arguments)));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(broker), "embedded-broker-exit"));
            output.println(READY + broker.bootstrapServers());
            output.flush();
        } catch (RuntimeException e) {
            System.err.println("The embedded broker did not start: " + e.getMessage());
            if (e.getCause() != null) {
                e.printStackTrace();
            }
            System.exit(EXIT_NOT_STARTED);
        }
    }

    private static void exitWithInput(InputStream input) {
        Thread watch = new Thread(
                () -> {
                    awaitEnd(input);
                    System.exit(0);
                },
                "embedded-broker-parent-watch");
        watch.setDaemon(true);
        watch.start();
    }

    private static void awaitEnd(InputStream input) {
        try {
            while (input.read() >= 0) {
                // Nothing is ever sent: only the end matters.
            }
        } catch (IOException e) {
            System.err.println("Standard input failed, taken as its end: " + e);
        }
    }

    private static void close(EmbeddedBroker broker) {
        try {
            broker.close();
        } catch (BrokerException e) {
            System.err.println(e.getMessage());
        }
    }
}
