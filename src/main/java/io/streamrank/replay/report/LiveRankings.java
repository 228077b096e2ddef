package io.streamrank.replay.report;

import io.streamrank.replay.LineReader;
import java.io.IOException;
import java.util.regex.Pattern;

/** Whether a replay knows what the live worker made of its lists. */
final class LiveRankings {
    /** No text can hold this: its quotation marks would be escaped. */
    private static final Pattern LIVE = Pattern.compile("\"ranking\"\\s*:\\s*\\[\\s*\\{");

    private LiveRankings() {}

    /** Reads on to the first list that has one. */
    static boolean areIn(ReplayFolder folder) throws IOException {
        try (LineReader lines = LineReader.open(folder.root().resolve("lists.jsonl"))) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (LIVE.matcher(line).find()) {
                    return true;
                }
            }
        }
        return false;
    }
}
