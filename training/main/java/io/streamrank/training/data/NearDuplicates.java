package io.streamrank.training.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps passages that say the same as a positive from being taken for negatives.
 *
 * @param threshold how much of their runs of three words two texts must share to be near-duplicates, above 0; 1 takes
 *     only those with the very same runs
 */
record NearDuplicates(double threshold) {
    /** Two passages of a hundred words of which one has a dozen words changed here and there lie above it. */
    static final double DEFAULT_THRESHOLD = 0.5;

    NearDuplicates {
        if (!(threshold > 0 && threshold <= 1)) {
            throw new IllegalArgumentException("near-duplicates must be above 0 and at most 1, not " + threshold);
        }
    }

    /** Tells the near-duplicates of some documents. */
    Test of(List<LabelledDocument> documents) throws IOException {
        List<Shingles> shingles = new ArrayList<>();
        for (LabelledDocument document : documents) {
            shingles.add(Shingles.of(document.text().read()));
        }
        return test(shingles);
    }

    /** The same for documents that are known by their shingles. */
    Test test(List<Shingles> shingles) {
        return text -> {
            Shingles candidate = Shingles.of(text);
            return shingles.stream().anyMatch(known -> known.similarity(candidate) >= threshold);
        };
    }

    /** Whether a text is a near-duplicate of one of the documents in question. */
    @FunctionalInterface
    interface Test {
        boolean matches(String text);
    }
}
