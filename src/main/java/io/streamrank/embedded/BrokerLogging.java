package io.streamrank.embedded;

import java.io.PrintStream;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.logging.StreamHandler;

/**
 * Keeps Kafka's log to warnings: a broker writes hundreds of lines at INFO in its first second. Goes through
 * java.util.logging, whose API the JBoss log manager implements when it is installed.
 */
final class BrokerLogging {
    private static final List<String> KAFKA = List.of("kafka", "org.apache.kafka", "state.change.logger");

    // A java.util.logging logger that nobody holds is collected, and its level with it.
    private static final List<Logger> KAFKA_LOGGERS =
            KAFKA.stream().map(Logger::getLogger).toList();

    private BrokerLogging() {}

    /** Sets Kafka's loggers to warnings where nobody has set a level; leaves every other logger alone. */
    static void quietenKafka() {
        for (Logger logger : KAFKA_LOGGERS) {
            if (logger.getLevel() == null) {
                logger.setLevel(Level.WARNING);
            }
        }
    }

    /** Sends the warnings of this whole JVM to a stream, and nothing anywhere else. */
    static void onlyWarningsTo(PrintStream stream) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        root.setLevel(Level.WARNING);
        root.addHandler(new FlushingHandler(stream));
    }

    /** Writes each record at once: a killed JVM flushes nothing. */
    private static final class FlushingHandler extends StreamHandler {
        FlushingHandler(PrintStream stream) {
            super(stream, new SimpleFormatter());
        }

        @Override
        public synchronized void publish(java.util.logging.LogRecord record) {
            super.publish(record);
            flush();
        }
    }
}
