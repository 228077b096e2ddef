package io.streamrank.training.data;

import io.streamrank.replay.LinePlace;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.training.data.GroupLine.Doc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Labelled lists from JSON Lines, see {@link GroupLine}. 8 bytes of memory a line, and what {@link DocumentStore} takes
 * where documents are looked up in a collection.
 */
final class GroupsFile implements LabelledLists {
    private final LineIndex lines;
    private final @Nullable DocumentStore documents;

    private GroupsFile(LineIndex lines, @Nullable DocumentStore documents) {
        this.lines = lines;
        this.documents = documents;
    }

    /**
     * Reads a file once and checks every line.
     *
     * @param corpus where documents without a text are; null if all have one
     * @param needs what each list needs
     * @throws ReplayDataException if a line is no labelled list, or names a document that is not there; names file and
     *     line
     */
    static GroupsFile open(Path file, @Nullable Path corpus, Needs needs) throws IOException {
        DocumentStore documents = corpus == null ? null : DocumentStore.open(corpus);
        GroupsFile lists = null;
        try {
            lists = new GroupsFile(LineIndex.open(file), documents);
            GroupsFile checking = lists;
            lists.lines.scan((number, place, line) -> checking.check(place, GroupLine.parse(place, line), needs));
            if (lists.size() == 0) {
                throw new ReplayDataException(file, "holds no lists");
            }
            return lists;
        } catch (IOException | RuntimeException e) {
            if (lists != null) {
                lists.close();
            } else if (documents != null) {
                documents.close();
            }
            throw e;
        }
    }

    private void check(LinePlace place, GroupLine line, Needs needs) throws IOException {
        if (needs.positives() && line.positives().isEmpty()) {
            throw place.expected(
                    "at least one of \"positives\"; lists without any can be used with shape=list and a loss"
                            + " that needs none (loss.softmax=0)");
        }
        if (line.documents().isEmpty()) {
            throw place.expected("at least one document");
        }
        if (needs.scores() && line.scores().isEmpty()) {
            throw place.expected("a teacher's \"score\" of each document, which loss.kl and loss.margin need; `teach`"
                    + " writes them");
        }
        for (Doc document : line.documents()) {
            if (document.text() == null) {
                row(place, document);
            }
        }
    }

    private int row(LinePlace place, Doc document) throws IOException {
        if (documents == null) {
            throw place.wrong(
                    "document " + document.id() + " has no \"text\", and no corpus was named to look it up in");
        }
        int row = documents.row(document.key());
        if (row == IdIndex.ABSENT) {
            throw place.wrong("names document " + document.id() + ", which " + documents.file() + " lacks");
        }
        return row;
    }

    @Override
    public int size() {
        return lines.size();
    }

    @Override
    public LabelledList list(int number) throws IOException {
        GroupLine line = line(number);
        List<LabelledDocument> all = new ArrayList<>();
        for (Doc document : line.documents()) {
            OptionalDouble score = line.scores().isEmpty()
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(line.scores().get(all.size()));
            all.add(labelled(document, score));
        }
        int positives = line.positives().size();
        String queryId = line.queryId();
        return new LabelledList(
                queryId == null ? Integer.toString(number + 1) : queryId,
                line.query(),
                all.subList(0, positives),
                all.subList(positives, all.size()));
    }

    /** The same list with the texts of its documents; those that have none are looked up. */
    GroupLine withTexts(GroupLine line) throws IOException {
        return new GroupLine(
                line.queryId(), line.query(), withTexts(line.positives()), withTexts(line.negatives()), line.scores());
    }

    private List<Doc> withTexts(List<Doc> documents) throws IOException {
        List<Doc> whole = new ArrayList<>();
        for (Doc document : documents) {
            whole.add(document.text() != null ? document : new Doc(document.id(), lookUp(document), document.grade()));
        }
        return whole;
    }

    private GroupLine line(int number) throws IOException {
        try {
            return GroupLine.parse(new LinePlace(lines.file(), 0), lines.line(number));
        } catch (ReplayDataException e) {
            throw lines.changed(number, e);
        }
    }

    private LabelledDocument labelled(Doc document, OptionalDouble score) {
        String text = document.text();
        return new LabelledDocument(
                document.key(), document.grade(), score, () -> text != null ? text : lookUp(document));
    }

    private String lookUp(Doc document) throws IOException {
        DocumentStore store = documents;
        if (store == null) {
            throw new IllegalStateException("checked when the file was opened");
        }
        return store.document(store.row(document.key())).modelText();
    }

    /** One of another list; its grade there means nothing here. */
    @Override
    public LabelledDocument anyDocument(SplittableRandom random) throws IOException {
        List<Doc> others = line(random.nextInt(size())).documents();
        Doc other = others.get(random.nextInt(others.size()));
        return labelled(new Doc(other.id(), other.text(), 0), OptionalDouble.empty());
    }

    @Override
    public void close() throws IOException {
        try (LineIndex first = lines) {
            if (documents != null) {
                documents.close();
            }
        }
    }
}
