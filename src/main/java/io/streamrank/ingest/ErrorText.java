package io.streamrank.ingest;

/** What is said of an exception from code that is not ours: its class and its first line. */
final class ErrorText {
    private static final int MAX_CHARS = 300;

    private ErrorText() {}

    static String firstLine(Throwable error) {
        String name = error.getClass().getSimpleName();
        if (error.getMessage() == null || error.getMessage().isBlank()) {
            return name;
        }
        String line = error.getMessage().strip().lines().findFirst().orElse("");
        return name + ": " + (line.length() <= MAX_CHARS ? line : line.substring(0, MAX_CHARS) + "…");
    }
}
