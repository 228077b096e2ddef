package io.streamrank.training.data;

import io.streamrank.training.Example;
import io.streamrank.training.Passage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Labelled lists such as training reads, with all of their documents and in memory: to validate with. */
public final class WholeLists {
    private WholeLists() {}

    /**
     * Reads a file.
     *
     * @param corpus where documents without a text are; null if all have one
     * @throws io.streamrank.replay.ReplayDataException if a line is no labelled list, or has no positive; names file and line
     */
    public static List<Example> read(Path file, @Nullable Path corpus) throws IOException {
        List<Example> examples = new ArrayList<>();
        try (GroupsFile lists = GroupsFile.open(file, corpus, new Needs(true, false))) {
            for (int i = 0; i < lists.size(); i++) {
                LabelledList list = lists.list(i);
                List<Passage> passages = new ArrayList<>();
                for (LabelledDocument document : list.documents()) {
                    passages.add(document.read());
                }
                examples.add(new Example(list.query(), passages, list.relevant()));
            }
        }
        return examples;
    }
}
