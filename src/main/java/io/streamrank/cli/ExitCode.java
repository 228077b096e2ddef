package io.streamrank.cli;

/** What a command's exit status says. */
final class ExitCode {
    /** Done, or ended on request. */
    static final int OK = 0;

    /** Failed while running, or scores that are not as expected; also Quarkus's own where the settings cannot be read. */
    static final int FAILED = 1;

    /** The command line is wrong, or a setting out of range. */
    static final int USAGE = 2;

    /** A checkpoint cannot be loaded. */
    static final int MODEL = 3;

    /** Kafka or the schema registry cannot be reached, or topics are missing. */
    static final int KAFKA = 4;

    /** Input data is missing or malformed. */
    static final int DATA = 5;

    /** A condition of {@code --fail-if} holds, or the registry lacks schemas or does not go together with them. */
    static final int CONDITION = 6;

    /** What a shell makes of SIGTERM; where the process ends itself because of it, so does it say. */
    static final int TERMINATED = 143;

    private ExitCode() {}
}
