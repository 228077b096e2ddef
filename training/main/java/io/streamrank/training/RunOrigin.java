package io.streamrank.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a run's weights follow from: settings as they are written, files by samples of them, wherever they lie.
 *
 * @param parts by what they are called; empty where nothing is known
 */
record RunOrigin(Map<String, String> parts) {
    static final RunOrigin UNKNOWN = new RunOrigin(Map.of());

    private static final int DIFFERENCES_TOLD = 5;

    RunOrigin {
        parts = Collections.unmodifiableMap(new TreeMap<>(parts));
    }

    static RunOrigin of(RunFile file) throws IOException {
        Map<String, String> parts = new TreeMap<>(file.decidingSettings());
        for (Map.Entry<String, Path> each : file.files().entrySet()) {
            parts.put(each.getKey(), FileSample.of(each.getValue()));
        }
        return new RunOrigin(parts);
    }

    /**
     * Checks that a run which goes on is the one that a snapshot is of.
     *
     * @param before what the snapshot says; nothing is checked where either is unknown
     * @throws TrainingException naming what differs
     */
    void requireSame(RunOrigin before, Path snapshot) {
        if (parts.isEmpty() || before.parts.isEmpty()) {
            return;
        }
        List<String> differences = new ArrayList<>();
        TreeSet<String> names = new TreeSet<>(parts.keySet());
        names.addAll(before.parts.keySet());
        for (String name : names) {
            String was = before.parts.getOrDefault(name, "nothing");
            String is = parts.getOrDefault(name, "nothing");
            if (!was.equals(is)) {
                differences.add(name + " was " + was + " and is " + is);
            }
        }
        if (differences.isEmpty()) {
            return;
        }
        int more = differences.size() - DIFFERENCES_TOLD;
        throw new TrainingException(snapshot + " is of a run that was made otherwise: "
                + String.join("; ", differences.subList(0, Math.min(DIFFERENCES_TOLD, differences.size())))
                + (more > 0 ? "; and " + more + " more" : "")
                + ". Put it back as it was, or go on with what is there now by --changed");
    }
}
