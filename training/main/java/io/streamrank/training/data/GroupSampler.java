package io.streamrank.training.data;

import io.streamrank.training.Example;
import io.streamrank.training.Passage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Makes a group of a list: draws without repetition, and reads only the texts that it draws. Where a list has too few
 * negatives the rest is drawn from the whole data set, except where a teacher scored the list, as these have no scores.
 */
final class GroupSampler {
    /** A data set in which this many documents in a row are unfit has no others. */
    private static final int TRIES_MAX = 200;

    private final LabelledLists lists;
    private final Sampling sampling;
    private final NearDuplicates nearDuplicates;

    GroupSampler(LabelledLists lists, Sampling sampling) {
        this.lists = lists;
        this.sampling = sampling;
        this.nearDuplicates = new NearDuplicates(sampling.nearDuplicates());
    }

    /** The group that a seed makes of a list. */
    Example sample(int number, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        LabelledList list = lists.list(number);
        return sampling.shape() == GroupShape.LIST ? wholeList(list, random) : contrastive(list, random);
    }

    private Example wholeList(LabelledList list, SplittableRandom random) throws IOException {
        List<Passage> documents = new ArrayList<>();
        List<LabelledDocument> left = new ArrayList<>(list.documents());
        if (!list.positives().isEmpty()) {
            // Without one a list says nothing to most losses, and softmax cross-entropy refuses it.
            documents.add(left.remove(random.nextInt(list.positives().size())).read());
        }
        // What a teacher scored is taken as it was scored.
        @Nullable NegativeTest fit = list.hasTeacherScores() ? null : new NegativeTest(list);
        Draw<LabelledDocument> draw = new Draw<>(left, random);
        while (draw.hasNext() && documents.size() <= sampling.negatives()) {
            LabelledDocument next = draw.next();
            if (fit == null || next.label() > 0) {
                documents.add(next.read());
            } else {
                addIfFit(next, fit, documents);
            }
        }
        return new Example(list.query(), documents, list.relevant());
    }

    private Example contrastive(LabelledList list, SplittableRandom random) throws IOException {
        LabelledDocument positive =
                list.positives().get(random.nextInt(list.positives().size()));
        List<Passage> documents = new ArrayList<>();
        documents.add(positive.read());
        NegativeTest fit = new NegativeTest(list);
        Draw<LabelledDocument> draw = new Draw<>(list.negatives(), random);
        while (draw.hasNext() && documents.size() <= sampling.negatives()) {
            addIfFit(draw.next(), fit, documents);
        }
        if (!list.hasTeacherScores()) {
            fill(documents, fit, random);
        }
        return new Example(list.query(), documents, list.relevant());
    }

    private void fill(List<Passage> documents, NegativeTest fit, SplittableRandom random) throws IOException {
        int tries = 0;
        while (documents.size() <= sampling.negatives() && tries < TRIES_MAX) {
            tries = addIfFit(lists.anyDocument(random), fit, documents) ? 0 : tries + 1;
        }
    }

    private static boolean addIfFit(LabelledDocument document, NegativeTest fit, List<Passage> documents)
            throws IOException {
        Passage candidate = document.read();
        return fit.test(document.id(), candidate.text()) && documents.add(candidate);
    }

    /** Tells what may be a negative: nothing twice, nothing of some relevance, and nothing that says what a positive says. */
    private final class NegativeTest {
        private final Set<String> taken = new HashSet<>();
        private final NearDuplicates.Test duplicates;

        NegativeTest(LabelledList list) throws IOException {
            taken.addAll(list.relevant());
            duplicates = nearDuplicates.of(list.positives());
        }

        boolean test(String id, String text) {
            return taken.add(id) && !duplicates.matches(text);
        }
    }

    /** Draws from a list without putting back. */
    private static final class Draw<T> {
        private final List<T> left;
        private final SplittableRandom random;

        Draw(List<T> documents, SplittableRandom random) {
            this.left = new ArrayList<>(documents);
            this.random = random;
        }

        boolean hasNext() {
            return !left.isEmpty();
        }

        T next() {
            int place = random.nextInt(left.size());
            T drawn = left.get(place);
            T last = left.remove(left.size() - 1);
            if (place < left.size()) {
                left.set(place, last);
            }
            return drawn;
        }
    }
}
