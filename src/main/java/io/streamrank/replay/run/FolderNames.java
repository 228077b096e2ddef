package io.streamrank.replay.run;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** What a replay's folder holds, by name. docs/replay.md is what it promises. */
public final class FolderNames {
    /** Settings and totals. */
    public static final String REPLAY = "replay.json";

    /** A line a list. */
    public static final String LISTS = "lists.jsonl";

    /** A line for each place that was left out. */
    public static final String SKIPPED = "skipped.jsonl";

    /** A line for each ranking that could not be published. */
    public static final String UNPUBLISHED = "unpublished.jsonl";

    /** The run of the lists as they came. */
    public static final String FIRST_STAGE = "first-stage";

    /** The run of the live rankings. */
    public static final String LIVE = "live";

    /** How far an unfinished replay has set things down. */
    public static final String PROGRESS = "progress.json";

    /**
     * The largest event that is replayed, in bytes, whatever workers may take. In JSON it becomes twelve times as large at
     * most: each byte of a text six, and those of ids once more in the live ranking.
     */
    public static final int EVENT_BYTES_MAX = 32 << 20;

    /** No line of a folder's files is longer, in bytes: that is room for the largest event, with numbers and names. */
    public static final int LINE_BYTES_MAX = 16 * EVENT_BYTES_MAX;

    static final String LOCK = "replay.lock";

    private static final Pattern MODEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private FolderNames() {}

    /** A model's scores, a line a list. */
    public static String scores(String model) {
        return "scores." + model + ".jsonl";
    }

    /** What each list cost a model, a line a list. */
    public static String timings(String model) {
        return "timings." + model + ".jsonl";
    }

    /** A run in TREC's format. */
    public static String run(String name) {
        return "run." + name + ".trec";
    }

    /**
     * Passes a model's name that files can be called by.
     *
     * @throws IllegalArgumentException for any other
     */
    public static void requireModel(String name) {
        if (!MODEL.matcher(name).matches() || name.equals(FIRST_STAGE) || name.equals(LIVE)) {
            throw new IllegalArgumentException("a model is called '" + name + "': files are named after it, so it takes"
                    + " letters, digits, '.', '_' and '-', and neither '" + FIRST_STAGE + "' nor '" + LIVE
                    + "'; give it another with --model NAME=FOLDER");
        }
    }

    static Path beside(Path file) {
        return file.resolveSibling(file.getFileName() + ".tmp");
    }
}
