package io.streamrank.replay.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What a replay must have in common with the one that it goes on with. */
public final class ReplayIdentity {
    private ReplayIdentity() {}

    /**
     * Passes the same settings as those that a folder was begun with.
     *
     * @param folder for the error
     * @param begun as they were kept, by name
     * @param now as they are now; settings that are not known yet may be missing
     * @throws IllegalArgumentException if any differs, naming all that do
     */
    public static void requireSame(Path folder, JsonNode begun, Map<String, String> now) {
        List<String> differences = new ArrayList<>();
        for (String name : new TreeSet<>(now.keySet())) {
            String before = begun.path(name).asText();
            String after = String.valueOf(now.get(name));
            if (!before.equals(after)) {
                differences.add(name + ": '" + before + "' there, '" + after + "' now");
            }
        }
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException(
                    folder + " holds another replay, so this one cannot go on in it; name a new"
                            + " folder with --output. What differs: " + String.join("; ", differences));
        }
    }
}
