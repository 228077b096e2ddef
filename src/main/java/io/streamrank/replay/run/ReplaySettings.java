package io.streamrank.replay.run;

import static java.util.Objects.requireNonNull;

/**
 * What of a source is replayed, and in which portions. The portions are cut by what is in them alone, so that they are
 * the same each time: progress is set down after each, and no score depends on another portion.
 *
 * @param sample which queries
 * @param maxLists how many lists at most
 * @param texts whether the folder gets the texts of queries and documents
 * @param chunkLists how many lists make a portion
 * @param chunkChars how many characters of text make one, each document with its query; its last list may go beyond
 */
public record ReplaySettings(QuerySample sample, long maxLists, boolean texts, int chunkLists, long chunkChars) {
    /** Where few lists are taken of many, a portion ends after so many times as many as it may take. */
    static final int READ_PER_LIST = 100;

    public ReplaySettings {
        requireNonNull(sample, "sample");
        if (maxLists < 1 || chunkLists < 1 || chunkChars < 1) {
            throw new IllegalArgumentException("a replay needs lists, a portion too: not " + maxLists + ", "
                    + chunkLists + " and " + chunkChars + " characters");
        }
    }
}
