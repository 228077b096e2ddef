package io.streamrank.training.data;

import java.util.List;

/** Where texts lie among each other: a vector of length 1 for each, so that the product of two is their cosine. */
@FunctionalInterface
public interface TextVectors {
    /** A vector for each text, in the texts' order. */
    List<float[]> of(List<String> texts);

    /** How alike two texts are, from -1 to 1. */
    static double cosine(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += one[i] * (double) other[i];
        }
        return sum;
    }
}
