package io.streamrank.replay.report;

/** Thrown where a condition cannot be read or decided; the message shows the place. */
public final class ConditionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private ConditionException(String message) {
        super(message);
    }

    /** @param position counted from 0 */
    static ConditionException at(String expression, int position, String problem) {
        return new ConditionException("--fail-if: at character " + (position + 1) + ": " + problem
                + System.lineSeparator() + "  " + expression + System.lineSeparator() + "  " + " ".repeat(position)
                + "^");
    }

    static ConditionException undecided(String expression, String problem) {
        return new ConditionException("--fail-if \"" + expression + "\" cannot be decided: " + problem);
    }
}
