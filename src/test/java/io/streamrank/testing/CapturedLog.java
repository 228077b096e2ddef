package io.streamrank.testing;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** All that is logged while it is open, by anybody, from the named loggers' finest level on, stack traces included. */
public final class CapturedLog extends Handler implements AutoCloseable {
    private final StringBuilder text = new StringBuilder();
    private final SimpleFormatter formatter = new SimpleFormatter();
    private final Logger root = Logger.getLogger("");
    private final Logger[] loggers;
    private final Level[] levels;

    /** @param names of the loggers that shall say everything meanwhile */
    public CapturedLog(String... names) {
        setLevel(Level.ALL);
        loggers = new Logger[names.length];
        levels = new Level[names.length];
        for (int i = 0; i < names.length; i++) {
            loggers[i] = Logger.getLogger(names[i]);
            levels[i] = loggers[i].getLevel();
            loggers[i].setLevel(Level.ALL);
        }
        root.addHandler(this);
    }

    @Override
    public void publish(LogRecord logged) {
        StringWriter line = new StringWriter();
        line.append(logged.getLoggerName()).append(' ').append(formatter.formatMessage(logged));
        if (logged.getParameters() != null) {
            for (Object parameter : logged.getParameters()) {
                line.append(' ').append(String.valueOf(parameter));
            }
        }
        if (logged.getThrown() != null) {
            logged.getThrown().printStackTrace(new PrintWriter(line, true));
        }
        synchronized (text) {
            text.append(line).append('\n');
        }
    }

    public String text() {
        synchronized (text) {
            return text.toString();
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        root.removeHandler(this);
        for (int i = 0; i < loggers.length; i++) {
            loggers[i].setLevel(levels[i]);
        }
    }
}
