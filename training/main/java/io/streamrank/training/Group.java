package io.streamrank.training;

import io.streamrank.model.EncodedPair;
import java.util.List;

/**
 * An {@link Example} as a model reads it: its pairs, and what is wanted of their scores.
 *
 * @param pairs the query with each document
 * @param labels of each document, how relevant it is
 * @param teacher of each document, a teacher's score; NaN where there is none
 */
@SuppressWarnings("ArrayRecordComponent") // handed straight to native memory, never compared
public record Group(List<EncodedPair> pairs, float[] labels, float[] teacher) {
    public Group {
        pairs = List.copyOf(pairs);
        if (pairs.isEmpty() || labels.length != pairs.size() || teacher.length != pairs.size()) {
            throw new IllegalArgumentException(
                    pairs.size() + " pairs, " + labels.length + " labels, " + teacher.length + " teacher's scores");
        }
    }

    /** Tokens of all its pairs. */
    public int tokens() {
        return pairs.stream().mapToInt(EncodedPair::tokens).sum();
    }

    /** How many documents it has. */
    public int size() {
        return pairs.size();
    }

    boolean hasTeacher() {
        for (float score : teacher) {
            if (Float.isNaN(score)) {
                return false;
            }
        }
        return true;
    }

    boolean hasRelevant() {
        for (float label : labels) {
            if (label > 0) {
                return true;
            }
        }
        return false;
    }
}
