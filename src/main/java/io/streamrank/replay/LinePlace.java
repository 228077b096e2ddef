package io.streamrank.replay;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * A line of a file, for saying what is wrong there.
 *
 * @param file which file
 * @param line counted from 1, blank lines too
 */
public record LinePlace(Path file, long line) {
    public LinePlace {
        requireNonNull(file, "file");
    }

    /** The error to throw when the line is not what it should be. */
    public ReplayDataException expected(String what) {
        return wrong("expected " + what);
    }

    /** The same, with the place within the line. */
    public ReplayDataException expected(String what, int column) {
        return wrong("expected " + what + " (at character " + column + ")");
    }

    /** The error to throw when the line's content is at odds with something else. */
    public ReplayDataException wrong(String problem) {
        return new ReplayDataException(file, line, problem);
    }

    /** An integer of the line. */
    public int integer(String field, String name) throws ReplayDataException {
        try {
            return Integer.parseInt(field);
        } catch (NumberFormatException e) {
            throw new ReplayDataException(file, line, "expected an integer " + name + ", not '" + field + "'", e);
        }
    }

    /** A finite decimal number of the line. */
    public double decimal(String field, String name) throws ReplayDataException {
        try {
            double value = Double.parseDouble(field);
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new ReplayDataException(file, line, "expected a number as " + name + ", not '" + field + "'", e);
        }
        throw expected("a finite number as " + name + ", not '" + field + "'");
    }
}
